-- Purpose:    what operators do about read models, over HTTP or at the command line, is recorded before it is done.
-- Locks:      none (new table).
-- Old code:   unaffected; what it does is not recorded.
-- Undo:       drop table operator_actions; -- loses the record

create table operator_actions (
    id           bigint            generated always as identity,
    recorded_at  timestamptz       not null default clock_timestamp(),
    login        text              not null default session_user,
    action       text collate "C"  not null,
    projection   text collate "C",
    about        json              not null,
    metadata     json              not null,

    constraint operator_actions_pkey primary key (id)
);

comment on table operator_actions is
    'What operators did, and what they tried to do. It concerns no tenant''s data, so it is not in the log.';
comment on column operator_actions.login is 'The login of the session, which the session can''t choose.';

create trigger operator_actions_are_never_changed before update or delete on operator_actions
    for each row execute function refuse_to_change_history();
create trigger operator_actions_are_never_truncated before truncate on operator_actions
    for each statement execute function refuse_to_change_history();
alter table operator_actions enable always trigger operator_actions_are_never_changed;
alter table operator_actions enable always trigger operator_actions_are_never_truncated;

-- Columns, not the table: who did it and when can't be forged by naming them.
grant insert (action, projection, about, metadata) on operator_actions to dossier_projector;
grant select on operator_actions to dossier_projector;
