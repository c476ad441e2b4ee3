-- Purpose:    which stretches of the log were imported: their events keep the times that they had, so
--             there the partition's times go back; and how far a tenant had come at a time in spite of it.
-- Locks:      none (new table, new function).
-- Old code:   unaffected as long as nothing was imported; then its audit by time may miss events of
--             the partitions that have a new tenant.
-- Undo:       drop function tenant_position_before; drop table imports; -- names imported stretches no more

create table imports (
    partition       smallint     not null check (partition between 0 and 31),
    tenant_id       uuid         not null,
    first_position  bigint       not null check (first_position > 0),
    last_position   bigint       not null check (last_position >= first_position),
    after           timestamptz  not null,
    imported_at     timestamptz  not null default clock_timestamp(),

    constraint imports_pkey primary key (partition, tenant_id)
);

comment on table imports is
    'A tenant that came with its history: all events of the stretch are its own, in the order of their '
    'times. Everything else of the partition is in the order of time without these stretches.';
comment on column imports.after is
    'The time of the head when they came: no event before them is later, none after them is earlier.';

alter table imports enable row level security;
alter table imports force row level security;
create policy writer_sees_all on imports to dossier_writer using (true) with check (true);
create policy reader_sees_its_tenant on imports
    for select to dossier_reader using (tenant_id = current_tenant());
create policy owner_dates on imports for select to current_user using (true);
grant select on imports to dossier_writer, dossier_reader;
grant insert (partition, tenant_id, first_position, last_position, after) on imports
    to dossier_writer;

-- A position up to which all of a tenant's events were recorded before a time, and none after it was.
-- Found by halving, within what was imported of the tenant or outside of what was imported.
create function tenant_position_before(p_partition smallint, p_tenant uuid, p_at timestamptz)
    returns bigint language plpgsql stable security definer
    set search_path = public, pg_temp set enable_seqscan = off as $$
declare
    low bigint := 0;
    high bigint;
    middle bigint;
    own imports;
    recorded timestamptz;
begin
    select h.position into high from log_heads as h where h.partition = p_partition;
    select * into own from imports as i where i.partition = p_partition and i.tenant_id = p_tenant;
    if found then
        select e.recorded_at into recorded from events as e
         where e.partition = p_partition and e.position = own.last_position;
        if recorded < p_at then
            low := own.last_position;
        else
            low := own.first_position - 1;
            high := own.last_position;
        end if;
    end if;
    while low < high loop
        middle := (low + high + 1) / 2;
        select e.recorded_at into recorded from events as e
         where e.partition = p_partition and e.position = middle;
        -- What was imported of others counts as recorded when it came.
        select i.after into recorded from imports as i
         where i.partition = p_partition and i.tenant_id <> p_tenant
           and middle between i.first_position and i.last_position
        union all
        select recorded
         limit 1;
        if recorded < p_at then
            low := middle;
        else
            high := middle - 1;
        end if;
    end loop;
    return low;
end
$$;

revoke execute on function tenant_position_before from public;
grant execute on function tenant_position_before to dossier_reader;
