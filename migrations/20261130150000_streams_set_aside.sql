-- Purpose:    a customer whose rows can't be stored in time while others' can is set aside, and tried again by
--             itself. An operator needn't do anything about it.
-- Locks:      short, on parked_streams.
-- Old code:   unaffected; it parks nobody for that, and doesn't try again by itself.
-- Undo:       alter table parked_streams drop column timed_out;

alter table parked_streams add column timed_out boolean not null default false;

comment on column parked_streams.timed_out is
    'Whether the stream stopped because its rows took too long, and is tried again without being asked.';

create index parked_streams_timed_out
    on parked_streams (parked_at, projection, generation, partition, tenant_id, customer_id)
 where timed_out;

grant update (timed_out) on parked_streams to dossier_projector;
