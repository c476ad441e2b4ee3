-- Purpose:    create_tenant_api_key reads the scopes of a key as create_api_key reads them. It looked for a list with
--             'operator'. An event with the text '{operator}' or a list within the list passed, and its key got the
--             scope.
-- Locks:      none.
-- Old code:   unaffected.
-- Undo:       create_tenant_api_key as in 20261130280100_key_manager.sql.

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
