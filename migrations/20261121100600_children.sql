-- Purpose:    lists the children of a customer page by page without sorting all of them each time:
--             their index has their ids, too.
-- Locks:      customers, against writes, while the index is made anew.
-- Old code:   unaffected.
-- Undo:       drop index customers_children; create index customers_children
--                 on customers (partition, tenant_id, parent_id) where parent_id is not null;

drop index customers_children;

create index customers_children on customers (partition, tenant_id, parent_id, customer_id)
    where parent_id is not null;
