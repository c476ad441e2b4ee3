-- Purpose:    purge_reads picks the records to delete once. Without `materialized` PostgreSQL may put the
--             query with the limit into the join of the delete, and the limit then no longer bounds it.
-- Locks:      none.
-- Old code:   unaffected: same name, arguments and result.
-- Undo:       the function as in 20261130100100_paths_of_definers.sql.

create or replace function purge_reads(p_partition smallint, p_tenant uuid, p_days integer, p_limit integer)
    returns bigint language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    purged bigint;
begin
    with old as materialized (
        select r.id
          from public.read_audit as r
         where r.partition = p_partition and r.tenant_id = p_tenant
           and r.read_at < now() - make_interval(days => greatest(p_days, 1))
         order by r.read_at, r.id
         limit p_limit),
    gone as (
        delete from public.read_audit as r
         using old as o
         where r.partition = p_partition and r.tenant_id = p_tenant and r.id = o.id
        returning r.id, r.read_at, r.customers),
    -- Both tables have the same time: that of the transaction that recorded the read.
    of_customers as (
        delete from public.read_audit_customers as c
         using gone as g
         cross join lateral unnest(g.customers) as w(customer_id)
         where c.partition = p_partition and c.tenant_id = p_tenant
           and c.customer_id = w.customer_id and c.read_at = g.read_at and c.id = g.id)
    select count(*) into purged from gone;
    return purged;
end
$$;
