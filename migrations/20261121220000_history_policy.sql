-- Purpose:    pages of a history: the policy of events asks for the tenant once in a statement, not once
--             for each event.
-- Locks:      events, for an instant.
-- Old code:   unaffected.
-- Undo:       alter policy reader_sees_its_tenant on events using (tenant_id = current_tenant());

alter policy reader_sees_its_tenant on events using (tenant_id = (select current_tenant()));
