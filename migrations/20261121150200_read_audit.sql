-- Purpose:    who read what about whom: apart from the log, which has what happened.
-- Locks:      none (new tables).
-- Old code:   unaffected; it notes nothing.
-- Undo:       drop table read_audit_customers, read_audit; -- who read what is forgotten

create table read_audit (
    partition   smallint          not null check (partition between 0 and 31),
    tenant_id   uuid              not null,
    id          uuid              not null,
    read_at     timestamptz       not null default now(),
    api_key     text collate "C"  not null,
    actor       text collate "C",
    route       text collate "C"  not null,
    request_id  text collate "C"  not null,
    customers   uuid[]            not null,

    constraint read_audit_pkey primary key (partition, tenant_id, id)
);

create index read_audit_read_at on read_audit (partition, tenant_id, read_at, id);
create index read_audit_api_key on read_audit (partition, tenant_id, api_key, read_at, id);

create table read_audit_customers (
    partition    smallint     not null check (partition between 0 and 31),
    tenant_id    uuid         not null,
    customer_id  uuid         not null,
    read_at      timestamptz  not null default now(),
    id           uuid         not null,

    constraint read_audit_customers_pkey
        primary key (partition, tenant_id, customer_id, read_at, id)
);

comment on table read_audit is
    'One row for each answer that showed personal data to a key with the scope audit, stored before '
    'the answer was given.';
comment on table read_audit_customers is 'The reads by customer: what read_audit has as a list.';

alter table read_audit           enable row level security;
alter table read_audit_customers enable row level security;
alter table read_audit           force row level security;
alter table read_audit_customers force row level security;

create policy writer_notes on read_audit           to dossier_writer using (true) with check (true);
create policy writer_notes on read_audit_customers to dossier_writer using (true) with check (true);
create policy reader_sees_its_tenant on read_audit
    for select to dossier_reader using (tenant_id = current_tenant());
create policy reader_sees_its_tenant on read_audit_customers
    for select to dossier_reader using (tenant_id = current_tenant());

-- When is the database's to say; and what is noted is never changed.
grant select on read_audit, read_audit_customers to dossier_writer;
grant insert (partition, tenant_id, id, api_key, actor, route, request_id, customers) on read_audit
    to dossier_writer;
grant insert (partition, tenant_id, customer_id, id) on read_audit_customers to dossier_writer;
grant select on read_audit, read_audit_customers to dossier_reader;
