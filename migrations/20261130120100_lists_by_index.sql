-- Purpose:    lists of customers with filters read few rows, however rare the matches are and whatever the
--             planner knows. PostgreSQL guesses that a label or a word is on 0.5% of all customers, so it
--             walked the index of the order and tested all customers of the tenant when hardly any matched.
-- Locks:      none (a function is replaced).
-- Old code:   unaffected; it calls the same function.
-- Undo:       list_customers as in 20261121100500_customer_list.sql.

-- The customers of the current tenant that have all the labels and words and lie within the times,
-- after the one that the caller has come to. Parameters that are null ask for nothing.
--
-- There are two ways to a page. One walks the index of the order and tests each customer: that is quick when
-- many match. The other fetches all matches of one condition from that condition's index and sorts them: that
-- is quick when few match. Which of them it is isn't known beforehand, so they take turns, each with a bound
-- on the rows that it may read. The bounds grow until one of them has the page; so a page costs no more than
-- a few times what the better way costs.
--
-- No statement depends on statistics: sorting is off, so a walk can only use the index of its order; a label
-- or a word is the only condition of its look-up, so nothing but its GIN index applies. Labels and words have
-- the tenant in them; what fits is tested for the tenant again.
create or replace function list_customers(p_partition smallint, p_sort text, p_descending boolean,
                               p_labels uuid[], p_words tsquery,
                               p_created_from timestamptz, p_created_until timestamptz,
                               p_updated_from timestamptz, p_updated_until timestamptz,
                               p_after_key text, p_after_id uuid, p_limit integer)
    returns table (customer_id uuid, sort_key text)
    language plpgsql stable rows 50 security definer
    set search_path = pg_catalog, public, pg_temp
    set enable_seqscan = off set enable_sort = off set enable_incremental_sort = off as $$
declare
    sorted constant text := case p_sort when 'created_at'  then 'created_at'
                                        when 'updated_at'  then 'updated_at'
                                        when 'name'        then 'name_key'
                                        when 'email'       then 'email'
                                        when 'external_id' then 'external_id' end;
    kind constant text := case when p_sort in ('created_at', 'updated_at') then 'timestamptz'
                               else 'text' end;
    direction constant text := case when p_descending then 'desc' else 'asc' end;
    beyond constant text := case when p_descending then '<' else '>' end;
    ordered constant text := format('l.%1$I %2$s, l.customer_id %2$s', sorted, direction);
    own constant text := 'l.partition = $1 and l.tenant_id = $2';
    created constant text := concat(case when p_created_from  is not null then ' and l.created_at >= $5' end,
                                    case when p_created_until is not null then ' and l.created_at < $6' end);
    updated constant text := concat(case when p_updated_from  is not null then ' and l.updated_at >= $7' end,
                                    case when p_updated_until is not null then ' and l.updated_at < $8' end);
    -- What the index of the order finds, and what is tested of each row.
    walked text := own;
    tested text := own;
    -- Conditions that have an index of their own.
    looked_up text[] := '{}';
    condition text;
    -- How many rows a walk and a look-up may read.
    walk_max bigint := 8 * p_limit;
    fetch_max bigint := 1000;
    ids uuid[];
    keys text[];
    complete boolean;
begin
    if p_words is not null then
        looked_up := looked_up || 'l.words @@ $4'::text;
        tested := tested || ' and l.words @@ $4';
    end if;
    if p_labels is not null then
        looked_up := looked_up || 'l.labels @> $3'::text;
        tested := tested || ' and l.labels @> $3';
    end if;
    tested := tested || created || updated;
    if sorted = 'created_at' then
        walked := walked || created;
    elsif created <> '' then
        looked_up := looked_up || (own || created);
    end if;
    if sorted = 'updated_at' then
        walked := walked || updated;
    elsif updated <> '' then
        looked_up := looked_up || (own || updated);
    end if;
    if p_after_id is not null then
        condition := format(' and (l.%I, l.customer_id) %s ($9::%s, $10)', sorted, beyond, kind);
        walked := walked || condition;
        tested := tested || condition;
    end if;
    if looked_up = '{}' then
        return query execute format(
            'select l.customer_id, l.%1$I::text
               from public.customer_list as l
              where %2$s
              order by %3$s
              limit $11', sorted, walked, ordered)
        using p_partition, public.current_tenant(), p_labels, p_words, p_created_from, p_created_until,
              p_updated_from, p_updated_until, p_after_key, p_after_id, p_limit;
        return;
    end if;
    loop
        -- The last row that it may read is kept, though it may not fit: then the walk has not come to the end.
        execute format(
            'select array_agg(w.customer_id order by w.nth) filter (where w.fits),
                    array_agg(w.sort_key order by w.nth) filter (where w.fits),
                    count(*) filter (where w.fits) = $11 or coalesce(max(w.nth), 0) < $12
               from (select *
                       from (select l.customer_id, l.%1$I::text as sort_key, %2$s as fits,
                                    row_number() over (order by %3$s) as nth
                               from public.customer_list as l
                              where %4$s
                              order by %3$s
                              limit $12) as w
                      where w.fits or w.nth = $12
                      limit $11) as w', sorted, tested, ordered, walked)
        into ids, keys, complete
        using p_partition, public.current_tenant(), p_labels, p_words, p_created_from, p_created_until,
              p_updated_from, p_updated_until, p_after_key, p_after_id, p_limit, walk_max;
        foreach condition in array looked_up loop
            exit when complete;
            execute format(
                'with found as materialized (
                     select l.customer_id, l.%1$I, %2$s as fits
                       from public.customer_list as l
                      where %3$s
                      limit $12 + 1)
                 select array_agg(l.customer_id), array_agg(l.%1$I::text),
                        (select count(*) from found) <= $12
                   from (select l.customer_id, l.%1$I
                           from found as l
                          where l.fits
                          order by %4$s
                          limit $11) as l', sorted, tested, condition, ordered)
            into ids, keys, complete
            using p_partition, public.current_tenant(), p_labels, p_words, p_created_from, p_created_until,
                  p_updated_from, p_updated_until, p_after_key, p_after_id, p_limit, fetch_max;
        end loop;
        exit when complete;
        fetch_max := fetch_max * 8;
        walk_max := fetch_max;
    end loop;
    return query select u.id, u.key from unnest(ids, keys) as u(id, key);
end
$$;
