-- Purpose:    reads of one customer or tenant that are under row-level security and still take one
--             round trip: the function names the tenant, then selects.
-- Locks:      none (new functions).
-- Old code:   unaffected.
-- Undo:       drop function read_customer, read_customer_by_key, read_tenant;

create function read_customer(p_partition smallint, p_tenant uuid, p_customer uuid)
    returns table (customer_id uuid, version bigint, state json, created_at timestamptz,
                   created_by text, updated_at timestamptz, updated_by text)
    language plpgsql as $$
begin
    perform set_config('app.tenant', p_tenant::text, true);
    return query
    select c.customer_id, c.version, c.state, c.created_at, c.created_by, c.updated_at, c.updated_by
      from customers as c
     where c.partition = p_partition and c.tenant_id = p_tenant and c.customer_id = p_customer;
end
$$;

-- The first kind that has a holder wins: a current external id goes before a former one.
create function read_customer_by_key(p_partition smallint, p_tenant uuid, p_kinds text[], p_key text)
    returns table (customer_id uuid, version bigint, state json, created_at timestamptz,
                   created_by text, updated_at timestamptz, updated_by text)
    language plpgsql as $$
begin
    perform set_config('app.tenant', p_tenant::text, true);
    return query
    select c.customer_id, c.version, c.state, c.created_at, c.created_by, c.updated_at, c.updated_by
      from reservations as r
      join customers as c on c.partition = r.partition and c.tenant_id = r.tenant_id
                         and c.customer_id = r.holder
     where r.partition = p_partition and r.tenant_id = p_tenant
       and r.kind = any (p_kinds) and r.key = p_key
     order by array_position(p_kinds, r.kind)
     limit 1;
end
$$;

create function read_tenant(p_partition smallint, p_tenant uuid)
    returns table (version bigint, state json, created_at timestamptz,
                   created_by text, updated_at timestamptz, updated_by text)
    language plpgsql as $$
begin
    perform set_config('app.tenant', p_tenant::text, true);
    return query
    select t.version, t.state, t.created_at, t.created_by, t.updated_at, t.updated_by
      from tenants as t
     where t.partition = p_partition and t.tenant_id = p_tenant;
end
$$;

revoke execute on function read_customer, read_customer_by_key, read_tenant from public;
grant execute on function read_customer, read_customer_by_key, read_tenant to dossier_reader;

-- Who a key belongs to is asked before a tenant is known. The function runs as its owner, whom the
-- policy below lets see keys, and gives one row for one exact id; the reader itself sees no keys.
create policy owner_finds_keys on api_keys for select to current_user using (true);

create function read_api_key(p_key_id text)
    returns table (key_id text, partition smallint, tenant_id uuid, name text, secret_hash bytea,
                   scopes text[], created_at timestamptz, expires_at timestamptz,
                   revoked_at timestamptz, read_at timestamptz)
    language sql stable security definer set search_path = public as $$
    select k.key_id, k.partition, k.tenant_id, k.name, k.secret_hash, k.scopes,
           k.created_at, k.expires_at, k.revoked_at, clock_timestamp()
      from api_keys as k
     where k.key_id = p_key_id
$$;

revoke execute on function read_api_key from public;
grant execute on function read_api_key to dossier_reader;
