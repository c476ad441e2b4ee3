-- Purpose:    notes of reads can be deleted when they are as old as their operator wants them kept, and no
--             others, and not by any other way.
-- Locks:      none that anybody would notice.
-- Old code:   unaffected; it deletes nothing.
-- Undo:       drop function purge_reads; drop policy owner_purges on read_audit;
--             drop policy owner_purges on read_audit_customers;

-- The writer may note and never delete. So the function works as the tables' owner, whom row-level
-- security, being forced, lets see nothing of its own accord.
create policy owner_purges on read_audit           to current_user using (true);
create policy owner_purges on read_audit_customers to current_user using (true);

-- Deletes notes of one tenant's reads that are older than so many days, and what read_audit_customers has of
-- them: the oldest first, and no more than p_limit. Says how many notes they were. Whoever calls it, no note
-- goes within a day.
create function purge_reads(p_partition smallint, p_tenant uuid, p_days integer, p_limit integer)
    returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare
    purged bigint;
begin
    with old as (
        select r.id
          from read_audit as r
         where r.partition = p_partition and r.tenant_id = p_tenant
           and r.read_at < now() - make_interval(days => greatest(p_days, 1))
         order by r.read_at, r.id
         limit p_limit),
    gone as (
        delete from read_audit as r
         using old as o
         where r.partition = p_partition and r.tenant_id = p_tenant and r.id = o.id
        returning r.id, r.read_at, r.customers),
    -- Both tables got the same time, that of the transaction which noted the read.
    of_customers as (
        delete from read_audit_customers as c
         using gone as g
         cross join lateral unnest(g.customers) as w(customer_id)
         where c.partition = p_partition and c.tenant_id = p_tenant
           and c.customer_id = w.customer_id and c.read_at = g.read_at and c.id = g.id)
    select count(*) into purged from gone;
    return purged;
end
$$;

revoke execute on function purge_reads from public;
grant execute on function purge_reads to dossier_writer;
