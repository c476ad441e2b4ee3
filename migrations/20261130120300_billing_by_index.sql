-- Purpose:    lists of billing configurations with filters read few rows, however rare the matches are and
--             whatever the planner knows, as lists of customers do.
-- Locks:      billing_configurations is not written while it gets an index; read models wait for that, commands
--             don't.
-- Old code:   unaffected; it goes on with its own statement.
-- Undo:       drop function list_billing_configurations; drop index billing_configurations_archived;

create index billing_configurations_archived
    on billing_configurations (partition, tenant_id, customer_id, billing_config_id)
    where archived_at is not null;

-- The billing configurations that are as asked, by customer and then by their own id. Parameters that are null
-- ask for nothing. As in list_customers, a walk in the order of the list and look-ups of what one condition
-- matches take turns, each with a bound on the rows that it may read.
--
-- It says where in the table they are, for the statement that calls it and no longer: that needs no other index.
create function list_billing_configurations(
    p_partition smallint, p_tenant uuid, p_customer uuid, p_provider text, p_provider_customer_id text,
    p_delivery_method text, p_delivery_method_id uuid, p_archived boolean,
    p_after_customer uuid, p_after_id uuid, p_limit integer)
    returns table (place tid)
    language plpgsql stable rows 50
    set enable_seqscan = off set enable_sort = off set enable_incremental_sort = off as $$
declare
    ordered constant text := 'b.customer_id, b.billing_config_id';
    own constant text := 'b.partition = $1 and b.tenant_id = $2';
    walked constant text := concat(
        own, case when p_customer is not null then ' and b.customer_id = $3' end,
        case when p_after_id is not null then ' and (b.customer_id, b.billing_config_id) > ($9, $10)' end);
    provider constant text := concat(
        case when p_provider is not null then ' and b.provider = $4' end,
        case when p_provider_customer_id is not null then ' and b.provider_customer_id = $5' end);
    tested constant text := concat(
        walked, provider,
        case when p_delivery_method is not null then ' and b.delivery_method = $6' end,
        case when p_delivery_method_id is not null then ' and b.delivery_method_id = $7' end,
        case when p_archived then ' and b.archived_at is not null'
             when not p_archived then ' and b.archived_at is null' end);
    looked_up text[] := '{}';
    condition text;
    walk_max bigint := 8 * p_limit;
    fetch_max bigint := 1000;
    places tid[];
    complete boolean;
begin
    if p_provider is not null then
        looked_up := looked_up || (own || provider);
    end if;
    if p_delivery_method_id is not null then
        looked_up := looked_up || (own || ' and b.delivery_method_id = $7');
    end if;
    if p_delivery_method is not null then
        looked_up := looked_up || (own || ' and b.delivery_method = $6');
    end if;
    if p_archived then
        looked_up := looked_up || (own || ' and b.archived_at is not null');
    end if;
    if p_customer is not null or walked = tested then
        return query execute format(
            'select b.ctid
               from billing_configurations as b
              where %s
              order by %s
              limit $11', tested, ordered)
        using p_partition, p_tenant, p_customer, p_provider, p_provider_customer_id, p_delivery_method,
              p_delivery_method_id, p_archived, p_after_customer, p_after_id, p_limit;
        return;
    end if;
    loop
        execute format(
            'select array_agg(w.ctid order by w.nth) filter (where w.fits),
                    count(*) filter (where w.fits) = $11 or coalesce(max(w.nth), 0) < $12
               from (select *
                       from (select b.ctid, %1$s as fits,
                                    row_number() over (order by %2$s) as nth
                               from billing_configurations as b
                              where %3$s
                              order by %2$s
                              limit $12) as w
                      where w.fits or w.nth = $12
                      limit $11) as w', tested, ordered, walked)
        into places, complete
        using p_partition, p_tenant, p_customer, p_provider, p_provider_customer_id, p_delivery_method,
              p_delivery_method_id, p_archived, p_after_customer, p_after_id, p_limit, walk_max;
        foreach condition in array looked_up loop
            exit when complete;
            execute format(
                'with found as materialized (
                     select b.ctid as place, b.customer_id, b.billing_config_id, %1$s as fits
                       from billing_configurations as b
                      where %2$s
                      limit $12 + 1)
                 select array_agg(b.place), (select count(*) from found) <= $12
                   from (select b.place
                           from found as b
                          where b.fits
                          order by %3$s
                          limit $11) as b', tested, condition, ordered)
            into places, complete
            using p_partition, p_tenant, p_customer, p_provider, p_provider_customer_id, p_delivery_method,
                  p_delivery_method_id, p_archived, p_after_customer, p_after_id, p_limit, fetch_max;
        end loop;
        exit when complete;
        fetch_max := fetch_max * 8;
        walk_max := fetch_max;
    end loop;
    return query
    select u.place from unnest(places) with ordinality as u(place, nth) order by u.nth;
end
$$;

revoke execute on function list_billing_configurations from public;
grant execute on function list_billing_configurations to dossier_reader;
