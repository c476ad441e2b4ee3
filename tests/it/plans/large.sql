-- A hundred and twenty thousand customers: half of them the tenant's at hand ($1 and $2 are put in as
-- settings), the others of a thousand tenants. What they are made of doesn't matter, only how many
-- there are and how they are spread.

-- As the service makes them of a field without a key.
create function pg_temp.label(tenant uuid, field text, value text) returns uuid language sql immutable
    as $$ select encode(substring(sha256(uuid_send(tenant) || int8send(octet_length(field)) || field::bytea
                                         || int8send(0) || value::bytea) from 1 for 16), 'hex')::uuid $$;
create function pg_temp.tag(tenant uuid) returns text language sql immutable
    as $$ select left(encode(sha256(uuid_send(tenant)), 'hex'), 8) $$;

create temporary table many as
select n,
       case when n % 2 = 0 then current_setting('test.partition')::smallint
            else (n % 1000 % 32)::smallint end as partition,
       case when n % 2 = 0 then current_setting('test.tenant')::uuid
            else md5('tenant' || n % 1000)::uuid end as tenant_id,
       md5('customer' || n)::uuid as customer_id,
       timestamptz '2026-01-01' + n * interval '1 minute' as at
  from generate_series(1, 120000) as n;

insert into tenants (partition, tenant_id, version, state, created_at, created_by, updated_at, updated_by)
select distinct on (tenant_id) partition, tenant_id, 1, json '{}', at, 'x', at, 'x'
  from many where tenant_id <> current_setting('test.tenant')::uuid;
insert into tenants (partition, tenant_id, version, state, created_at, created_by, updated_at, updated_by)
select n % 32, md5('more' || n)::uuid, 1, json '{}', now(), 'x', now(), 'x'
  from generate_series(1, 20000) as n;

insert into api_keys (key_id, partition, tenant_id, name, secret_hash, scopes)
select 'key-' || n, partition, tenant_id, 'x', sha256('x'), '{read}' from many where n % 10 = 0;

insert into customers (partition, tenant_id, customer_id, version, state, parent_id,
                       created_at, created_by, updated_at, updated_by)
select partition, tenant_id, customer_id, 1, json_build_object('status', 'active'),
       case when n % 20 = 0 then md5('customer' || n % 1000)::uuid end, at, 'x', at, 'x'
  from many;

insert into reservations (partition, tenant_id, kind, key, holder)
select partition, tenant_id, 'external_id', 'e-' || n, customer_id from many;

-- Into partitions whose heads stay where they are, so that nobody follows them.
insert into events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
                    metadata, partition, position, tenant_id, recorded_at, hash)
select 'customer', tenant_id || '/' || customer_id, 1, 'CustomerRegistered', '1.0', json '{}',
       json '{}', (current_setting('test.partition')::smallint + 1 + n % 31) % 32, n, tenant_id, at,
       sha256('x')
  from many;

insert into customer_list (partition, tenant_id, customer_id, status, name, name_key, email,
                           external_id, billable, created_at, created_by, labels, words)
select partition, tenant_id, customer_id, 'active', 'Name ' || n, 'name ' || n,
       'x' || n || '@example.com', 'e-' || n, 'billable', at, 'x',
       array[pg_temp.label(tenant_id, 'status', 'active'), pg_temp.label(tenant_id, 'billable', 'billable'),
             pg_temp.label(tenant_id, 'tag', case when n > 118000 then 'late' else 'tag' || n % 50 end),
             pg_temp.label(tenant_id, 'name', 'Name ' || n)],
       array_to_tsvector(array[pg_temp.tag(tenant_id) || 'name', pg_temp.tag(tenant_id) || n,
                               pg_temp.tag(tenant_id) || 'x' || n || '@example.com'])
  from many;

insert into customer_list_updates (partition, tenant_id, customer_id, version, updated_at, updated_by)
select partition, tenant_id, customer_id, 1, at, case when n % 1000 = 0 then 'rare' else 'x' end from many;

insert into customer_counts (partition, tenant_id, status, customers)
select partition, tenant_id, status, count(*) from customer_list group by partition, tenant_id, status
    on conflict (partition, tenant_id, status) do update set customers = excluded.customers;

insert into billing_configurations (partition, tenant_id, customer_id, billing_config_id, provider,
                                    provider_customer_id, delivery_method, delivery_method_id,
                                    configuration, version, changed_at)
select partition, tenant_id, customer_id, customer_id, case when n % 3 = 0 then 'custom' else 'stripe' end,
       'cus_' || n, case when n % 4 = 0 then 'aws_sqs' end,
       case when n % 5 = 0 then md5('method' || n % 20)::uuid end, json '{}', 1, at
  from many;

insert into integration_links (partition, tenant_id, customer_id, version, provider_type,
                               provider_entity_id, mapped, position, recorded_at, actor)
select partition, tenant_id, customer_id, v, 'crm', 'x' || n / 4, v % 2 = 1, n * 2 + v, at, 'x'
  from many, generate_series(1, 2) as v;

insert into customer_snapshots (partition, tenant_id, customer_id, version, state,
                                created_at, created_by, updated_at, updated_by)
select partition, tenant_id, customer_id, 64, json '{}', at, 'x', at, 'x' from many where n % 4 = 0;

insert into field_changes (partition, tenant_id, customer_id, field, version, position)
select partition, tenant_id, customer_id, '/status', 1, n
  from many;

insert into audit_entries (partition, tenant_id, customer_id, position, event_type, actor, api_key,
                           request_id, correlation_id, surface, reason, reason_start, reason_words)
select partition, tenant_id, customer_id, n,
       case when n % 3 = 0 then 'CustomerRegistered' else 'ProfileUpdated' end,
       'actor ' || n % 100, 'key ' || n % 20, 'request ' || n / 2, 'correlation ' || n / 50,
       case when n % 7 = 0 then 'metronome' else 'native' end,
       case when n % 1000 <> 0 then 'ticket ' || n / 10 || ' of routine' end,
       case when n % 1000 <> 0 then 'ticket ' || n / 10 || ' of routine' end,
       case when n % 1000 <> 0 then
           array_to_tsvector(array[pg_temp.tag(tenant_id) || 'ticket', pg_temp.tag(tenant_id) || n / 10,
                                   pg_temp.tag(tenant_id) || 'routine']) end
  from many;

insert into read_audit (partition, tenant_id, id, read_at, api_key, route, request_id, customers)
select partition, tenant_id, customer_id, at, 'key ' || n % 20, 'x', 'x', array[customer_id]
  from many;
insert into read_audit_customers (partition, tenant_id, customer_id, read_at, id)
select partition, tenant_id, customer_id, at, customer_id from many;

insert into parked_streams (partition, projection, generation, tenant_id, customer_id, sequence,
                            position, event_type, failure)
select partition, p.name, p.generation, tenant_id, customer_id, 1, n, 'x', 'x'
  from many, projections as p
 where n % 10 = 0 and p.state = 'live'
   and (p.name <> 'audit_entries' or tenant_id <> current_setting('test.tenant')::uuid);

insert into console_sessions (token_hash, partition, tenant_id, key_id, actor, begun_at, seen_at)
select sha256(convert_to(n::text, 'UTF8')), partition, tenant_id, 'key ' || n % 20, 'x', now(), now()
  from many;
