-- Purpose:    a search parses a customer's state once, whatever the number of conditions and sorts on values
--             that only the state has. It was parsed for each of them.
-- Locks:      none (one function is replaced).
-- Old code:   unaffected; the function has the same arguments and rows.
-- Undo:       the same replacement the other way round.

-- The subquery has a limit, so PostgreSQL does not merge it into the statement around it: the cast is done once a
-- row.
do $do$
declare
    old constant text := pg_get_functiondef('public.find_customers'::regproc);
    new constant text := replace(old, 'select c.state from public.customers as c',
                                 'select c.state::jsonb as state from public.customers as c');
begin
    if new = old then
        raise 'find_customers has another text than this migration expects';
    end if;
    execute new;
end
$do$;
