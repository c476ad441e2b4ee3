-- Purpose:    the oldest records of a tenant's reads can be deleted when they have become too many, so that no
--             tenant's grow without bound.
-- Locks:      none that anybody would notice.
-- Old code:   unaffected; it deletes those that are too old, and no others.
-- Undo:       drop function trim_reads;

-- Deletes the oldest p_limit records of one tenant's reads, and what read_audit_customers has of them. Says
-- how many records they were. Whoever calls it, the 1,000 latest records stay.
create function trim_reads(p_partition smallint, p_tenant uuid, p_limit integer)
    returns bigint language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    kept_at timestamptz;
    kept_id uuid;
    trimmed bigint;
begin
    select r.read_at, r.id into kept_at, kept_id
      from public.read_audit as r
     where r.partition = p_partition and r.tenant_id = p_tenant
     order by r.read_at desc, r.id desc
    offset 999
     limit 1;
    if not found then
        return 0;
    end if;
    with old as materialized (
        select r.id
          from public.read_audit as r
         where r.partition = p_partition and r.tenant_id = p_tenant
           and (r.read_at, r.id) < (kept_at, kept_id)
         order by r.read_at, r.id
         limit p_limit),
    gone as (
        delete from public.read_audit as r
         using old as o
         where r.partition = p_partition and r.tenant_id = p_tenant and r.id = o.id
        returning r.id, r.read_at, r.customers),
    of_customers as (
        delete from public.read_audit_customers as c
         using gone as g
         cross join lateral unnest(g.customers) as w(customer_id)
         where c.partition = p_partition and c.tenant_id = p_tenant
           and c.customer_id = w.customer_id and c.read_at = g.read_at and c.id = g.id)
    select count(*) into trimmed from gone;
    return trimmed;
end
$$;

revoke execute on function trim_reads from public;
grant execute on function trim_reads to dossier_writer;
