-- Purpose:    the state of each customer at every 64th version, so that a state of long ago costs at
--             most 64 events, however long the history.
-- Locks:      none (a new table).
-- Old code:   unaffected.
-- Undo:       delete from projections where name = 'customer_snapshots'; drop table customer_snapshots;

create table customer_snapshots (
    partition    smallint     not null check (partition between 0 and 31),
    tenant_id    uuid         not null,
    customer_id  uuid         not null,
    version      bigint       not null check (version > 0),
    state        json         not null,
    created_at   timestamptz  not null,
    created_by   text         not null,
    updated_at   timestamptz  not null,
    updated_by   text         not null,

    constraint customer_snapshots_pkey primary key (partition, tenant_id, customer_id, version)
);

select register_projection('customer_snapshots', 1, 'customer_snapshots');
