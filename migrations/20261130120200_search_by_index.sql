-- Purpose:    searches by any value read few rows when one of their conditions has an index and few matches;
--             count and page come of one reading of those. They no longer depend on what the planner knows.
-- Locks:      none (a new function).
-- Old code:   unaffected; it goes on to call count_customers and search_customers.
-- Undo:       drop function find_customers.

-- How many customers of the current tenant are as asked, and those of a page in the order that is asked for,
-- the last resort of which is their ids. There is one row at least: the first has the number, and no customer
-- when the page is empty.
--
-- First the conditions that have an index of their own are looked up, each with a bound on the rows that it may
-- fetch. What the first of them within its bound finds holds all matches, so they are counted and sorted there.
-- Else all customers of the tenant are counted, and the page is read by the index of the order.
create function find_customers(p_partition smallint, p_asked jsonb, p_values text[], p_sorts jsonb,
                               p_limit integer, p_offset bigint)
    returns table (customer_id uuid, total bigint) language plpgsql stable rows 50 security definer
    set search_path = pg_catalog, public, pg_temp
    set enable_seqscan = off set enable_sort = off set enable_indexscan = on as $$
declare
    fetch_max constant bigint := 5000;
    listed constant text := 'public.customer_list as l';
    -- What only the state has is read where it is asked for.
    states text := '';
    clause constant text := public.customer_search_clause(p_asked);
    -- What is sorted by, of a customer and of what was looked up.
    values_sorted text := '';
    sorts text := '';
    found_sorts text := '';
    direction text := 'asc';
    value text;
    asked jsonb;
    -- What each look-up reads, and by which condition.
    sources text[] := '{}';
    conditions text[] := '{}';
    fetched bigint;
    ids uuid[];
begin
    for nth in 0 .. jsonb_array_length(p_sorts) - 1 loop
        asked := p_sorts -> nth;
        direction := case when (asked ->> 'descending')::boolean then 'desc' else 'asc' end;
        value := public.customer_search_value(asked, format('$5 #>> ''{%s,path}''', nth));
        values_sorted := values_sorted || format(', %s as sorted_%s', value, nth);
        sorts := sorts || value || ' ' || direction || ', ';
        found_sorts := found_sorts || format('f.sorted_%s %s, ', nth, direction);
    end loop;
    for asked in select a.value from jsonb_array_elements(p_asked) as a loop
        if asked ->> 'test' = 'has' then
            -- No other index finds anything for a condition that is alone.
            sources := sources || listed;
            conditions := conditions || format('l.labels @> ($4[%s:%s])::uuid[]',
                                               (asked ->> 'first')::integer, (asked ->> 'last')::integer);
        elsif asked ->> 'test' in ('is', 'in')
              and asked ->> 'column' in ('customer_id', 'email', 'external_id') then
            -- Value by value: PostgreSQL may test a list of values row by row.
            sources := sources || format(
                '(select distinct v.value from unnest(($4[%s:%s])::%s[]) as v(value)) as v
                 cross join lateral (
                       select * from public.customer_list as l
                        where l.partition = $1 and l.tenant_id = $2 and l.%I = v.value
                       offset 0) as l',
                (asked ->> 'first')::integer, (asked ->> 'last')::integer,
                case asked ->> 'column' when 'customer_id' then 'uuid' else 'text' end, asked ->> 'column');
            conditions := conditions || 'true'::text;
        end if;
    end loop;
    -- All bounds of one time are one range of its index.
    for asked in
        select jsonb_agg(a.value) from jsonb_array_elements(p_asked) as a
         where a.value ->> 'test' in ('before', 'until', 'after', 'from')
         group by a.value ->> 'column'
    loop
        sources := sources || listed;
        conditions := conditions || public.customer_search_clause(asked);
    end loop;
    if strpos(clause || sorts, 'c.state') > 0 then
        states := ' left join lateral (
                       select c.state from public.customers as c
                        where c.partition = l.partition and c.tenant_id = l.tenant_id
                          and c.customer_id = l.customer_id
                        limit 1) as c on true';
    end if;
    for nth in 1 .. cardinality(sources) loop
        execute format(
            'with found as materialized (
                 select l.customer_id, %1$s as fits%2$s
                   from %3$s
                  where %4$s
                  limit $8 + 1)
             select (select count(*) from found), (select count(*) from found as f where f.fits),
                    array(select f.customer_id
                            from found as f
                           where f.fits
                           order by %5$s f.customer_id %6$s
                           limit $6 offset $7)',
            clause, values_sorted, sources[nth] || states, conditions[nth], found_sorts, direction)
        into fetched, total, ids
        using p_partition, public.current_tenant(), p_asked, p_values, p_sorts, p_limit, p_offset, fetch_max;
        exit when fetched <= fetch_max;
    end loop;
    if fetched is null or fetched > fetch_max then
        -- Many rows are read sooner in the order of the table than in that of an index.
        perform set_config('enable_indexscan', 'off', true);
        execute format('select count(*) from %s where %s', listed || states, clause)
        into total
        using p_partition, public.current_tenant(), p_asked, p_values;
        perform set_config('enable_indexscan', 'on', true);
        execute format(
            'select array(
                 select l.customer_id
                   from %s
                  where %s
                  order by %s l.customer_id %s
                  limit $6 offset $7)', listed || states, clause, sorts, direction)
        into ids
        using p_partition, public.current_tenant(), p_asked, p_values, p_sorts, p_limit, p_offset;
    end if;
    return query select f.id, total from unnest(ids) with ordinality as f(id, nth) order by f.nth;
    if not found then
        customer_id := null;
        return next;
    end if;
end
$$;

revoke execute on function find_customers from public;
grant execute on function find_customers to dossier_reader;
