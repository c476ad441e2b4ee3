-- Purpose:    API keys are created and revoked by functions of the role dossier_key_admin, each together with the
--             event of the tenant that tells of it. The writer can no longer do either. A key can be restricted
--             to the actors that its requests may name.
-- Locks:      api_keys, for an instant: a column without a default.
-- Old code:   serves as before. Its `dossier key` is refused.
-- Undo:       grant select, insert, update (revoked_at) on api_keys to dossier_writer; drop the functions,
--             the policies and the role that are made here.

do $$
begin
    if not exists (select from pg_roles where rolname = 'dossier_key_admin') then
        begin
            create role dossier_key_admin nologin;
        exception when duplicate_object or unique_violation then
            null;
        end;
    end if;
    if not pg_has_role('dossier_key_admin', 'dossier_writer', 'member') then
        grant dossier_writer to dossier_key_admin;
    end if;
    if not pg_has_role(current_user, 'dossier_key_admin', 'member') then
        grant dossier_key_admin to current_user;
    end if;
end
$$;

alter table api_keys add column actors text[];

comment on column api_keys.actors is 'The actors that a request with the key may name; null for any.';

revoke all on api_keys from dossier_writer;
drop policy writer_sees_all on api_keys;
grant select on api_keys to dossier_key_admin;
create policy key_admin_sees_all on api_keys for select to dossier_key_admin using (true);
create policy owner_creates_keys on api_keys for insert to current_user with check (true);
create policy owner_revokes_keys on api_keys for update to current_user using (true) with check (true);

create function refuse_to_restore_key() returns trigger language plpgsql as $$
begin
    raise exception 'a revoked key stays revoked' using errcode = 'insufficient_privilege';
end
$$;

create trigger api_keys_stay_revoked before update on api_keys
    for each row when (old.revoked_at is not null
                       and new.revoked_at is distinct from old.revoked_at)
    execute function refuse_to_restore_key();
alter table api_keys enable always trigger api_keys_stay_revoked;

-- Creates the key of which the event at a position tells, with the hash of its secret. All else is as the event
-- has it: no key can do what the log doesn't say.
create function create_api_key(p_partition smallint, p_position bigint, p_secret_hash bytea)
    returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into public.api_keys (key_id, partition, tenant_id, name, secret_hash, scopes, actors,
                                 requests_per_second, created_at, expires_at)
    select k.key_id, e.partition, e.tenant_id, k.name, p_secret_hash, k.scopes, k.actors,
           k.requests_per_second, e.recorded_at, k.expires_at
      from public.events as e
     cross join lateral json_to_record(e.payload -> 'data')
           as k(key_id text, name text, scopes text[], actors text[], requests_per_second int,
                expires_at timestamptz)
     where e.partition = p_partition and e.position = p_position
       and e.aggregate_type = 'tenant' and e.event_type = 'ApiKeyCreated';
    if not found then
        raise exception 'no event says that a key was created' using errcode = 'no_data_found';
    end if;
end
$$;

-- Revokes the key of which the event at a position tells.
create function revoke_api_key(p_partition smallint, p_position bigint)
    returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    update public.api_keys as k
       set revoked_at = e.recorded_at
      from public.events as e
     where e.partition = p_partition and e.position = p_position
       and e.aggregate_type = 'tenant' and e.event_type = 'ApiKeyRevoked'
       and k.key_id = e.payload -> 'data' ->> 'key_id' and k.tenant_id = e.tenant_id
       and k.revoked_at is null;
    if not found then
        raise exception 'no event says that this key is revoked' using errcode = 'no_data_found';
    end if;
end
$$;

-- As read_api_key, which stays for older instances, with the actors.
create function find_api_key(p_key_id text)
    returns table (key_id text, partition smallint, tenant_id uuid, name text, secret_hash bytea,
                   scopes text[], actors text[], requests_per_second int, created_at timestamptz,
                   expires_at timestamptz, revoked_at timestamptz, read_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select k.key_id, k.partition, k.tenant_id, k.name, k.secret_hash, k.scopes, k.actors,
           k.requests_per_second, k.created_at, k.expires_at, k.revoked_at, clock_timestamp()
      from public.api_keys as k
     where k.key_id = p_key_id
$$;

revoke execute on function create_api_key, revoke_api_key, find_api_key from public;
grant execute on function create_api_key, revoke_api_key to dossier_key_admin;
grant execute on function find_api_key to dossier_reader;
