-- Purpose:    rebuilding read models: a generation is made beside the live one, loaded, indexed, and
--             changed for the live one in one transaction. The current state can be rebuilt, too.
-- Locks:      short, on projections.
-- Old code:   unaffected.
-- Undo:       drop function create_generation, index_generation, hold_generation, switch_generation,
--             cancel_generation, reopen_generation, drop_generation, generation_schema;
--             drop table rebuild_chunks; alter table projections drop column was_live; delete from projections where name = 'customers';
--
-- The service's roles own nothing, so what makes and moves tables are functions of their owner. Each
-- does one step of a rebuild or nothing, so that a rebuild can stop anywhere and go on from there.

alter table projections add column was_live boolean not null default false;

comment on column projections.was_live is
    'Whether it was live before: then it can be so again, and isn''t dropped when that is cancelled.';

create table rebuild_chunks (
    projection  text collate "C"  not null,
    generation  integer           not null,
    chunk       integer           not null,
    from_key    text collate "C"  not null,
    until_key   text collate "C"  not null,
    done        boolean           not null default false,

    constraint rebuild_chunks_pkey primary key (projection, generation, chunk),
    constraint rebuild_chunks_generation foreign key (projection, generation)
        references projections (name, generation) on delete cascade
) with (fillfactor = 70);

comment on table rebuild_chunks is
    'Customers that are folded into a new generation together, in one transaction: those whose '
    'stream''s name is after from_key and not after until_key.';

-- The current state is registered without checkpoints: the append keeps its live generation.
insert into projections (name, generation, logic_version, state) values ('customers', 1, 1, 'live');
insert into projection_tables (projection, table_name) values ('customers', 'customers');
create policy projector_sees_all on customers to dossier_projector using (true) with check (true);
create policy owner_forgets on parked_streams to current_user using (true);
create policy projector_sees_all on tenants for select to dossier_projector using (true);
grant select, insert, update, delete on customers to dossier_projector;
grant select on tenants to dossier_projector;
grant select, insert, update (done) on rebuild_chunks to dossier_projector;

create function generation_schema(p_name text, p_generation integer) returns text
    language sql immutable as $$ select p_name || '_g' || p_generation $$;

-- Makes the next generation's tables, empty and without indexes, and says its number. The
-- checkpoints are where the log ends now: up to there it is loaded, from there on it follows.
--
-- Rows can't be loaded by COPY under row-level security, so until that is there nobody but the
-- projector sees the tables.
create function create_generation(p_name text, p_logic integer, p_workers integer)
    returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
    made integer;
    home text;
    copied text;
    options text;
begin
    select max(generation) + 1 into made from projections where name = p_name;
    if made is null then
        raise exception 'there is no projection %', p_name using errcode = 'no_data_found';
    end if;
    home := generation_schema(p_name, made);
    insert into projections (name, generation, logic_version, state, phase, workers)
    values (p_name, made, p_logic, 'building', 'loading', p_workers);
    insert into checkpoints (partition, projection, generation, position)
    select partition, p_name, made, position from log_heads;
    update projections
       set events_total = (select coalesce(sum(position), 0) from checkpoints
                            where projection = p_name and generation = made)
     where name = p_name and generation = made;
    execute format('create schema %I', home);
    execute format('grant usage on schema %I to dossier_projector', home);
    for copied in select table_name from projection_tables where projection = p_name
                   order by table_name loop
        execute format('create table %1$I.%2$I (like public.%2$I including all excluding indexes)',
                       home, copied);
        select array_to_string(reloptions, ', ') into options
          from pg_class where oid = format('public.%I', copied)::regclass;
        if options is not null then
            execute format('alter table %I.%I set (%s)', home, copied, options);
        end if;
        execute format('grant select, insert, update, delete on %I.%I to dossier_projector',
                       home, copied);
    end loop;
    return made;
end
$$;

-- Gives a loaded generation what the live one has: keys, indexes, policies and grants.
create function index_generation(p_name text, p_generation integer)
    returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
    home text := generation_schema(p_name, p_generation);
    indexed text;
    live regclass;
    made text;
begin
    for indexed in select table_name from projection_tables where projection = p_name
                    order by table_name loop
        live := format('public.%I', indexed)::regclass;
        for made in
            select format('alter table %I.%I add constraint %I %s', home, indexed, conname,
                          pg_get_constraintdef(oid))
              from pg_constraint
             where conrelid = live and contype in ('p', 'u', 'x')
             order by conname
        loop
            execute made;
        end loop;
        for made in
            select replace(pg_get_indexdef(i.indexrelid), format(' ON public.%I ', indexed),
                           format(' ON %I.%I ', home, indexed))
              from pg_index as i
             where i.indrelid = live
               and not exists (select from pg_constraint as c
                                where c.conindid = i.indexrelid and c.conrelid = live)
             order by i.indexrelid
        loop
            execute made;
        end loop;
        for made in
            select format('create policy %I on %I.%I as %s for %s to %s', policyname, home, indexed,
                          permissive, cmd,
                          (select string_agg(quote_ident(role::text), ', ')
                             from unnest(roles) as role))
                   || coalesce(' using (' || qual || ')', '')
                   || coalesce(' with check (' || with_check || ')', '')
              from pg_policies
             where schemaname = 'public' and tablename = indexed
             order by policyname
        loop
            execute made;
        end loop;
        for made in
            select format('grant %s on %I.%I to %I', a.privilege_type, home, indexed, r.rolname)
              from pg_class as c, aclexplode(c.relacl) as a
              join pg_roles as r on r.oid = a.grantee
             where c.oid = live and a.grantee <> c.relowner
             union all
            select format('grant %s (%I) on %I.%I to %I', a.privilege_type, t.attname, home, indexed,
                          r.rolname)
              from pg_attribute as t, aclexplode(t.attacl) as a
              join pg_roles as r on r.oid = a.grantee
             where t.attrelid = live and not t.attisdropped
        loop
            execute made;
        end loop;
        execute format('alter table %I.%I enable row level security', home, indexed);
        execute format('alter table %I.%I force row level security', home, indexed);
        execute format('analyze %I.%I', home, indexed);
    end loop;
    update projections
       set phase = 'following', events_done = events_total, changed_at = clock_timestamp()
     where name = p_name and generation = p_generation and phase = 'indexing';
    if not found then
        raise exception 'the generation is not being indexed' using errcode = 'serialization_failure';
    end if;
    delete from rebuild_chunks where projection = p_name and generation = p_generation;
end
$$;

-- Keeps everybody from moving the live generation, or the one that is being built, until the
-- transaction ends. The live generation of the current state moves with the log itself.
create function hold_generation(p_name text)
    returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if p_name = 'customers' then
        perform from log_heads order by partition for update;
    end if;
    perform
       from checkpoints as k
       join projections as p on p.name = k.projection and p.generation = k.generation
      where k.projection = p_name and p.state in ('live', 'building')
      order by k.partition, k.generation
        for update of k;
end
$$;

-- Changes the live generation for the one that is being built, which must not be behind it.
-- To be called in the transaction that holds both, with a short lock_timeout: who asks for tables
-- after this has asked for them, waits for whoever has them now.
create function switch_generation(p_name text, p_generation integer)
    returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
    old integer;
    old_home text;
    home text := generation_schema(p_name, p_generation);
    moved text;
begin
    select generation into strict old from projections where name = p_name and state = 'live';
    old_home := generation_schema(p_name, old);
    update projections
       set state = 'retired', was_live = true, changed_at = clock_timestamp()
     where name = p_name and generation = old;
    update projections
       set state = 'live', phase = null, failure = null, changed_at = clock_timestamp()
     where name = p_name and generation = p_generation and phase = 'comparing';
    if not found then
        raise exception 'the generation is not ready' using errcode = 'serialization_failure';
    end if;
    if exists (select from log_heads as h
                 join checkpoints as k on k.partition = h.partition and k.projection = p_name
                                      and k.generation = p_generation
                 left join checkpoints as o on o.partition = h.partition and o.projection = p_name
                                           and o.generation = old
                where k.position < coalesce(o.position, h.position)) then
        raise exception 'the generation is behind' using errcode = 'serialization_failure';
    end if;
    execute format('create schema if not exists %I', old_home);
    execute format('grant usage on schema %I to dossier_projector', old_home);
    for moved in select table_name from projection_tables where projection = p_name
                  order by table_name loop
        execute format('lock table public.%1$I, %2$I.%1$I in access exclusive mode', moved, home);
        -- A migration may have changed the live table since the other was made from it.
        if (select array_agg(format('%I %s', attname, format_type(atttypid, atttypmod))
                             order by attnum)
              from pg_attribute
             where attrelid = format('public.%I', moved)::regclass and attnum > 0
               and not attisdropped)
           is distinct from
           (select array_agg(format('%I %s', attname, format_type(atttypid, atttypmod))
                             order by attnum)
              from pg_attribute
             where attrelid = format('%I.%I', home, moved)::regclass and attnum > 0
               and not attisdropped) then
            raise exception 'the table % is no longer what it was', moved
                using errcode = 'datatype_mismatch';
        end if;
        execute format('alter table public.%I set schema %I', moved, old_home);
        execute format('alter table %I.%I set schema public', home, moved);
    end loop;
    execute format('drop schema %I', home);
    if p_name = 'customers' then
        -- Writers forget what they remember of states when the fence isn't where they knew it.
        update log_heads set fence = fence + 1;
        delete from checkpoints where projection = p_name;
        insert into checkpoints (partition, projection, generation, position)
        select partition, p_name, old, position from log_heads;
    end if;
end
$$;

-- Ends the rebuild that is under way. Its tables are dropped by whoever runs it; those of a rollback
-- stay.
create function cancel_generation(p_name text)
    returns integer language sql security definer set search_path = public, pg_temp as $$
    update projections
       set state = case when was_live then 'retired' else 'cancelled' end, phase = null, changed_at = clock_timestamp()
     where name = p_name and state = 'building'
    returning generation
$$;

-- Has the generation retired last follow the log again, so that it can become the live one.
create function reopen_generation(p_name text, p_logic integer)
    returns integer language sql security definer set search_path = public, pg_temp as $$
    update projections
       set state = 'building', phase = 'following', differences = null, failure = null,
           changed_at = clock_timestamp()
     where name = p_name and state = 'retired' and logic_version = p_logic
       and generation = (select max(generation) from projections
                          where name = p_name and state = 'retired')
    returning generation
$$;

-- Drops the tables of a cancelled generation; those of a retired one, too, and all that is known of
-- it, if told to forget it.
create function drop_generation(p_name text, p_generation integer, p_forget boolean)
    returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform from projections
      where name = p_name and generation = p_generation
        and (state = 'cancelled' or state = 'retired' and p_forget)
        for no key update;
    if not found then
        return;
    end if;
    execute format('drop schema if exists %I cascade', generation_schema(p_name, p_generation));
    delete from rebuild_chunks where projection = p_name and generation = p_generation;
    delete from checkpoints    where projection = p_name and generation = p_generation;
    delete from parked_streams where projection = p_name and generation = p_generation;
    if p_forget then
        delete from projections where name = p_name and generation = p_generation;
    end if;
end
$$;

revoke execute on function create_generation, index_generation, hold_generation, switch_generation,
    cancel_generation, reopen_generation, drop_generation, generation_schema from public;
grant execute on function create_generation, index_generation, hold_generation, switch_generation,
    cancel_generation, reopen_generation, drop_generation to dossier_projector;
