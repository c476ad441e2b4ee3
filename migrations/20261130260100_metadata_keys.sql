-- Purpose:    lists of customers can be filtered by keys of their metadata. These are more labels of the same
--             rows, made by logic 3.
-- Locks:      short, on projections.
-- Old code:   unaffected: it goes on with the rows of logic 2 until the new code has rebuilt them.
-- Undo:       rebuild customer_list with the old code.

-- Where nothing has happened yet there is nothing to rebuild.
update projections
   set logic_version = 3
 where name = 'customer_list' and logic_version < 3
   and not exists (select from log_heads where position > 0);
