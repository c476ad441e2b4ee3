//! The columns of each list: the members that its items are documented to have, in the order of a table.

/// Customers.
pub(crate) const CUSTOMERS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "status",
    "external_id",
    "former_external_ids",
    "aliases",
    "profile",
    "metadata",
    "custom_fields",
    "unique_custom_fields",
    "config",
    "billing_configs",
    "revenue_configs",
    "integrations",
    "invoice_delivery",
    "payment",
    "tax",
    "rollup",
    "parent_customer_id",
    "billable_status",
];

/// Billing configurations and whose they are.
pub(crate) const BILLING_CONFIGS: &[&str] = &[
    "id",
    "customer_id",
    "provider",
    "configuration",
    "delivery_method",
    "delivery_method_id",
    "tax_provider",
    "version",
    "changed_at",
    "archived_at",
];

/// Payment profiles of a customer.
pub(crate) const PAYMENT_PROFILES: &[&str] =
    &["id", "type", "provider", "status", "display_name", "expires_at", "metadata"];

/// Who holds an id in another system, and who held it.
pub(crate) const INTEGRATION_LINKS: &[&str] =
    &["customer_id", "entity_type", "from_version", "from", "actor", "until_version", "until"];

/// Events.
pub(crate) const EVENTS: &[&str] = &[
    "customer_id",
    "version",
    "position",
    "recorded_at",
    "type",
    "event_version",
    "data",
    "actor",
    "api_key",
    "reason",
    "request_id",
    "correlation_id",
    "causation_id",
    "trace_id",
    "surface",
    "command",
    "client_address",
    "user_agent",
    "application_version",
];

/// Changes of fields.
pub(crate) const CHANGES: &[&str] = &[
    "field",
    "old",
    "new",
    "version",
    "position",
    "recorded_at",
    "type",
    "actor",
    "reason",
    "api_key",
];

/// Who read what.
pub(crate) const READS: &[&str] =
    &["id", "read_at", "api_key", "actor", "route", "request_id", "customers"];
