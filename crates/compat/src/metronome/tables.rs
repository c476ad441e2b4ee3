//! Metronome's objects, member by member.

use crate::members::{Empty, Form, Member};

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
    Member::shown("customer_config", "").as_a(Form::Group(CONFIG)),
];

/// A customer's own settings.
pub(super) const CONFIG: &[Member] = &[
    Member::new("salesforce_account_id", "/config/salesforce_account_id"),
    Member::new("leave_stripe_invoices_in_draft", "/config/leave_stripe_invoices_in_draft"),
];

/// Whether a customer's usage is billed.
pub(super) const BILLABLE: &[Member] = &[
    Member::new("billable_status", "/billable_status/value"),
    Member::new("effective_at", "/billable_status/effective_at"),
];

/// The values of custom fields.
pub(super) const FIELDS: &[Member] = &[Member::new("custom_fields", "/custom_fields")];

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

/// A request for such a way. It calls the settings `configuration`; answers have another name for them.
pub(super) const SET_UP: &[Member] = &[
    Member::taken("billing_provider", "/provider"),
    Member::taken("delivery_method", "/delivery_method"),
    Member::taken("configuration", "/configuration"),
];

/// A custom field that is added, and one that is removed.
pub(super) const KEY: &[Member] =
    &[Member::taken("key", "/key"), Member::taken("enforce_uniqueness", "/enforce_uniqueness")];
pub(super) const REMOVED_KEY: &[Member] = &[Member::taken("key", "/key")];

/// Custom fields of a customer that lose their values.
pub(super) const FIELD_KEYS: &[Member] = &[Member::taken("keys", "/keys")];

/// The old form of a billing configuration is flat. It has the provider's id of the customer under one name for
/// all providers, and these members of the configurations of some.
pub(super) const OLD_STRIPE: &[Member] =
    &[Member::new("stripe_collection_method", "/stripe_collection_method")];
pub(super) const OLD_AWS: &[Member] = &[
    Member::new("aws_customer_account_id", "/aws_customer_account_id"),
    Member::new("aws_customer_id", "/aws_customer_id"),
    Member::new("aws_is_subscription_product", "/aws_is_subscription_product"),
    Member::new("aws_product_code", "/aws_product_code"),
    Member::new("aws_region", "/aws_region"),
];
/// Metronome's clients have no name for it. Without it there is no configuration for this provider.
pub(super) const OLD_GCP: &[Member] = &[Member::new("gcp_service_name", "/gcp_service_name")];

/// A way in which documents get to a provider.
pub(super) const METHOD: &[Member] = &[
    Member::new("billing_provider", "/provider"),
    Member::shown("delivery_method_id", "/id"),
    Member::new("delivery_method", "/delivery_method"),
    Member::new("delivery_method_configuration", "/configuration").or(Empty::Object),
];
