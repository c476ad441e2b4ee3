-- Purpose:    what commands decide on: current states, the keys reserved, the answers kept.
-- Locks:      none (new tables).
-- Old code:   unaffected.
-- Undo:       drop table command_results, reservations, customers, tenants;
--             -- all but command_results can be rebuilt from events

create table tenants (
    partition   smallint     not null check (partition between 0 and 31),
    tenant_id   uuid         not null,
    version     bigint       not null check (version > 0),
    state       json         not null,
    created_at  timestamptz  not null,
    created_by  text         not null,
    updated_at  timestamptz  not null,
    updated_by  text         not null,

    constraint tenants_pkey primary key (partition, tenant_id)
) with (fillfactor = 70);

create table customers (
    partition    smallint     not null check (partition between 0 and 31),
    tenant_id    uuid         not null,
    customer_id  uuid         not null,
    version      bigint       not null check (version > 0),
    state        json         not null,
    parent_id    uuid,
    created_at   timestamptz  not null,
    created_by   text         not null,
    updated_at   timestamptz  not null,
    updated_by   text         not null,

    constraint customers_pkey primary key (partition, tenant_id, customer_id)
) with (fillfactor = 70);

create index customers_children on customers (partition, tenant_id, parent_id)
    where parent_id is not null;

create table reservations (
    partition  smallint          not null check (partition between 0 and 31),
    tenant_id  uuid              not null,
    kind       text collate "C"  not null,
    key        text collate "C"  not null check (octet_length(key) <= 1024),
    holder     uuid              not null,

    constraint reservations_pkey primary key (partition, tenant_id, kind, key)
);

comment on table reservations is
    'Who holds an external id, an alias or a unique custom field: a function of the customers'' states.';

create table command_results (
    partition        smallint          not null check (partition between 0 and 31),
    tenant_id        uuid              not null,
    idempotency_key  text collate "C"  not null check (octet_length(idempotency_key) <= 256),
    request_hash     bytea             not null check (octet_length(request_hash) = 32),
    status           smallint          not null,
    version          bigint,
    position         bigint,
    body             text              not null,
    created_at       timestamptz       not null,

    constraint command_results_pkey primary key (partition, tenant_id, idempotency_key)
);

create index command_results_age on command_results using brin (created_at);
