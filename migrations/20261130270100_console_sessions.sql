-- Purpose:    sessions of people at the console. Of a session's token only the SHA-256 is kept.
-- Locks:      none (new table).
-- Old code:   unaffected; it has no console.
-- Undo:       drop table console_sessions; -- everybody signs in again

create table console_sessions (
    token_hash  bytea             not null check (octet_length(token_hash) = 32),
    partition   smallint          not null check (partition between 0 and 31),
    tenant_id   uuid              not null,
    key_id      text collate "C"  not null,
    actor       text              not null,
    purpose     text,
    begun_at    timestamptz       not null default now(),
    seen_at     timestamptz       not null default now(),

    constraint console_sessions_pkey primary key (token_hash)
);

create index console_sessions_of_a_key on console_sessions (key_id, seen_at);
create index console_sessions_by_age on console_sessions (begun_at);

comment on table console_sessions is
    'People who are signed in at the console, each with an API key. Ended sessions are deleted.';

alter table console_sessions enable row level security;
alter table console_sessions force row level security;
create policy writer_keeps_sessions on console_sessions to dossier_writer using (true) with check (true);

grant select, delete, update (seen_at),
      insert (token_hash, partition, tenant_id, key_id, actor, purpose) on console_sessions
    to dossier_writer;
