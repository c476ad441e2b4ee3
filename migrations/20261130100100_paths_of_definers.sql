-- Purpose:    functions that run as their owner resolve names in the system catalogue first and in the
--             session's temporary schema last, and name what they use with its schema. Before, a temporary
--             view called `api_keys` was read by `read_api_key` instead of the table, and so ran its
--             functions as the owner of the tables. The functions that read and purge are in this migration,
--             those of generations in the next one.
-- Locks:      none.
-- Old code:   unaffected.
-- Undo:       none needed: the functions do what they did.

-- New databases have it so; those that came from PostgreSQL 14 or older may not.
revoke create on schema public from public;

create or replace function list_customers(p_partition smallint, p_sort text, p_descending boolean,
                               p_labels uuid[], p_words tsquery,
                               p_created_from timestamptz, p_created_until timestamptz,
                               p_updated_from timestamptz, p_updated_until timestamptz,
                               p_after_key text, p_after_id uuid, p_limit integer)
    returns table (customer_id uuid, sort_key text)
    language plpgsql stable rows 50 security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    sorted constant text := case p_sort when 'created_at'  then 'created_at'
                                        when 'updated_at'  then 'updated_at'
                                        when 'name'        then 'name_key'
                                        when 'email'       then 'email'
                                        when 'external_id' then 'external_id' end;
    kind constant text := case when p_sort in ('created_at', 'updated_at') then 'timestamptz'
                               else 'text' end;
    direction constant text := case when p_descending then 'desc' else 'asc' end;
    beyond constant text := case when p_descending then '<' else '>' end;
    asked text := 'l.partition = $1 and l.tenant_id = $2';
begin
    if p_labels is not null then
        asked := asked || ' and l.labels @> $3';
    end if;
    if p_words is not null then
        asked := asked || ' and l.words @@ $4';
    end if;
    if p_created_from is not null then
        asked := asked || ' and l.created_at >= $5';
    end if;
    if p_created_until is not null then
        asked := asked || ' and l.created_at < $6';
    end if;
    if p_updated_from is not null then
        asked := asked || ' and l.updated_at >= $7';
    end if;
    if p_updated_until is not null then
        asked := asked || ' and l.updated_at < $8';
    end if;
    if p_after_id is not null then
        asked := asked || format(' and (l.%I, l.customer_id) %s ($9::%s, $10)', sorted, beyond, kind);
    end if;
    return query execute format(
        'select l.customer_id, l.%1$I::text
           from public.customer_list as l
          where %2$s
          order by l.%1$I %3$s, l.customer_id %3$s
          limit $11', sorted, asked, direction)
    using p_partition, public.current_tenant(), p_labels, p_words, p_created_from, p_created_until,
          p_updated_from, p_updated_until, p_after_key, p_after_id, p_limit;
end
$$;

create or replace function tenant_position_before(p_partition smallint, p_tenant uuid, p_at timestamptz)
    returns bigint language plpgsql stable security definer
    set search_path = pg_catalog, public, pg_temp set enable_seqscan = off as $$
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

create or replace function count_customers(p_partition smallint, p_asked jsonb, p_values text[])
    returns bigint language plpgsql stable security definer
    set search_path = pg_catalog, public, pg_temp set enable_seqscan = off as $$
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

create or replace function search_customers(p_partition smallint, p_asked jsonb, p_values text[],
                                 p_sorts jsonb, p_limit integer, p_offset bigint)
    returns table (customer_id uuid) language plpgsql stable rows 50 security definer
    set search_path = pg_catalog, public, pg_temp set enable_seqscan = off as $$
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
$$;

create or replace function read_api_key(p_key_id text)
    returns table (key_id text, partition smallint, tenant_id uuid, name text, secret_hash bytea,
                   scopes text[], requests_per_second int, created_at timestamptz,
                   expires_at timestamptz, revoked_at timestamptz, read_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select k.key_id, k.partition, k.tenant_id, k.name, k.secret_hash, k.scopes,
           k.requests_per_second, k.created_at, k.expires_at, k.revoked_at, clock_timestamp()
      from public.api_keys as k
     where k.key_id = p_key_id
$$;

create or replace function purge_reads(p_partition smallint, p_tenant uuid, p_days integer, p_limit integer)
    returns bigint language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    purged bigint;
begin
    with old as (
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
    -- Both tables got the same time, that of the transaction which noted the read.
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
