-- Purpose:    a record of a read has the reason that the reader stated.
-- Locks:      short, on read_audit.
-- Old code:   unaffected: it records no reasons.
-- Undo:       alter table read_audit drop column reason;

alter table read_audit add column reason text;

grant insert (reason) on read_audit to dossier_writer;
