-- Purpose:    the feed: the functions that say where a tenant's next events are.
-- Locks:      short, on parked_streams.
-- Old code:   unaffected.
-- Undo:       drop function feed_span, feed_from; drop policy reader_sees_its_tenant on parked_streams;
--             revoke select on parked_streams from dossier_reader;

create policy reader_sees_its_tenant on parked_streams
    for select to dossier_reader using (tenant_id = current_tenant());
grant select on parked_streams to dossier_reader;

-- The position that a tenant's next event comes after, as far as the audit's read model can tell: a
-- partition has other tenants' events, which need not be looked at.
--
-- Nothing is passed over: what is beyond the read model is left to be looked at, and as long as one of
-- the tenant's streams is parked in it, it isn't asked.
create function feed_from(p_partition smallint, p_tenant uuid, p_after bigint)
    returns bigint language sql stable set enable_seqscan = off as $$
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

-- After which position up to which the tenant's next events are to be looked for, and where the log
-- ends. A caller who has come to its end is told so at once.
create function feed_span(p_partition smallint, p_tenant uuid, p_after bigint, p_window bigint)
    returns table ("after" bigint, "until" bigint, head bigint)
    language plpgsql stable as $$
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

revoke execute on function feed_from, feed_span from public;
grant execute on function feed_from, feed_span to dossier_reader;
