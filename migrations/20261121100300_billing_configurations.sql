-- Purpose:    every billing configuration of every customer, in use or archived, findable by provider,
--             by the provider's id of the customer, and by delivery method.
-- Locks:      none (a new table).
-- Old code:   unaffected.
-- Undo:       delete from projections where name = 'billing_configurations';
--             drop table billing_configurations;

create table billing_configurations (
    partition             smallint          not null check (partition between 0 and 31),
    tenant_id             uuid              not null,
    customer_id           uuid              not null,
    billing_config_id     uuid              not null,
    provider              text collate "C"  not null,
    provider_customer_id  text collate "C",
    delivery_method       text collate "C",
    delivery_method_id    uuid,
    configuration         json              not null,
    tax_provider          text collate "C",
    version               bigint            not null check (version > 0),
    changed_at            timestamptz       not null,
    archived_at           timestamptz,

    constraint billing_configurations_pkey
        primary key (partition, tenant_id, customer_id, billing_config_id)
);

create index billing_configurations_provider
    on billing_configurations (partition, tenant_id, provider, provider_customer_id,
                               customer_id, billing_config_id);
create index billing_configurations_delivery_method
    on billing_configurations (partition, tenant_id, delivery_method,
                               customer_id, billing_config_id)
    where delivery_method is not null;
create index billing_configurations_delivery_method_id
    on billing_configurations (partition, tenant_id, delivery_method_id,
                               customer_id, billing_config_id)
    where delivery_method_id is not null;

comment on column billing_configurations.version is
    'The customer''s version at which the configuration became what it is.';

select register_projection('billing_configurations', 1, 'billing_configurations');
