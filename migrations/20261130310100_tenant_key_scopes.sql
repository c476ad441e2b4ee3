-- Purpose:    create_tenant_api_key reads the scopes of a key as create_api_key reads them. It looked for a list with
--             'operator'. An event with the text '{operator}' or a list within the list passed, and its key got the
--             scope. list_api_keys lists only keys of the current tenant.
-- Locks:      none.
-- Old code:   unaffected.
-- Undo:       both functions as in 20261130280100_key_manager.sql.

create or replace function create_tenant_api_key(p_partition smallint, p_position bigint, p_secret_hash bytea)
    returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if exists (select
                 from public.events as e
                cross join lateral json_to_record(e.payload -> 'data') as k(scopes text[])
                where e.partition = p_partition and e.position = p_position
                  and 'operator' = any (k.scopes)) then
        raise exception 'a tenant has no key with the scope operator' using errcode = 'insufficient_privilege';
    end if;
    perform public.create_api_key(p_partition, p_position, p_secret_hash);
end
$$;

create or replace function list_api_keys(p_partition smallint, p_tenant uuid, p_limit integer)
    returns table (key_id text, name text, scopes text[], actors text[], requests_per_second int,
                   created_at timestamptz, expires_at timestamptz, revoked_at timestamptz)
    language sql stable security definer rows 20 set search_path = pg_catalog, public, pg_temp as $$
    select k.key_id, k.name, k.scopes, k.actors, k.requests_per_second, k.created_at, k.expires_at, k.revoked_at
      from public.api_keys as k
     where k.tenant_id = p_tenant and k.partition = p_partition and k.tenant_id = public.current_tenant()
     order by k.created_at desc, k.key_id
     limit p_limit
$$;
