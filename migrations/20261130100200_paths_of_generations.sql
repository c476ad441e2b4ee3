-- Purpose:    the functions that make and switch generations resolve names in the system catalogue first
--             and in the session's temporary schema last, and name what they use with its schema.
-- Locks:      none.
-- Old code:   unaffected.
-- Undo:       none needed: the functions do what they did.

create or replace function create_generation(p_name text, p_logic integer, p_workers integer)
    returns integer language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    made integer;
    home text;
    copied text;
    options text;
begin
    select max(generation) + 1 into made from public.projections where name = p_name;
    if made is null then
        raise exception 'there is no projection %', p_name using errcode = 'no_data_found';
    end if;
    home := public.generation_schema(p_name, made);
    insert into public.projections (name, generation, logic_version, state, phase, workers)
    values (p_name, made, p_logic, 'building', 'loading', p_workers);
    insert into public.checkpoints (partition, projection, generation, position)
    select partition, p_name, made, position from public.log_heads;
    update public.projections
       set events_total = (select coalesce(sum(position), 0) from public.checkpoints
                            where projection = p_name and generation = made)
     where name = p_name and generation = made;
    execute format('create schema %I', home);
    execute format('grant usage on schema %I to dossier_projector', home);
    for copied in select table_name from public.projection_tables where projection = p_name
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

create or replace function unmade_indexes(p_name text, p_generation integer)
    returns setof text language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select c.relname::text
      from public.projection_tables as t
      join pg_index as i on i.indrelid = format('public.%I', t.table_name)::regclass
      join pg_class as c on c.oid = i.indexrelid
     where t.projection = p_name
       and to_regclass(format('%I.%I', public.generation_schema(p_name, p_generation), c.relname)) is null
     order by pg_relation_size(c.oid) desc, c.relname
$$;

create or replace function make_index(p_name text, p_generation integer, p_index text)
    returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    home text := public.generation_schema(p_name, p_generation);
    made text;
begin
    perform pg_advisory_xact_lock(hashtextextended(format('index %s.%s', home, p_index), 0));
    if to_regclass(format('%I.%I', home, p_index)) is not null then
        return;
    end if;
    select replace(pg_get_indexdef(i.indexrelid), format(' ON public.%I ', t.table_name),
                   format(' ON %I.%I ', home, t.table_name))
      into strict made
      from public.projection_tables as t
      join pg_index as i on i.indrelid = format('public.%I', t.table_name)::regclass
      join pg_class as c on c.oid = i.indexrelid
     where t.projection = p_name and c.relname = p_index
       and exists (select from public.projections
                    where name = p_name and generation = p_generation and phase = 'indexing');
    execute made;
end
$$;

create or replace function index_generation(p_name text, p_generation integer)
    returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    home text := public.generation_schema(p_name, p_generation);
    indexed text;
    live regclass;
    made text;
begin
    for indexed in select table_name from public.projection_tables where projection = p_name
                    order by table_name loop
        live := format('public.%I', indexed)::regclass;
        for made in
            select format('alter table %I.%I add constraint %I ', home, indexed, conname)
                   || case when to_regclass(format('%I.%I', home, conname)) is null
                           then pg_get_constraintdef(oid)
                           when contype = 'p' then format('primary key using index %I', conname)
                           else format('unique using index %I', conname) end
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
               and to_regclass(format('%I.%I', home, (select relname from pg_class
                                                       where oid = i.indexrelid))) is null
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
    update public.projections
       set phase = 'following', events_done = events_total, changed_at = clock_timestamp()
     where name = p_name and generation = p_generation and phase = 'indexing';
    if not found then
        raise exception 'the generation is not being indexed' using errcode = 'serialization_failure';
    end if;
    delete from public.rebuild_chunks where projection = p_name and generation = p_generation;
end
$$;

create or replace function hold_generation(p_name text)
    returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if p_name = 'customers' then
        perform from public.log_heads order by partition for update;
    end if;
    perform
       from public.checkpoints as k
       join public.projections as p on p.name = k.projection and p.generation = k.generation
      where k.projection = p_name and p.state in ('live', 'building')
      order by k.partition, k.generation
        for update of k;
end
$$;

create or replace function switch_generation(p_name text, p_generation integer)
    returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    old integer;
    old_home text;
    home text := public.generation_schema(p_name, p_generation);
    moved text;
begin
    select generation into strict old from public.projections where name = p_name and state = 'live';
    old_home := public.generation_schema(p_name, old);
    update public.projections
       set state = 'retired', was_live = true, changed_at = clock_timestamp()
     where name = p_name and generation = old;
    update public.projections
       set state = 'live', phase = null, failure = null, changed_at = clock_timestamp()
     where name = p_name and generation = p_generation and phase = 'comparing';
    if not found then
        raise exception 'the generation is not ready' using errcode = 'serialization_failure';
    end if;
    if exists (select from public.log_heads as h
                 join public.checkpoints as k on k.partition = h.partition and k.projection = p_name
                                      and k.generation = p_generation
                 left join public.checkpoints as o on o.partition = h.partition and o.projection = p_name
                                           and o.generation = old
                where k.position < coalesce(o.position, h.position)) then
        raise exception 'the generation is behind' using errcode = 'serialization_failure';
    end if;
    execute format('create schema if not exists %I', old_home);
    execute format('grant usage on schema %I to dossier_projector', old_home);
    for moved in select table_name from public.projection_tables where projection = p_name
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
        update public.log_heads set fence = fence + 1;
        delete from public.checkpoints where projection = p_name;
        insert into public.checkpoints (partition, projection, generation, position)
        select partition, p_name, old, position from public.log_heads;
    end if;
end
$$;

create or replace function cancel_generation(p_name text)
    returns integer language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    update public.projections
       set state = case when was_live then 'retired' else 'cancelled' end, phase = null, changed_at = clock_timestamp()
     where name = p_name and state = 'building'
    returning generation
$$;

create or replace function reopen_generation(p_name text, p_logic integer)
    returns integer language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    update public.projections
       set state = 'building', phase = 'following', differences = null, failure = null,
           changed_at = clock_timestamp()
     where name = p_name and state = 'retired' and logic_version = p_logic
       and generation = (select max(generation) from public.projections
                          where name = p_name and state = 'retired')
    returning generation
$$;

create or replace function drop_generation(p_name text, p_generation integer, p_forget boolean)
    returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform from public.projections
      where name = p_name and generation = p_generation
        and (state = 'cancelled' or state = 'retired' and p_forget)
        for no key update;
    if not found then
        return;
    end if;
    execute format('drop schema if exists %I cascade', public.generation_schema(p_name, p_generation));
    delete from public.rebuild_chunks where projection = p_name and generation = p_generation;
    delete from public.checkpoints    where projection = p_name and generation = p_generation;
    delete from public.parked_streams where projection = p_name and generation = p_generation;
    if p_forget then
        delete from public.projections where name = p_name and generation = p_generation;
    end if;
end
$$;
