//! The columns of lists whose items are records of the domain, in the order of a table.

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

/// Payment profiles of a customer.
pub(crate) const PAYMENT_PROFILES: &[&str] =
    &["id", "type", "provider", "status", "display_name", "expires_at", "metadata"];
