-- Purpose:    `dossier verify --views` keeps what the log leads to in temporary tables. Its role may make
--             them; no role that serves may. The database's owner takes that right from everybody else when
--             `dossier migrate` ends, since the right is the database's, and no copy or dump has it.
-- Locks:      none.
-- Old code:   its `verify --views` is refused, unless it runs as the database's owner.
-- Undo:       grant temporary on database … to public; drop role dossier_verifier;

do $$
begin
    if not exists (select from pg_roles where rolname = 'dossier_verifier') then
        begin
            create role dossier_verifier nologin;
        exception when duplicate_object or unique_violation then
            null;
        end;
    end if;
    if not pg_has_role('dossier_verifier', 'dossier_projector', 'member') then
        grant dossier_projector to dossier_verifier;
    end if;
    if not pg_has_role(current_user, 'dossier_verifier', 'member') then
        grant dossier_verifier to current_user;
    end if;
end
$$;
