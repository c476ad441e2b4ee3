-- Purpose:    an answer kept under an idempotency key carries an authentication code, so that a changed
--             answer is found and not served; and verification reads what it could not read before.
-- Locks:      short, on command_results. No row is rewritten or read.
-- Old code:   unaffected. It keeps answers without a code; these count as unauthenticated.
-- Undo:       drop function append_authenticated_batch; alter table command_results drop column mac;
--             drop policy verifier_sees_all on reservations; drop policy verifier_sees_all on command_results;
--             drop policy projector_sees_all on imports;
--             revoke select on reservations, command_results from dossier_verifier;
--             revoke select on imports from dossier_projector;

alter table command_results add column mac bytea;
alter table command_results
    add constraint command_results_mac check (octet_length(mac) = 36) not valid;

comment on column command_results.mac is
    'Four bytes that name the key, then an HMAC-SHA-256 over the row. Null when the instance that kept the '
    'answer had no key.';

-- `dossier verify` compares these tables with the log.
create policy verifier_sees_all on reservations    for select to dossier_verifier using (true);
create policy verifier_sees_all on command_results for select to dossier_verifier using (true);
create policy projector_sees_all on imports        for select to dossier_projector using (true);
grant select on reservations, command_results to dossier_verifier;
grant select on imports to dossier_projector;

-- append_batch for answers that carry codes. The events and the state are stored by append_batch itself, which
-- gets no answers.
create function append_authenticated_batch(
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
declare
    stored timestamptz;
begin
    stored := public.append_batch(
        p_partition, p_known_position, p_known_fence, p_position, p_hash, p_recorded_at,
        e_aggregate_types, e_aggregate_ids, e_sequences, e_types, e_versions,
        e_payloads, e_metadata, e_tenants, e_recorded_at, e_hashes,
        c_tenants, c_customers, c_versions, c_states, c_parents,
        c_created_at, c_created_by, c_updated_at, c_updated_by,
        t_tenants, t_versions, t_states, t_created_at, t_created_by, t_updated_at, t_updated_by,
        d_tenants, d_kinds, d_keys,
        r_tenants, r_kinds, r_keys, r_holders,
        '{}', '{}', '{}', '{}', '{}', '{}', '{}');
    if stored is null then
        return null;
    end if;
    if cardinality(a_keys) > 0 then
        insert into public.command_results (partition, tenant_id, idempotency_key, request_hash,
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

revoke execute on function append_authenticated_batch from public;
grant execute on function append_authenticated_batch to dossier_writer;
