-- Purpose:    reads of single customers come with the head of their partition, so that they can be kept in memory: a
--             document is current as long as the head has not moved.
-- Locks:      none (a new function).
-- Old code:   unaffected; it goes on to call read_customers.
-- Undo:       drop function read_customers_at_head.

-- One statement, so one snapshot: the states are those at the head. There is one row without a customer if none is found.
-- Each customer is looked for by itself, as in read_customers.
create function read_customers_at_head(p_partition smallint, p_tenant uuid, p_customers uuid[])
    returns table (head_position bigint, head_fence bigint, head_hash bytea, customer_id uuid, version bigint,
                   state json, created_at timestamptz, created_by text, updated_at timestamptz, updated_by text)
    language plpgsql as $$
begin
    perform set_config('app.tenant', p_tenant::text, true);
    return query
    select h.position, h.fence, h.hash, c.customer_id, c.version, c.state, c.created_at, c.created_by,
           c.updated_at, c.updated_by
      from log_heads as h
      left join (unnest(p_customers) as w(id)
                 cross join lateral (
                       select *
                         from customers as c
                        where c.partition = p_partition and c.tenant_id = p_tenant and c.customer_id = w.id
                        limit 1) as c) on true
     where h.partition = p_partition;
end
$$;

revoke execute on function read_customers_at_head from public;
grant execute on function read_customers_at_head to dossier_reader;
