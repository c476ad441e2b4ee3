-- Purpose:    no statement of everyday work depends on fresh statistics, and statistics are fresh all the same:
--             growing tables are analysed after 2% of change, and at once when they have doubled.
-- Locks:      growing tables against vacuum and other changes of settings, for an instant; reads and writes go on.
-- Old code:   unaffected.
-- Undo:       alter table … reset (…) for each table below; drop function analyze_one_grown;
--             read_customer_by_key as in 20261120100600_reads.sql, list_audit as in
--             20261121230000_audit_by_field.sql; alter function feed_from reset enable_sort, reset enable_bitmapscan.

-- The first kind that has a holder wins: a current external id goes before a former one. Two look-ups by whole
-- keys, not a join: without statistics PostgreSQL read all customers of the tenant to join them with one key.
create or replace function read_customer_by_key(p_partition smallint, p_tenant uuid, p_kinds text[], p_key text)
    returns table (customer_id uuid, version bigint, state json, created_at timestamptz,
                   created_by text, updated_at timestamptz, updated_by text)
    language plpgsql as $$
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

-- The same as before, by an index that can be no other.
create or replace function list_audit(p_partition smallint, p_tenant uuid, p_customer uuid, p_field text,
                           p_actor text, p_api_key text, p_event_type text, p_request_id text,
                           p_correlation_id text, p_surface text, p_after bigint, p_until bigint,
                           p_descending boolean, p_limit integer, p_scan integer)
    returns table ("position" bigint, listed boolean)
    language plpgsql stable set enable_sort = off set enable_bitmapscan = off as $$
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
$$;

-- The next event in the order of positions is the first of an index, never the least of all.
alter function feed_from set enable_sort = off;
alter function feed_from set enable_bitmapscan = off;

-- The defaults wait for 10% of a table to change, and vacuum what only grows after 20%: with ten million events
-- that is an hour's work at once, and planner's figures that are an hour old. New generations of read models get
-- the settings of the live one.
do $$
declare
    growing text;
begin
    foreach growing in array array[
        'events', 'tenants', 'customers', 'reservations', 'command_results', 'customer_list',
        'customer_snapshots', 'field_changes', 'audit_entries', 'billing_configurations',
        'integration_links', 'parked_streams', 'read_audit', 'read_audit_customers', 'log_tree']
    loop
        execute format(
            'alter table %I set (autovacuum_analyze_threshold = 1000,
                                 autovacuum_analyze_scale_factor = 0.02,
                                 autovacuum_vacuum_scale_factor = 0.05,
                                 autovacuum_vacuum_insert_scale_factor = 0.05)', growing);
    end loop;
end
$$;

-- Analyses one table that is more than twice as large as when it was last analysed or vacuumed, and says which;
-- null when there is none, or another is at it. Only a table's owner may analyse it, so this works as the owner.
-- One at a time: a transaction keeps the locks of all that it has analysed.
create function analyze_one_grown() returns text
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
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

revoke execute on function analyze_one_grown from public;
grant execute on function analyze_one_grown to dossier_projector;
