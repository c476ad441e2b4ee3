-- Purpose:    the audit finds the events that changed a field or anything below it: field_changes also has rows for
--             the objects that contain a changed field. Logic 3 makes them.
-- Locks:      short, on projections.
-- Old code:   unaffected: it goes on with the rows of logic 2 until the new code has rebuilt them.
-- Undo:       rebuild field_changes with the old code.

comment on table field_changes is
    'One row for each field that an event changed, and one for each object that contains such fields. From what to '
    'what, who and when is in the event.';

-- Where nothing has happened yet there is nothing to rebuild.
update projections
   set logic_version = 3
 where name = 'field_changes' and logic_version = 2
   and not exists (select from log_heads where position > 0);
