-- Purpose:    who holds which id in another system, now and before: a row for each time that a
--             customer's link was made, changed or undone.
-- Locks:      none (a new table).
-- Old code:   unaffected.
-- Undo:       delete from projections where name = 'integration_links'; drop table integration_links;

create table integration_links (
    partition           smallint          not null check (partition between 0 and 31),
    tenant_id           uuid              not null,
    customer_id         uuid              not null,
    version             bigint            not null check (version > 0),
    provider_type       text collate "C"  not null,
    provider_entity_id  text collate "C"  not null,
    entity_type         text collate "C",
    mapped              boolean           not null,
    position            bigint            not null check (position > 0),
    recorded_at         timestamptz       not null,
    actor               text              not null,

    constraint integration_links_pkey primary key (partition, tenant_id, customer_id, version)
);

create index integration_links_entity
    on integration_links (partition, tenant_id, provider_type, provider_entity_id,
                          position);

comment on column integration_links.mapped is
    'Whether the customer held the id from this version on. It did so until its next row for the '
    'same id.';

select register_projection('integration_links', 1, 'integration_links');
