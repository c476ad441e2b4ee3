-- Purpose:    read models that follow the log: which there are, how far each has come, and which
--             customers' streams stopped at an event that could not be applied.
-- Locks:      none (new tables, a new role).
-- Old code:   unaffected.
-- Undo:       drop function claim_checkpoints, register_projection; drop table parked_streams,
--             checkpoints, projection_tables, projections; drop role dossier_projector;

-- Roles belong to the whole server: see the migration of the other two.
do $$
begin
    if not exists (select from pg_roles where rolname = 'dossier_projector') then
        begin
            create role dossier_projector nologin;
        exception when duplicate_object or unique_violation then
            null;
        end;
    end if;
    if not pg_has_role(current_user, 'dossier_projector', 'member') then
        execute format('grant dossier_projector to %I', current_user);
    end if;
end
$$;

grant usage on schema public to dossier_projector;

create table projections (
    name           text collate "C"  not null,
    generation     integer           not null check (generation > 0),
    logic_version  integer           not null check (logic_version > 0),
    state          text collate "C"  not null
                   check (state in ('building', 'live', 'retired', 'cancelled')),
    phase          text collate "C"
                   check (phase in ('loading', 'indexing', 'following', 'comparing')),
    workers        smallint          not null default 0,
    catches_up     boolean           not null default false,
    events_total   bigint            not null default 0,
    events_done    bigint            not null default 0,
    differences    json,
    failure        text,
    created_at     timestamptz       not null default clock_timestamp(),
    changed_at     timestamptz       not null default clock_timestamp(),

    constraint projections_pkey primary key (name, generation),
    constraint projections_phase check ((phase is not null) = (state = 'building'))
);

create unique index projections_one_live     on projections (name) where state = 'live';
create unique index projections_one_building on projections (name) where state = 'building';

comment on column projections.catches_up is
    'Whether it is being built because the live one is far behind the log: that waits meanwhile.';
comment on table projections is
    'Generations of read models. The tables of the live one are in the schema public; those of '
    'generation n of the projection p are in the schema p_gn, under the same names.';
comment on column projections.logic_version is
    'The logic that its rows were made by. A service follows only generations of its own logic.';

create table projection_tables (
    projection  text collate "C"  not null,
    table_name  text collate "C"  not null,

    constraint projection_tables_pkey primary key (projection, table_name)
);

create table checkpoints (
    partition   smallint          not null check (partition between 0 and 31),
    projection  text collate "C"  not null,
    generation  integer           not null,
    position    bigint            not null check (position >= 0),

    constraint checkpoints_pkey primary key (partition, projection, generation),
    constraint checkpoints_generation foreign key (projection, generation)
        references projections (name, generation) on delete cascade
) with (fillfactor = 50);

comment on table checkpoints is
    'Everything up to and with position is in the projection''s rows, which change in the same '
    'transaction. Whoever holds the row''s lock moves the projection on.';

create table parked_streams (
    partition    smallint          not null check (partition between 0 and 31),
    projection   text collate "C"  not null,
    generation   integer           not null,
    tenant_id    uuid              not null,
    customer_id  uuid              not null,
    sequence     bigint            not null check (sequence > 0),
    position     bigint            not null check (position > 0),
    event_type   text              not null,
    failure      text              not null,
    parked_at    timestamptz       not null default clock_timestamp(),

    constraint parked_streams_pkey
        primary key (partition, projection, generation, tenant_id, customer_id),
    constraint parked_streams_generation foreign key (projection, generation)
        references projections (name, generation) on delete cascade
);

comment on column parked_streams.sequence is
    'The first event of the customer that is not in the projection. Nor are the later ones.';

alter table parked_streams enable row level security;
alter table parked_streams force row level security;
create policy projector_sees_all on parked_streams to dossier_projector
    using (true) with check (true);

grant select on projections, projection_tables, checkpoints to dossier_writer, dossier_reader;
grant select on projections, projection_tables to dossier_projector;
grant update (phase, events_done, catches_up, differences, failure, changed_at) on projections
    to dossier_projector;
grant select, update (position) on checkpoints to dossier_projector;
grant select, insert, delete, update (sequence, position, event_type, failure, parked_at)
    on parked_streams to dossier_projector;
grant select on events, log_heads to dossier_projector;

create policy projector_sees_all on events for select to dossier_projector using (true);

-- Locks the checkpoints of a partition that nobody else holds and that this service can move on, and
-- says where they and the log stand.
--
-- In two statements: the second sees what was committed while the first was at it, so that a
-- generation that has just been switched isn't taken for what it was before.
create function claim_checkpoints(p_partition smallint, p_projections text[], p_logic integer[])
    returns table (projection text, generation integer, live boolean, "position" bigint,
                   head bigint, parked boolean)
    language plpgsql as $$
declare
    claimed_projections text[];
    claimed_generations integer[];
begin
    select array_agg(c.projection), array_agg(c.generation)
      into claimed_projections, claimed_generations
      from (select k.projection, k.generation
              from checkpoints as k
             where k.partition = p_partition and k.projection = any (p_projections)
             order by k.projection, k.generation
               for update skip locked) as c;
    return query
    select k.projection, k.generation, p.state = 'live', k.position, h.position,
           exists (select from parked_streams as s
                    where s.partition = k.partition and s.projection = k.projection
                      and s.generation = k.generation)
      from unnest(claimed_projections, claimed_generations) as c(projection, generation)
      join checkpoints as k
        on k.partition = p_partition and k.projection = c.projection
       and k.generation = c.generation
      join projections as p on p.name = k.projection and p.generation = k.generation
      join unnest(p_projections, p_logic) as w(name, logic)
        on w.name = p.name and w.logic = p.logic_version
      join log_heads as h on h.partition = k.partition
     where p.phase in ('following', 'comparing')
        or p.state = 'live' and not exists (select from projections as b
                                             where b.name = p.name and b.state = 'building'
                                               and b.catches_up)
     order by k.projection, k.generation;
end
$$;

-- Makes `p_tables`, which exist and are empty, the first generation of a projection: under row-level
-- security, writable by the projector, readable by each tenant for itself, and followed from the
-- log's beginning.
create function register_projection(p_name text, p_logic integer, variadic p_tables text[])
    returns void language plpgsql as $$
declare
    made text;
begin
    insert into projections (name, generation, logic_version, state)
    values (p_name, 1, p_logic, 'live');
    insert into checkpoints (partition, projection, generation, position)
    select partition, p_name, 1, 0 from log_heads;
    foreach made in array p_tables loop
        insert into projection_tables (projection, table_name) values (p_name, made);
        execute format('alter table %I enable row level security', made);
        execute format('alter table %I force row level security', made);
        execute format('create policy projector_sees_all on %I to dossier_projector
                            using (true) with check (true)', made);
        execute format('create policy reader_sees_its_tenant on %I for select to dossier_reader
                            using (tenant_id = current_tenant())', made);
        execute format('grant select, insert, update, delete on %I to dossier_projector', made);
        execute format('grant select on %I to dossier_reader', made);
    end loop;
end
$$;

revoke execute on function claim_checkpoints, register_projection from public;
grant execute on function claim_checkpoints to dossier_projector;
