-- Purpose:    a comment on audit_entries that stopped being true when tenants could be imported, and a
--             function that nothing calls since then.
-- Locks:      short, on audit_entries.
-- Old code:   a release from before imports calls the function for audits by time, and answers those
--             with a 500.
-- Undo:       comment and function as in 20261121150000_audit_entries.sql.

comment on table audit_entries is
    'One row for each event of a customer. When it was recorded is not among them: a time is found in '
    'the log, by tenant_position_before. The tenant''s own events are few and are read from the log.';

drop function position_before;
