-- Statistics of 1,000,000 customers and 10,000,000 events, of which a twelfth and fewer are there. The planner
-- takes the number of a table's pages from its file, so the rows are so many to a page; values that are distinct as
-- often as there are rows are known as a share of them, and go along.

update pg_class
   set reltuples = case when relname in ('events', 'audit_entries', 'field_changes', 'read_audit_customers')
                        then 10000000 else 1000000 end
 where relnamespace = 'public'::regnamespace and relkind in ('r', 'i') and reltuples > 10000;
