-- Purpose:    the indexes of a new generation are made side by side.
-- Locks:      none.
-- Old code:   unaffected.
-- Undo:       drop function unmade_indexes, make_index; index_generation as it was.

-- The indexes that the live generation has and this one hasn't, the largest first.
create function unmade_indexes(p_name text, p_generation integer)
    returns setof text language sql stable security definer set search_path = public, pg_temp as $$
    select c.relname::text
      from projection_tables as t
      join pg_index as i on i.indrelid = format('public.%I', t.table_name)::regclass
      join pg_class as c on c.oid = i.indexrelid
     where t.projection = p_name
       and to_regclass(format('%I.%I', generation_schema(p_name, p_generation), c.relname)) is null
     order by pg_relation_size(c.oid) desc, c.relname
$$;

-- Makes one of them, unless it is there by now. Who was at it and lost whom it worked for goes on to the
-- end; whoever comes next waits for that.
create function make_index(p_name text, p_generation integer, p_index text)
    returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
    home text := generation_schema(p_name, p_generation);
    made text;
begin
    perform pg_advisory_xact_lock(hashtextextended(format('index %s.%s', home, p_index), 0));
    if to_regclass(format('%I.%I', home, p_index)) is not null then
        return;
    end if;
    select replace(pg_get_indexdef(i.indexrelid), format(' ON public.%I ', t.table_name),
                   format(' ON %I.%I ', home, t.table_name))
      into strict made
      from projection_tables as t
      join pg_index as i on i.indrelid = format('public.%I', t.table_name)::regclass
      join pg_class as c on c.oid = i.indexrelid
     where t.projection = p_name and c.relname = p_index
       and exists (select from projections
                    where name = p_name and generation = p_generation and phase = 'indexing');
    execute made;
end
$$;

-- Gives a loaded generation what the live one has and it hasn't: keys, indexes, policies and grants.
create or replace function index_generation(p_name text, p_generation integer)
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
    update projections
       set phase = 'following', events_done = events_total, changed_at = clock_timestamp()
     where name = p_name and generation = p_generation and phase = 'indexing';
    if not found then
        raise exception 'the generation is not being indexed' using errcode = 'serialization_failure';
    end if;
    delete from rebuild_chunks where projection = p_name and generation = p_generation;
end
$$;

revoke execute on function unmade_indexes, make_index from public;
grant execute on function unmade_indexes, make_index to dossier_projector;
