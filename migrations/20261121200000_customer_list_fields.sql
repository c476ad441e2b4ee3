-- Purpose:    lists of customers can be filtered by more: legal name, title, phone, owner, account at
--             Salesforce, and by yes and no: left out of figures, managed externally, below another.
--             These are more labels of the same rows, made by logic 2.
-- Locks:      short, on projections.
-- Old code:   unaffected: it goes on with the rows of logic 1 until the new code has rebuilt them.
-- Undo:       rebuild customer_list with the old code.

-- Where nothing has happened yet there is nothing to rebuild.
update projections
   set logic_version = 2
 where name = 'customer_list' and logic_version = 1
   and not exists (select from log_heads where position > 0);
