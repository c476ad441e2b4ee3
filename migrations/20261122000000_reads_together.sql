-- Purpose:    reads of single customers that one tenant asks for at the same time take one statement.
-- Locks:      none (a new function).
-- Old code:   unaffected; it goes on to call read_customer, which nothing else needs.
-- Undo:       drop function read_customers.

-- Each is looked for by itself: a plan that was made when the table was small is good when it has grown.
create function read_customers(p_partition smallint, p_tenant uuid, p_customers uuid[])
    returns table (customer_id uuid, version bigint, state json, created_at timestamptz,
                   created_by text, updated_at timestamptz, updated_by text)
    language plpgsql as $$
begin
    perform set_config('app.tenant', p_tenant::text, true);
    return query
    select c.customer_id, c.version, c.state, c.created_at, c.created_by, c.updated_at, c.updated_by
      from unnest(p_customers) as w(id)
     cross join lateral (
           select *
             from customers as c
            where c.partition = p_partition and c.tenant_id = p_tenant and c.customer_id = w.id
            limit 1) as c;
end
$$;

revoke execute on function read_customers from public;
grant execute on function read_customers to dossier_reader;
