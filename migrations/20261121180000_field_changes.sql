-- Purpose:    field_changes says which event changed which field, and no more: from what to what, who and
--             when is in the log. With two indexes it takes about a third of the room.
-- Locks:      field_changes is rewritten: who reads or writes it waits, commands don't.
-- Old code:   goes on, and reads the history of a customer with very many changes more slowly, until the
--             rows of the new logic take the old ones' place: see the document about operations.
-- Undo:       rebuild field_changes by the old code; drop index field_changes_field_key; drop function
--             field_key cascade; alter table field_changes alter column event_type set not null, alter
--             column recorded_at set not null, alter column actor set not null; and the former indexes.

-- A tenant's field as one number: sorting by it and the position costs a third of sorting by what it
-- stands for. Two fields may have the same, so whoever looks for one looks at the field, too.
create function field_key(p_tenant uuid, p_field text) returns bigint
    language sql immutable parallel safe
    return hashtextextended(p_field collate "C", uuid_hash_extended(p_tenant, 0));

alter table field_changes
    alter column event_type  drop not null,
    alter column recorded_at drop not null,
    alter column actor       drop not null,
    drop constraint field_changes_pkey,
    add column field_key bigint not null
        generated always as (field_key(tenant_id, field)) stored;

drop index field_changes_field;
drop index field_changes_position;
-- What set a field last, and every change of a field or of what is below it.
alter table field_changes add constraint field_changes_pkey
    primary key (partition, tenant_id, customer_id, field, version);
-- The tenant's events that changed a field, in the order of the audit.
create index field_changes_field_key on field_changes (field_key, position);

comment on table field_changes is
    'One row for each field that an event changed. From what to what, who and when is in the event.';
comment on column field_changes.old_value is
    'Of rows made by logic version 1, like new_value, event_type, recorded_at, actor and reason.';

-- Where nothing has happened yet, there is nothing to be made anew.
update projections set logic_version = 2
 where name = 'field_changes' and not exists (select from log_heads where position > 0);

revoke execute on function field_key from public;
grant execute on function field_key to dossier_reader, dossier_projector;

-- The same as before, by the key of the field.
create or replace function list_audit(p_partition smallint, p_tenant uuid, p_customer uuid, p_field text,
                           p_actor text, p_api_key text, p_event_type text, p_request_id text,
                           p_correlation_id text, p_surface text, p_after bigint, p_until bigint,
                           p_descending boolean, p_limit integer, p_scan integer)
    returns table ("position" bigint, listed boolean)
    language plpgsql stable as $$
declare
    direction constant text := case when p_descending then 'desc' else 'asc' end;
    source text := 'audit_entries as l';
    sorted text := 'l.position';
    asked text;
    scanned integer := 0;
    wanted integer := p_limit;
begin
    asked := case when p_request_id     is not null then 'l.request_id = $3'
                  when p_correlation_id is not null then 'l.correlation_id = $4'
                  when p_customer       is not null then 'l.customer_id = $5'
                  when p_field          is not null then 'true'
                  when p_actor          is not null then 'l.actor = $7'
                  when p_api_key        is not null then 'l.api_key = $8'
                  when p_event_type     is not null then 'l.event_type = $9'
                  when p_surface        is not null then 'l.surface = $10'
                  else 'true' end;
    if p_field is not null and p_request_id is null and p_correlation_id is null
       and p_customer is null then
        source := 'field_changes as f
             cross join lateral (
                   select * from audit_entries as l
                    where l.partition = f.partition and l.tenant_id = f.tenant_id
                      and l.customer_id = f.customer_id and l.position = f.position
                    limit 1) as l';
        sorted := 'f.position';
        asked := 'f.partition = $1 and f.tenant_id = $2 and f.field_key = $14 and f.field = $6';
    end if;
    for "position", listed in execute format(
        'select l.position,
                ($3 is null or l.request_id = $3) and ($4 is null or l.correlation_id = $4)
                and ($5 is null or l.customer_id = $5)
                and ($7 is null or l.actor = $7) and ($8 is null or l.api_key = $8)
                and ($9 is null or l.event_type = $9) and ($10 is null or l.surface = $10)
                and ($6 is null or exists (
                    select from field_changes as c
                     where c.partition = $1 and c.tenant_id = $2 and c.field_key = $14
                       and c.field = $6 and c.position = l.position))
           from %1$s
          where l.partition = $1 and l.tenant_id = $2 and %2$s
            and %3$s > $11 and %3$s <= $12
          order by %3$s %4$s
          limit $13', source, asked, sorted, direction)
    using p_partition, p_tenant, p_request_id, p_correlation_id, p_customer, p_field, p_actor,
          p_api_key, p_event_type, p_surface, p_after, p_until, p_scan,
          field_key(p_tenant, p_field)
    loop
        scanned := scanned + 1;
        listed := coalesce(listed, false);
        if listed then
            wanted := wanted - 1;
            return next;
        end if;
        exit when wanted = 0;
        if scanned = p_scan then
            listed := false;
            return next;
        end if;
    end loop;
end
$$;
