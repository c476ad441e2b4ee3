-- Purpose:    customers are found by their telephone number, however it is written: its label is that of its digits.
--             Logic 3 makes them.
-- Locks:      short, on projections.
-- Old code:   unaffected: it goes on with the rows of logic 2 until the new code has rebuilt them.
-- Undo:       rebuild customer_list with the old code.

-- Where nothing has happened yet there is nothing to rebuild.
update projections
   set logic_version = 3
 where name = 'customer_list' and logic_version = 2
   and not exists (select from log_heads where position > 0);
