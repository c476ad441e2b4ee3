-- Purpose:    the two roles the service works as. Neither owns anything, so neither can alter a table,
--             disable a trigger or rewrite the log.
-- Locks:      none.
-- Old code:   unaffected.
-- Undo:       drop role dossier_writer, dossier_reader; -- after revoking what was granted to them
--
-- Roles belong to the whole server, so another database may have made them already, or be making
-- them at this moment.

do $$
declare
    wanted text;
begin
    foreach wanted in array array['dossier_writer', 'dossier_reader'] loop
        if not exists (select from pg_roles where rolname = wanted) then
            begin
                execute format('create role %I nologin', wanted);
            exception when duplicate_object or unique_violation then
                null;
            end;
        end if;
        if not pg_has_role(current_user, wanted, 'member') then
            execute format('grant %I to %I', wanted, current_user);
        end if;
    end loop;
end
$$;

grant usage on schema public to dossier_writer, dossier_reader;
