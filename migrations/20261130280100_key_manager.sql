-- Purpose:    a tenant's administrators can create and revoke keys in the console. The role dossier_key_manager may
--             do that for scopes of a tenant, never for the scope operator; the service works as it only where
--             somebody granted it. Readers can list their tenant's keys.
-- Locks:      none (new functions, and rights on api_keys).
-- Old code:   unaffected.
-- Undo:       drop function list_api_keys, create_tenant_api_key; drop policy key_manager_sees_all on api_keys;
--             revoke select (key_id, partition, tenant_id, revoked_at) on api_keys from dossier_key_manager;
--             drop role dossier_key_manager.

do $$
begin
    if not exists (select from pg_roles where rolname = 'dossier_key_manager') then
        begin
            create role dossier_key_manager nologin;
        exception when duplicate_object or unique_violation then
            null;
        end;
    end if;
    if not pg_has_role('dossier_key_manager', 'dossier_writer', 'member') then
        grant dossier_writer to dossier_key_manager;
    end if;
    if not pg_has_role(current_user, 'dossier_key_manager', 'member') then
        grant dossier_key_manager to current_user;
    end if;
end
$$;

grant select (key_id, partition, tenant_id, revoked_at) on api_keys to dossier_key_manager;
create policy key_manager_sees_all on api_keys for select to dossier_key_manager using (true);

-- As create_api_key, but for no key that reaches beyond its tenant.
create function create_tenant_api_key(p_partition smallint, p_position bigint, p_secret_hash bytea)
    returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if exists (select
                 from public.events as e
                where e.partition = p_partition and e.position = p_position
                  and (e.payload -> 'data' -> 'scopes')::jsonb ? 'operator') then
        raise exception 'a tenant has no key with the scope operator' using errcode = 'insufficient_privilege';
    end if;
    perform public.create_api_key(p_partition, p_position, p_secret_hash);
end
$$;

-- The tenant's keys without their secrets' hashes, the newest first.
create function list_api_keys(p_partition smallint, p_tenant uuid, p_limit integer)
    returns table (key_id text, name text, scopes text[], actors text[], requests_per_second int,
                   created_at timestamptz, expires_at timestamptz, revoked_at timestamptz)
    language sql stable security definer rows 20 set search_path = pg_catalog, public, pg_temp as $$
    select k.key_id, k.name, k.scopes, k.actors, k.requests_per_second, k.created_at, k.expires_at, k.revoked_at
      from public.api_keys as k
     where k.tenant_id = p_tenant and k.partition = p_partition
     order by k.created_at desc, k.key_id
     limit p_limit
$$;

revoke execute on function create_tenant_api_key, list_api_keys from public;
grant execute on function create_tenant_api_key, revoke_api_key to dossier_key_manager;
grant execute on function list_api_keys to dossier_reader;
