-- Purpose:    who may call. Of a key's secret only the SHA-256 is kept.
-- Locks:      none (new table).
-- Old code:   unaffected.
-- Undo:       drop table api_keys; -- all keys are lost

create table api_keys (
    key_id       text collate "C"  not null,
    partition    smallint          not null check (partition between 0 and 31),
    tenant_id    uuid              not null,
    name         text              not null,
    secret_hash  bytea             not null check (octet_length(secret_hash) = 32),
    scopes       text[]            not null,
    created_at   timestamptz       not null default clock_timestamp(),
    expires_at   timestamptz,
    revoked_at   timestamptz,

    constraint api_keys_pkey primary key (key_id)
);

create index api_keys_of_a_tenant on api_keys (tenant_id, key_id);
