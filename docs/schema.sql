-- The schema that the migrations lead to. Made by a test: don't edit it.
-- UPDATE_FILES=1 cargo test -p tests --test it -- schema

-- Name: analyze_one_grown(); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.analyze_one_grown() RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
    grown text;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('analyze_one_grown', 0)) then
        return null;
    end if;
    -- Half a MiB may come unnoticed.
    select c.relname into grown
      from pg_class as c
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
       and c.relowner = (select oid from pg_roles where rolname = current_user)
       and pg_relation_size(c.oid) / current_setting('block_size')::integer > 2 * c.relpages + 64
     order by pg_relation_size(c.oid) desc
     limit 1;
    if grown is not null then
        execute format('analyze public.%I', grown);
    end if;
    return grown;
end
$$;

-- Name: api_key_names(text[]); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.api_key_names(p_key_ids text[]) RETURNS TABLE(key_id text, name text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    select k.key_id, k.name
      from unnest(p_key_ids) as w(key_id)
     cross join lateral (
           select k.key_id, k.name
             from public.api_keys as k
            where k.key_id = w.key_id and k.tenant_id = public.current_tenant()
            limit 1) as k
$$;

-- Name: append_authenticated_batch(smallint, bigint, bigint, bigint, bytea, timestamp with time zone, text[], text[], bigint[], text[], text[], text[], text[], uuid[], timestamp with time zone[], bytea[], uuid[], uuid[], bigint[], text[], uuid[], timestamp with time zone[], text[], timestamp with time zone[], text[], uuid[], bigint[], text[], timestamp with time zone[], text[], timestamp with time zone[], text[], uuid[], text[], text[], uuid[], text[], text[], uuid[], uuid[], text[], bytea[], smallint[], bigint[], bigint[], text[], bytea[]); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.append_authenticated_batch(p_partition smallint, p_known_position bigint, p_known_fence bigint, p_position bigint, p_hash bytea, p_recorded_at timestamp with time zone, e_aggregate_types text[], e_aggregate_ids text[], e_sequences bigint[], e_types text[], e_versions text[], e_payloads text[], e_metadata text[], e_tenants uuid[], e_recorded_at timestamp with time zone[], e_hashes bytea[], c_tenants uuid[], c_customers uuid[], c_versions bigint[], c_states text[], c_parents uuid[], c_created_at timestamp with time zone[], c_created_by text[], c_updated_at timestamp with time zone[], c_updated_by text[], t_tenants uuid[], t_versions bigint[], t_states text[], t_created_at timestamp with time zone[], t_created_by text[], t_updated_at timestamp with time zone[], t_updated_by text[], d_tenants uuid[], d_kinds text[], d_keys text[], r_tenants uuid[], r_kinds text[], r_keys text[], r_holders uuid[], a_tenants uuid[], a_keys text[], a_request_hashes bytea[], a_statuses smallint[], a_versions bigint[], a_positions bigint[], a_bodies text[], a_macs bytea[]) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    AS $$
begin
    update log_heads
       set position = p_position, hash = p_hash, recorded_at = p_recorded_at
     where partition = p_partition
       and position = p_known_position and fence = p_known_fence;
    if not found then
        return null;
    end if;

    if cardinality(e_types) > 0 then
        insert into events (aggregate_type, aggregate_id, sequence, event_type, event_version,
                            payload, metadata, partition, position, tenant_id, recorded_at, hash)
        select e.aggregate_type, e.aggregate_id, e.sequence, e.type, e.version,
               e.payload::json, e.metadata::json, p_partition, p_known_position + e.nth,
               e.tenant_id, e.recorded_at, e.hash
          from unnest(e_aggregate_types, e_aggregate_ids, e_sequences, e_types, e_versions,
                      e_payloads, e_metadata, e_tenants, e_recorded_at, e_hashes)
               with ordinality
               as e(aggregate_type, aggregate_id, sequence, type, version,
                    payload, metadata, tenant_id, recorded_at, hash, nth);
    end if;

    if cardinality(c_customers) > 0 then
        insert into customers (partition, tenant_id, customer_id, version, state, parent_id,
                               created_at, created_by, updated_at, updated_by)
        select p_partition, c.tenant_id, c.customer_id, c.version, c.state::json, c.parent_id,
               c.created_at, c.created_by, c.updated_at, c.updated_by
          from unnest(c_tenants, c_customers, c_versions, c_states, c_parents,
                      c_created_at, c_created_by, c_updated_at, c_updated_by)
               as c(tenant_id, customer_id, version, state, parent_id,
                    created_at, created_by, updated_at, updated_by)
        on conflict on constraint customers_pkey do update
           set version = excluded.version, state = excluded.state, parent_id = excluded.parent_id,
               updated_at = excluded.updated_at, updated_by = excluded.updated_by;
    end if;

    if cardinality(t_tenants) > 0 then
        insert into tenants (partition, tenant_id, version, state,
                             created_at, created_by, updated_at, updated_by)
        select p_partition, t.tenant_id, t.version, t.state::json,
               t.created_at, t.created_by, t.updated_at, t.updated_by
          from unnest(t_tenants, t_versions, t_states,
                      t_created_at, t_created_by, t_updated_at, t_updated_by)
               as t(tenant_id, version, state, created_at, created_by, updated_at, updated_by)
        on conflict on constraint tenants_pkey do update
           set version = excluded.version, state = excluded.state,
               updated_at = excluded.updated_at, updated_by = excluded.updated_by;
    end if;

    -- Keys that were given up are deleted before keys are taken: in one batch a key may change hands.
    -- They are deleted one by one, by their whole keys. The plan of a join, made while the table was small, would
    -- go on reading the whole partition.
    for nth in 1 .. cardinality(d_keys) loop
        delete from reservations
         where partition = p_partition and tenant_id = d_tenants[nth]
           and kind = d_kinds[nth] and key = d_keys[nth];
    end loop;

    if cardinality(r_keys) > 0 then
        insert into reservations (partition, tenant_id, kind, key, holder)
        select p_partition, r.tenant_id, r.kind, r.key, r.holder
          from unnest(r_tenants, r_kinds, r_keys, r_holders) as r(tenant_id, kind, key, holder);
    end if;

    if cardinality(a_keys) > 0 then
        insert into command_results (partition, tenant_id, idempotency_key, request_hash,
                                     status, version, position, body, mac, created_at)
        select p_partition, a.tenant_id, a.key, a.request_hash,
               a.status, a.version, a.position, a.body, a.mac, clock_timestamp()
          from unnest(a_tenants, a_keys, a_request_hashes,
                      a_statuses, a_versions, a_positions, a_bodies, a_macs)
               as a(tenant_id, key, request_hash, status, version, position, body, mac);
    end if;

    return clock_timestamp();
end
$$;

-- Name: append_batch(smallint, bigint, bigint, bigint, bytea, timestamp with time zone, text[], text[], bigint[], text[], text[], text[], text[], uuid[], timestamp with time zone[], bytea[], uuid[], uuid[], bigint[], text[], uuid[], timestamp with time zone[], text[], timestamp with time zone[], text[], uuid[], bigint[], text[], timestamp with time zone[], text[], timestamp with time zone[], text[], uuid[], text[], text[], uuid[], text[], text[], uuid[], uuid[], text[], bytea[], smallint[], bigint[], bigint[], text[]); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.append_batch(p_partition smallint, p_known_position bigint, p_known_fence bigint, p_position bigint, p_hash bytea, p_recorded_at timestamp with time zone, e_aggregate_types text[], e_aggregate_ids text[], e_sequences bigint[], e_types text[], e_versions text[], e_payloads text[], e_metadata text[], e_tenants uuid[], e_recorded_at timestamp with time zone[], e_hashes bytea[], c_tenants uuid[], c_customers uuid[], c_versions bigint[], c_states text[], c_parents uuid[], c_created_at timestamp with time zone[], c_created_by text[], c_updated_at timestamp with time zone[], c_updated_by text[], t_tenants uuid[], t_versions bigint[], t_states text[], t_created_at timestamp with time zone[], t_created_by text[], t_updated_at timestamp with time zone[], t_updated_by text[], d_tenants uuid[], d_kinds text[], d_keys text[], r_tenants uuid[], r_kinds text[], r_keys text[], r_holders uuid[], a_tenants uuid[], a_keys text[], a_request_hashes bytea[], a_statuses smallint[], a_versions bigint[], a_positions bigint[], a_bodies text[]) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    AS $$
begin
    return public.append_authenticated_batch(
        p_partition, p_known_position, p_known_fence, p_position, p_hash, p_recorded_at,
        e_aggregate_types, e_aggregate_ids, e_sequences, e_types, e_versions, e_payloads, e_metadata,
        e_tenants, e_recorded_at, e_hashes, c_tenants, c_customers, c_versions, c_states, c_parents,
        c_created_at, c_created_by, c_updated_at, c_updated_by, t_tenants, t_versions, t_states,
        t_created_at, t_created_by, t_updated_at, t_updated_by, d_tenants, d_kinds, d_keys, r_tenants,
        r_kinds, r_keys, r_holders, a_tenants, a_keys, a_request_hashes, a_statuses, a_versions,
        a_positions, a_bodies,
        array_fill(null::bytea, array[cardinality(a_keys)]));
end
$$;

-- Name: audit_positions_by_reason(smallint, text, tsquery, bigint, bigint, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.audit_positions_by_reason(p_partition smallint, p_prefix text, p_words tsquery, p_after bigint, p_until bigint, p_most integer) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_sort TO 'off'
    SET enable_bitmapscan TO 'on'
    SET jit TO 'off'
    AS $_$
declare
    found bigint[];
begin
    if p_words is not null then
        -- Only the words are asked for within the fence: no other index finds anything there.
        execute
            'select array(select l.position
                            from (select *
                                    from public.audit_entries as e
                                   where e.reason_words @@ $2
                                  offset 0) as l
                           where l.partition = $3 and l.tenant_id = public.current_tenant()
                             and l.position > $4 and l.position <= $5
                             and ($1 is null or l.reason ^@ $1)
                           limit $6 + 1)'
        into found
        using p_prefix, p_words, p_partition, p_after, p_until, p_most;
    else
        -- In the order of the beginnings: no other index has it.
        execute
            'select array(select l.position
                            from public.audit_entries as l
                           where l.partition = $2 and l.tenant_id = public.current_tenant()
                             and l.reason_start is not null and l.reason_start ^@ "left"($1, 128)
                             and l.reason ^@ $1 and l.position + 0 > $3 and l.position + 0 <= $4
                           order by l.reason_start, l.position
                           limit $5 + 1)'
        into found
        using p_prefix, p_partition, p_after, p_until, p_most;
    end if;
    return case when cardinality(found) <= p_most then found end;
end
$_$;

-- Name: cancel_generation(text); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.cancel_generation(p_name text) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    update public.projections
       set state = case when was_live then 'retired' else 'cancelled' end, phase = null, changed_at = clock_timestamp()
     where name = p_name and state = 'building'
    returning generation
$$;

-- Name: claim_checkpoints(smallint, text[], integer[]); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.claim_checkpoints(p_partition smallint, p_projections text[], p_logic integer[]) RETURNS TABLE(projection text, generation integer, live boolean, "position" bigint, head bigint, parked boolean)
    LANGUAGE plpgsql
    AS $$
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

-- Name: count_customers(smallint, jsonb, text[]); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.count_customers(p_partition smallint, p_asked jsonb, p_values text[]) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET enable_seqscan TO 'off'
    AS $$
declare
    counted bigint;
begin
    execute format(
        'select count(*)
           from public.customer_list as l
           left join public.customers as c on c.partition = l.partition and c.tenant_id = l.tenant_id
                                   and c.customer_id = l.customer_id
          where %s', public.customer_search_clause(p_asked))
    into counted
    using p_partition, public.current_tenant(), p_asked, p_values;
    return counted;
end
$$;

-- Name: count_listed(text); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.count_listed(p_home text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $_$
begin
    execute format('truncate %I.customer_counts', p_home);
    execute format(
        'insert into %1$I.customer_counts (partition, tenant_id, status, customers)
         select partition, tenant_id, status, count(*) from %1$I.customer_list group by 1, 2, 3', p_home);
end
$_$;

-- Name: create_api_key(smallint, bigint, bytea); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.create_api_key(p_partition smallint, p_position bigint, p_secret_hash bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
    insert into public.api_keys (key_id, partition, tenant_id, name, secret_hash, scopes, actors,
                                 requests_per_second, created_at, expires_at)
    select k.key_id, e.partition, e.tenant_id, k.name, p_secret_hash, k.scopes, k.actors,
           k.requests_per_second, e.recorded_at, k.expires_at
      from public.events as e
     cross join lateral json_to_record(e.payload -> 'data')
           as k(key_id text, name text, scopes text[], actors text[], requests_per_second int,
                expires_at timestamptz)
     where e.partition = p_partition and e.position = p_position
       and e.aggregate_type = 'tenant' and e.event_type = 'ApiKeyCreated';
    if not found then
        raise exception 'no event says that a key was created' using errcode = 'no_data_found';
    end if;
end
$$;

-- Name: create_generation(text, integer, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.create_generation(p_name text, p_logic integer, p_workers integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $_$
declare
    made integer;
    home text;
    copied text;
    options text;
    left_out text;
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
        for left_out in select a.attname
                          from public.projection_tables as t
                          join pg_attribute as a on a.attrelid = format('public.%I', copied)::regclass
                                                and a.attname = any (t.leaves_out) and not a.attisdropped
                         where t.projection = p_name and t.table_name = copied loop
            execute format('alter table %I.%I drop column %I', home, copied, left_out);
        end loop;
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
$_$;

-- Name: create_tenant_api_key(smallint, bigint, bytea); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.create_tenant_api_key(p_partition smallint, p_position bigint, p_secret_hash bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
    if exists (select
                 from public.events as e
                cross join lateral json_to_record(e.payload -> 'data') as k(scopes text[])
                where e.partition = p_partition and e.position = p_position
                  and 'operator' = any (k.scopes)) then
        raise exception 'a tenant has no key with the scope operator' using errcode = 'insufficient_privilege';
    end if;
    perform public.create_api_key(p_partition, p_position, p_secret_hash);
end
$$;

-- Name: create_view_projection(text, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.create_view_projection(p_name text, p_logic integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $_$
declare
    made text := 'view_' || p_name;
begin
    if p_name !~ '^[a-z][a-z0-9_]{0,39}$' then
        raise exception '% is no name of a view', p_name using errcode = 'invalid_name';
    end if;
    -- Two programs that start together make it once.
    perform pg_advisory_xact_lock(hashtextextended('view ' || p_name, 0));
    if exists (select from public.projection_tables
                where projection = p_name and table_name = made) then
        return;
    end if;
    execute format(
        'create table public.%1$I (
             partition    smallint  not null check (partition between 0 and 31),
             tenant_id    uuid      not null,
             customer_id  uuid      not null,
             version      bigint    not null check (version > 0),
             payload      json      not null,

             constraint %2$I primary key (partition, tenant_id, customer_id)
         ) with (fillfactor = 70)', made, made || '_pkey');
    perform public.register_projection(p_name, p_logic, made);
end
$_$;

-- Name: current_tenant(); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ select nullif(current_setting('app.tenant', true), '')::uuid $$;

-- Name: customer_label(uuid, text, text); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.customer_label(p_tenant uuid, p_field text, p_value text) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    select encode(substring(sha256(uuid_send(p_tenant) || int8send(octet_length(p_field))
                                   || convert_to(p_field, 'UTF8') || int8send(0)
                                   || convert_to(p_value, 'UTF8'))
                            from 1 for 16), 'hex')::uuid
$$;

-- Name: customer_search_clause(jsonb); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.customer_search_clause(p_asked jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    AS $_$
declare
    clause text := 'l.partition = $1 and l.tenant_id = $2';
    asked jsonb;
    value text;
    -- What is compared of the value. The list's columns are keys already.
    key text;
    kind text;
    one text;
    every text;
begin
    for nth in 0 .. jsonb_array_length(p_asked) - 1 loop
        asked := p_asked -> nth;
        value := customer_search_value(asked, format('$3 #>> ''{%s,path}''', nth));
        key := case when asked ? 'column' then value else format('public.text_key(%s)', value) end;
        kind := case when asked ->> 'column' in ('customer_id', 'parent_id', 'labels') then 'uuid'
                     when asked ->> 'column' in ('created_at', 'updated_at') then 'timestamptz'
                     else 'text' end;
        one := format('$4[%s]::%s', (asked ->> 'first')::integer, kind);
        every := format('($4[%s:%s])::%s[]', (asked ->> 'first')::integer,
                        (asked ->> 'last')::integer, kind);
        clause := clause || ' and ' || case asked ->> 'test'
            when 'is'           then format('%s = %s', key, one)
            when 'in'           then format('%s = any (%s)', key, every)
            when 'not_in'       then format('(%s = any (%s)) is not true', key, every)
            when 'has'          then format('%s @> %s', value, every)
            when 'before'       then format('%s < %s', value, one)
            when 'until'        then format('%s <= %s', value, one)
            when 'after'        then format('%s > %s', value, one)
            when 'from'         then format('%s >= %s', value, one)
            when 'contains'     then format('strpos(public.text_folded(%s), public.text_folded(%s)) > 0',
                                            value, one)
            when 'not_contains' then format('strpos(public.text_folded(%s), public.text_folded(%s)) = 0',
                                            value, one)
        end;
    end loop;
    return clause;
end
$_$;

-- Name: customer_search_value(jsonb, text); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.customer_search_value(p_about jsonb, p_path text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    select case p_about ->> 'column'
               when 'customer_id' then 'l.customer_id'
               when 'status'      then 'l.status'
               when 'name_key'    then 'l.name_key'
               when 'name'        then 'l.name'
               when 'email'       then 'l.email'
               when 'external_id' then 'l.external_id'
               when 'parent_id'   then 'l.parent_id'
               when 'created_at'  then 'l.created_at'
               when 'created_by'  then 'l.created_by'
               when 'updated_at'  then 'l.updated_at'
               when 'updated_by'  then 'l.updated_by'
               when 'labels'      then 'l.labels'
               else format('coalesce(c.state #>> string_to_array(%s, ''/''), '''')', p_path)
           end
$$;

-- Name: customer_tree(smallint, uuid, uuid, integer, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.customer_tree(p_partition smallint, p_tenant uuid, p_customer uuid, p_limit integer, p_depth integer) RETURNS TABLE(customer_id uuid, parent_id uuid, depth integer)
    LANGUAGE plpgsql STABLE
    SET enable_sort TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $$
declare
    above uuid;
    path uuid[] := array[p_customer];
    nodes uuid[];
    parents uuid[] := array[null::uuid];
    depths integer[] := array[0];
    child uuid;
    place integer := 1;
begin
    for step in 1 .. p_depth loop
        select c.parent_id into above
          from customers as c
         where c.partition = p_partition and c.tenant_id = p_tenant and c.customer_id = path[1];
        exit when above is null;
        path := above || path;
    end loop;
    nodes := path;
    for step in 2 .. cardinality(path) loop
        parents := parents || path[step - 1];
        depths := depths || (step - 1);
    end loop;
    while place <= cardinality(nodes) and cardinality(nodes) < p_limit loop
        for child in
            select c.customer_id
              from customers as c
             where c.partition = p_partition and c.tenant_id = p_tenant and c.parent_id = nodes[place]
             order by c.customer_id
             limit p_limit
        loop
            exit when cardinality(nodes) >= p_limit;
            if child <> all (path) then
                nodes := nodes || child;
                parents := parents || nodes[place];
                depths := depths || (depths[place] + 1);
            end if;
        end loop;
        place := place + 1;
    end loop;
    return query
    select n.id, n.parent, n.depth
      from unnest(nodes, parents, depths) with ordinality as n(id, parent, depth, nth)
     order by n.nth;
end
$$;

-- Name: drop_generation(text, integer, boolean); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.drop_generation(p_name text, p_generation integer, p_forget boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

-- Name: feed_from(smallint, uuid, bigint); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.feed_from(p_partition smallint, p_tenant uuid, p_after bigint) RETURNS bigint
    LANGUAGE sql STABLE
    SET enable_seqscan TO 'off'
    SET enable_sort TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $$
    select greatest(p_after, case when exists (
                        select from parked_streams as s
                         where s.partition = p_partition and s.projection = 'audit_entries'
                           and s.tenant_id = p_tenant)
                    then p_after
                    else least(
                        (select c.position
                           from projections as p
                           join checkpoints as c on c.partition = p_partition
                                                and c.projection = p.name
                                                and c.generation = p.generation
                          where p.name = 'audit_entries' and p.state = 'live'),
                        (select l.position - 1
                           from audit_entries as l
                          where l.partition = p_partition and l.tenant_id = p_tenant
                            and l.position > p_after
                          order by l.position
                          limit 1),
                        (select e.position - 1
                           from events as e
                          where e.aggregate_type = 'tenant' and e.aggregate_id = p_tenant::text
                            and e.partition = p_partition
                            and e.sequence
                                = tenant_version_at(p_partition, p_tenant, p_after) + 1)) end)
$$;

-- Name: feed_span(smallint, uuid, bigint, bigint); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.feed_span(p_partition smallint, p_tenant uuid, p_after bigint, p_window bigint) RETURNS TABLE(after bigint, until bigint, head bigint)
    LANGUAGE plpgsql STABLE
    AS $$
begin
    select h.position into head from log_heads as h where h.partition = p_partition;
    "after" := p_after;
    if p_after < head then
        "after" := feed_from(p_partition, p_tenant, p_after);
    end if;
    "until" := least("after" + p_window, greatest(head, p_after));
    return next;
end
$$;

-- Name: field_key(uuid, text); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.field_key(p_tenant uuid, p_field text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN hashtextextended((p_field COLLATE "C"), uuid_hash_extended(p_tenant, (0)::bigint));

-- Name: find_api_key(text); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.find_api_key(p_key_id text) RETURNS TABLE(key_id text, partition smallint, tenant_id uuid, name text, secret_hash bytea, scopes text[], actors text[], requests_per_second integer, created_at timestamp with time zone, expires_at timestamp with time zone, revoked_at timestamp with time zone, read_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    select k.key_id, k.partition, k.tenant_id, k.name, k.secret_hash, k.scopes, k.actors,
           k.requests_per_second, k.created_at, k.expires_at, k.revoked_at, clock_timestamp()
      from public.api_keys as k
     where k.key_id = p_key_id
$$;

-- Name: find_audit_entries(smallint, uuid, uuid, text, text, text, text, text, text, text, text, text, tsquery, boolean, bigint, bigint, boolean, integer, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.find_audit_entries(p_partition smallint, p_tenant uuid, p_customer uuid, p_field text, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_reason text, p_prefix text, p_words tsquery, p_has_reason boolean, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer) RETURNS TABLE("position" bigint, listed boolean)
    LANGUAGE plpgsql STABLE
    SET enable_sort TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $_$
declare
    fetch_max constant integer := 10000;
    direction constant text := case when p_descending then 'desc' else 'asc' end;
    source text := 'audit_entries as l';
    sorted text := 'l.position';
    asked text;
    -- Not an exists: PostgreSQL may hash all that it might be asked about.
    of_field text := '(select true
                         from field_changes as c
                        where c.partition = $1 and c.tenant_id = $2 and c.customer_id = l.customer_id
                          and c.field = $6 and c.position = l.position
                        limit 1)';
    statement constant text :=
        'select l.position,
                ($3 is null or l.request_id = $3) and ($4 is null or l.correlation_id = $4)
                and ($5 is null or l.customer_id = $5)
                and ($7 is null or l.actor = $7) and ($8 is null or l.api_key = $8)
                and ($9 is null or l.event_type = $9) and ($10 is null or l.surface = $10)
                and ($15 is null or l.reason = $15) and ($16 is null or l.reason ^@ $16)
                and ($17 is null or l.reason_words @@ $17)
                and ($18 is null or (l.reason is not null) = $18)
                and %5$s
           from %1$s
          where l.partition = $1 and l.tenant_id = $2 and %2$s
          order by %3$s %4$s
          limit $13';
    -- What is found, in order.
    hits bigint[] := '{}';
    -- Where the search stopped in vain.
    stopped bigint;
    scanned integer := 0;
    positions bigint[];
begin
    -- As a range of two columns, sorted by both: no other index has that order. By "=" and sorted by the position
    -- alone, PostgreSQL may walk all the tenant's entries when it doesn't know how many there are.
    asked := case when p_request_id     is not null then 'l.request_id,$3'
                  when p_correlation_id is not null then 'l.correlation_id,$4'
                  when p_customer       is not null then 'l.customer_id,$5'
                  when p_field          is not null then null
                  when p_actor          is not null then 'l.actor,$7'
                  when p_api_key        is not null then 'l.api_key,$8'
                  when p_event_type     is not null then 'l.event_type,$9'
                  when p_surface        is not null then 'l.surface,$10' end;
    if p_request_id is null and p_correlation_id is null and p_customer is null and p_reason is not null then
        sorted := format('l.reason_start %s, l.position', direction);
        asked := 'l.reason_start is not null and (l.reason_start, l.position) > ("left"($15, 128), $11)
                  and (l.reason_start, l.position) <= ("left"($15, 128), $12)';
    elsif asked is not null then
        sorted := format('%s %s, l.position', split_part(asked, ',', 1), direction);
        asked := format('%1$s is not null and (%1$s, l.position) > (%2$s, $11)
                         and (%1$s, l.position) <= (%2$s, $12)',
                        split_part(asked, ',', 1), split_part(asked, ',', 2));
    else
        asked := 'l.position > $11 and l.position <= $12';
        if p_has_reason is false then
            asked := asked || ' and l.reason is null';
        end if;
    end if;
    if p_field is null then
        of_field := 'true';
    elsif p_request_id is null and p_correlation_id is null and (p_reason is null or p_customer is not null) then
        source := 'field_changes as f
             cross join lateral (
                   select * from audit_entries as l
                    where l.partition = f.partition and l.tenant_id = f.tenant_id
                      and l.customer_id = f.customer_id and l.position = f.position
                    limit 1) as l';
        -- A customer's versions are in the order of their positions.
        sorted := case when p_customer is null then 'f.position' else 'f.version' end;
        asked := 'f.partition = $1 and f.tenant_id = $2 and f.field = $6
                  and f.position > $11 and f.position <= $12 and '
                 || case when p_customer is null then 'f.field_key = $14' else 'f.customer_id = $5' end;
        of_field := 'true';
    end if;
    for "position", listed in execute format(statement, source, asked, sorted, direction, of_field)
    using p_partition, p_tenant, p_request_id, p_correlation_id, p_customer, p_field, p_actor,
          p_api_key, p_event_type, p_surface, p_after, p_until, p_scan,
          field_key(p_tenant, p_field), p_reason, p_prefix, p_words, p_has_reason
    loop
        scanned := scanned + 1;
        if coalesce(listed, false) then
            hits := hits || "position";
            exit when cardinality(hits) = p_limit;
        end if;
        if scanned = p_scan then
            stopped := "position";
        end if;
    end loop;
    if stopped is not null and (p_prefix is not null or p_words is not null) and p_request_id is null
       and p_correlation_id is null and p_customer is null and p_reason is null then
        positions := audit_positions_by_reason(p_partition, p_prefix, p_words, p_after, p_until, fetch_max);
    end if;
    if positions is not null then
        -- All of them are looked at, so this is the whole answer.
        stopped := null;
        hits := '{}';
        perform set_config('enable_sort', 'on', true);
        for "position", listed in execute format(
            statement,
            'unnest($19) as w(place)
             cross join lateral (
                   select * from audit_entries as l
                    where l.partition = $1 and l.tenant_id = $2 and l.position = w.place
                    limit 1) as l',
            'true', 'w.place', direction,
            case when p_field is null then 'true' else
                '(select true
                    from field_changes as c
                   where c.partition = $1 and c.tenant_id = $2 and c.customer_id = l.customer_id
                     and c.field = $6 and c.position = l.position
                   limit 1)' end)
        using p_partition, p_tenant, p_request_id, p_correlation_id, p_customer, p_field, p_actor,
              p_api_key, p_event_type, p_surface, p_after, p_until, fetch_max,
              field_key(p_tenant, p_field), p_reason, p_prefix, p_words, p_has_reason, positions
        loop
            if coalesce(listed, false) then
                hits := hits || "position";
                exit when cardinality(hits) = p_limit;
            end if;
        end loop;
    end if;
    return query select h.place, true from unnest(hits) with ordinality as h(place, nth) order by h.nth;
    if stopped is not null then
        return query select stopped, false;
    end if;
end
$_$;

-- Name: find_customers(smallint, jsonb, text[], jsonb, integer, bigint); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.find_customers(p_partition smallint, p_asked jsonb, p_values text[], p_sorts jsonb, p_limit integer, p_offset bigint) RETURNS TABLE(customer_id uuid, total bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_sort TO 'off'
    SET enable_indexscan TO 'on'
    SET enable_hashjoin TO 'off'
    AS $_$
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
$_$;

-- Name: find_tenant_audit(smallint, uuid, text, text, text, text, text, text, text, text, boolean, bigint, bigint, boolean, integer, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.find_tenant_audit(p_partition smallint, p_tenant uuid, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_reason text, p_prefix text, p_has_reason boolean, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer) RETURNS TABLE("position" bigint, listed boolean, reason text)
    LANGUAGE plpgsql STABLE
    SET enable_sort TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $_$
declare
    first constant bigint := tenant_version_at(p_partition, p_tenant, p_after) + 1;
    last  constant bigint := tenant_version_at(p_partition, p_tenant, p_until);
    direction constant text := case when p_descending then 'desc' else 'asc' end;
    scanned integer := 0;
    wanted integer := p_limit;
begin
    for "position", listed, reason in execute format(
        'select e.position,
                ($3 is null or e.metadata ->> ''actor'' = $3)
                and ($4 is null or e.metadata ->> ''api_key'' = $4)
                and ($5 is null or e.event_type = $5)
                and ($6 is null or e.metadata ->> ''request_id'' = $6)
                and ($7 is null or e.metadata ->> ''correlation_id'' = $7)
                and ($8 is null or e.metadata ->> ''surface'' = $8)
                and ($12 is null or e.metadata ->> ''reason'' = $12)
                and ($13 is null or starts_with(e.metadata ->> ''reason'', $13))
                and ($14 is null or (e.metadata ->> ''reason'' is not null) = $14),
                e.metadata ->> ''reason''
           from events as e
          where e.aggregate_type = ''tenant'' and e.aggregate_id = $2::text
            and e.sequence >= $9 and e.sequence <= $10 and e.partition = $1
          order by e.sequence %s
          limit $11', direction)
    using p_partition, p_tenant, p_actor, p_api_key, p_event_type, p_request_id, p_correlation_id,
          p_surface, first, last, p_scan, p_reason, p_prefix, p_has_reason
    loop
        scanned := scanned + 1;
        listed := coalesce(listed, false);
        if listed then
            wanted := wanted - 1;
            return next;
        end if;
        exit when wanted = 0;
        if scanned = p_scan then
            listed := false;
            return next;
        end if;
    end loop;
end
$_$;

-- Name: generation_schema(text, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.generation_schema(p_name text, p_generation integer) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ select p_name || '_g' || p_generation $$;

-- Name: hold_generation(text); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.hold_generation(p_name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

-- Name: index_fits(oid, regclass); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.index_fits(p_index oid, p_table regclass) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    select not exists (
        select from pg_index as i
          join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
         where i.indexrelid = p_index
           and not exists (select from pg_attribute as b
                            where b.attrelid = p_table and b.attname = a.attname and not b.attisdropped))
$$;

-- Name: index_generation(text, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.index_generation(p_name text, p_generation integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
    home text := public.generation_schema(p_name, p_generation);
    indexed text;
    live regclass;
    made text;
begin
    if p_name = 'customer_list' then
        perform public.count_listed(home);
    end if;
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
               and public.index_fits(i.indexrelid, format('%I.%I', home, indexed)::regclass)
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

-- Name: list_api_keys(smallint, uuid, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.list_api_keys(p_partition smallint, p_tenant uuid, p_limit integer) RETURNS TABLE(key_id text, name text, scopes text[], actors text[], requests_per_second integer, created_at timestamp with time zone, expires_at timestamp with time zone, revoked_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 20
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    select k.key_id, k.name, k.scopes, k.actors, k.requests_per_second, k.created_at, k.expires_at, k.revoked_at
      from public.api_keys as k
     where k.tenant_id = p_tenant and k.partition = p_partition and k.tenant_id = public.current_tenant()
     order by k.created_at desc, k.key_id
     limit p_limit
$$;

-- Name: list_audit(smallint, uuid, uuid, text, text, text, text, text, text, text, bigint, bigint, boolean, integer, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.list_audit(p_partition smallint, p_tenant uuid, p_customer uuid, p_field text, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer) RETURNS TABLE("position" bigint, listed boolean)
    LANGUAGE plpgsql STABLE
    SET enable_sort TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $_$
declare
    direction constant text := case when p_descending then 'desc' else 'asc' end;
    source text := 'audit_entries as l';
    sorted text := 'l.position';
    asked text;
    -- Not an exists: PostgreSQL may hash all that it might be asked about.
    of_field text := '(select true
                         from field_changes as c
                        where c.partition = $1 and c.tenant_id = $2 and c.customer_id = l.customer_id
                          and c.field = $6 and c.position = l.position
                        limit 1)';
    scanned integer := 0;
    wanted integer := p_limit;
begin
    -- As a range of two columns, sorted by both: no other index has that order. By "=" and sorted by the position
    -- alone, PostgreSQL may walk all the tenant's entries when it doesn't know how many there are.
    asked := case when p_request_id     is not null then 'request_id,$3'
                  when p_correlation_id is not null then 'correlation_id,$4'
                  when p_customer       is not null then 'customer_id,$5'
                  when p_field          is not null then null
                  when p_actor          is not null then 'actor,$7'
                  when p_api_key        is not null then 'api_key,$8'
                  when p_event_type     is not null then 'event_type,$9'
                  when p_surface        is not null then 'surface,$10' end;
    if asked is not null then
        sorted := format('l.%I %s, l.position', split_part(asked, ',', 1), direction);
        asked := format('l.%1$I is not null and (l.%1$I, l.position) > (%2$s, $11)
                         and (l.%1$I, l.position) <= (%2$s, $12)',
                        split_part(asked, ',', 1), split_part(asked, ',', 2));
    else
        asked := 'l.position > $11 and l.position <= $12';
    end if;
    if p_field is null then
        of_field := 'true';
    elsif p_request_id is null and p_correlation_id is null then
        source := 'field_changes as f
             cross join lateral (
                   select * from audit_entries as l
                    where l.partition = f.partition and l.tenant_id = f.tenant_id
                      and l.customer_id = f.customer_id and l.position = f.position
                    limit 1) as l';
        -- A customer's versions are in the order of their positions.
        sorted := case when p_customer is null then 'f.position' else 'f.version' end;
        asked := 'f.partition = $1 and f.tenant_id = $2 and f.field = $6
                  and f.position > $11 and f.position <= $12 and '
                 || case when p_customer is null then 'f.field_key = $14' else 'f.customer_id = $5' end;
        of_field := 'true';
    end if;
    for "position", listed in execute format(
        'select l.position,
                ($3 is null or l.request_id = $3) and ($4 is null or l.correlation_id = $4)
                and ($5 is null or l.customer_id = $5)
                and ($7 is null or l.actor = $7) and ($8 is null or l.api_key = $8)
                and ($9 is null or l.event_type = $9) and ($10 is null or l.surface = $10)
                and %5$s
           from %1$s
          where l.partition = $1 and l.tenant_id = $2 and %2$s
          order by %3$s %4$s
          limit $13', source, asked, sorted, direction, of_field)
    using p_partition, p_tenant, p_request_id, p_correlation_id, p_customer, p_field, p_actor,
          p_api_key, p_event_type, p_surface, p_after, p_until, p_scan,
          field_key(p_tenant, p_field)
    loop
        scanned := scanned + 1;
        listed := coalesce(listed, false);
        if listed then
            wanted := wanted - 1;
            return next;
        end if;
        exit when wanted = 0;
        if scanned = p_scan then
            listed := false;
            return next;
        end if;
    end loop;
end
$_$;

-- Name: list_billing_configurations(smallint, uuid, uuid, text, text, text, uuid, boolean, uuid, uuid, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.list_billing_configurations(p_partition smallint, p_tenant uuid, p_customer uuid, p_provider text, p_provider_customer_id text, p_delivery_method text, p_delivery_method_id uuid, p_archived boolean, p_after_customer uuid, p_after_id uuid, p_limit integer) RETURNS TABLE(place tid)
    LANGUAGE plpgsql STABLE ROWS 50
    SET enable_seqscan TO 'off'
    SET enable_sort TO 'off'
    SET enable_incremental_sort TO 'off'
    AS $_$
declare
    ordered constant text := 'b.customer_id, b.billing_config_id';
    own constant text := 'b.partition = $1 and b.tenant_id = $2';
    walked constant text := concat(
        own, case when p_customer is not null then ' and b.customer_id = $3' end,
        case when p_after_id is not null then ' and (b.customer_id, b.billing_config_id) > ($9, $10)' end);
    provider constant text := concat(
        case when p_provider is not null then ' and b.provider = $4' end,
        case when p_provider_customer_id is not null then ' and b.provider_customer_id = $5' end);
    tested constant text := concat(
        walked, provider,
        case when p_delivery_method is not null then ' and b.delivery_method = $6' end,
        case when p_delivery_method_id is not null then ' and b.delivery_method_id = $7' end,
        case when p_archived then ' and b.archived_at is not null'
             when not p_archived then ' and b.archived_at is null' end);
    looked_up text[] := '{}';
    condition text;
    walk_max bigint := 8 * p_limit;
    fetch_max bigint := 1000;
    places tid[];
    complete boolean;
begin
    if p_provider is not null then
        looked_up := looked_up || (own || provider);
    end if;
    if p_delivery_method_id is not null then
        looked_up := looked_up || (own || ' and b.delivery_method_id = $7');
    end if;
    if p_delivery_method is not null then
        looked_up := looked_up || (own || ' and b.delivery_method = $6');
    end if;
    if p_archived then
        looked_up := looked_up || (own || ' and b.archived_at is not null');
    end if;
    if p_customer is not null or walked = tested then
        return query execute format(
            'select b.ctid
               from billing_configurations as b
              where %s
              order by %s
              limit $11', tested, ordered)
        using p_partition, p_tenant, p_customer, p_provider, p_provider_customer_id, p_delivery_method,
              p_delivery_method_id, p_archived, p_after_customer, p_after_id, p_limit;
        return;
    end if;
    loop
        execute format(
            'select array_agg(w.ctid order by w.nth) filter (where w.fits),
                    count(*) filter (where w.fits) = $11 or coalesce(max(w.nth), 0) < $12
               from (select *
                       from (select b.ctid, %1$s as fits,
                                    row_number() over (order by %2$s) as nth
                               from billing_configurations as b
                              where %3$s
                              order by %2$s
                              limit $12) as w
                      where w.fits or w.nth = $12
                      limit $11) as w', tested, ordered, walked)
        into places, complete
        using p_partition, p_tenant, p_customer, p_provider, p_provider_customer_id, p_delivery_method,
              p_delivery_method_id, p_archived, p_after_customer, p_after_id, p_limit, walk_max;
        foreach condition in array looked_up loop
            exit when complete;
            execute format(
                'with found as materialized (
                     select b.ctid as place, b.customer_id, b.billing_config_id, %1$s as fits
                       from billing_configurations as b
                      where %2$s
                      limit $12 + 1)
                 select array_agg(b.place), (select count(*) from found) <= $12
                   from (select b.place
                           from found as b
                          where b.fits
                          order by %3$s
                          limit $11) as b', tested, condition, ordered)
            into places, complete
            using p_partition, p_tenant, p_customer, p_provider, p_provider_customer_id, p_delivery_method,
                  p_delivery_method_id, p_archived, p_after_customer, p_after_id, p_limit, fetch_max;
        end loop;
        exit when complete;
        fetch_max := fetch_max * 8;
        walk_max := fetch_max;
    end loop;
    return query
    select u.place from unnest(places) with ordinality as u(place, nth) order by u.nth;
end
$_$;

-- Name: list_customers(smallint, text, boolean, uuid[], tsquery, timestamp with time zone, timestamp with time zone, timestamp with time zone, timestamp with time zone, text, uuid, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.list_customers(p_partition smallint, p_sort text, p_descending boolean, p_labels uuid[], p_words tsquery, p_created_from timestamp with time zone, p_created_until timestamp with time zone, p_updated_from timestamp with time zone, p_updated_until timestamp with time zone, p_after_key text, p_after_id uuid, p_limit integer) RETURNS TABLE(customer_id uuid, sort_key text)
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 50
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    select customer_id, sort_key
      from public.list_customers(p_partition, p_sort, p_descending, p_labels, p_words, null, p_created_from,
                                 p_created_until, p_updated_from, p_updated_until, p_after_key, p_after_id,
                                 p_limit)
$$;

-- Name: list_customers(smallint, text, boolean, uuid[], tsquery, text[], timestamp with time zone, timestamp with time zone, timestamp with time zone, timestamp with time zone, text, uuid, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.list_customers(p_partition smallint, p_sort text, p_descending boolean, p_labels uuid[], p_words tsquery, p_updated_by text[], p_created_from timestamp with time zone, p_created_until timestamp with time zone, p_updated_from timestamp with time zone, p_updated_until timestamp with time zone, p_after_key text, p_after_id uuid, p_limit integer) RETURNS TABLE(customer_id uuid, sort_key text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_sort TO 'off'
    SET enable_incremental_sort TO 'off'
    AS $_$
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
$_$;

-- Name: list_tenant_audit(smallint, uuid, text, text, text, text, text, text, bigint, bigint, boolean, integer, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.list_tenant_audit(p_partition smallint, p_tenant uuid, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer) RETURNS TABLE("position" bigint, listed boolean)
    LANGUAGE plpgsql STABLE
    SET enable_sort TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $_$
declare
    first constant bigint := tenant_version_at(p_partition, p_tenant, p_after) + 1;
    last  constant bigint := tenant_version_at(p_partition, p_tenant, p_until);
    direction constant text := case when p_descending then 'desc' else 'asc' end;
    scanned integer := 0;
    wanted integer := p_limit;
begin
    for "position", listed in execute format(
        'select e.position,
                ($3 is null or e.metadata ->> ''actor'' = $3)
                and ($4 is null or e.metadata ->> ''api_key'' = $4)
                and ($5 is null or e.event_type = $5)
                and ($6 is null or e.metadata ->> ''request_id'' = $6)
                and ($7 is null or e.metadata ->> ''correlation_id'' = $7)
                and ($8 is null or e.metadata ->> ''surface'' = $8)
           from events as e
          where e.aggregate_type = ''tenant'' and e.aggregate_id = $2::text
            and e.sequence >= $9 and e.sequence <= $10 and e.partition = $1
          order by e.sequence %s
          limit $11', direction)
    using p_partition, p_tenant, p_actor, p_api_key, p_event_type, p_request_id, p_correlation_id,
          p_surface, first, last, p_scan
    loop
        scanned := scanned + 1;
        listed := coalesce(listed, false);
        if listed then
            wanted := wanted - 1;
            return next;
        end if;
        exit when wanted = 0;
        if scanned = p_scan then
            listed := false;
            return next;
        end if;
    end loop;
end
$_$;

-- Name: make_index(text, integer, text); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.make_index(p_name text, p_generation integer, p_index text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

-- Name: purge_reads(smallint, uuid, integer, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.purge_reads(p_partition smallint, p_tenant uuid, p_days integer, p_limit integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
    purged bigint;
begin
    with old as materialized (
        select r.id
          from public.read_audit as r
         where r.partition = p_partition and r.tenant_id = p_tenant
           and r.read_at < now() - make_interval(days => greatest(p_days, 1))
         order by r.read_at, r.id
         limit p_limit),
    gone as (
        delete from public.read_audit as r
         using old as o
         where r.partition = p_partition and r.tenant_id = p_tenant and r.id = o.id
        returning r.id, r.read_at, r.customers),
    -- Both tables have the same time: that of the transaction that recorded the read.
    of_customers as (
        delete from public.read_audit_customers as c
         using gone as g
         cross join lateral unnest(g.customers) as w(customer_id)
         where c.partition = p_partition and c.tenant_id = p_tenant
           and c.customer_id = w.customer_id and c.read_at = g.read_at and c.id = g.id)
    select count(*) into purged from gone;
    return purged;
end
$$;

-- Name: read_api_key(text); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.read_api_key(p_key_id text) RETURNS TABLE(key_id text, partition smallint, tenant_id uuid, name text, secret_hash bytea, scopes text[], requests_per_second integer, created_at timestamp with time zone, expires_at timestamp with time zone, revoked_at timestamp with time zone, read_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    select k.key_id, k.partition, k.tenant_id, k.name, k.secret_hash, k.scopes,
           k.requests_per_second, k.created_at, k.expires_at, k.revoked_at, clock_timestamp()
      from public.api_keys as k
     where k.key_id = p_key_id
$$;

-- Name: read_customer(smallint, uuid, uuid); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.read_customer(p_partition smallint, p_tenant uuid, p_customer uuid) RETURNS TABLE(customer_id uuid, version bigint, state json, created_at timestamp with time zone, created_by text, updated_at timestamp with time zone, updated_by text)
    LANGUAGE plpgsql
    AS $$
begin
    perform set_config('app.tenant', p_tenant::text, true);
    return query
    select c.customer_id, c.version, c.state, c.created_at, c.created_by, c.updated_at, c.updated_by
      from customers as c
     where c.partition = p_partition and c.tenant_id = p_tenant and c.customer_id = p_customer;
end
$$;

-- Name: read_customer_by_key(smallint, uuid, text[], text); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.read_customer_by_key(p_partition smallint, p_tenant uuid, p_kinds text[], p_key text) RETURNS TABLE(customer_id uuid, version bigint, state json, created_at timestamp with time zone, created_by text, updated_at timestamp with time zone, updated_by text)
    LANGUAGE plpgsql
    AS $$
declare
    wanted text;
    holder uuid;
begin
    perform set_config('app.tenant', p_tenant::text, true);
    foreach wanted in array p_kinds loop
        select r.holder into holder
          from reservations as r
         where r.partition = p_partition and r.tenant_id = p_tenant and r.kind = wanted and r.key = p_key;
        if found then
            return query
            select c.customer_id, c.version, c.state, c.created_at, c.created_by, c.updated_at, c.updated_by
              from customers as c
             where c.partition = p_partition and c.tenant_id = p_tenant and c.customer_id = holder;
            return;
        end if;
    end loop;
end
$$;

-- Name: read_customers(smallint, uuid, uuid[]); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.read_customers(p_partition smallint, p_tenant uuid, p_customers uuid[]) RETURNS TABLE(customer_id uuid, version bigint, state json, created_at timestamp with time zone, created_by text, updated_at timestamp with time zone, updated_by text)
    LANGUAGE plpgsql
    AS $$
begin
    perform set_config('app.tenant', p_tenant::text, true);
    return query
    select c.customer_id, c.version, c.state, c.created_at, c.created_by, c.updated_at, c.updated_by
      from unnest(p_customers) as w(id)
     cross join lateral (
           select *
             from customers as c
            where c.partition = p_partition and c.tenant_id = p_tenant and c.customer_id = w.id
            limit 1) as c;
end
$$;

-- Name: read_customers_at_head(smallint, uuid, uuid[]); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.read_customers_at_head(p_partition smallint, p_tenant uuid, p_customers uuid[]) RETURNS TABLE(head_position bigint, head_fence bigint, head_hash bytea, customer_id uuid, version bigint, state json, created_at timestamp with time zone, created_by text, updated_at timestamp with time zone, updated_by text)
    LANGUAGE plpgsql
    AS $$
begin
    perform set_config('app.tenant', p_tenant::text, true);
    return query
    select h.position, h.fence, h.hash, c.customer_id, c.version, c.state, c.created_at, c.created_by,
           c.updated_at, c.updated_by
      from log_heads as h
      left join (unnest(p_customers) as w(id)
                 cross join lateral (
                       select *
                         from customers as c
                        where c.partition = p_partition and c.tenant_id = p_tenant and c.customer_id = w.id
                        limit 1) as c) on true
     where h.partition = p_partition;
end
$$;

-- Name: read_events(smallint, uuid, uuid, bigint, bigint, boolean, text[], integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.read_events(p_partition smallint, p_tenant uuid, p_customer uuid, p_from bigint, p_until bigint, p_newest_first boolean, p_types text[], p_limit integer) RETURNS TABLE(version bigint, "position" bigint, recorded_at timestamp with time zone, event_type text, event_version text, payload json, metadata json)
    LANGUAGE plpgsql
    AS $$
declare
    stream constant text := p_tenant || '/' || p_customer;
begin
    perform set_config('app.tenant', p_tenant::text, true);
    if p_newest_first then
        return query
        select e.sequence, e.position, e.recorded_at, e.event_type, e.event_version, e.payload,
               e.metadata
          from events as e
         where e.aggregate_type = 'customer' and e.aggregate_id = stream
           and e.sequence between p_from and p_until and e.partition = p_partition
           and (p_types is null or e.event_type = any (p_types))
         order by e.sequence desc
         limit p_limit;
    else
        return query
        select e.sequence, e.position, e.recorded_at, e.event_type, e.event_version, e.payload,
               e.metadata
          from events as e
         where e.aggregate_type = 'customer' and e.aggregate_id = stream
           and e.sequence between p_from and p_until and e.partition = p_partition
           and (p_types is null or e.event_type = any (p_types))
         order by e.sequence
         limit p_limit;
    end if;
end
$$;

-- Name: read_tenant(smallint, uuid); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.read_tenant(p_partition smallint, p_tenant uuid) RETURNS TABLE(version bigint, state json, created_at timestamp with time zone, created_by text, updated_at timestamp with time zone, updated_by text)
    LANGUAGE plpgsql
    AS $$
begin
    perform set_config('app.tenant', p_tenant::text, true);
    return query
    select t.version, t.state, t.created_at, t.created_by, t.updated_at, t.updated_by
      from tenants as t
     where t.partition = p_partition and t.tenant_id = p_tenant;
end
$$;

-- Name: refuse_to_change_history(); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.refuse_to_change_history() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    raise exception 'events are never updated or deleted' using errcode = 'insufficient_privilege';
end
$$;

-- Name: refuse_to_restore_key(); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.refuse_to_restore_key() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    raise exception 'a revoked key stays revoked' using errcode = 'insufficient_privilege';
end
$$;

-- Name: register_projection(text, integer, text[]); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.register_projection(p_name text, p_logic integer, VARIADIC p_tables text[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

-- Name: reopen_generation(text, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.reopen_generation(p_name text, p_logic integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    update public.projections
       set state = 'building', phase = 'following', differences = null, failure = null,
           changed_at = clock_timestamp()
     where name = p_name and state = 'retired' and logic_version = p_logic
       and generation = (select max(generation) from public.projections
                          where name = p_name and state = 'retired')
    returning generation
$$;

-- Name: revoke_api_key(smallint, bigint); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.revoke_api_key(p_partition smallint, p_position bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
    update public.api_keys as k
       set revoked_at = e.recorded_at
      from public.events as e
     where e.partition = p_partition and e.position = p_position
       and e.aggregate_type = 'tenant' and e.event_type = 'ApiKeyRevoked'
       and k.key_id = e.payload -> 'data' ->> 'key_id' and k.tenant_id = e.tenant_id
       and k.revoked_at is null;
    if not found then
        raise exception 'no event says that this key is revoked' using errcode = 'no_data_found';
    end if;
end
$$;

-- Name: search_customers(smallint, jsonb, text[], jsonb, integer, bigint); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.search_customers(p_partition smallint, p_asked jsonb, p_values text[], p_sorts jsonb, p_limit integer, p_offset bigint) RETURNS TABLE(customer_id uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET enable_seqscan TO 'off'
    AS $_$
declare
    sorts text := '';
    direction text := 'asc';
begin
    for nth in 0 .. jsonb_array_length(p_sorts) - 1 loop
        direction := case when (p_sorts -> nth ->> 'descending')::boolean then 'desc' else 'asc' end;
        sorts := sorts || public.customer_search_value(p_sorts -> nth, format('$5 #>> ''{%s,path}''', nth))
                       || ' ' || direction || ', ';
    end loop;
    return query execute format(
        'select l.customer_id
           from public.customer_list as l
           left join public.customers as c on c.partition = l.partition and c.tenant_id = l.tenant_id
                                   and c.customer_id = l.customer_id
          where %1$s
          order by %2$s l.customer_id %3$s
          limit $6 offset $7', public.customer_search_clause(p_asked), sorts, direction)
    using p_partition, public.current_tenant(), p_asked, p_values, p_sorts, p_limit, p_offset;
end
$_$;

-- Name: switch_generation(text, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.switch_generation(p_name text, p_generation integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $_$
declare
    old integer;
    old_home text;
    home text := public.generation_schema(p_name, p_generation);
    moved text;
    left_out text[];
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
        select leaves_out into strict left_out from public.projection_tables
         where projection = p_name and table_name = moved;
        if (select array_agg(format('%I %s', attname, format_type(atttypid, atttypmod))
                             order by attnum)
              from pg_attribute
             where attrelid = format('public.%I', moved)::regclass and attnum > 0
               and not attisdropped and attname::text <> all (left_out))
           is distinct from
           (select array_agg(format('%I %s', attname, format_type(atttypid, atttypmod))
                             order by attnum)
              from pg_attribute
             where attrelid = format('%I.%I', home, moved)::regclass and attnum > 0
               and not attisdropped and attname::text <> all (left_out)) then
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
$_$;

-- Name: tenant_position_before(smallint, uuid, timestamp with time zone); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.tenant_position_before(p_partition smallint, p_tenant uuid, p_at timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET enable_seqscan TO 'off'
    AS $$
declare
    low bigint := 0;
    high bigint;
    middle bigint;
    own public.imports;
    recorded timestamptz;
begin
    select h.position into high from public.log_heads as h where h.partition = p_partition;
    select * into own from public.imports as i where i.partition = p_partition and i.tenant_id = p_tenant;
    if found then
        select e.recorded_at into recorded from public.events as e
         where e.partition = p_partition and e.position = own.last_position;
        if recorded < p_at then
            low := own.last_position;
        else
            low := own.first_position - 1;
            high := own.last_position;
        end if;
    end if;
    while low < high loop
        middle := (low + high + 1) / 2;
        select e.recorded_at into recorded from public.events as e
         where e.partition = p_partition and e.position = middle;
        -- What was imported of others counts as recorded when it came.
        select i.after into recorded from public.imports as i
         where i.partition = p_partition and i.tenant_id <> p_tenant
           and middle between i.first_position and i.last_position
        union all
        select recorded
         limit 1;
        if recorded < p_at then
            low := middle;
        else
            high := middle - 1;
        end if;
    end loop;
    return low;
end
$$;

-- Name: tenant_version_at(smallint, uuid, bigint); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.tenant_version_at(p_partition smallint, p_tenant uuid, p_position bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE
    SET enable_seqscan TO 'off'
    AS $$
declare
    low bigint := 0;
    high bigint;
    middle bigint;
begin
    select e.sequence into high
      from events as e
     where e.aggregate_type = 'tenant' and e.aggregate_id = p_tenant::text
       and e.partition = p_partition
     order by e.sequence desc
     limit 1;
    while low < high loop
        middle := (low + high + 1) / 2;
        if (select e.position <= p_position from events as e
             where e.aggregate_type = 'tenant' and e.aggregate_id = p_tenant::text
               and e.sequence = middle and e.partition = p_partition) then
            low := middle;
        else
            high := middle - 1;
        end if;
    end loop;
    return low;
end
$$;

-- Name: text_bytes(json); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.text_bytes(document json) RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select case when pg_catalog.pg_column_compression(document) is null
                then pg_catalog.pg_column_size(document)
                else pg_catalog.octet_length(document::text) end
$$;

-- Name: text_folded(text); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.text_folded(p_text text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN (octet_length(p_text) = char_length(p_text)) THEN upper((p_text COLLATE "C")) ELSE (regexp_replace(NORMALIZE(upper((NORMALIZE(p_text, NFKD) COLLATE "und-x-icu")), NFKD), '[\u0300-\u036f]'::text, ''::text, 'g'::text) COLLATE "C") END;

-- Name: text_key(text); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.text_key(p_text text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN (octet_length(p_text) = char_length(p_text)) THEN p_text ELSE NORMALIZE(p_text, NFC) END;

-- Name: trim_reads(smallint, uuid, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.trim_reads(p_partition smallint, p_tenant uuid, p_limit integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
    kept_at timestamptz;
    kept_id uuid;
    trimmed bigint;
begin
    select r.read_at, r.id into kept_at, kept_id
      from public.read_audit as r
     where r.partition = p_partition and r.tenant_id = p_tenant
     order by r.read_at desc, r.id desc
    offset 999
     limit 1;
    if not found then
        return 0;
    end if;
    with old as materialized (
        select r.id
          from public.read_audit as r
         where r.partition = p_partition and r.tenant_id = p_tenant
           and (r.read_at, r.id) < (kept_at, kept_id)
         order by r.read_at, r.id
         limit p_limit),
    gone as (
        delete from public.read_audit as r
         using old as o
         where r.partition = p_partition and r.tenant_id = p_tenant and r.id = o.id
        returning r.id, r.read_at, r.customers),
    of_customers as (
        delete from public.read_audit_customers as c
         using gone as g
         cross join lateral unnest(g.customers) as w(customer_id)
         where c.partition = p_partition and c.tenant_id = p_tenant
           and c.customer_id = w.customer_id and c.read_at = g.read_at and c.id = g.id)
    select count(*) into trimmed from gone;
    return trimmed;
end
$$;

-- Name: unmade_indexes(text, integer); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.unmade_indexes(p_name text, p_generation integer) RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    select c.relname::text
      from public.projection_tables as t
      join pg_index as i on i.indrelid = format('public.%I', t.table_name)::regclass
      join pg_class as c on c.oid = i.indexrelid
     where t.projection = p_name
       and public.index_fits(i.indexrelid, to_regclass(format(
               '%I.%I', public.generation_schema(p_name, p_generation), t.table_name)))
       and to_regclass(format('%I.%I', public.generation_schema(p_name, p_generation), c.relname)) is null
     order by pg_relation_size(c.oid) desc, c.relname
$$;

-- Name: version_at(smallint, uuid, uuid, timestamp with time zone); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.version_at(p_partition smallint, p_tenant uuid, p_customer uuid, p_instant timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
declare
    stream constant text := p_tenant || '/' || p_customer;
    low bigint := 0;
    high bigint;
    middle bigint;
    recorded timestamptz;
begin
    perform set_config('app.tenant', p_tenant::text, true);
    select c.version into high
      from customers as c
     where c.partition = p_partition and c.tenant_id = p_tenant and c.customer_id = p_customer;
    while low < high loop
        middle := (low + high + 1) / 2;
        select e.recorded_at into recorded
          from events as e
         where e.aggregate_type = 'customer' and e.aggregate_id = stream
           and e.sequence = middle and e.partition = p_partition;
        if recorded <= p_instant then
            low := middle;
        else
            high := middle - 1;
        end if;
    end loop;
    return low;
end
$$;

-- Name: api_keys; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.api_keys (
    key_id text NOT NULL COLLATE pg_catalog."C",
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    requests_per_second integer,
    actors text[],
    CONSTRAINT api_keys_partition_check CHECK (((partition >= 0) AND (partition <= 31))),
    CONSTRAINT api_keys_requests_per_second_check CHECK ((requests_per_second > 0)),
    CONSTRAINT api_keys_secret_hash_check CHECK ((octet_length(secret_hash) = 32))
);

ALTER TABLE ONLY public.api_keys FORCE ROW LEVEL SECURITY;

-- Name: COLUMN api_keys.actors; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.api_keys.actors IS 'The actors that a request with the key may name; null for any.';

-- Name: audit_entries; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.audit_entries (
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    "position" bigint NOT NULL,
    event_type text NOT NULL COLLATE pg_catalog."C",
    actor text COLLATE pg_catalog."C",
    api_key text COLLATE pg_catalog."C",
    request_id text COLLATE pg_catalog."C",
    correlation_id text COLLATE pg_catalog."C",
    surface text COLLATE pg_catalog."C",
    reason text COLLATE pg_catalog."C",
    reason_start text COLLATE pg_catalog."C",
    reason_words tsvector,
    CONSTRAINT audit_entries_partition_check CHECK (((partition >= 0) AND (partition <= 31))),
    CONSTRAINT audit_entries_position_check CHECK (("position" > 0))
)
WITH (autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY public.audit_entries FORCE ROW LEVEL SECURITY;

-- Name: TABLE audit_entries; Type: COMMENT; Schema: public; Owner: -

COMMENT ON TABLE public.audit_entries IS 'One row for each event of a customer. When it was recorded is not among them: a time is found in the log, by tenant_position_before. The tenant''s own events are few and are read from the log.';

-- Name: COLUMN audit_entries.reason_start; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.audit_entries.reason_start IS 'The first 128 characters of the reason: an index has no room for long texts.';

-- Name: COLUMN audit_entries.reason_words; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.audit_entries.reason_words IS 'What a search finds the reason by, each word after a tag of its tenant.';

-- Name: billing_configurations; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.billing_configurations (
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    billing_config_id uuid NOT NULL,
    provider text NOT NULL COLLATE pg_catalog."C",
    provider_customer_id text COLLATE pg_catalog."C",
    delivery_method text COLLATE pg_catalog."C",
    delivery_method_id uuid,
    configuration json NOT NULL,
    tax_provider text COLLATE pg_catalog."C",
    version bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    archived_at timestamp with time zone,
    CONSTRAINT billing_configurations_partition_check CHECK (((partition >= 0) AND (partition <= 31))),
    CONSTRAINT billing_configurations_version_check CHECK ((version > 0))
)
WITH (autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY public.billing_configurations FORCE ROW LEVEL SECURITY;

-- Name: COLUMN billing_configurations.version; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.billing_configurations.version IS 'The customer''s version at which the configuration became what it is.';

-- Name: checkpoints; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.checkpoints (
    partition smallint NOT NULL,
    projection text NOT NULL COLLATE pg_catalog."C",
    generation integer NOT NULL,
    "position" bigint NOT NULL,
    CONSTRAINT checkpoints_partition_check CHECK (((partition >= 0) AND (partition <= 31))),
    CONSTRAINT checkpoints_position_check CHECK (("position" >= 0))
)
WITH (fillfactor='50');

-- Name: TABLE checkpoints; Type: COMMENT; Schema: public; Owner: -

COMMENT ON TABLE public.checkpoints IS 'Everything up to and with position is in the projection''s rows, which change in the same transaction. Whoever holds the row''s lock moves the projection on.';

-- Name: command_results; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.command_results (
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    idempotency_key text NOT NULL COLLATE pg_catalog."C",
    request_hash bytea NOT NULL,
    status smallint NOT NULL,
    version bigint,
    "position" bigint,
    body text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    mac bytea,
    CONSTRAINT command_results_idempotency_key_check CHECK ((octet_length(idempotency_key) <= 256)),
    CONSTRAINT command_results_partition_check CHECK (((partition >= 0) AND (partition <= 31))),
    CONSTRAINT command_results_request_hash_check CHECK ((octet_length(request_hash) = 32))
)
WITH (autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY public.command_results FORCE ROW LEVEL SECURITY;

-- Name: COLUMN command_results.mac; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.command_results.mac IS 'Four bytes that name the key, then an HMAC-SHA-256 over the row. Null when the instance that kept the answer had no key.';

-- Name: console_sessions; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.console_sessions (
    token_hash bytea NOT NULL,
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    key_id text NOT NULL COLLATE pg_catalog."C",
    actor text NOT NULL,
    purpose text,
    begun_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT console_sessions_partition_check CHECK (((partition >= 0) AND (partition <= 31))),
    CONSTRAINT console_sessions_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

ALTER TABLE ONLY public.console_sessions FORCE ROW LEVEL SECURITY;

-- Name: TABLE console_sessions; Type: COMMENT; Schema: public; Owner: -

COMMENT ON TABLE public.console_sessions IS 'People who are signed in at the console, each with an API key. Ended sessions are deleted.';

-- Name: cursor_key; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.cursor_key (
    only_one boolean DEFAULT true NOT NULL,
    secret bytea NOT NULL,
    CONSTRAINT cursor_key_only_one_check CHECK (only_one),
    CONSTRAINT cursor_key_secret_check CHECK ((octet_length(secret) = 32))
);

-- Name: customer_counts; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.customer_counts (
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C",
    customers bigint NOT NULL,
    CONSTRAINT customer_counts_partition_check CHECK (((partition >= 0) AND (partition <= 31)))
)
WITH (fillfactor='50');

ALTER TABLE ONLY public.customer_counts FORCE ROW LEVEL SECURITY;

-- Name: customer_list; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.customer_list (
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    name_key text NOT NULL COLLATE pg_catalog."C",
    email text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    type text COLLATE pg_catalog."C",
    country text COLLATE pg_catalog."C",
    currency text COLLATE pg_catalog."C",
    parent_id uuid,
    billable text NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    labels uuid[] NOT NULL,
    words tsvector NOT NULL,
    CONSTRAINT customer_list_partition_check CHECK (((partition >= 0) AND (partition <= 31)))
)
WITH (fillfactor='85', autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY public.customer_list FORCE ROW LEVEL SECURITY;

-- Name: COLUMN customer_list.name_key; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.customer_list.name_key IS 'The name in lower case, by which lists are sorted.';

-- Name: COLUMN customer_list.email; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.customer_list.email IS 'Empty when there is none; so is external_id.';

-- Name: COLUMN customer_list.labels; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.customer_list.labels IS 'A hash of tenant, field and value for each value that a list can be filtered by.';

-- Name: COLUMN customer_list.words; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.customer_list.words IS 'What a search finds the customer by, each word after a tag of its tenant.';

-- Name: customer_list_updates; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.customer_list_updates (
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    version bigint NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    updated_by text NOT NULL,
    CONSTRAINT customer_list_updates_partition_check CHECK (((partition >= 0) AND (partition <= 31))),
    CONSTRAINT customer_list_updates_version_check CHECK ((version > 0))
)
WITH (fillfactor='70', autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY public.customer_list_updates FORCE ROW LEVEL SECURITY;

-- Name: customer_snapshots; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.customer_snapshots (
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    version bigint NOT NULL,
    state json NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    updated_by text NOT NULL,
    CONSTRAINT customer_snapshots_partition_check CHECK (((partition >= 0) AND (partition <= 31))),
    CONSTRAINT customer_snapshots_version_check CHECK ((version > 0))
)
WITH (autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY public.customer_snapshots FORCE ROW LEVEL SECURITY;

-- Name: customers; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.customers (
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    version bigint NOT NULL,
    state json NOT NULL,
    parent_id uuid,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    updated_by text NOT NULL,
    CONSTRAINT customers_partition_check CHECK (((partition >= 0) AND (partition <= 31))),
    CONSTRAINT customers_version_check CHECK ((version > 0))
)
WITH (fillfactor='70', autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY public.customers FORCE ROW LEVEL SECURITY;

-- Name: events; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.events (
    aggregate_type text NOT NULL COLLATE pg_catalog."C",
    aggregate_id text NOT NULL COLLATE pg_catalog."C",
    sequence bigint NOT NULL,
    event_type text NOT NULL,
    event_version text NOT NULL,
    payload json NOT NULL,
    metadata json NOT NULL,
    partition smallint NOT NULL,
    "position" bigint NOT NULL,
    tenant_id uuid NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT events_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT events_partition_check CHECK (((partition >= 0) AND (partition <= 31))),
    CONSTRAINT events_position_check CHECK (("position" > 0)),
    CONSTRAINT events_sequence_check CHECK ((sequence > 0))
)
WITH (autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY public.events FORCE ROW LEVEL SECURITY;

-- Name: COLUMN events.aggregate_id; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.events.aggregate_id IS 'The tenant''s id, and for a customer "/" and the customer''s id: two tenants may choose the same customer id and must not notice.';

-- Name: COLUMN events.payload; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.events.payload IS 'json, not jsonb: the bytes that were hashed are the bytes kept.';

-- Name: field_changes; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.field_changes (
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    version bigint NOT NULL,
    field text NOT NULL COLLATE pg_catalog."C",
    old_value text,
    new_value text,
    "position" bigint NOT NULL,
    event_type text COLLATE pg_catalog."C",
    recorded_at timestamp with time zone,
    actor text,
    reason text,
    field_key bigint GENERATED ALWAYS AS (public.field_key(tenant_id, field)) STORED NOT NULL,
    CONSTRAINT field_changes_partition_check CHECK (((partition >= 0) AND (partition <= 31))),
    CONSTRAINT field_changes_position_check CHECK (("position" > 0)),
    CONSTRAINT field_changes_version_check CHECK ((version > 0))
)
WITH (autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY public.field_changes FORCE ROW LEVEL SECURITY;

-- Name: TABLE field_changes; Type: COMMENT; Schema: public; Owner: -

COMMENT ON TABLE public.field_changes IS 'One row for each field that an event changed, and one for each object that contains such fields. From what to what, who and when is in the event.';

-- Name: COLUMN field_changes.field; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.field_changes.field IS 'A JSON pointer into the customer''s document; members of lists that have an id go by their id.';

-- Name: COLUMN field_changes.old_value; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.field_changes.old_value IS 'Of rows made by logic version 1, like new_value, event_type, recorded_at, actor and reason.';

-- Name: imports; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.imports (
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    after timestamp with time zone NOT NULL,
    imported_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT imports_check CHECK ((last_position >= first_position)),
    CONSTRAINT imports_first_position_check CHECK ((first_position > 0)),
    CONSTRAINT imports_partition_check CHECK (((partition >= 0) AND (partition <= 31)))
);

ALTER TABLE ONLY public.imports FORCE ROW LEVEL SECURITY;

-- Name: TABLE imports; Type: COMMENT; Schema: public; Owner: -

COMMENT ON TABLE public.imports IS 'A tenant that came with its history: all events of the stretch are its own, in the order of their times. Everything else of the partition is in the order of time without these stretches.';

-- Name: COLUMN imports.after; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.imports.after IS 'The time of the head when they came: no event before them is later, none after them is earlier.';

-- Name: integration_links; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.integration_links (
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    version bigint NOT NULL,
    provider_type text NOT NULL COLLATE pg_catalog."C",
    provider_entity_id text NOT NULL COLLATE pg_catalog."C",
    entity_type text COLLATE pg_catalog."C",
    mapped boolean NOT NULL,
    "position" bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    CONSTRAINT integration_links_partition_check CHECK (((partition >= 0) AND (partition <= 31))),
    CONSTRAINT integration_links_position_check CHECK (("position" > 0)),
    CONSTRAINT integration_links_version_check CHECK ((version > 0))
)
WITH (autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY public.integration_links FORCE ROW LEVEL SECURITY;

-- Name: COLUMN integration_links.mapped; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.integration_links.mapped IS 'Whether the customer held the id from this version on. It did so until its next row for the same id.';

-- Name: log_heads; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.log_heads (
    partition smallint NOT NULL,
    "position" bigint NOT NULL,
    hash bytea NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    fence bigint DEFAULT 0 NOT NULL,
    CONSTRAINT log_heads_fence_check CHECK ((fence >= 0)),
    CONSTRAINT log_heads_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT log_heads_partition_check CHECK (((partition >= 0) AND (partition <= 31))),
    CONSTRAINT log_heads_position_check CHECK (("position" >= 0))
)
WITH (fillfactor='50');

-- Name: TABLE log_heads; Type: COMMENT; Schema: public; Owner: -

COMMENT ON TABLE public.log_heads IS 'The end of each partition''s chain. Every write moves its row, by compare-and-set on position; it is the only lock that writers take.';

-- Name: COLUMN log_heads.fence; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.log_heads.fence IS 'Raised by a writer that lost the answer to an append: should that append still be on its way, it finds another fence than it knew, and stores nothing.';

-- Name: log_tree; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.log_tree (
    partition smallint NOT NULL,
    height smallint NOT NULL,
    nth bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT log_tree_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT log_tree_height_check CHECK ((height = ANY (ARRAY[8, 16, 24, 32]))),
    CONSTRAINT log_tree_nth_check CHECK ((nth >= 0)),
    CONSTRAINT log_tree_partition_check CHECK (((partition >= 0) AND (partition <= 31)))
)
WITH (autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

-- Name: COLUMN log_tree.nth; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.log_tree.nth IS 'How many subtrees of this height are before it: it covers the positions nth * 2^height + 1 to (nth + 1) * 2^height.';

-- Name: operator_actions; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.operator_actions (
    id bigint NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    login text DEFAULT SESSION_USER NOT NULL,
    action text NOT NULL COLLATE pg_catalog."C",
    projection text COLLATE pg_catalog."C",
    about json NOT NULL,
    metadata json NOT NULL
);

-- Name: TABLE operator_actions; Type: COMMENT; Schema: public; Owner: -

COMMENT ON TABLE public.operator_actions IS 'What operators did, and what they tried to do. It concerns no tenant''s data, so it is not in the log.';

-- Name: COLUMN operator_actions.login; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.operator_actions.login IS 'The login of the session, which the session can''t choose.';

-- Name: operator_actions_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.operator_actions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.operator_actions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: parked_streams; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.parked_streams (
    partition smallint NOT NULL,
    projection text NOT NULL COLLATE pg_catalog."C",
    generation integer NOT NULL,
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    sequence bigint NOT NULL,
    "position" bigint NOT NULL,
    event_type text NOT NULL,
    failure text NOT NULL,
    parked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    timed_out boolean DEFAULT false NOT NULL,
    CONSTRAINT parked_streams_partition_check CHECK (((partition >= 0) AND (partition <= 31))),
    CONSTRAINT parked_streams_position_check CHECK (("position" > 0)),
    CONSTRAINT parked_streams_sequence_check CHECK ((sequence > 0))
)
WITH (autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY public.parked_streams FORCE ROW LEVEL SECURITY;

-- Name: COLUMN parked_streams.sequence; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.parked_streams.sequence IS 'The first event of the customer that is not in the projection. Nor are the later ones.';

-- Name: COLUMN parked_streams.timed_out; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.parked_streams.timed_out IS 'Whether the stream stopped because its rows took too long, and is tried again without being asked.';

-- Name: projection_tables; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.projection_tables (
    projection text NOT NULL COLLATE pg_catalog."C",
    table_name text NOT NULL COLLATE pg_catalog."C",
    leaves_out text[] DEFAULT '{}'::text[] NOT NULL
);

-- Name: COLUMN projection_tables.leaves_out; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.projection_tables.leaves_out IS 'Columns of the live table that a new generation does not get, nor the indexes on them.';

-- Name: projections; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.projections (
    name text NOT NULL COLLATE pg_catalog."C",
    generation integer NOT NULL,
    logic_version integer NOT NULL,
    state text NOT NULL COLLATE pg_catalog."C",
    phase text COLLATE pg_catalog."C",
    workers smallint DEFAULT 0 NOT NULL,
    catches_up boolean DEFAULT false NOT NULL,
    events_total bigint DEFAULT 0 NOT NULL,
    events_done bigint DEFAULT 0 NOT NULL,
    differences json,
    failure text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    was_live boolean DEFAULT false NOT NULL,
    CONSTRAINT projections_generation_check CHECK ((generation > 0)),
    CONSTRAINT projections_logic_version_check CHECK ((logic_version > 0)),
    CONSTRAINT projections_phase CHECK (((phase IS NOT NULL) = (state = 'building'::text))),
    CONSTRAINT projections_phase_check CHECK ((phase = ANY (ARRAY['loading'::text, 'indexing'::text, 'following'::text, 'comparing'::text]))),
    CONSTRAINT projections_state_check CHECK ((state = ANY (ARRAY['building'::text, 'live'::text, 'retired'::text, 'cancelled'::text])))
);

-- Name: TABLE projections; Type: COMMENT; Schema: public; Owner: -

COMMENT ON TABLE public.projections IS 'Generations of read models. The tables of the live one are in the schema public; those of generation n of the projection p are in the schema p_gn, under the same names.';

-- Name: COLUMN projections.logic_version; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.projections.logic_version IS 'The logic that its rows were made by. A service follows only generations of its own logic.';

-- Name: COLUMN projections.catches_up; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.projections.catches_up IS 'Whether it is being built because the live one is far behind the log: that waits meanwhile.';

-- Name: COLUMN projections.was_live; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.projections.was_live IS 'Whether it was live before: then it can be so again, and isn''t dropped when that is cancelled.';

-- Name: read_audit; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.read_audit (
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    read_at timestamp with time zone DEFAULT now() NOT NULL,
    api_key text NOT NULL COLLATE pg_catalog."C",
    actor text COLLATE pg_catalog."C",
    route text NOT NULL COLLATE pg_catalog."C",
    request_id text NOT NULL COLLATE pg_catalog."C",
    customers uuid[] NOT NULL,
    reason text,
    CONSTRAINT read_audit_partition_check CHECK (((partition >= 0) AND (partition <= 31)))
)
WITH (autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY public.read_audit FORCE ROW LEVEL SECURITY;

-- Name: TABLE read_audit; Type: COMMENT; Schema: public; Owner: -

COMMENT ON TABLE public.read_audit IS 'One row for each answer that showed personal data to a key with the scope audit, stored before the answer was given.';

-- Name: read_audit_customers; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.read_audit_customers (
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    read_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT read_audit_customers_partition_check CHECK (((partition >= 0) AND (partition <= 31)))
)
WITH (autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY public.read_audit_customers FORCE ROW LEVEL SECURITY;

-- Name: TABLE read_audit_customers; Type: COMMENT; Schema: public; Owner: -

COMMENT ON TABLE public.read_audit_customers IS 'The reads by customer: what read_audit has as a list.';

-- Name: rebuild_chunks; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.rebuild_chunks (
    projection text NOT NULL COLLATE pg_catalog."C",
    generation integer NOT NULL,
    chunk integer NOT NULL,
    from_key text NOT NULL COLLATE pg_catalog."C",
    until_key text NOT NULL COLLATE pg_catalog."C",
    done boolean DEFAULT false NOT NULL
)
WITH (fillfactor='70');

-- Name: TABLE rebuild_chunks; Type: COMMENT; Schema: public; Owner: -

COMMENT ON TABLE public.rebuild_chunks IS 'Customers that are folded into a new generation together, in one transaction: those whose stream''s name is after from_key and not after until_key.';

-- Name: reservations; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.reservations (
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    holder uuid NOT NULL,
    CONSTRAINT reservations_key_check CHECK ((octet_length(key) <= 1024)),
    CONSTRAINT reservations_partition_check CHECK (((partition >= 0) AND (partition <= 31)))
)
WITH (autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY public.reservations FORCE ROW LEVEL SECURITY;

-- Name: TABLE reservations; Type: COMMENT; Schema: public; Owner: -

COMMENT ON TABLE public.reservations IS 'Who holds an external id, an alias or a unique custom field: a function of the customers'' states.';

-- Name: tenants; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.tenants (
    partition smallint NOT NULL,
    tenant_id uuid NOT NULL,
    version bigint NOT NULL,
    state json NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    updated_by text NOT NULL,
    CONSTRAINT tenants_partition_check CHECK (((partition >= 0) AND (partition <= 31))),
    CONSTRAINT tenants_version_check CHECK ((version > 0))
)
WITH (fillfactor='70', autovacuum_analyze_threshold='1000', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY public.tenants FORCE ROW LEVEL SECURITY;

-- Name: api_keys api_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (key_id);

-- Name: audit_entries audit_entries_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT audit_entries_pkey PRIMARY KEY (partition, tenant_id, customer_id, "position");

-- Name: billing_configurations billing_configurations_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.billing_configurations
    ADD CONSTRAINT billing_configurations_pkey PRIMARY KEY (partition, tenant_id, customer_id, billing_config_id);

-- Name: checkpoints checkpoints_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.checkpoints
    ADD CONSTRAINT checkpoints_pkey PRIMARY KEY (partition, projection, generation);

-- Name: command_results command_results_mac; Type: CHECK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE public.command_results
    ADD CONSTRAINT command_results_mac CHECK ((octet_length(mac) = 36)) NOT VALID;

-- Name: command_results command_results_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.command_results
    ADD CONSTRAINT command_results_pkey PRIMARY KEY (partition, tenant_id, idempotency_key);

-- Name: console_sessions console_sessions_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.console_sessions
    ADD CONSTRAINT console_sessions_pkey PRIMARY KEY (token_hash);

-- Name: cursor_key cursor_key_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.cursor_key
    ADD CONSTRAINT cursor_key_pkey PRIMARY KEY (only_one);

-- Name: customer_counts customer_counts_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.customer_counts
    ADD CONSTRAINT customer_counts_pkey PRIMARY KEY (partition, tenant_id, status);

-- Name: customer_list customer_list_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.customer_list
    ADD CONSTRAINT customer_list_pkey PRIMARY KEY (partition, tenant_id, customer_id);

-- Name: customer_list_updates customer_list_updates_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.customer_list_updates
    ADD CONSTRAINT customer_list_updates_pkey PRIMARY KEY (partition, tenant_id, customer_id);

-- Name: customer_snapshots customer_snapshots_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.customer_snapshots
    ADD CONSTRAINT customer_snapshots_pkey PRIMARY KEY (partition, tenant_id, customer_id, version);

-- Name: customers customers_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.customers
    ADD CONSTRAINT customers_pkey PRIMARY KEY (partition, tenant_id, customer_id);

-- Name: events events_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (aggregate_type, aggregate_id, sequence, partition);

-- Name: events events_position; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_position UNIQUE (partition, "position");

-- Name: field_changes field_changes_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.field_changes
    ADD CONSTRAINT field_changes_pkey PRIMARY KEY (partition, tenant_id, customer_id, field, version);

-- Name: imports imports_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.imports
    ADD CONSTRAINT imports_pkey PRIMARY KEY (partition, tenant_id);

-- Name: integration_links integration_links_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.integration_links
    ADD CONSTRAINT integration_links_pkey PRIMARY KEY (partition, tenant_id, customer_id, version);

-- Name: log_heads log_heads_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.log_heads
    ADD CONSTRAINT log_heads_pkey PRIMARY KEY (partition);

-- Name: log_tree log_tree_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.log_tree
    ADD CONSTRAINT log_tree_pkey PRIMARY KEY (partition, height, nth);

-- Name: operator_actions operator_actions_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.operator_actions
    ADD CONSTRAINT operator_actions_pkey PRIMARY KEY (id);

-- Name: parked_streams parked_streams_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.parked_streams
    ADD CONSTRAINT parked_streams_pkey PRIMARY KEY (partition, projection, generation, tenant_id, customer_id);

-- Name: projection_tables projection_tables_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.projection_tables
    ADD CONSTRAINT projection_tables_pkey PRIMARY KEY (projection, table_name);

-- Name: projections projections_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.projections
    ADD CONSTRAINT projections_pkey PRIMARY KEY (name, generation);

-- Name: read_audit_customers read_audit_customers_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.read_audit_customers
    ADD CONSTRAINT read_audit_customers_pkey PRIMARY KEY (partition, tenant_id, customer_id, read_at, id);

-- Name: read_audit read_audit_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.read_audit
    ADD CONSTRAINT read_audit_pkey PRIMARY KEY (partition, tenant_id, id);

-- Name: rebuild_chunks rebuild_chunks_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.rebuild_chunks
    ADD CONSTRAINT rebuild_chunks_pkey PRIMARY KEY (projection, generation, chunk);

-- Name: reservations reservations_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.reservations
    ADD CONSTRAINT reservations_pkey PRIMARY KEY (partition, tenant_id, kind, key);

-- Name: tenants tenants_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (partition, tenant_id);

-- Name: api_keys_of_a_tenant; Type: INDEX; Schema: public; Owner: -

CREATE INDEX api_keys_of_a_tenant ON public.api_keys USING btree (tenant_id, key_id);

-- Name: audit_entries_actor; Type: INDEX; Schema: public; Owner: -

CREATE INDEX audit_entries_actor ON public.audit_entries USING btree (partition, tenant_id, actor, "position") WHERE (actor IS NOT NULL);

-- Name: audit_entries_api_key; Type: INDEX; Schema: public; Owner: -

CREATE INDEX audit_entries_api_key ON public.audit_entries USING btree (partition, tenant_id, api_key, "position") WHERE (api_key IS NOT NULL);

-- Name: audit_entries_correlation_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX audit_entries_correlation_id ON public.audit_entries USING btree (partition, tenant_id, correlation_id, "position") WHERE (correlation_id IS NOT NULL);

-- Name: audit_entries_event_type; Type: INDEX; Schema: public; Owner: -

CREATE INDEX audit_entries_event_type ON public.audit_entries USING btree (partition, tenant_id, event_type, "position");

-- Name: audit_entries_position; Type: INDEX; Schema: public; Owner: -

CREATE INDEX audit_entries_position ON public.audit_entries USING btree (partition, tenant_id, "position");

-- Name: audit_entries_reason; Type: INDEX; Schema: public; Owner: -

CREATE INDEX audit_entries_reason ON public.audit_entries USING btree (partition, tenant_id, reason_start, "position") WHERE (reason_start IS NOT NULL);

-- Name: audit_entries_reason_words; Type: INDEX; Schema: public; Owner: -

CREATE INDEX audit_entries_reason_words ON public.audit_entries USING gin (reason_words) WITH (gin_pending_list_limit='256');

-- Name: audit_entries_request_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX audit_entries_request_id ON public.audit_entries USING btree (partition, tenant_id, request_id, "position") WHERE (request_id IS NOT NULL);

-- Name: audit_entries_surface; Type: INDEX; Schema: public; Owner: -

CREATE INDEX audit_entries_surface ON public.audit_entries USING btree (partition, tenant_id, surface, "position") WHERE (surface IS NOT NULL);

-- Name: audit_entries_without_reason; Type: INDEX; Schema: public; Owner: -

CREATE INDEX audit_entries_without_reason ON public.audit_entries USING btree (partition, tenant_id, "position") WHERE (reason IS NULL);

-- Name: billing_configurations_archived; Type: INDEX; Schema: public; Owner: -

CREATE INDEX billing_configurations_archived ON public.billing_configurations USING btree (partition, tenant_id, customer_id, billing_config_id) WHERE (archived_at IS NOT NULL);

-- Name: billing_configurations_delivery_method; Type: INDEX; Schema: public; Owner: -

CREATE INDEX billing_configurations_delivery_method ON public.billing_configurations USING btree (partition, tenant_id, delivery_method, customer_id, billing_config_id) WHERE (delivery_method IS NOT NULL);

-- Name: billing_configurations_delivery_method_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX billing_configurations_delivery_method_id ON public.billing_configurations USING btree (partition, tenant_id, delivery_method_id, customer_id, billing_config_id) WHERE (delivery_method_id IS NOT NULL);

-- Name: billing_configurations_provider; Type: INDEX; Schema: public; Owner: -

CREATE INDEX billing_configurations_provider ON public.billing_configurations USING btree (partition, tenant_id, provider, provider_customer_id, customer_id, billing_config_id);

-- Name: command_results_age; Type: INDEX; Schema: public; Owner: -

CREATE INDEX command_results_age ON public.command_results USING brin (created_at);

-- Name: console_sessions_by_age; Type: INDEX; Schema: public; Owner: -

CREATE INDEX console_sessions_by_age ON public.console_sessions USING btree (begun_at);

-- Name: console_sessions_of_a_key; Type: INDEX; Schema: public; Owner: -

CREATE INDEX console_sessions_of_a_key ON public.console_sessions USING btree (key_id, seen_at);

-- Name: customer_list_created_at; Type: INDEX; Schema: public; Owner: -

CREATE INDEX customer_list_created_at ON public.customer_list USING btree (partition, tenant_id, created_at, customer_id);

-- Name: customer_list_email; Type: INDEX; Schema: public; Owner: -

CREATE INDEX customer_list_email ON public.customer_list USING btree (partition, tenant_id, email, customer_id);

-- Name: customer_list_external_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX customer_list_external_id ON public.customer_list USING btree (partition, tenant_id, external_id, customer_id);

-- Name: customer_list_labels; Type: INDEX; Schema: public; Owner: -

CREATE INDEX customer_list_labels ON public.customer_list USING gin (labels) WITH (gin_pending_list_limit='256');

-- Name: customer_list_name; Type: INDEX; Schema: public; Owner: -

CREATE INDEX customer_list_name ON public.customer_list USING btree (partition, tenant_id, name_key, customer_id);

-- Name: customer_list_updates_updated_at; Type: INDEX; Schema: public; Owner: -

CREATE INDEX customer_list_updates_updated_at ON public.customer_list_updates USING btree (partition, tenant_id, updated_at, customer_id);

-- Name: customer_list_updates_updated_by; Type: INDEX; Schema: public; Owner: -

CREATE INDEX customer_list_updates_updated_by ON public.customer_list_updates USING btree (partition, tenant_id, updated_by, updated_at, customer_id);

-- Name: customer_list_words; Type: INDEX; Schema: public; Owner: -

CREATE INDEX customer_list_words ON public.customer_list USING gin (words) WITH (gin_pending_list_limit='256');

-- Name: customers_children; Type: INDEX; Schema: public; Owner: -

CREATE INDEX customers_children ON public.customers USING btree (partition, tenant_id, parent_id, customer_id) WHERE (parent_id IS NOT NULL);

-- Name: field_changes_field_key; Type: INDEX; Schema: public; Owner: -

CREATE INDEX field_changes_field_key ON public.field_changes USING btree (field_key, "position");

-- Name: integration_links_entity; Type: INDEX; Schema: public; Owner: -

CREATE INDEX integration_links_entity ON public.integration_links USING btree (partition, tenant_id, provider_type, provider_entity_id, "position");

-- Name: parked_streams_timed_out; Type: INDEX; Schema: public; Owner: -

CREATE INDEX parked_streams_timed_out ON public.parked_streams USING btree (parked_at, projection, generation, partition, tenant_id, customer_id) WHERE timed_out;

-- Name: projections_one_building; Type: INDEX; Schema: public; Owner: -

CREATE UNIQUE INDEX projections_one_building ON public.projections USING btree (name) WHERE (state = 'building'::text);

-- Name: projections_one_live; Type: INDEX; Schema: public; Owner: -

CREATE UNIQUE INDEX projections_one_live ON public.projections USING btree (name) WHERE (state = 'live'::text);

-- Name: read_audit_api_key; Type: INDEX; Schema: public; Owner: -

CREATE INDEX read_audit_api_key ON public.read_audit USING btree (partition, tenant_id, api_key, read_at, id);

-- Name: read_audit_read_at; Type: INDEX; Schema: public; Owner: -

CREATE INDEX read_audit_read_at ON public.read_audit USING btree (partition, tenant_id, read_at, id);

-- Name: api_keys api_keys_stay_revoked; Type: TRIGGER; Schema: public; Owner: -

CREATE TRIGGER api_keys_stay_revoked BEFORE UPDATE ON public.api_keys FOR EACH ROW WHEN (((old.revoked_at IS NOT NULL) AND (new.revoked_at IS DISTINCT FROM old.revoked_at))) EXECUTE FUNCTION public.refuse_to_restore_key();

ALTER TABLE public.api_keys ENABLE ALWAYS TRIGGER api_keys_stay_revoked;

-- Name: events events_are_never_changed; Type: TRIGGER; Schema: public; Owner: -

CREATE TRIGGER events_are_never_changed BEFORE DELETE OR UPDATE ON public.events FOR EACH ROW EXECUTE FUNCTION public.refuse_to_change_history();

ALTER TABLE public.events ENABLE ALWAYS TRIGGER events_are_never_changed;

-- Name: events events_are_never_truncated; Type: TRIGGER; Schema: public; Owner: -

CREATE TRIGGER events_are_never_truncated BEFORE TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_history();

ALTER TABLE public.events ENABLE ALWAYS TRIGGER events_are_never_truncated;

-- Name: operator_actions operator_actions_are_never_changed; Type: TRIGGER; Schema: public; Owner: -

CREATE TRIGGER operator_actions_are_never_changed BEFORE DELETE OR UPDATE ON public.operator_actions FOR EACH ROW EXECUTE FUNCTION public.refuse_to_change_history();

ALTER TABLE public.operator_actions ENABLE ALWAYS TRIGGER operator_actions_are_never_changed;

-- Name: operator_actions operator_actions_are_never_truncated; Type: TRIGGER; Schema: public; Owner: -

CREATE TRIGGER operator_actions_are_never_truncated BEFORE TRUNCATE ON public.operator_actions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_history();

ALTER TABLE public.operator_actions ENABLE ALWAYS TRIGGER operator_actions_are_never_truncated;

-- Name: checkpoints checkpoints_generation; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.checkpoints
    ADD CONSTRAINT checkpoints_generation FOREIGN KEY (projection, generation) REFERENCES public.projections(name, generation) ON DELETE CASCADE;

-- Name: parked_streams parked_streams_generation; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.parked_streams
    ADD CONSTRAINT parked_streams_generation FOREIGN KEY (projection, generation) REFERENCES public.projections(name, generation) ON DELETE CASCADE;

-- Name: rebuild_chunks rebuild_chunks_generation; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.rebuild_chunks
    ADD CONSTRAINT rebuild_chunks_generation FOREIGN KEY (projection, generation) REFERENCES public.projections(name, generation) ON DELETE CASCADE;

-- Name: api_keys; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.api_keys ENABLE ROW LEVEL SECURITY;

-- Name: audit_entries; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.audit_entries ENABLE ROW LEVEL SECURITY;

-- Name: billing_configurations; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.billing_configurations ENABLE ROW LEVEL SECURITY;

-- Name: command_results; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.command_results ENABLE ROW LEVEL SECURITY;

-- Name: console_sessions; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.console_sessions ENABLE ROW LEVEL SECURITY;

-- Name: customer_counts; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.customer_counts ENABLE ROW LEVEL SECURITY;

-- Name: customer_list; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.customer_list ENABLE ROW LEVEL SECURITY;

-- Name: customer_list_updates; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.customer_list_updates ENABLE ROW LEVEL SECURITY;

-- Name: customer_snapshots; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.customer_snapshots ENABLE ROW LEVEL SECURITY;

-- Name: customers; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.customers ENABLE ROW LEVEL SECURITY;

-- Name: events; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.events ENABLE ROW LEVEL SECURITY;

-- Name: field_changes; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.field_changes ENABLE ROW LEVEL SECURITY;

-- Name: imports; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.imports ENABLE ROW LEVEL SECURITY;

-- Name: integration_links; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.integration_links ENABLE ROW LEVEL SECURITY;

-- Name: api_keys key_admin_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY key_admin_sees_all ON public.api_keys FOR SELECT TO dossier_key_admin USING (true);

-- Name: api_keys key_manager_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY key_manager_sees_all ON public.api_keys FOR SELECT TO dossier_key_manager USING (true);

-- Name: api_keys owner_creates_keys; Type: POLICY; Schema: public; Owner: -

CREATE POLICY owner_creates_keys ON public.api_keys FOR INSERT TO dossier WITH CHECK (true);

-- Name: events owner_dates; Type: POLICY; Schema: public; Owner: -

CREATE POLICY owner_dates ON public.events FOR SELECT TO dossier USING (true);

-- Name: imports owner_dates; Type: POLICY; Schema: public; Owner: -

CREATE POLICY owner_dates ON public.imports FOR SELECT TO dossier USING (true);

-- Name: audit_entries owner_finds; Type: POLICY; Schema: public; Owner: -

CREATE POLICY owner_finds ON public.audit_entries FOR SELECT TO dossier USING (true);

-- Name: api_keys owner_finds_keys; Type: POLICY; Schema: public; Owner: -

CREATE POLICY owner_finds_keys ON public.api_keys FOR SELECT TO dossier USING (true);

-- Name: parked_streams owner_forgets; Type: POLICY; Schema: public; Owner: -

CREATE POLICY owner_forgets ON public.parked_streams TO dossier USING (true);

-- Name: customer_counts owner_lists; Type: POLICY; Schema: public; Owner: -

CREATE POLICY owner_lists ON public.customer_counts FOR SELECT TO dossier USING (true);

-- Name: customer_list owner_lists; Type: POLICY; Schema: public; Owner: -

CREATE POLICY owner_lists ON public.customer_list FOR SELECT TO dossier USING (true);

-- Name: customer_list_updates owner_lists; Type: POLICY; Schema: public; Owner: -

CREATE POLICY owner_lists ON public.customer_list_updates FOR SELECT TO dossier USING (true);

-- Name: read_audit owner_purges; Type: POLICY; Schema: public; Owner: -

CREATE POLICY owner_purges ON public.read_audit TO dossier USING (true);

-- Name: read_audit_customers owner_purges; Type: POLICY; Schema: public; Owner: -

CREATE POLICY owner_purges ON public.read_audit_customers TO dossier USING (true);

-- Name: api_keys owner_revokes_keys; Type: POLICY; Schema: public; Owner: -

CREATE POLICY owner_revokes_keys ON public.api_keys FOR UPDATE TO dossier USING (true) WITH CHECK (true);

-- Name: customers owner_searches; Type: POLICY; Schema: public; Owner: -

CREATE POLICY owner_searches ON public.customers FOR SELECT TO dossier USING (true);

-- Name: parked_streams; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.parked_streams ENABLE ROW LEVEL SECURITY;

-- Name: audit_entries projector_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY projector_sees_all ON public.audit_entries TO dossier_projector USING (true) WITH CHECK (true);

-- Name: billing_configurations projector_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY projector_sees_all ON public.billing_configurations TO dossier_projector USING (true) WITH CHECK (true);

-- Name: customer_counts projector_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY projector_sees_all ON public.customer_counts TO dossier_projector USING (true) WITH CHECK (true);

-- Name: customer_list projector_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY projector_sees_all ON public.customer_list TO dossier_projector USING (true) WITH CHECK (true);

-- Name: customer_list_updates projector_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY projector_sees_all ON public.customer_list_updates TO dossier_projector USING (true) WITH CHECK (true);

-- Name: customer_snapshots projector_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY projector_sees_all ON public.customer_snapshots TO dossier_projector USING (true) WITH CHECK (true);

-- Name: customers projector_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY projector_sees_all ON public.customers TO dossier_projector USING (true) WITH CHECK (true);

-- Name: events projector_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY projector_sees_all ON public.events FOR SELECT TO dossier_projector USING (true);

-- Name: field_changes projector_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY projector_sees_all ON public.field_changes TO dossier_projector USING (true) WITH CHECK (true);

-- Name: imports projector_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY projector_sees_all ON public.imports FOR SELECT TO dossier_projector USING (true);

-- Name: integration_links projector_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY projector_sees_all ON public.integration_links TO dossier_projector USING (true) WITH CHECK (true);

-- Name: parked_streams projector_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY projector_sees_all ON public.parked_streams TO dossier_projector USING (true) WITH CHECK (true);

-- Name: tenants projector_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY projector_sees_all ON public.tenants FOR SELECT TO dossier_projector USING (true);

-- Name: read_audit; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.read_audit ENABLE ROW LEVEL SECURITY;

-- Name: read_audit_customers; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.read_audit_customers ENABLE ROW LEVEL SECURITY;

-- Name: audit_entries reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.audit_entries FOR SELECT TO dossier_reader USING ((tenant_id = public.current_tenant()));

-- Name: billing_configurations reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.billing_configurations FOR SELECT TO dossier_reader USING ((tenant_id = public.current_tenant()));

-- Name: customer_counts reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.customer_counts FOR SELECT TO dossier_reader USING ((tenant_id = public.current_tenant()));

-- Name: customer_list reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.customer_list FOR SELECT TO dossier_reader USING ((tenant_id = public.current_tenant()));

-- Name: customer_list_updates reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.customer_list_updates FOR SELECT TO dossier_reader USING ((tenant_id = public.current_tenant()));

-- Name: customer_snapshots reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.customer_snapshots FOR SELECT TO dossier_reader USING ((tenant_id = public.current_tenant()));

-- Name: customers reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.customers FOR SELECT TO dossier_reader USING ((tenant_id = public.current_tenant()));

-- Name: events reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.events FOR SELECT TO dossier_reader USING ((tenant_id = ( SELECT public.current_tenant() AS current_tenant)));

-- Name: field_changes reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.field_changes FOR SELECT TO dossier_reader USING ((tenant_id = public.current_tenant()));

-- Name: imports reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.imports FOR SELECT TO dossier_reader USING ((tenant_id = public.current_tenant()));

-- Name: integration_links reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.integration_links FOR SELECT TO dossier_reader USING ((tenant_id = public.current_tenant()));

-- Name: parked_streams reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.parked_streams FOR SELECT TO dossier_reader USING ((tenant_id = public.current_tenant()));

-- Name: read_audit reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.read_audit FOR SELECT TO dossier_reader USING ((tenant_id = public.current_tenant()));

-- Name: read_audit_customers reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.read_audit_customers FOR SELECT TO dossier_reader USING ((tenant_id = public.current_tenant()));

-- Name: reservations reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.reservations FOR SELECT TO dossier_reader USING ((tenant_id = public.current_tenant()));

-- Name: tenants reader_sees_its_tenant; Type: POLICY; Schema: public; Owner: -

CREATE POLICY reader_sees_its_tenant ON public.tenants FOR SELECT TO dossier_reader USING ((tenant_id = public.current_tenant()));

-- Name: reservations; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.reservations ENABLE ROW LEVEL SECURITY;

-- Name: tenants; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.tenants ENABLE ROW LEVEL SECURITY;

-- Name: api_keys verifier_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY verifier_sees_all ON public.api_keys FOR SELECT TO dossier_verifier USING (true);

-- Name: command_results verifier_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY verifier_sees_all ON public.command_results FOR SELECT TO dossier_verifier USING (true);

-- Name: reservations verifier_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY verifier_sees_all ON public.reservations FOR SELECT TO dossier_verifier USING (true);

-- Name: console_sessions writer_keeps_sessions; Type: POLICY; Schema: public; Owner: -

CREATE POLICY writer_keeps_sessions ON public.console_sessions TO dossier_writer USING (true) WITH CHECK (true);

-- Name: read_audit writer_notes; Type: POLICY; Schema: public; Owner: -

CREATE POLICY writer_notes ON public.read_audit TO dossier_writer USING (true) WITH CHECK (true);

-- Name: read_audit_customers writer_notes; Type: POLICY; Schema: public; Owner: -

CREATE POLICY writer_notes ON public.read_audit_customers TO dossier_writer USING (true) WITH CHECK (true);

-- Name: command_results writer_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY writer_sees_all ON public.command_results TO dossier_writer USING (true) WITH CHECK (true);

-- Name: customers writer_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY writer_sees_all ON public.customers TO dossier_writer USING (true) WITH CHECK (true);

-- Name: events writer_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY writer_sees_all ON public.events TO dossier_writer USING (true) WITH CHECK (true);

-- Name: imports writer_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY writer_sees_all ON public.imports TO dossier_writer USING (true) WITH CHECK (true);

-- Name: reservations writer_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY writer_sees_all ON public.reservations TO dossier_writer USING (true) WITH CHECK (true);

-- Name: tenants writer_sees_all; Type: POLICY; Schema: public; Owner: -

CREATE POLICY writer_sees_all ON public.tenants TO dossier_writer USING (true) WITH CHECK (true);

-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: -

GRANT USAGE ON SCHEMA public TO dossier_writer;
GRANT USAGE ON SCHEMA public TO dossier_reader;
GRANT USAGE ON SCHEMA public TO dossier_projector;

-- Name: FUNCTION analyze_one_grown(); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.analyze_one_grown() FROM PUBLIC;
GRANT ALL ON FUNCTION public.analyze_one_grown() TO dossier_projector;

-- Name: FUNCTION api_key_names(p_key_ids text[]); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.api_key_names(p_key_ids text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.api_key_names(p_key_ids text[]) TO dossier_reader;

-- Name: FUNCTION append_authenticated_batch(p_partition smallint, p_known_position bigint, p_known_fence bigint, p_position bigint, p_hash bytea, p_recorded_at timestamp with time zone, e_aggregate_types text[], e_aggregate_ids text[], e_sequences bigint[], e_types text[], e_versions text[], e_payloads text[], e_metadata text[], e_tenants uuid[], e_recorded_at timestamp with time zone[], e_hashes bytea[], c_tenants uuid[], c_customers uuid[], c_versions bigint[], c_states text[], c_parents uuid[], c_created_at timestamp with time zone[], c_created_by text[], c_updated_at timestamp with time zone[], c_updated_by text[], t_tenants uuid[], t_versions bigint[], t_states text[], t_created_at timestamp with time zone[], t_created_by text[], t_updated_at timestamp with time zone[], t_updated_by text[], d_tenants uuid[], d_kinds text[], d_keys text[], r_tenants uuid[], r_kinds text[], r_keys text[], r_holders uuid[], a_tenants uuid[], a_keys text[], a_request_hashes bytea[], a_statuses smallint[], a_versions bigint[], a_positions bigint[], a_bodies text[], a_macs bytea[]); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.append_authenticated_batch(p_partition smallint, p_known_position bigint, p_known_fence bigint, p_position bigint, p_hash bytea, p_recorded_at timestamp with time zone, e_aggregate_types text[], e_aggregate_ids text[], e_sequences bigint[], e_types text[], e_versions text[], e_payloads text[], e_metadata text[], e_tenants uuid[], e_recorded_at timestamp with time zone[], e_hashes bytea[], c_tenants uuid[], c_customers uuid[], c_versions bigint[], c_states text[], c_parents uuid[], c_created_at timestamp with time zone[], c_created_by text[], c_updated_at timestamp with time zone[], c_updated_by text[], t_tenants uuid[], t_versions bigint[], t_states text[], t_created_at timestamp with time zone[], t_created_by text[], t_updated_at timestamp with time zone[], t_updated_by text[], d_tenants uuid[], d_kinds text[], d_keys text[], r_tenants uuid[], r_kinds text[], r_keys text[], r_holders uuid[], a_tenants uuid[], a_keys text[], a_request_hashes bytea[], a_statuses smallint[], a_versions bigint[], a_positions bigint[], a_bodies text[], a_macs bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.append_authenticated_batch(p_partition smallint, p_known_position bigint, p_known_fence bigint, p_position bigint, p_hash bytea, p_recorded_at timestamp with time zone, e_aggregate_types text[], e_aggregate_ids text[], e_sequences bigint[], e_types text[], e_versions text[], e_payloads text[], e_metadata text[], e_tenants uuid[], e_recorded_at timestamp with time zone[], e_hashes bytea[], c_tenants uuid[], c_customers uuid[], c_versions bigint[], c_states text[], c_parents uuid[], c_created_at timestamp with time zone[], c_created_by text[], c_updated_at timestamp with time zone[], c_updated_by text[], t_tenants uuid[], t_versions bigint[], t_states text[], t_created_at timestamp with time zone[], t_created_by text[], t_updated_at timestamp with time zone[], t_updated_by text[], d_tenants uuid[], d_kinds text[], d_keys text[], r_tenants uuid[], r_kinds text[], r_keys text[], r_holders uuid[], a_tenants uuid[], a_keys text[], a_request_hashes bytea[], a_statuses smallint[], a_versions bigint[], a_positions bigint[], a_bodies text[], a_macs bytea[]) TO dossier_writer;

-- Name: FUNCTION append_batch(p_partition smallint, p_known_position bigint, p_known_fence bigint, p_position bigint, p_hash bytea, p_recorded_at timestamp with time zone, e_aggregate_types text[], e_aggregate_ids text[], e_sequences bigint[], e_types text[], e_versions text[], e_payloads text[], e_metadata text[], e_tenants uuid[], e_recorded_at timestamp with time zone[], e_hashes bytea[], c_tenants uuid[], c_customers uuid[], c_versions bigint[], c_states text[], c_parents uuid[], c_created_at timestamp with time zone[], c_created_by text[], c_updated_at timestamp with time zone[], c_updated_by text[], t_tenants uuid[], t_versions bigint[], t_states text[], t_created_at timestamp with time zone[], t_created_by text[], t_updated_at timestamp with time zone[], t_updated_by text[], d_tenants uuid[], d_kinds text[], d_keys text[], r_tenants uuid[], r_kinds text[], r_keys text[], r_holders uuid[], a_tenants uuid[], a_keys text[], a_request_hashes bytea[], a_statuses smallint[], a_versions bigint[], a_positions bigint[], a_bodies text[]); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.append_batch(p_partition smallint, p_known_position bigint, p_known_fence bigint, p_position bigint, p_hash bytea, p_recorded_at timestamp with time zone, e_aggregate_types text[], e_aggregate_ids text[], e_sequences bigint[], e_types text[], e_versions text[], e_payloads text[], e_metadata text[], e_tenants uuid[], e_recorded_at timestamp with time zone[], e_hashes bytea[], c_tenants uuid[], c_customers uuid[], c_versions bigint[], c_states text[], c_parents uuid[], c_created_at timestamp with time zone[], c_created_by text[], c_updated_at timestamp with time zone[], c_updated_by text[], t_tenants uuid[], t_versions bigint[], t_states text[], t_created_at timestamp with time zone[], t_created_by text[], t_updated_at timestamp with time zone[], t_updated_by text[], d_tenants uuid[], d_kinds text[], d_keys text[], r_tenants uuid[], r_kinds text[], r_keys text[], r_holders uuid[], a_tenants uuid[], a_keys text[], a_request_hashes bytea[], a_statuses smallint[], a_versions bigint[], a_positions bigint[], a_bodies text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.append_batch(p_partition smallint, p_known_position bigint, p_known_fence bigint, p_position bigint, p_hash bytea, p_recorded_at timestamp with time zone, e_aggregate_types text[], e_aggregate_ids text[], e_sequences bigint[], e_types text[], e_versions text[], e_payloads text[], e_metadata text[], e_tenants uuid[], e_recorded_at timestamp with time zone[], e_hashes bytea[], c_tenants uuid[], c_customers uuid[], c_versions bigint[], c_states text[], c_parents uuid[], c_created_at timestamp with time zone[], c_created_by text[], c_updated_at timestamp with time zone[], c_updated_by text[], t_tenants uuid[], t_versions bigint[], t_states text[], t_created_at timestamp with time zone[], t_created_by text[], t_updated_at timestamp with time zone[], t_updated_by text[], d_tenants uuid[], d_kinds text[], d_keys text[], r_tenants uuid[], r_kinds text[], r_keys text[], r_holders uuid[], a_tenants uuid[], a_keys text[], a_request_hashes bytea[], a_statuses smallint[], a_versions bigint[], a_positions bigint[], a_bodies text[]) TO dossier_writer;

-- Name: FUNCTION audit_positions_by_reason(p_partition smallint, p_prefix text, p_words tsquery, p_after bigint, p_until bigint, p_most integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.audit_positions_by_reason(p_partition smallint, p_prefix text, p_words tsquery, p_after bigint, p_until bigint, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_positions_by_reason(p_partition smallint, p_prefix text, p_words tsquery, p_after bigint, p_until bigint, p_most integer) TO dossier_reader;

-- Name: FUNCTION cancel_generation(p_name text); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.cancel_generation(p_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.cancel_generation(p_name text) TO dossier_projector;

-- Name: FUNCTION claim_checkpoints(p_partition smallint, p_projections text[], p_logic integer[]); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.claim_checkpoints(p_partition smallint, p_projections text[], p_logic integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.claim_checkpoints(p_partition smallint, p_projections text[], p_logic integer[]) TO dossier_projector;

-- Name: FUNCTION count_customers(p_partition smallint, p_asked jsonb, p_values text[]); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.count_customers(p_partition smallint, p_asked jsonb, p_values text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.count_customers(p_partition smallint, p_asked jsonb, p_values text[]) TO dossier_reader;

-- Name: FUNCTION count_listed(p_home text); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.count_listed(p_home text) FROM PUBLIC;

-- Name: FUNCTION create_api_key(p_partition smallint, p_position bigint, p_secret_hash bytea); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.create_api_key(p_partition smallint, p_position bigint, p_secret_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.create_api_key(p_partition smallint, p_position bigint, p_secret_hash bytea) TO dossier_key_admin;

-- Name: FUNCTION create_generation(p_name text, p_logic integer, p_workers integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.create_generation(p_name text, p_logic integer, p_workers integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.create_generation(p_name text, p_logic integer, p_workers integer) TO dossier_projector;

-- Name: FUNCTION create_tenant_api_key(p_partition smallint, p_position bigint, p_secret_hash bytea); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.create_tenant_api_key(p_partition smallint, p_position bigint, p_secret_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.create_tenant_api_key(p_partition smallint, p_position bigint, p_secret_hash bytea) TO dossier_key_manager;

-- Name: FUNCTION create_view_projection(p_name text, p_logic integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.create_view_projection(p_name text, p_logic integer) FROM PUBLIC;

-- Name: FUNCTION customer_label(p_tenant uuid, p_field text, p_value text); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.customer_label(p_tenant uuid, p_field text, p_value text) FROM PUBLIC;

-- Name: FUNCTION customer_search_clause(p_asked jsonb); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.customer_search_clause(p_asked jsonb) FROM PUBLIC;

-- Name: FUNCTION customer_search_value(p_about jsonb, p_path text); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.customer_search_value(p_about jsonb, p_path text) FROM PUBLIC;

-- Name: FUNCTION customer_tree(p_partition smallint, p_tenant uuid, p_customer uuid, p_limit integer, p_depth integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.customer_tree(p_partition smallint, p_tenant uuid, p_customer uuid, p_limit integer, p_depth integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.customer_tree(p_partition smallint, p_tenant uuid, p_customer uuid, p_limit integer, p_depth integer) TO dossier_reader;

-- Name: FUNCTION drop_generation(p_name text, p_generation integer, p_forget boolean); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.drop_generation(p_name text, p_generation integer, p_forget boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.drop_generation(p_name text, p_generation integer, p_forget boolean) TO dossier_projector;

-- Name: FUNCTION feed_from(p_partition smallint, p_tenant uuid, p_after bigint); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.feed_from(p_partition smallint, p_tenant uuid, p_after bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.feed_from(p_partition smallint, p_tenant uuid, p_after bigint) TO dossier_reader;

-- Name: FUNCTION feed_span(p_partition smallint, p_tenant uuid, p_after bigint, p_window bigint); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.feed_span(p_partition smallint, p_tenant uuid, p_after bigint, p_window bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.feed_span(p_partition smallint, p_tenant uuid, p_after bigint, p_window bigint) TO dossier_reader;

-- Name: FUNCTION field_key(p_tenant uuid, p_field text); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.field_key(p_tenant uuid, p_field text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.field_key(p_tenant uuid, p_field text) TO dossier_reader;
GRANT ALL ON FUNCTION public.field_key(p_tenant uuid, p_field text) TO dossier_projector;

-- Name: FUNCTION find_api_key(p_key_id text); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.find_api_key(p_key_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.find_api_key(p_key_id text) TO dossier_reader;

-- Name: FUNCTION find_audit_entries(p_partition smallint, p_tenant uuid, p_customer uuid, p_field text, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_reason text, p_prefix text, p_words tsquery, p_has_reason boolean, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.find_audit_entries(p_partition smallint, p_tenant uuid, p_customer uuid, p_field text, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_reason text, p_prefix text, p_words tsquery, p_has_reason boolean, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.find_audit_entries(p_partition smallint, p_tenant uuid, p_customer uuid, p_field text, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_reason text, p_prefix text, p_words tsquery, p_has_reason boolean, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer) TO dossier_reader;

-- Name: FUNCTION find_customers(p_partition smallint, p_asked jsonb, p_values text[], p_sorts jsonb, p_limit integer, p_offset bigint); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.find_customers(p_partition smallint, p_asked jsonb, p_values text[], p_sorts jsonb, p_limit integer, p_offset bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.find_customers(p_partition smallint, p_asked jsonb, p_values text[], p_sorts jsonb, p_limit integer, p_offset bigint) TO dossier_reader;

-- Name: FUNCTION find_tenant_audit(p_partition smallint, p_tenant uuid, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_reason text, p_prefix text, p_has_reason boolean, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.find_tenant_audit(p_partition smallint, p_tenant uuid, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_reason text, p_prefix text, p_has_reason boolean, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.find_tenant_audit(p_partition smallint, p_tenant uuid, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_reason text, p_prefix text, p_has_reason boolean, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer) TO dossier_reader;

-- Name: FUNCTION generation_schema(p_name text, p_generation integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.generation_schema(p_name text, p_generation integer) FROM PUBLIC;

-- Name: FUNCTION hold_generation(p_name text); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.hold_generation(p_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.hold_generation(p_name text) TO dossier_projector;

-- Name: FUNCTION index_fits(p_index oid, p_table regclass); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.index_fits(p_index oid, p_table regclass) FROM PUBLIC;

-- Name: FUNCTION index_generation(p_name text, p_generation integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.index_generation(p_name text, p_generation integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.index_generation(p_name text, p_generation integer) TO dossier_projector;

-- Name: FUNCTION list_api_keys(p_partition smallint, p_tenant uuid, p_limit integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.list_api_keys(p_partition smallint, p_tenant uuid, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.list_api_keys(p_partition smallint, p_tenant uuid, p_limit integer) TO dossier_reader;

-- Name: FUNCTION list_audit(p_partition smallint, p_tenant uuid, p_customer uuid, p_field text, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.list_audit(p_partition smallint, p_tenant uuid, p_customer uuid, p_field text, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.list_audit(p_partition smallint, p_tenant uuid, p_customer uuid, p_field text, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer) TO dossier_reader;

-- Name: FUNCTION list_billing_configurations(p_partition smallint, p_tenant uuid, p_customer uuid, p_provider text, p_provider_customer_id text, p_delivery_method text, p_delivery_method_id uuid, p_archived boolean, p_after_customer uuid, p_after_id uuid, p_limit integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.list_billing_configurations(p_partition smallint, p_tenant uuid, p_customer uuid, p_provider text, p_provider_customer_id text, p_delivery_method text, p_delivery_method_id uuid, p_archived boolean, p_after_customer uuid, p_after_id uuid, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.list_billing_configurations(p_partition smallint, p_tenant uuid, p_customer uuid, p_provider text, p_provider_customer_id text, p_delivery_method text, p_delivery_method_id uuid, p_archived boolean, p_after_customer uuid, p_after_id uuid, p_limit integer) TO dossier_reader;

-- Name: FUNCTION list_customers(p_partition smallint, p_sort text, p_descending boolean, p_labels uuid[], p_words tsquery, p_created_from timestamp with time zone, p_created_until timestamp with time zone, p_updated_from timestamp with time zone, p_updated_until timestamp with time zone, p_after_key text, p_after_id uuid, p_limit integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.list_customers(p_partition smallint, p_sort text, p_descending boolean, p_labels uuid[], p_words tsquery, p_created_from timestamp with time zone, p_created_until timestamp with time zone, p_updated_from timestamp with time zone, p_updated_until timestamp with time zone, p_after_key text, p_after_id uuid, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.list_customers(p_partition smallint, p_sort text, p_descending boolean, p_labels uuid[], p_words tsquery, p_created_from timestamp with time zone, p_created_until timestamp with time zone, p_updated_from timestamp with time zone, p_updated_until timestamp with time zone, p_after_key text, p_after_id uuid, p_limit integer) TO dossier_reader;

-- Name: FUNCTION list_customers(p_partition smallint, p_sort text, p_descending boolean, p_labels uuid[], p_words tsquery, p_updated_by text[], p_created_from timestamp with time zone, p_created_until timestamp with time zone, p_updated_from timestamp with time zone, p_updated_until timestamp with time zone, p_after_key text, p_after_id uuid, p_limit integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.list_customers(p_partition smallint, p_sort text, p_descending boolean, p_labels uuid[], p_words tsquery, p_updated_by text[], p_created_from timestamp with time zone, p_created_until timestamp with time zone, p_updated_from timestamp with time zone, p_updated_until timestamp with time zone, p_after_key text, p_after_id uuid, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.list_customers(p_partition smallint, p_sort text, p_descending boolean, p_labels uuid[], p_words tsquery, p_updated_by text[], p_created_from timestamp with time zone, p_created_until timestamp with time zone, p_updated_from timestamp with time zone, p_updated_until timestamp with time zone, p_after_key text, p_after_id uuid, p_limit integer) TO dossier_reader;

-- Name: FUNCTION list_tenant_audit(p_partition smallint, p_tenant uuid, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.list_tenant_audit(p_partition smallint, p_tenant uuid, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.list_tenant_audit(p_partition smallint, p_tenant uuid, p_actor text, p_api_key text, p_event_type text, p_request_id text, p_correlation_id text, p_surface text, p_after bigint, p_until bigint, p_descending boolean, p_limit integer, p_scan integer) TO dossier_reader;

-- Name: FUNCTION make_index(p_name text, p_generation integer, p_index text); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.make_index(p_name text, p_generation integer, p_index text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.make_index(p_name text, p_generation integer, p_index text) TO dossier_projector;

-- Name: FUNCTION purge_reads(p_partition smallint, p_tenant uuid, p_days integer, p_limit integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.purge_reads(p_partition smallint, p_tenant uuid, p_days integer, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.purge_reads(p_partition smallint, p_tenant uuid, p_days integer, p_limit integer) TO dossier_writer;

-- Name: FUNCTION read_api_key(p_key_id text); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.read_api_key(p_key_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.read_api_key(p_key_id text) TO dossier_reader;

-- Name: FUNCTION read_customer(p_partition smallint, p_tenant uuid, p_customer uuid); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.read_customer(p_partition smallint, p_tenant uuid, p_customer uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.read_customer(p_partition smallint, p_tenant uuid, p_customer uuid) TO dossier_reader;

-- Name: FUNCTION read_customer_by_key(p_partition smallint, p_tenant uuid, p_kinds text[], p_key text); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.read_customer_by_key(p_partition smallint, p_tenant uuid, p_kinds text[], p_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.read_customer_by_key(p_partition smallint, p_tenant uuid, p_kinds text[], p_key text) TO dossier_reader;

-- Name: FUNCTION read_customers(p_partition smallint, p_tenant uuid, p_customers uuid[]); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.read_customers(p_partition smallint, p_tenant uuid, p_customers uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.read_customers(p_partition smallint, p_tenant uuid, p_customers uuid[]) TO dossier_reader;

-- Name: FUNCTION read_customers_at_head(p_partition smallint, p_tenant uuid, p_customers uuid[]); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.read_customers_at_head(p_partition smallint, p_tenant uuid, p_customers uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.read_customers_at_head(p_partition smallint, p_tenant uuid, p_customers uuid[]) TO dossier_reader;

-- Name: FUNCTION read_events(p_partition smallint, p_tenant uuid, p_customer uuid, p_from bigint, p_until bigint, p_newest_first boolean, p_types text[], p_limit integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.read_events(p_partition smallint, p_tenant uuid, p_customer uuid, p_from bigint, p_until bigint, p_newest_first boolean, p_types text[], p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.read_events(p_partition smallint, p_tenant uuid, p_customer uuid, p_from bigint, p_until bigint, p_newest_first boolean, p_types text[], p_limit integer) TO dossier_reader;

-- Name: FUNCTION read_tenant(p_partition smallint, p_tenant uuid); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.read_tenant(p_partition smallint, p_tenant uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.read_tenant(p_partition smallint, p_tenant uuid) TO dossier_reader;

-- Name: FUNCTION register_projection(p_name text, p_logic integer, VARIADIC p_tables text[]); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.register_projection(p_name text, p_logic integer, VARIADIC p_tables text[]) FROM PUBLIC;

-- Name: FUNCTION reopen_generation(p_name text, p_logic integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.reopen_generation(p_name text, p_logic integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.reopen_generation(p_name text, p_logic integer) TO dossier_projector;

-- Name: FUNCTION revoke_api_key(p_partition smallint, p_position bigint); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.revoke_api_key(p_partition smallint, p_position bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.revoke_api_key(p_partition smallint, p_position bigint) TO dossier_key_admin;
GRANT ALL ON FUNCTION public.revoke_api_key(p_partition smallint, p_position bigint) TO dossier_key_manager;

-- Name: FUNCTION search_customers(p_partition smallint, p_asked jsonb, p_values text[], p_sorts jsonb, p_limit integer, p_offset bigint); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.search_customers(p_partition smallint, p_asked jsonb, p_values text[], p_sorts jsonb, p_limit integer, p_offset bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.search_customers(p_partition smallint, p_asked jsonb, p_values text[], p_sorts jsonb, p_limit integer, p_offset bigint) TO dossier_reader;

-- Name: FUNCTION switch_generation(p_name text, p_generation integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.switch_generation(p_name text, p_generation integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.switch_generation(p_name text, p_generation integer) TO dossier_projector;

-- Name: FUNCTION tenant_position_before(p_partition smallint, p_tenant uuid, p_at timestamp with time zone); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.tenant_position_before(p_partition smallint, p_tenant uuid, p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tenant_position_before(p_partition smallint, p_tenant uuid, p_at timestamp with time zone) TO dossier_reader;

-- Name: FUNCTION tenant_version_at(p_partition smallint, p_tenant uuid, p_position bigint); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.tenant_version_at(p_partition smallint, p_tenant uuid, p_position bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tenant_version_at(p_partition smallint, p_tenant uuid, p_position bigint) TO dossier_reader;

-- Name: FUNCTION text_folded(p_text text); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.text_folded(p_text text) FROM PUBLIC;

-- Name: FUNCTION text_key(p_text text); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.text_key(p_text text) FROM PUBLIC;

-- Name: FUNCTION trim_reads(p_partition smallint, p_tenant uuid, p_limit integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.trim_reads(p_partition smallint, p_tenant uuid, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.trim_reads(p_partition smallint, p_tenant uuid, p_limit integer) TO dossier_writer;

-- Name: FUNCTION unmade_indexes(p_name text, p_generation integer); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.unmade_indexes(p_name text, p_generation integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.unmade_indexes(p_name text, p_generation integer) TO dossier_projector;

-- Name: FUNCTION version_at(p_partition smallint, p_tenant uuid, p_customer uuid, p_instant timestamp with time zone); Type: ACL; Schema: public; Owner: -

REVOKE ALL ON FUNCTION public.version_at(p_partition smallint, p_tenant uuid, p_customer uuid, p_instant timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.version_at(p_partition smallint, p_tenant uuid, p_customer uuid, p_instant timestamp with time zone) TO dossier_reader;

-- Name: TABLE api_keys; Type: ACL; Schema: public; Owner: -

GRANT SELECT ON TABLE public.api_keys TO dossier_key_admin;

-- Name: COLUMN api_keys.key_id; Type: ACL; Schema: public; Owner: -

GRANT SELECT(key_id) ON TABLE public.api_keys TO dossier_key_manager;
GRANT SELECT(key_id) ON TABLE public.api_keys TO dossier_verifier;

-- Name: COLUMN api_keys.partition; Type: ACL; Schema: public; Owner: -

GRANT SELECT(partition) ON TABLE public.api_keys TO dossier_key_manager;
GRANT SELECT(partition) ON TABLE public.api_keys TO dossier_verifier;

-- Name: COLUMN api_keys.tenant_id; Type: ACL; Schema: public; Owner: -

GRANT SELECT(tenant_id) ON TABLE public.api_keys TO dossier_key_manager;
GRANT SELECT(tenant_id) ON TABLE public.api_keys TO dossier_verifier;

-- Name: COLUMN api_keys.name; Type: ACL; Schema: public; Owner: -

GRANT SELECT(name) ON TABLE public.api_keys TO dossier_verifier;

-- Name: COLUMN api_keys.scopes; Type: ACL; Schema: public; Owner: -

GRANT SELECT(scopes) ON TABLE public.api_keys TO dossier_verifier;

-- Name: COLUMN api_keys.created_at; Type: ACL; Schema: public; Owner: -

GRANT SELECT(created_at) ON TABLE public.api_keys TO dossier_verifier;

-- Name: COLUMN api_keys.expires_at; Type: ACL; Schema: public; Owner: -

GRANT SELECT(expires_at) ON TABLE public.api_keys TO dossier_verifier;

-- Name: COLUMN api_keys.revoked_at; Type: ACL; Schema: public; Owner: -

GRANT SELECT(revoked_at) ON TABLE public.api_keys TO dossier_key_manager;
GRANT SELECT(revoked_at) ON TABLE public.api_keys TO dossier_verifier;

-- Name: COLUMN api_keys.requests_per_second; Type: ACL; Schema: public; Owner: -

GRANT SELECT(requests_per_second) ON TABLE public.api_keys TO dossier_verifier;

-- Name: COLUMN api_keys.actors; Type: ACL; Schema: public; Owner: -

GRANT SELECT(actors) ON TABLE public.api_keys TO dossier_verifier;

-- Name: TABLE audit_entries; Type: ACL; Schema: public; Owner: -

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audit_entries TO dossier_projector;
GRANT SELECT ON TABLE public.audit_entries TO dossier_reader;

-- Name: TABLE billing_configurations; Type: ACL; Schema: public; Owner: -

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.billing_configurations TO dossier_projector;
GRANT SELECT ON TABLE public.billing_configurations TO dossier_reader;

-- Name: TABLE checkpoints; Type: ACL; Schema: public; Owner: -

GRANT SELECT ON TABLE public.checkpoints TO dossier_writer;
GRANT SELECT ON TABLE public.checkpoints TO dossier_reader;
GRANT SELECT ON TABLE public.checkpoints TO dossier_projector;

-- Name: COLUMN checkpoints."position"; Type: ACL; Schema: public; Owner: -

GRANT UPDATE("position") ON TABLE public.checkpoints TO dossier_projector;

-- Name: TABLE command_results; Type: ACL; Schema: public; Owner: -

GRANT SELECT,INSERT,DELETE ON TABLE public.command_results TO dossier_writer;
GRANT SELECT ON TABLE public.command_results TO dossier_verifier;

-- Name: TABLE console_sessions; Type: ACL; Schema: public; Owner: -

GRANT SELECT,DELETE ON TABLE public.console_sessions TO dossier_writer;

-- Name: COLUMN console_sessions.token_hash; Type: ACL; Schema: public; Owner: -

GRANT INSERT(token_hash) ON TABLE public.console_sessions TO dossier_writer;

-- Name: COLUMN console_sessions.partition; Type: ACL; Schema: public; Owner: -

GRANT INSERT(partition) ON TABLE public.console_sessions TO dossier_writer;

-- Name: COLUMN console_sessions.tenant_id; Type: ACL; Schema: public; Owner: -

GRANT INSERT(tenant_id) ON TABLE public.console_sessions TO dossier_writer;

-- Name: COLUMN console_sessions.key_id; Type: ACL; Schema: public; Owner: -

GRANT INSERT(key_id) ON TABLE public.console_sessions TO dossier_writer;

-- Name: COLUMN console_sessions.actor; Type: ACL; Schema: public; Owner: -

GRANT INSERT(actor) ON TABLE public.console_sessions TO dossier_writer;

-- Name: COLUMN console_sessions.purpose; Type: ACL; Schema: public; Owner: -

GRANT INSERT(purpose) ON TABLE public.console_sessions TO dossier_writer;

-- Name: COLUMN console_sessions.seen_at; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(seen_at) ON TABLE public.console_sessions TO dossier_writer;

-- Name: TABLE cursor_key; Type: ACL; Schema: public; Owner: -

GRANT SELECT ON TABLE public.cursor_key TO dossier_reader;

-- Name: TABLE customer_counts; Type: ACL; Schema: public; Owner: -

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.customer_counts TO dossier_projector;
GRANT SELECT ON TABLE public.customer_counts TO dossier_reader;

-- Name: TABLE customer_list; Type: ACL; Schema: public; Owner: -

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.customer_list TO dossier_projector;
GRANT SELECT ON TABLE public.customer_list TO dossier_reader;

-- Name: TABLE customer_list_updates; Type: ACL; Schema: public; Owner: -

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.customer_list_updates TO dossier_projector;
GRANT SELECT ON TABLE public.customer_list_updates TO dossier_reader;

-- Name: TABLE customer_snapshots; Type: ACL; Schema: public; Owner: -

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.customer_snapshots TO dossier_projector;
GRANT SELECT ON TABLE public.customer_snapshots TO dossier_reader;

-- Name: TABLE customers; Type: ACL; Schema: public; Owner: -

GRANT SELECT,INSERT,UPDATE ON TABLE public.customers TO dossier_writer;
GRANT SELECT ON TABLE public.customers TO dossier_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.customers TO dossier_projector;

-- Name: TABLE events; Type: ACL; Schema: public; Owner: -

GRANT SELECT ON TABLE public.events TO dossier_writer;
GRANT SELECT ON TABLE public.events TO dossier_reader;
GRANT SELECT ON TABLE public.events TO dossier_projector;

-- Name: COLUMN events.aggregate_type; Type: ACL; Schema: public; Owner: -

GRANT INSERT(aggregate_type) ON TABLE public.events TO dossier_writer;

-- Name: COLUMN events.aggregate_id; Type: ACL; Schema: public; Owner: -

GRANT INSERT(aggregate_id) ON TABLE public.events TO dossier_writer;

-- Name: COLUMN events.sequence; Type: ACL; Schema: public; Owner: -

GRANT INSERT(sequence) ON TABLE public.events TO dossier_writer;

-- Name: COLUMN events.event_type; Type: ACL; Schema: public; Owner: -

GRANT INSERT(event_type) ON TABLE public.events TO dossier_writer;

-- Name: COLUMN events.event_version; Type: ACL; Schema: public; Owner: -

GRANT INSERT(event_version) ON TABLE public.events TO dossier_writer;

-- Name: COLUMN events.payload; Type: ACL; Schema: public; Owner: -

GRANT INSERT(payload) ON TABLE public.events TO dossier_writer;

-- Name: COLUMN events.metadata; Type: ACL; Schema: public; Owner: -

GRANT INSERT(metadata) ON TABLE public.events TO dossier_writer;

-- Name: COLUMN events.partition; Type: ACL; Schema: public; Owner: -

GRANT INSERT(partition) ON TABLE public.events TO dossier_writer;

-- Name: COLUMN events."position"; Type: ACL; Schema: public; Owner: -

GRANT INSERT("position") ON TABLE public.events TO dossier_writer;

-- Name: COLUMN events.tenant_id; Type: ACL; Schema: public; Owner: -

GRANT INSERT(tenant_id) ON TABLE public.events TO dossier_writer;

-- Name: COLUMN events.recorded_at; Type: ACL; Schema: public; Owner: -

GRANT INSERT(recorded_at) ON TABLE public.events TO dossier_writer;

-- Name: COLUMN events.hash; Type: ACL; Schema: public; Owner: -

GRANT INSERT(hash) ON TABLE public.events TO dossier_writer;

-- Name: TABLE field_changes; Type: ACL; Schema: public; Owner: -

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.field_changes TO dossier_projector;
GRANT SELECT ON TABLE public.field_changes TO dossier_reader;

-- Name: TABLE imports; Type: ACL; Schema: public; Owner: -

GRANT SELECT ON TABLE public.imports TO dossier_writer;
GRANT SELECT ON TABLE public.imports TO dossier_reader;
GRANT SELECT ON TABLE public.imports TO dossier_projector;

-- Name: COLUMN imports.partition; Type: ACL; Schema: public; Owner: -

GRANT INSERT(partition) ON TABLE public.imports TO dossier_writer;

-- Name: COLUMN imports.tenant_id; Type: ACL; Schema: public; Owner: -

GRANT INSERT(tenant_id) ON TABLE public.imports TO dossier_writer;

-- Name: COLUMN imports.first_position; Type: ACL; Schema: public; Owner: -

GRANT INSERT(first_position) ON TABLE public.imports TO dossier_writer;

-- Name: COLUMN imports.last_position; Type: ACL; Schema: public; Owner: -

GRANT INSERT(last_position) ON TABLE public.imports TO dossier_writer;

-- Name: COLUMN imports.after; Type: ACL; Schema: public; Owner: -

GRANT INSERT(after) ON TABLE public.imports TO dossier_writer;

-- Name: TABLE integration_links; Type: ACL; Schema: public; Owner: -

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.integration_links TO dossier_projector;
GRANT SELECT ON TABLE public.integration_links TO dossier_reader;

-- Name: TABLE log_heads; Type: ACL; Schema: public; Owner: -

GRANT SELECT ON TABLE public.log_heads TO dossier_writer;
GRANT SELECT ON TABLE public.log_heads TO dossier_reader;
GRANT SELECT ON TABLE public.log_heads TO dossier_projector;

-- Name: COLUMN log_heads."position"; Type: ACL; Schema: public; Owner: -

GRANT UPDATE("position") ON TABLE public.log_heads TO dossier_writer;

-- Name: COLUMN log_heads.hash; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(hash) ON TABLE public.log_heads TO dossier_writer;

-- Name: COLUMN log_heads.recorded_at; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(recorded_at) ON TABLE public.log_heads TO dossier_writer;

-- Name: COLUMN log_heads.fence; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(fence) ON TABLE public.log_heads TO dossier_writer;

-- Name: TABLE log_tree; Type: ACL; Schema: public; Owner: -

GRANT SELECT,INSERT ON TABLE public.log_tree TO dossier_projector;

-- Name: TABLE operator_actions; Type: ACL; Schema: public; Owner: -

GRANT SELECT ON TABLE public.operator_actions TO dossier_projector;

-- Name: COLUMN operator_actions.action; Type: ACL; Schema: public; Owner: -

GRANT INSERT(action) ON TABLE public.operator_actions TO dossier_projector;

-- Name: COLUMN operator_actions.projection; Type: ACL; Schema: public; Owner: -

GRANT INSERT(projection) ON TABLE public.operator_actions TO dossier_projector;

-- Name: COLUMN operator_actions.about; Type: ACL; Schema: public; Owner: -

GRANT INSERT(about) ON TABLE public.operator_actions TO dossier_projector;

-- Name: COLUMN operator_actions.metadata; Type: ACL; Schema: public; Owner: -

GRANT INSERT(metadata) ON TABLE public.operator_actions TO dossier_projector;

-- Name: TABLE parked_streams; Type: ACL; Schema: public; Owner: -

GRANT SELECT,INSERT,DELETE ON TABLE public.parked_streams TO dossier_projector;
GRANT SELECT ON TABLE public.parked_streams TO dossier_reader;

-- Name: COLUMN parked_streams.sequence; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(sequence) ON TABLE public.parked_streams TO dossier_projector;

-- Name: COLUMN parked_streams."position"; Type: ACL; Schema: public; Owner: -

GRANT UPDATE("position") ON TABLE public.parked_streams TO dossier_projector;

-- Name: COLUMN parked_streams.event_type; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(event_type) ON TABLE public.parked_streams TO dossier_projector;

-- Name: COLUMN parked_streams.failure; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(failure) ON TABLE public.parked_streams TO dossier_projector;

-- Name: COLUMN parked_streams.parked_at; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(parked_at) ON TABLE public.parked_streams TO dossier_projector;

-- Name: COLUMN parked_streams.timed_out; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(timed_out) ON TABLE public.parked_streams TO dossier_projector;

-- Name: TABLE projection_tables; Type: ACL; Schema: public; Owner: -

GRANT SELECT ON TABLE public.projection_tables TO dossier_writer;
GRANT SELECT ON TABLE public.projection_tables TO dossier_reader;
GRANT SELECT ON TABLE public.projection_tables TO dossier_projector;

-- Name: TABLE projections; Type: ACL; Schema: public; Owner: -

GRANT SELECT ON TABLE public.projections TO dossier_writer;
GRANT SELECT ON TABLE public.projections TO dossier_reader;
GRANT SELECT ON TABLE public.projections TO dossier_projector;

-- Name: COLUMN projections.phase; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(phase) ON TABLE public.projections TO dossier_projector;

-- Name: COLUMN projections.catches_up; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(catches_up) ON TABLE public.projections TO dossier_projector;

-- Name: COLUMN projections.events_done; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(events_done) ON TABLE public.projections TO dossier_projector;

-- Name: COLUMN projections.differences; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(differences) ON TABLE public.projections TO dossier_projector;

-- Name: COLUMN projections.failure; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(failure) ON TABLE public.projections TO dossier_projector;

-- Name: COLUMN projections.changed_at; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(changed_at) ON TABLE public.projections TO dossier_projector;

-- Name: TABLE read_audit; Type: ACL; Schema: public; Owner: -

GRANT SELECT ON TABLE public.read_audit TO dossier_writer;
GRANT SELECT ON TABLE public.read_audit TO dossier_reader;

-- Name: COLUMN read_audit.partition; Type: ACL; Schema: public; Owner: -

GRANT INSERT(partition) ON TABLE public.read_audit TO dossier_writer;

-- Name: COLUMN read_audit.tenant_id; Type: ACL; Schema: public; Owner: -

GRANT INSERT(tenant_id) ON TABLE public.read_audit TO dossier_writer;

-- Name: COLUMN read_audit.id; Type: ACL; Schema: public; Owner: -

GRANT INSERT(id) ON TABLE public.read_audit TO dossier_writer;

-- Name: COLUMN read_audit.api_key; Type: ACL; Schema: public; Owner: -

GRANT INSERT(api_key) ON TABLE public.read_audit TO dossier_writer;

-- Name: COLUMN read_audit.actor; Type: ACL; Schema: public; Owner: -

GRANT INSERT(actor) ON TABLE public.read_audit TO dossier_writer;

-- Name: COLUMN read_audit.route; Type: ACL; Schema: public; Owner: -

GRANT INSERT(route) ON TABLE public.read_audit TO dossier_writer;

-- Name: COLUMN read_audit.request_id; Type: ACL; Schema: public; Owner: -

GRANT INSERT(request_id) ON TABLE public.read_audit TO dossier_writer;

-- Name: COLUMN read_audit.customers; Type: ACL; Schema: public; Owner: -

GRANT INSERT(customers) ON TABLE public.read_audit TO dossier_writer;

-- Name: COLUMN read_audit.reason; Type: ACL; Schema: public; Owner: -

GRANT INSERT(reason) ON TABLE public.read_audit TO dossier_writer;

-- Name: TABLE read_audit_customers; Type: ACL; Schema: public; Owner: -

GRANT SELECT ON TABLE public.read_audit_customers TO dossier_writer;
GRANT SELECT ON TABLE public.read_audit_customers TO dossier_reader;

-- Name: COLUMN read_audit_customers.partition; Type: ACL; Schema: public; Owner: -

GRANT INSERT(partition) ON TABLE public.read_audit_customers TO dossier_writer;

-- Name: COLUMN read_audit_customers.tenant_id; Type: ACL; Schema: public; Owner: -

GRANT INSERT(tenant_id) ON TABLE public.read_audit_customers TO dossier_writer;

-- Name: COLUMN read_audit_customers.customer_id; Type: ACL; Schema: public; Owner: -

GRANT INSERT(customer_id) ON TABLE public.read_audit_customers TO dossier_writer;

-- Name: COLUMN read_audit_customers.id; Type: ACL; Schema: public; Owner: -

GRANT INSERT(id) ON TABLE public.read_audit_customers TO dossier_writer;

-- Name: TABLE rebuild_chunks; Type: ACL; Schema: public; Owner: -

GRANT SELECT,INSERT ON TABLE public.rebuild_chunks TO dossier_projector;

-- Name: COLUMN rebuild_chunks.done; Type: ACL; Schema: public; Owner: -

GRANT UPDATE(done) ON TABLE public.rebuild_chunks TO dossier_projector;

-- Name: TABLE reservations; Type: ACL; Schema: public; Owner: -

GRANT SELECT,INSERT,DELETE ON TABLE public.reservations TO dossier_writer;
GRANT SELECT ON TABLE public.reservations TO dossier_reader;
GRANT SELECT ON TABLE public.reservations TO dossier_verifier;

-- Name: TABLE tenants; Type: ACL; Schema: public; Owner: -

GRANT SELECT,INSERT,UPDATE ON TABLE public.tenants TO dossier_writer;
GRANT SELECT ON TABLE public.tenants TO dossier_reader;
GRANT SELECT ON TABLE public.tenants TO dossier_projector;
