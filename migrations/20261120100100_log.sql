-- Purpose:    the log: what happened to every customer and tenant, in one order per partition.
-- Locks:      none (new tables).
-- Old code:   unaffected; nothing reads these tables yet.
-- Undo:       drop table events, log_heads; -- loses all history, restore from backup
--
-- The first seven columns of events are those that postgres-es reads, under its names.

create table log_heads (
    partition    smallint    not null check (partition between 0 and 31),
    position     bigint      not null check (position >= 0),
    hash         bytea       not null check (octet_length(hash) = 32),
    recorded_at  timestamptz not null,
    fence        bigint      not null default 0 check (fence >= 0),

    constraint log_heads_pkey primary key (partition)
) with (fillfactor = 50);

comment on table log_heads is
    'The end of each partition''s chain. Every write moves its row, by compare-and-set on position; '
    'it is the only lock that writers take.';

comment on column log_heads.fence is
    'Raised by a writer that lost the answer to an append: should that append still be on its way, it '
    'finds another fence than it knew, and stores nothing.';

insert into log_heads (partition, position, hash, recorded_at)
select partition, 0, decode(repeat('00', 32), 'hex'), 'epoch'
  from generate_series(0, 31) as partition;

create table events (
    aggregate_type  text collate "C"  not null,
    aggregate_id    text collate "C"  not null,
    sequence        bigint            not null check (sequence > 0),
    event_type      text              not null,
    event_version   text              not null,
    payload         json              not null,
    metadata        json              not null,

    partition       smallint     not null check (partition between 0 and 31),
    position        bigint       not null check (position > 0),
    tenant_id       uuid         not null,
    recorded_at     timestamptz  not null,
    hash            bytea        not null check (octet_length(hash) = 32),

    constraint events_pkey primary key (aggregate_type, aggregate_id, sequence, partition),
    constraint events_position unique (partition, position)
);

comment on column events.payload is
    'json, not jsonb: the bytes that were hashed are the bytes kept.';
comment on column events.aggregate_id is
    'The tenant''s id, and for a customer "/" and the customer''s id: two tenants may choose the same '
    'customer id and must not notice.';

create function refuse_to_change_history() returns trigger language plpgsql as $$
begin
    raise exception 'events are never updated or deleted' using errcode = 'insufficient_privilege';
end
$$;

create trigger events_are_never_changed before update or delete on events
    for each row execute function refuse_to_change_history();
create trigger events_are_never_truncated before truncate on events
    for each statement execute function refuse_to_change_history();

-- ALWAYS: an ordinary trigger is silent under session_replication_role = replica.
alter table events enable always trigger events_are_never_changed;
alter table events enable always trigger events_are_never_truncated;
