//! Metronome's objects, member by member.

use crate::compat::members::{Empty, Form, Member};

/// A `Customer`, as it is sent and as creating and renaming answer it.
pub(super) const CUSTOMER: &[Member] = &[
    Member::shown("id", "/id"),
    Member::new("name", "/profile/name"),
    Member::new("ingest_aliases", "/aliases").or(Empty::List),
    Member::new("custom_fields", "/custom_fields").or(Empty::Object),
    Member::taken("customer_billing_provider_configurations", "/billing_configs")
        .as_a(Form::Each(BILLING)),
    Member::taken("customer_revenue_system_configurations", "/revenue_configs")
        .as_a(Form::Each(REVENUE)),
];

/// What a `CustomerDetail` has besides.
pub(super) const DETAIL: &[Member] = &[
    Member::shown("created_at", "/created_at"),
    Member::shown("updated_at", "/updated_at"),
    Member::shown("current_billable_status", "/billable_status"),
    Member::shown("customer_config", "/config").as_a(Form::Group(CONFIG)),
];

/// A customer's own settings.
pub(super) const CONFIG: &[Member] = &[
    Member::new("salesforce_account_id", "/salesforce_account_id"),
    Member::new("leave_stripe_invoices_in_draft", "/leave_stripe_invoices_in_draft"),
];

/// A billing provider configuration.
pub(super) const BILLING: &[Member] = &[
    Member::shown("id", "/id"),
    Member::new("billing_provider", "/provider"),
    Member::new("configuration", "/configuration").or(Empty::Object),
    Member::new("delivery_method", "/delivery_method"),
    Member::new("delivery_method_id", "/delivery_method_id"),
    Member::new("tax_provider", "/tax_provider"),
    Member::shown("archived_at", "/archived_at"),
];

/// A revenue system configuration.
pub(super) const REVENUE: &[Member] = &[
    Member::shown("id", "/id"),
    Member::new("provider", "/provider"),
    Member::new("configuration", "/configuration").or(Empty::Object),
    Member::new("delivery_method", "/delivery_method"),
    Member::new("delivery_method_id", "/delivery_method_id"),
    Member::shown("archived_at", "/archived_at"),
];
