-- Purpose:    one customer's history: its events by version in one round trip, the version that it
--             had at an instant, and what set each of its fields last.
-- Locks:      field_changes against writing while its index is built; followers wait, commands don't.
-- Old code:   unaffected.
-- Undo:       drop index field_changes_field; drop function read_events, version_at;

-- What set a field last, and every change of one field, in as many steps as there are rows to show.
create index field_changes_field
    on field_changes (partition, tenant_id, customer_id, field, version);

-- A customer's events of these versions, the newest or the oldest first, and only those of some types
-- unless p_types is null.
create function read_events(p_partition smallint, p_tenant uuid, p_customer uuid,
                            p_from bigint, p_until bigint, p_newest_first boolean,
                            p_types text[], p_limit integer)
    returns table (version bigint, "position" bigint, recorded_at timestamptz, event_type text,
                   event_version text, payload json, metadata json)
    language plpgsql as $$
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

-- The version that a customer had at an instant, with an event at that very instant counted; 0 before
-- its first. Times never go back within a stream, so it is found by halving: a long history costs a
-- few steps more than a short one, and no index by time is needed.
create function version_at(p_partition smallint, p_tenant uuid, p_customer uuid,
                           p_instant timestamptz)
    returns bigint language plpgsql as $$
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

revoke execute on function read_events, version_at from public;
grant execute on function read_events, version_at to dossier_reader;
