-- Purpose:    one function stores a batch. append_authenticated_batch called append_batch, so PostgreSQL unpacked 39
--             arrays twice for each batch.
-- Locks:      none on tables.
-- Old code:   unaffected. append_batch stays for instances from before answers had codes.
-- Undo:       create both functions as their migrations did.

create or replace function append_authenticated_batch(
    p_partition         smallint,
    p_known_position    bigint,
    p_known_fence       bigint,
    p_position          bigint,
    p_hash              bytea,
    p_recorded_at       timestamptz,

    e_aggregate_types   text[],
    e_aggregate_ids     text[],
    e_sequences         bigint[],
    e_types             text[],
    e_versions          text[],
    e_payloads          text[],
    e_metadata          text[],
    e_tenants           uuid[],
    e_recorded_at       timestamptz[],
    e_hashes            bytea[],

    c_tenants           uuid[],
    c_customers         uuid[],
    c_versions          bigint[],
    c_states            text[],
    c_parents           uuid[],
    c_created_at        timestamptz[],
    c_created_by        text[],
    c_updated_at        timestamptz[],
    c_updated_by        text[],

    t_tenants           uuid[],
    t_versions          bigint[],
    t_states            text[],
    t_created_at        timestamptz[],
    t_created_by        text[],
    t_updated_at        timestamptz[],
    t_updated_by        text[],

    d_tenants           uuid[],
    d_kinds             text[],
    d_keys              text[],

    r_tenants           uuid[],
    r_kinds             text[],
    r_keys              text[],
    r_holders           uuid[],

    a_tenants           uuid[],
    a_keys              text[],
    a_request_hashes    bytea[],
    a_statuses          smallint[],
    a_versions          bigint[],
    a_positions         bigint[],
    a_bodies            text[],
    a_macs              bytea[]
) returns timestamptz language plpgsql as $$
begin
    update log_heads
       set position = p_position, hash = p_hash, recorded_at = p_recorded_at
     where partition = p_partition
       and position = p_known_position and fence = p_known_fence;
    if not found then
        return null;
    end if;

    if cardinality(e_types) > 0 then
        insert into events (aggregate_type, aggregate_id, sequence, event_type, event_version,
                            payload, metadata, partition, position, tenant_id, recorded_at, hash)
        select e.aggregate_type, e.aggregate_id, e.sequence, e.type, e.version,
               e.payload::json, e.metadata::json, p_partition, p_known_position + e.nth,
               e.tenant_id, e.recorded_at, e.hash
          from unnest(e_aggregate_types, e_aggregate_ids, e_sequences, e_types, e_versions,
                      e_payloads, e_metadata, e_tenants, e_recorded_at, e_hashes)
               with ordinality
               as e(aggregate_type, aggregate_id, sequence, type, version,
                    payload, metadata, tenant_id, recorded_at, hash, nth);
    end if;

    if cardinality(c_customers) > 0 then
        insert into customers (partition, tenant_id, customer_id, version, state, parent_id,
                               created_at, created_by, updated_at, updated_by)
        select p_partition, c.tenant_id, c.customer_id, c.version, c.state::json, c.parent_id,
               c.created_at, c.created_by, c.updated_at, c.updated_by
          from unnest(c_tenants, c_customers, c_versions, c_states, c_parents,
                      c_created_at, c_created_by, c_updated_at, c_updated_by)
               as c(tenant_id, customer_id, version, state, parent_id,
                    created_at, created_by, updated_at, updated_by)
        on conflict on constraint customers_pkey do update
           set version = excluded.version, state = excluded.state, parent_id = excluded.parent_id,
               updated_at = excluded.updated_at, updated_by = excluded.updated_by;
    end if;

    if cardinality(t_tenants) > 0 then
        insert into tenants (partition, tenant_id, version, state,
                             created_at, created_by, updated_at, updated_by)
        select p_partition, t.tenant_id, t.version, t.state::json,
               t.created_at, t.created_by, t.updated_at, t.updated_by
          from unnest(t_tenants, t_versions, t_states,
                      t_created_at, t_created_by, t_updated_at, t_updated_by)
               as t(tenant_id, version, state, created_at, created_by, updated_at, updated_by)
        on conflict on constraint tenants_pkey do update
           set version = excluded.version, state = excluded.state,
               updated_at = excluded.updated_at, updated_by = excluded.updated_by;
    end if;

    -- Keys that were given up are deleted before keys are taken: in one batch a key may change hands.
    -- They are deleted one by one, by their whole keys. The plan of a join, made while the table was small, would
    -- go on reading the whole partition.
    for nth in 1 .. cardinality(d_keys) loop
        delete from reservations
         where partition = p_partition and tenant_id = d_tenants[nth]
           and kind = d_kinds[nth] and key = d_keys[nth];
    end loop;

    if cardinality(r_keys) > 0 then
        insert into reservations (partition, tenant_id, kind, key, holder)
        select p_partition, r.tenant_id, r.kind, r.key, r.holder
          from unnest(r_tenants, r_kinds, r_keys, r_holders) as r(tenant_id, kind, key, holder);
    end if;

    if cardinality(a_keys) > 0 then
        insert into command_results (partition, tenant_id, idempotency_key, request_hash,
                                     status, version, position, body, mac, created_at)
        select p_partition, a.tenant_id, a.key, a.request_hash,
               a.status, a.version, a.position, a.body, a.mac, clock_timestamp()
          from unnest(a_tenants, a_keys, a_request_hashes,
                      a_statuses, a_versions, a_positions, a_bodies, a_macs)
               as a(tenant_id, key, request_hash, status, version, position, body, mac);
    end if;

    return clock_timestamp();
end
$$;

create or replace function append_batch(
    p_partition         smallint,
    p_known_position    bigint,
    p_known_fence       bigint,
    p_position          bigint,
    p_hash              bytea,
    p_recorded_at       timestamptz,

    e_aggregate_types   text[],
    e_aggregate_ids     text[],
    e_sequences         bigint[],
    e_types             text[],
    e_versions          text[],
    e_payloads          text[],
    e_metadata          text[],
    e_tenants           uuid[],
    e_recorded_at       timestamptz[],
    e_hashes            bytea[],

    c_tenants           uuid[],
    c_customers         uuid[],
    c_versions          bigint[],
    c_states            text[],
    c_parents           uuid[],
    c_created_at        timestamptz[],
    c_created_by        text[],
    c_updated_at        timestamptz[],
    c_updated_by        text[],

    t_tenants           uuid[],
    t_versions          bigint[],
    t_states            text[],
    t_created_at        timestamptz[],
    t_created_by        text[],
    t_updated_at        timestamptz[],
    t_updated_by        text[],

    d_tenants           uuid[],
    d_kinds             text[],
    d_keys              text[],

    r_tenants           uuid[],
    r_kinds             text[],
    r_keys              text[],
    r_holders           uuid[],

    a_tenants           uuid[],
    a_keys              text[],
    a_request_hashes    bytea[],
    a_statuses          smallint[],
    a_versions          bigint[],
    a_positions         bigint[],
    a_bodies            text[]
) returns timestamptz language plpgsql as $$
begin
    return public.append_authenticated_batch(
        p_partition, p_known_position, p_known_fence, p_position, p_hash, p_recorded_at,
        e_aggregate_types, e_aggregate_ids, e_sequences, e_types, e_versions, e_payloads, e_metadata,
        e_tenants, e_recorded_at, e_hashes, c_tenants, c_customers, c_versions, c_states, c_parents,
        c_created_at, c_created_by, c_updated_at, c_updated_by, t_tenants, t_versions, t_states,
        t_created_at, t_created_by, t_updated_at, t_updated_by, d_tenants, d_kinds, d_keys, r_tenants,
        r_kinds, r_keys, r_holders, a_tenants, a_keys, a_request_hashes, a_statuses, a_versions,
        a_positions, a_bodies,
        array_fill(null::bytea, array[cardinality(a_keys)]));
end
$$;
