-- Purpose:    what every command changes of a customer in lists (version, time and actor of the last change) is in
--             a narrow table apart. A command that changes nothing else of it no longer writes the wide row and its
--             nine indexes: 70% of the write-ahead log of a command with a million customers.
-- Locks:      none that wait (a new table, functions); short on projections and projection_tables.
-- Old code:   goes on with the list that it has made. Once that is rebuilt by new code, old code finds nobody by
--             updated_by.
-- Undo:       rebuild customer_list with the old code; drop function list_customers (the one with thirteen
--             parameters); find_customers as in 20261130290100_customer_counts.sql; drop table
--             customer_list_updates; alter table projection_tables drop column leaves_out.
--
-- The list changes its layout by a rebuild, while the old one serves: `dossier rebuild customer_list`. Until then
-- the functions below read the old layout.

create table customer_list_updates (
    partition    smallint     not null check (partition between 0 and 31),
    tenant_id    uuid         not null,
    customer_id  uuid         not null,
    version      bigint       not null check (version > 0),
    updated_at   timestamptz  not null,
    updated_by   text         not null,

    constraint customer_list_updates_pkey primary key (partition, tenant_id, customer_id)
) with (fillfactor = 70, autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.02,
        autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05);

-- Both grow at their ends only.
create index customer_list_updates_updated_at
    on customer_list_updates (partition, tenant_id, updated_at, customer_id);
create index customer_list_updates_updated_by
    on customer_list_updates (partition, tenant_id, updated_by, updated_at, customer_id);

alter table customer_list_updates enable row level security;
alter table customer_list_updates force row level security;
create policy projector_sees_all on customer_list_updates to dossier_projector
    using (true) with check (true);
create policy reader_sees_its_tenant on customer_list_updates for select to dossier_reader
    using (tenant_id = current_tenant());
create policy owner_lists on customer_list_updates for select to current_user using (true);
grant select, insert, update, delete on customer_list_updates to dossier_projector;
grant select on customer_list_updates to dossier_reader;

alter table projection_tables add column leaves_out text[] not null default '{}';

comment on column projection_tables.leaves_out is
    'Columns of the live table that a new generation does not get, nor the indexes on them.';

insert into projection_tables (projection, table_name) values ('customer_list', 'customer_list_updates');
update projection_tables set leaves_out = '{version,updated_at,updated_by}' where table_name = 'customer_list';

-- Whether a table has all columns of an index.
create function index_fits(p_index oid, p_table regclass)
    returns boolean language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select not exists (
        select from pg_index as i
          join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
         where i.indexrelid = p_index
           and not exists (select from pg_attribute as b
                            where b.attrelid = p_table and b.attname = a.attname and not b.attisdropped))
$$;

revoke execute on function index_fits from public;

do $do$
declare
    -- Each function, a part of its text, and what takes its place.
    edits constant text[][] := array[
        ['create_generation', $a$    options text;
$a$, $a$    options text;
    left_out text;
$a$],
        ['create_generation', $a$                       home, copied);
        select array_to_string$a$, $a$                       home, copied);
        for left_out in select a.attname
                          from public.projection_tables as t
                          join pg_attribute as a on a.attrelid = format('public.%I', copied)::regclass
                                                and a.attname = any (t.leaves_out) and not a.attisdropped
                         where t.projection = p_name and t.table_name = copied loop
            execute format('alter table %I.%I drop column %I', home, copied, left_out);
        end loop;
        select array_to_string$a$],
        ['unmade_indexes', $a$     where t.projection = p_name
$a$, $a$     where t.projection = p_name
       and public.index_fits(i.indexrelid, to_regclass(format(
               '%I.%I', public.generation_schema(p_name, p_generation), t.table_name)))
$a$],
        ['index_generation', $a$             where i.indrelid = live
$a$, $a$             where i.indrelid = live
               and public.index_fits(i.indexrelid, format('%I.%I', home, indexed)::regclass)
$a$],
        ['switch_generation', $a$             where attrelid = format('public.%I', moved)::regclass and attnum > 0
               and not attisdropped)$a$, $a$             where attrelid = format('public.%I', moved)::regclass and attnum > 0
               and not attisdropped and attname::text <> all (left_out))$a$],
        ['switch_generation', $a$             where attrelid = format('%I.%I', home, moved)::regclass and attnum > 0
               and not attisdropped)$a$, $a$             where attrelid = format('%I.%I', home, moved)::regclass and attnum > 0
               and not attisdropped and attname::text <> all (left_out))$a$],
        ['switch_generation', $a$    moved text;
$a$, $a$    moved text;
    left_out text[];
$a$],
        ['switch_generation', $a$        -- A migration may have changed the live table since the other was made from it.
$a$, $a$        -- A migration may have changed the live table since the other was made from it.
        select leaves_out into strict left_out from public.projection_tables
         where projection = p_name and table_name = moved;
$a$]];
    edit text[];
    old text;
    new text;
begin
    foreach edit slice 1 in array edits loop
        old := pg_get_functiondef(format('public.%I', edit[1])::regproc);
        new := replace(old, edit[2], edit[3]);
        if new = old then
            raise '% has another text than this migration expects', edit[1];
        end if;
        execute new;
    end loop;
end
$do$;

-- The customers of the current tenant that have all the labels and words, were changed last by an actor and lie
-- within the times, after the one that the caller has come to. Parameters that are null ask for nothing.
--
-- There are two ways to a page. One walks the index of the order and tests each customer: that is quick when
-- many match. The other fetches all matches of one condition from that condition's index and sorts them: that
-- is quick when few match. Which of them it is isn't known beforehand, so they take turns, each with a bound
-- on the rows that it may read. The bounds grow until one of them has the page; so a page costs no more than
-- a few times what the better way costs.
--
-- No statement depends on statistics: sorting is off, so a walk can only use the index of its order; a label
-- or a word is the only condition of its look-up, so nothing but its GIN index applies. The list is `l`, the
-- last changes are `u`; the one that is walked or looked up leads, and the other is looked up customer by
-- customer where something is asked of it: as a range in the order of ids, which only the primary key has. Labels
-- and words have the tenant in them; what fits is tested for the tenant again.
create function list_customers(p_partition smallint, p_sort text, p_descending boolean,
                               p_labels uuid[], p_words tsquery, p_updated_by text[],
                               p_created_from timestamptz, p_created_until timestamptz,
                               p_updated_from timestamptz, p_updated_until timestamptz,
                               p_after_key text, p_after_id uuid, p_limit integer)
    returns table (customer_id uuid, sort_key text)
    language plpgsql stable rows 50 security definer
    set search_path = pg_catalog, public, pg_temp
    set enable_seqscan = off set enable_sort = off set enable_incremental_sort = off as $$
declare
    -- A list of the old layout has the last changes itself, and their actors as labels.
    apart constant boolean := not exists (
        select from pg_attribute
         where attrelid = 'public.customer_list'::regclass and attname = 'updated_at' and not attisdropped);
    from_l constant text := 'public.customer_list as l';
    from_u constant text := case when apart then 'public.customer_list_updates as u'
                                 else 'public.customer_list as u' end;
    with_l constant text := format(
        ' cross join lateral (select * from %s
                               where l.partition = $1 and l.tenant_id = $2
                                 and l.customer_id >= u.customer_id and l.customer_id <= u.customer_id
                               order by l.customer_id limit 1) as l', from_l);
    with_u constant text := format(
        ' cross join lateral (select u.customer_id, u.updated_at, u.updated_by from %s
                               where u.partition = $1 and u.tenant_id = $2
                                 and u.customer_id >= l.customer_id and u.customer_id <= l.customer_id
                               order by u.customer_id limit 1) as u', from_u);
    own_l constant text := 'l.partition = $1 and l.tenant_id = $2';
    own_u constant text := 'u.partition = $1 and u.tenant_id = $2';
    sorted constant text := case p_sort when 'created_at'  then 'l.created_at'
                                        when 'updated_at'  then 'u.updated_at'
                                        when 'name'        then 'l.name_key'
                                        when 'email'       then 'l.email'
                                        when 'external_id' then 'l.external_id' end;
    by_u constant boolean := p_sort = 'updated_at';
    id constant text := case when by_u then 'u.customer_id' else 'l.customer_id' end;
    kind constant text := case when p_sort in ('created_at', 'updated_at') then 'timestamptz'
                               else 'text' end;
    direction constant text := case when p_descending then 'desc' else 'asc' end;
    beyond constant text := case when p_descending then '<' else '>' end;
    ordered constant text := format('%1$s %2$s, %3$s %2$s', sorted, direction, id);
    created constant text := concat(case when p_created_from  is not null then ' and l.created_at >= $5' end,
                                    case when p_created_until is not null then ' and l.created_at < $6' end);
    updated constant text := concat(case when p_updated_from  is not null then ' and u.updated_at >= $7' end,
                                    case when p_updated_until is not null then ' and u.updated_at < $8' end);
    labels uuid[] := p_labels;
    -- What is tested of the list, of the last changes, and of the place in the order.
    asked_l text := created;
    asked_u text := updated;
    behind text := '';
    -- What the index of the order finds.
    walked text := '';
    -- Conditions that have an index of their own, and which of the two leads there.
    looked_up text[] := '{}';
    leads_u boolean[] := '{}';
    source text;
    tested text;
    -- How many rows a walk and a look-up may read.
    walk_max bigint := 8 * p_limit;
    fetch_max bigint := 1000;
    ids uuid[];
    keys text[];
    complete boolean;
begin
    if not apart and p_updated_by is not null then
        labels := labels || array(select public.customer_label(public.current_tenant(), 'updated_by', a.actor)
                                    from unnest(p_updated_by) as a(actor));
    end if;
    if p_words is not null then
        looked_up := looked_up || 'l.words @@ $4'::text;
        leads_u := leads_u || false;
        asked_l := asked_l || ' and l.words @@ $4';
    end if;
    if labels is not null then
        looked_up := looked_up || 'l.labels @> $3'::text;
        leads_u := leads_u || false;
        asked_l := asked_l || ' and l.labels @> $3';
    end if;
    if apart and p_updated_by is not null then
        looked_up := looked_up || (own_u || ' and u.updated_by = $13[1]');
        leads_u := leads_u || true;
        asked_u := asked_u || ' and u.updated_by = all ($13)';
    end if;
    if p_sort = 'created_at' then
        walked := walked || created;
    elsif created <> '' then
        looked_up := looked_up || (own_l || created);
        leads_u := leads_u || false;
    end if;
    if by_u then
        walked := walked || updated;
    elsif updated <> '' then
        looked_up := looked_up || (own_u || updated);
        leads_u := leads_u || true;
    end if;
    if p_after_id is not null then
        behind := format(' and (%s, %s) %s ($9::%s, $10)', sorted, id, beyond, kind);
        walked := walked || behind;
    end if;
    if by_u then
        source := from_u || case when asked_l <> '' then with_l else '' end;
        walked := own_u || walked;
        tested := own_u || asked_l || asked_u || behind;
    else
        source := from_l || case when asked_u <> '' then with_u else '' end;
        walked := own_l || walked;
        tested := own_l || asked_l || asked_u || behind;
    end if;
    if looked_up = '{}' then
        return query execute format(
            'select %1$s, %2$s::text
               from %3$s
              where %4$s
              order by %5$s
              limit $11', id, sorted, case when by_u then from_u else from_l end, walked, ordered)
        using p_partition, public.current_tenant(), labels, p_words, p_created_from, p_created_until,
              p_updated_from, p_updated_until, p_after_key, p_after_id, p_limit;
        return;
    end if;
    if source not in (from_l, from_u) then
        -- Each row costs a look-up more.
        walk_max := least(walk_max, 100);
        fetch_max := 100;
    end if;
    loop
        -- The last row that it may read is kept, though it may not fit: then the walk has not come to the end.
        execute format(
            'select array_agg(w.customer_id order by w.nth) filter (where w.fits),
                    array_agg(w.sort_key order by w.nth) filter (where w.fits),
                    count(*) filter (where w.fits) = $11 or coalesce(max(w.nth), 0) < $12
               from (select *
                       from (select %1$s as customer_id, %2$s::text as sort_key, %3$s as fits,
                                    row_number() over (order by %4$s) as nth
                               from %5$s
                              where %6$s
                              order by %4$s
                              limit $12) as w
                      where w.fits or w.nth = $12
                      limit $11) as w', id, sorted, tested, ordered, source, walked)
        into ids, keys, complete
        using p_partition, public.current_tenant(), labels, p_words, p_created_from, p_created_until,
              p_updated_from, p_updated_until, p_after_key, p_after_id, p_limit, walk_max, p_updated_by;
        for nth in 1 .. cardinality(looked_up) loop
            exit when complete;
            execute format(
                'with found as materialized (
                     select %1$s as customer_id, %2$s as sorted, %3$s as fits
                       from %4$s
                      where %5$s
                      limit $12 + 1)
                 select array_agg(f.customer_id), array_agg(f.sorted::text),
                        (select count(*) from found) <= $12
                   from (select f.customer_id, f.sorted
                           from found as f
                          where f.fits
                          order by f.sorted %6$s, f.customer_id %6$s
                          limit $11) as f',
                id, sorted,
                case when leads_u[nth] then own_u else own_l end || asked_l || asked_u || behind,
                case when leads_u[nth] then from_u || case when asked_l <> '' or not by_u then with_l else '' end
                     else from_l || case when asked_u <> '' or by_u then with_u else '' end end,
                looked_up[nth], direction)
            into ids, keys, complete
            using p_partition, public.current_tenant(), labels, p_words, p_created_from, p_created_until,
                  p_updated_from, p_updated_until, p_after_key, p_after_id, p_limit, fetch_max, p_updated_by;
        end loop;
        exit when complete;
        fetch_max := fetch_max * 8;
        walk_max := fetch_max;
    end loop;
    return query select u.id, u.key from unnest(ids, keys) as u(id, key);
end
$$;

revoke execute on function list_customers(smallint, text, boolean, uuid[], tsquery, text[], timestamptz,
    timestamptz, timestamptz, timestamptz, text, uuid, integer) from public;
grant execute on function list_customers(smallint, text, boolean, uuid[], tsquery, text[], timestamptz,
    timestamptz, timestamptz, timestamptz, text, uuid, integer) to dossier_reader;

-- For instances of older code.
create or replace function list_customers(p_partition smallint, p_sort text, p_descending boolean,
                               p_labels uuid[], p_words tsquery,
                               p_created_from timestamptz, p_created_until timestamptz,
                               p_updated_from timestamptz, p_updated_until timestamptz,
                               p_after_key text, p_after_id uuid, p_limit integer)
    returns table (customer_id uuid, sort_key text)
    language sql stable rows 50 security definer set search_path = pg_catalog, public, pg_temp as $$
    select customer_id, sort_key
      from public.list_customers(p_partition, p_sort, p_descending, p_labels, p_words, null, p_created_from,
                                 p_created_until, p_updated_from, p_updated_until, p_after_key, p_after_id,
                                 p_limit)
$$;

-- How many customers of the current tenant are as asked, and those of a page in the order that is asked for,
-- the last resort of which is their ids. There is one row at least: the first has the number, and no customer
-- when the page is empty.
--
-- First the conditions that have an index of their own are looked up, each with a bound on the rows that it may
-- fetch. What the first of them within its bound finds holds all matches, so they are counted and sorted there.
-- Else all customers of the tenant are counted, unless the projection has counted them, and the page is read by
-- the index of the order.
create or replace function find_customers(p_partition smallint, p_asked jsonb, p_values text[], p_sorts jsonb,
                               p_limit integer, p_offset bigint)
    returns table (customer_id uuid, total bigint) language plpgsql stable rows 50 security definer
    set search_path = pg_catalog, public, pg_temp
    set enable_seqscan = off set enable_sort = off set enable_indexscan = on set enable_hashjoin = off as $$
declare
    fetch_max bigint := 5000;
    clause constant text := public.customer_search_clause(p_asked);
    -- A list of the old layout has the last changes itself.
    apart constant boolean := not exists (
        select from pg_attribute
         where attrelid = 'public.customer_list'::regclass and attname = 'updated_at' and not attisdropped);
    -- Where they are apart and asked about, one of the two leads, and the other is looked up.
    listed text := 'public.customer_list as l';
    changed text := 'public.customer_list as l';
    joined text := 'public.customer_list as l';
    -- What only the state has is read where it is asked for.
    states text := '';
    -- What is sorted by, of a customer and of what was looked up.
    values_sorted text := '';
    sorts text := '';
    found_sorts text := '';
    direction text := 'asc';
    value text;
    asked jsonb;
    -- What each look-up reads, and by which condition.
    sources text[] := '{}';
    conditions text[] := '{}';
    fetched bigint;
    -- Whether the projection has counted what is asked for, and all customers of the tenant.
    counted boolean;
    everyone bigint;
    ids uuid[];
begin
    for nth in 0 .. jsonb_array_length(p_sorts) - 1 loop
        asked := p_sorts -> nth;
        direction := case when (asked ->> 'descending')::boolean then 'desc' else 'asc' end;
        value := public.customer_search_value(asked, format('$5 #>> ''{%s,path}''', nth));
        values_sorted := values_sorted || format(', %s as sorted_%s', value, nth);
        sorts := sorts || value || ' ' || direction || ', ';
        found_sorts := found_sorts || format('f.sorted_%s %s, ', nth, direction);
    end loop;
    if apart and strpos(clause || sorts, 'l.updated_') > 0 then
        listed := '(select l.*, u.updated_at, u.updated_by
                      from public.customer_list as l
                     cross join lateral (
                           select u.updated_at, u.updated_by from public.customer_list_updates as u
                            where u.partition = $1 and u.tenant_id = $2
                              and u.customer_id >= l.customer_id and u.customer_id <= l.customer_id
                            order by u.customer_id limit 1) as u) as l';
        changed := '(select u.partition, u.tenant_id, u.customer_id, u.updated_at, u.updated_by, l.status,
                            l.name, l.name_key, l.email, l.external_id, l.parent_id, l.created_at,
                            l.created_by, l.labels
                       from public.customer_list_updates as u
                      cross join lateral (
                            select * from public.customer_list as l
                             where l.partition = $1 and l.tenant_id = $2
                               and l.customer_id >= u.customer_id and l.customer_id <= u.customer_id
                             order by l.customer_id limit 1) as l) as l';
        joined := '(select l.*, u.updated_at, u.updated_by
                      from public.customer_list as l
                      join public.customer_list_updates as u
                        on u.partition = l.partition and u.tenant_id = l.tenant_id
                       and u.customer_id = l.customer_id) as l';
    end if;
    for asked in select a.value from jsonb_array_elements(p_asked) as a loop
        if asked ->> 'test' = 'has' then
            -- No other index finds anything for a condition that is alone.
            sources := sources || listed;
            conditions := conditions || format('l.labels @> ($4[%s:%s])::uuid[]',
                                               (asked ->> 'first')::integer, (asked ->> 'last')::integer);
        elsif asked ->> 'test' in ('is', 'in')
              and asked ->> 'column' in ('customer_id', 'email', 'external_id', 'updated_by') then
            continue when asked ->> 'column' = 'updated_by' and not apart;
            -- Value by value: PostgreSQL may test a list of values row by row.
            sources := sources || format(
                '(select distinct v.value from unnest(($4[%s:%s])::%s[]) as v(value)) as v
                 cross join lateral (
                       select * from %s
                        where l.partition = $1 and l.tenant_id = $2 and l.%I = v.value
                       offset 0) as l',
                (asked ->> 'first')::integer, (asked ->> 'last')::integer,
                case asked ->> 'column' when 'customer_id' then 'uuid' else 'text' end,
                case asked ->> 'column' when 'updated_by' then changed else listed end, asked ->> 'column');
            conditions := conditions || 'true'::text;
        end if;
    end loop;
    -- All bounds of one time are one range of its index.
    for asked in
        select jsonb_agg(a.value) from jsonb_array_elements(p_asked) as a
         where a.value ->> 'test' in ('before', 'until', 'after', 'from')
         group by a.value ->> 'column'
    loop
        sources := sources || case asked -> 0 ->> 'column' when 'updated_at' then changed else listed end;
        conditions := conditions || public.customer_search_clause(asked);
    end loop;
    if strpos(clause || sorts, 'c.state') > 0 then
        states := ' left join lateral (
                       select c.state::jsonb as state from public.customers as c
                        where c.partition = l.partition and c.tenant_id = l.tenant_id
                          and c.customer_id = l.customer_id
                        limit 1) as c on true';
    end if;
    -- Where nothing but the status is asked about, the total is known. If few of the tenant's customers have it, they
    -- are found by its label; a walk would pass by all the others.
    counted := not exists (select from jsonb_array_elements(p_asked) as a
                            where a.value ->> 'column' is distinct from 'status')
               and exists (select from public.projections as p
                            where p.name = 'customer_list' and p.state = 'live' and p.logic_version >= 4);
    if counted then
        execute format('select coalesce(sum(l.customers), 0) from public.customer_counts as l where %s', clause)
        into total
        using p_partition, public.current_tenant(), p_asked, p_values;
        select coalesce(sum(c.customers), 0) into everyone
          from public.customer_counts as c
         where c.partition = p_partition and c.tenant_id = public.current_tenant();
        if total * 10 <= everyone and total <= 50000
           and jsonb_array_length(p_asked) = 1 and p_asked -> 0 ->> 'test' = 'is' then
            fetch_max := greatest(fetch_max, total);
            sources := array[listed];
            conditions := array[format('l.labels @> array[%L::uuid]', public.customer_label(
                public.current_tenant(), 'status', p_values[(p_asked -> 0 ->> 'first')::integer]))];
        end if;
    end if;
    for nth in 1 .. cardinality(sources) loop
        execute format(
            'with found as materialized (
                 select l.customer_id, %1$s as fits%2$s
                   from %3$s
                  where %4$s
                  limit $8 + 1)
             select (select count(*) from found), (select count(*) from found as f where f.fits),
                    array(select f.customer_id
                            from found as f
                           where f.fits
                           order by %5$s f.customer_id %6$s
                           limit $6 offset $7)',
            clause, values_sorted, sources[nth] || states, conditions[nth], found_sorts, direction)
        into fetched, total, ids
        using p_partition, public.current_tenant(), p_asked, p_values, p_sorts, p_limit, p_offset, fetch_max;
        exit when fetched <= fetch_max;
    end loop;
    if fetched is null or fetched > fetch_max then
        if not counted then
            -- Many rows are read sooner in the order of the table than in that of an index, and joined by a hash.
            perform set_config('enable_indexscan', 'off', true), set_config('enable_hashjoin', 'on', true);
            execute format('select count(*) from %s where %s', joined || states, clause)
            into total
            using p_partition, public.current_tenant(), p_asked, p_values;
            perform set_config('enable_indexscan', 'on', true), set_config('enable_hashjoin', 'off', true);
        end if;
        execute format(
            'select array(
                 select l.customer_id
                   from %s
                  where %s
                  order by %s l.customer_id %s
                  limit $6 offset $7)',
            case when sorts like 'l.updated_at %' then changed else listed end || states, clause, sorts, direction)
        into ids
        using p_partition, public.current_tenant(), p_asked, p_values, p_sorts, p_limit, p_offset;
    end if;
    return query select f.id, total from unnest(ids) with ordinality as f(id, nth) order by f.nth;
    if not found then
        customer_id := null;
        return next;
    end if;
end
$$;

-- Where nothing has happened yet there is nothing to rebuild.
do $$
begin
    if not exists (select from log_heads where position > 0) then
        update projections set logic_version = 4 where name = 'customer_list' and logic_version < 4;
        alter table customer_list drop column version, drop column updated_at, drop column updated_by;
    end if;
end
$$;
