-- Purpose:    the audit: what a tenant's events are found by, and the functions that find them.
-- Locks:      field_changes is not written while it gets its index; projections wait for that, commands
--             don't.
-- Old code:   unaffected.
-- Undo:       delete from projections where name = 'audit_entries';
--             drop function list_audit, list_tenant_audit, tenant_version_at, position_before;
--             drop index field_changes_position; drop table audit_entries;

create table audit_entries (
    partition       smallint          not null check (partition between 0 and 31),
    tenant_id       uuid              not null,
    customer_id     uuid              not null,
    position        bigint            not null check (position > 0),
    event_type      text collate "C"  not null,
    actor           text collate "C",
    api_key         text collate "C",
    request_id      text collate "C",
    correlation_id  text collate "C",
    surface         text collate "C",

    constraint audit_entries_pkey primary key (partition, tenant_id, customer_id, position)
);

-- Each ends in the position, which is the audit's order: a page costs as much as it shows.
create index audit_entries_position on audit_entries (partition, tenant_id, position);
create index audit_entries_event_type on audit_entries (partition, tenant_id, event_type, position);
create index audit_entries_actor on audit_entries (partition, tenant_id, actor, position)
    where actor is not null;
create index audit_entries_api_key on audit_entries (partition, tenant_id, api_key, position)
    where api_key is not null;
create index audit_entries_request_id on audit_entries (partition, tenant_id, request_id, position)
    where request_id is not null;
create index audit_entries_correlation_id
    on audit_entries (partition, tenant_id, correlation_id, position)
    where correlation_id is not null;
create index audit_entries_surface on audit_entries (partition, tenant_id, surface, position)
    where surface is not null;
create index field_changes_position on field_changes (partition, tenant_id, field, position);

comment on table audit_entries is
    'One row for each event of a customer. When it was recorded is not among them: positions and '
    'times go the same way. The tenant''s own events are few and are read from the log.';

select register_projection('audit_entries', 1, 'audit_entries');

-- The last position of a partition that was recorded before a time. Neither positions nor times ever
-- go back within a partition.
create policy owner_dates on events for select to current_user using (true);

create function position_before(p_partition smallint, p_at timestamptz)
    returns bigint language plpgsql stable security definer
    set search_path = public, pg_temp set enable_seqscan = off as $$
declare
    low bigint := 0;
    high bigint;
    middle bigint;
begin
    select h.position into high from log_heads as h where h.partition = p_partition;
    while low < high loop
        middle := (low + high + 1) / 2;
        if (select e.recorded_at < p_at from events as e
             where e.partition = p_partition and e.position = middle) then
            low := middle;
        else
            high := middle - 1;
        end if;
    end loop;
    return low;
end
$$;

-- The positions of customers' events after one position up to another that are as asked, in order.
-- Parameters that are null ask for nothing.
--
-- The index is that of what most likely asks for least; the rest is looked at row by row. A search
-- that has looked at p_scan rows in vain ends in a row that isn't listed: it says how far it came.
create function list_audit(p_partition smallint, p_tenant uuid, p_customer uuid, p_field text,
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
        asked := 'f.partition = $1 and f.tenant_id = $2 and f.field = $6';
    end if;
    for "position", listed in execute format(
        'select l.position,
                ($3 is null or l.request_id = $3) and ($4 is null or l.correlation_id = $4)
                and ($5 is null or l.customer_id = $5)
                and ($7 is null or l.actor = $7) and ($8 is null or l.api_key = $8)
                and ($9 is null or l.event_type = $9) and ($10 is null or l.surface = $10)
                and ($6 is null or exists (
                    select from field_changes as c
                     where c.partition = $1 and c.tenant_id = $2 and c.field = $6
                       and c.position = l.position))
           from %1$s
          where l.partition = $1 and l.tenant_id = $2 and %2$s
            and %3$s > $11 and %3$s <= $12
          order by %3$s %4$s
          limit $13', source, asked, sorted, direction)
    using p_partition, p_tenant, p_request_id, p_correlation_id, p_customer, p_field, p_actor,
          p_api_key, p_event_type, p_surface, p_after, p_until, p_scan
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

-- How many of a tenant's own events are not after a position.
create function tenant_version_at(p_partition smallint, p_tenant uuid, p_position bigint)
    returns bigint language plpgsql stable set enable_seqscan = off as $$
declare
    low bigint := 0;
    high bigint;
    middle bigint;
begin
    select e.sequence into high
      from events as e
     where e.aggregate_type = 'tenant' and e.aggregate_id = p_tenant::text
       and e.partition = p_partition
     order by e.sequence desc
     limit 1;
    while low < high loop
        middle := (low + high + 1) / 2;
        if (select e.position <= p_position from events as e
             where e.aggregate_type = 'tenant' and e.aggregate_id = p_tenant::text
               and e.sequence = middle and e.partition = p_partition) then
            low := middle;
        else
            high := middle - 1;
        end if;
    end loop;
    return low;
end
$$;

-- The same as list_audit for the tenant's own events, read from its stream.
create function list_tenant_audit(p_partition smallint, p_tenant uuid, p_actor text,
                                  p_api_key text, p_event_type text, p_request_id text,
                                  p_correlation_id text, p_surface text, p_after bigint,
                                  p_until bigint, p_descending boolean, p_limit integer,
                                  p_scan integer)
    returns table ("position" bigint, listed boolean)
    language plpgsql stable as $$
declare
    first constant bigint := tenant_version_at(p_partition, p_tenant, p_after) + 1;
    last  constant bigint := tenant_version_at(p_partition, p_tenant, p_until);
    direction constant text := case when p_descending then 'desc' else 'asc' end;
    scanned integer := 0;
    wanted integer := p_limit;
begin
    for "position", listed in execute format(
        'select e.position,
                ($3 is null or e.metadata ->> ''actor'' = $3)
                and ($4 is null or e.metadata ->> ''api_key'' = $4)
                and ($5 is null or e.event_type = $5)
                and ($6 is null or e.metadata ->> ''request_id'' = $6)
                and ($7 is null or e.metadata ->> ''correlation_id'' = $7)
                and ($8 is null or e.metadata ->> ''surface'' = $8)
           from events as e
          where e.aggregate_type = ''tenant'' and e.aggregate_id = $2::text
            and e.sequence >= $9 and e.sequence <= $10 and e.partition = $1
          order by e.sequence %s
          limit $11', direction)
    using p_partition, p_tenant, p_actor, p_api_key, p_event_type, p_request_id, p_correlation_id,
          p_surface, first, last, p_scan
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

revoke execute on function position_before, list_audit, tenant_version_at, list_tenant_audit
    from public;
grant execute on function position_before, list_audit, tenant_version_at, list_tenant_audit
    to dossier_reader;
