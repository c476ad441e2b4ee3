-- Purpose:    a group of customers is read at once: those above a customer, and all below the topmost.
-- Locks:      none.
-- Old code:   unaffected.
-- Undo:       drop function customer_tree.

-- The customer and those above it, and then what is below them, level by level, each node's children by id: at
-- most p_limit. p_depth bounds the way up.
create function customer_tree(p_partition smallint, p_tenant uuid, p_customer uuid, p_limit integer,
                              p_depth integer)
    returns table (customer_id uuid, parent_id uuid, depth integer)
    language plpgsql stable set enable_sort = off set enable_bitmapscan = off as $$
declare
    above uuid;
    path uuid[] := array[p_customer];
    nodes uuid[];
    parents uuid[] := array[null::uuid];
    depths integer[] := array[0];
    child uuid;
    place integer := 1;
begin
    for step in 1 .. p_depth loop
        select c.parent_id into above
          from customers as c
         where c.partition = p_partition and c.tenant_id = p_tenant and c.customer_id = path[1];
        exit when above is null;
        path := above || path;
    end loop;
    nodes := path;
    for step in 2 .. cardinality(path) loop
        parents := parents || path[step - 1];
        depths := depths || (step - 1);
    end loop;
    while place <= cardinality(nodes) and cardinality(nodes) < p_limit loop
        for child in
            select c.customer_id
              from customers as c
             where c.partition = p_partition and c.tenant_id = p_tenant and c.parent_id = nodes[place]
             order by c.customer_id
             limit p_limit
        loop
            exit when cardinality(nodes) >= p_limit;
            if child <> all (path) then
                nodes := nodes || child;
                parents := parents || nodes[place];
                depths := depths || (depths[place] + 1);
            end if;
        end loop;
        place := place + 1;
    end loop;
    return query
    select n.id, n.parent, n.depth
      from unnest(nodes, parents, depths) with ordinality as n(id, parent, depth, nth)
     order by n.nth;
end
$$;

revoke execute on function customer_tree from public;
grant execute on function customer_tree to dossier_reader;
