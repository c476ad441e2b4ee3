-- Purpose:    lists of customers by any of their values, in any order, counted: what surfaces of other
--             systems ask for.
-- Locks:      none (new functions, a new policy).
-- Old code:   unaffected.
-- Undo:       drop function search_customers, count_customers, customer_search_clause,
--             customer_search_value;
--             drop policy owner_searches on customers;

-- As for list_customers: the functions that search work as the tables' owner and name the tenant.
create policy owner_searches on customers for select to current_user using (true);

-- The value of a customer that a condition or an order is about: a column of the list, or else what
-- its state has at a path, which is bound at `p_path`.
create function customer_search_value(p_about jsonb, p_path text)
    returns text language sql immutable as $$
    select case p_about ->> 'column'
               when 'customer_id' then 'l.customer_id'
               when 'status'      then 'l.status'
               when 'name_key'    then 'l.name_key'
               when 'name'        then 'l.name'
               when 'email'       then 'l.email'
               when 'external_id' then 'l.external_id'
               when 'parent_id'   then 'l.parent_id'
               when 'created_at'  then 'l.created_at'
               when 'created_by'  then 'l.created_by'
               when 'updated_at'  then 'l.updated_at'
               when 'updated_by'  then 'l.updated_by'
               when 'labels'      then 'l.labels'
               else format('coalesce(c.state #>> string_to_array(%s, ''/''), '''')', p_path)
           end
$$;

-- What a customer must be, as a clause. The conditions are $3, and each has its values at some places
-- of $4; nothing of either is in the clause, but for the numbers of those places.
create function customer_search_clause(p_asked jsonb)
    returns text language plpgsql immutable as $$
declare
    clause text := 'l.partition = $1 and l.tenant_id = $2';
    asked jsonb;
    value text;
    kind text;
    one text;
    every text;
begin
    for nth in 0 .. jsonb_array_length(p_asked) - 1 loop
        asked := p_asked -> nth;
        value := customer_search_value(asked, format('$3 #>> ''{%s,path}''', nth));
        kind := case when asked ->> 'column' in ('customer_id', 'parent_id', 'labels') then 'uuid'
                     when asked ->> 'column' in ('created_at', 'updated_at') then 'timestamptz'
                     else 'text' end;
        one := format('$4[%s]::%s', (asked ->> 'first')::integer, kind);
        every := format('($4[%s:%s])::%s[]', (asked ->> 'first')::integer,
                        (asked ->> 'last')::integer, kind);
        clause := clause || ' and ' || case asked ->> 'test'
            when 'is'           then format('%s = %s', value, one)
            when 'in'           then format('%s = any (%s)', value, every)
            when 'not_in'       then format('(%s = any (%s)) is not true', value, every)
            when 'has'          then format('%s @> %s', value, every)
            when 'before'       then format('%s < %s', value, one)
            when 'until'        then format('%s <= %s', value, one)
            when 'after'        then format('%s > %s', value, one)
            when 'from'         then format('%s >= %s', value, one)
            when 'contains'     then format('strpos(lower(%s collate "default"), '
                                            'lower(%s collate "default")) > 0', value, one)
            when 'not_contains' then format('strpos(lower(%s collate "default"), '
                                            'lower(%s collate "default")) = 0', value, one)
        end;
    end loop;
    return clause;
end
$$;

-- How many customers of the current tenant are so.
create function count_customers(p_partition smallint, p_asked jsonb, p_values text[])
    returns bigint language plpgsql stable security definer
    set search_path = public, pg_temp set enable_seqscan = off as $$
declare
    counted bigint;
begin
    execute format(
        'select count(*)
           from customer_list as l
           left join customers as c on c.partition = l.partition and c.tenant_id = l.tenant_id
                                   and c.customer_id = l.customer_id
          where %s', customer_search_clause(p_asked))
    into counted
    using p_partition, current_tenant(), p_asked, p_values;
    return counted;
end
$$;

-- Those customers in the order that is asked for ($5), the last resort of which is their ids.
create function search_customers(p_partition smallint, p_asked jsonb, p_values text[],
                                 p_sorts jsonb, p_limit integer, p_offset bigint)
    returns table (customer_id uuid) language plpgsql stable rows 50 security definer
    set search_path = public, pg_temp set enable_seqscan = off as $$
declare
    sorts text := '';
    direction text := 'asc';
begin
    for nth in 0 .. jsonb_array_length(p_sorts) - 1 loop
        direction := case when (p_sorts -> nth ->> 'descending')::boolean then 'desc' else 'asc' end;
        sorts := sorts || customer_search_value(p_sorts -> nth, format('$5 #>> ''{%s,path}''', nth))
                       || ' ' || direction || ', ';
    end loop;
    return query execute format(
        'select l.customer_id
           from customer_list as l
           left join customers as c on c.partition = l.partition and c.tenant_id = l.tenant_id
                                   and c.customer_id = l.customer_id
          where %1$s
          order by %2$s l.customer_id %3$s
          limit $6 offset $7', customer_search_clause(p_asked), sorts, direction)
    using p_partition, current_tenant(), p_asked, p_values, p_sorts, p_limit, p_offset;
end
$$;

revoke execute on function customer_search_value, customer_search_clause, count_customers,
    search_customers from public;
grant execute on function count_customers, search_customers to dossier_reader;
