-- Purpose:    who may do what. The writer appends and keeps current state; the reader sees one
--             tenant at a time, whichever `app.tenant` names.
-- Locks:      short, on tables nobody uses yet.
-- Old code:   unaffected.
-- Undo:       alter table … disable row level security; revoke all … from dossier_writer, dossier_reader;

alter table events          enable row level security;
alter table tenants         enable row level security;
alter table customers       enable row level security;
alter table reservations    enable row level security;
alter table command_results enable row level security;
alter table api_keys        enable row level security;

alter table events          force row level security;
alter table tenants         force row level security;
alter table customers       force row level security;
alter table reservations    force row level security;
alter table command_results force row level security;
alter table api_keys        force row level security;

-- A setting that was local to a transaction reads as '' afterwards, not as null.
create function current_tenant() returns uuid language sql stable parallel safe
    as $$ select nullif(current_setting('app.tenant', true), '')::uuid $$;

create policy writer_sees_all on events          to dossier_writer using (true) with check (true);
create policy writer_sees_all on tenants         to dossier_writer using (true) with check (true);
create policy writer_sees_all on customers       to dossier_writer using (true) with check (true);
create policy writer_sees_all on reservations    to dossier_writer using (true) with check (true);
create policy writer_sees_all on command_results to dossier_writer using (true) with check (true);
create policy writer_sees_all on api_keys        to dossier_writer using (true) with check (true);

create policy reader_sees_its_tenant on events
    for select to dossier_reader using (tenant_id = current_tenant());
create policy reader_sees_its_tenant on tenants
    for select to dossier_reader using (tenant_id = current_tenant());
create policy reader_sees_its_tenant on customers
    for select to dossier_reader using (tenant_id = current_tenant());
create policy reader_sees_its_tenant on reservations
    for select to dossier_reader using (tenant_id = current_tenant());

-- Columns, not the table: what a column is filled with by default can't be forged by naming it.
grant select on events to dossier_writer;
grant insert (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
              partition, position, tenant_id, recorded_at, hash) on events to dossier_writer;
grant select, update (position, hash, recorded_at, fence) on log_heads to dossier_writer;
grant select, insert, update on tenants, customers to dossier_writer;
grant select, insert, delete on reservations, command_results to dossier_writer;
grant select, insert on api_keys to dossier_writer;
grant update (revoked_at) on api_keys to dossier_writer;

grant select on events, log_heads, tenants, customers, reservations to dossier_reader;

revoke execute on function append_batch from public;
grant execute on function append_batch to dossier_writer;

-- The service looks which migrations the database has before it serves.
grant select on _sqlx_migrations to dossier_writer;
