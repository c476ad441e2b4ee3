-- Purpose:    the audit finds events by their reason: the whole reason, its beginning, its words, or that there is
--             none. It shows the names of API keys.
-- Locks:      audit_entries is not written while it gets its indexes; projections wait for that, commands don't.
-- Old code:   unaffected. Entries of logic 1 have no reason until the new code has rebuilt them.
-- Undo:       rebuild audit_entries with the old code; drop function find_audit_entries, find_tenant_audit,
--             audit_positions_by_reason, api_key_names; drop index audit_entries_reason,
--             audit_entries_without_reason, audit_entries_reason_words; alter table audit_entries
--             drop column reason, drop column reason_start, drop column reason_words; drop policy owner_finds on audit_entries.

-- A generation that was replaced can come back, so it gets the columns, too.
do $$
declare
    home text;
begin
    for home in
        select 'public'
         union
        select generation_schema(name, generation) from projections where name = 'audit_entries'
    loop
        if to_regclass(format('%I.audit_entries', home)) is not null then
            execute format('alter table %I.audit_entries
                                add column if not exists reason text collate "C",
                                add column if not exists reason_start text collate "C",
                                add column if not exists reason_words tsvector', home);
        end if;
    end loop;
end
$$;

comment on column audit_entries.reason_start is
    'The first 128 characters of the reason: an index has no room for long texts.';
comment on column audit_entries.reason_words is
    'What a search finds the reason by, each word after a tag of its tenant.';

create index audit_entries_reason on audit_entries (partition, tenant_id, reason_start, position)
    where reason_start is not null;
create index audit_entries_without_reason on audit_entries (partition, tenant_id, position)
    where reason is null;
create index audit_entries_reason_words on audit_entries using gin (reason_words)
    with (gin_pending_list_limit = 256);

-- Where nothing has happened yet there is nothing to rebuild.
update projections
   set logic_version = 2
 where name = 'audit_entries' and logic_version = 1
   and not exists (select from log_heads where position > 0);

-- The functions below that read as the owner see nothing but the current tenant.
create policy owner_finds on audit_entries for select to current_user using (true);

-- The positions of the current tenant's entries whose reason begins with a text or has some words; null when
-- there are more than p_most. Reads as the owner: row-level security tests such conditions row by row.
create function audit_positions_by_reason(p_partition smallint, p_prefix text, p_words tsquery, p_after bigint,
                                          p_until bigint, p_most integer)
    returns bigint[] language plpgsql stable security definer
    set search_path = pg_catalog, public, pg_temp
    set enable_seqscan = off set enable_sort = off set enable_bitmapscan = on set jit = off as $$
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
$$;

-- The positions of customers' events after one position up to another that are as asked, in order.
-- Parameters that are null ask for nothing.
--
-- The index is that of what most likely asks for least; the rest is looked at row by row. A search
-- that has looked at p_scan rows in vain ends in a row that isn't listed: it says how far it came. A search for
-- the beginning or the words of a reason that did not find enough so looks those up first, unless there are too many.
create function find_audit_entries(p_partition smallint, p_tenant uuid, p_customer uuid, p_field text,
                                   p_actor text, p_api_key text, p_event_type text, p_request_id text,
                                   p_correlation_id text, p_surface text, p_reason text, p_prefix text,
                                   p_words tsquery, p_has_reason boolean, p_after bigint, p_until bigint,
                                   p_descending boolean, p_limit integer, p_scan integer)
    returns table ("position" bigint, listed boolean)
    language plpgsql stable set enable_sort = off set enable_bitmapscan = off set jit = off as $$
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
$$;

-- The same for the tenant's own events, read from its stream. Whether a reason has some words is not asked here:
-- the reason comes along.
create function find_tenant_audit(p_partition smallint, p_tenant uuid, p_actor text,
                                  p_api_key text, p_event_type text, p_request_id text,
                                  p_correlation_id text, p_surface text, p_reason text, p_prefix text,
                                  p_has_reason boolean, p_after bigint, p_until bigint,
                                  p_descending boolean, p_limit integer, p_scan integer)
    returns table ("position" bigint, listed boolean, reason text)
    language plpgsql stable set enable_sort = off set enable_bitmapscan = off as $$
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
$$;

-- The names of the current tenant's API keys with these ids.
create function api_key_names(p_key_ids text[])
    returns table (key_id text, name text) language sql stable security definer
    set search_path = pg_catalog, public, pg_temp as $$
    select k.key_id, k.name
      from unnest(p_key_ids) as w(key_id)
     cross join lateral (
           select k.key_id, k.name
             from public.api_keys as k
            where k.key_id = w.key_id and k.tenant_id = public.current_tenant()
            limit 1) as k
$$;

revoke execute on function audit_positions_by_reason, find_audit_entries, find_tenant_audit, api_key_names
    from public;
grant execute on function audit_positions_by_reason, find_audit_entries, find_tenant_audit, api_key_names
    to dossier_reader;
