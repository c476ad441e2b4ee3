//! Maple's objects, member by member.

use crate::members::{Empty, Form, Member};

/// What the id of a customer begins with.
pub(super) const ID: &str = "cus_";

/// The words for where a customer is in its life.
pub(super) const STATUS: &[(&str, &str)] = &[("ACTIVE", "active"), ("ARCHIVED", "archived")];

/// A customer.
pub(super) const CUSTOMER: &[Member] = &[
    Member::shown("id", "/id").as_a(Form::Id(ID)),
    Member::new("identifier", "/external_id"),
    Member::new("name", "/profile/name"),
    Member::shown("display_name", "/profile/name"),
    Member::new("org_name", "/profile/org_name"),
    Member::new("title", "/profile/title"),
    Member::new("email", "/profile/email"),
    Member::new("billing_emails", "/profile/billing_emails").or(Empty::List),
    Member::new("phone", "/profile/phone"),
    Member::new("locale", "/profile/locale"),
    Member::new("owner_id", "/profile/owner_id"),
    Member::new("tags", "/profile/tags").or(Empty::List),
    Member::new("exclude_from_metrics", "/profile/exclude_from_metrics").or(Empty::False),
    Member::shown("managed_externally", "/profile/managed_externally").or(Empty::False),
    Member::new("address", "/profile/address").as_a(Form::Group(ADDRESS)),
    Member::new("metadata", "/metadata").or(Empty::Object),
    Member::new("parent_customer_id", "/parent_customer_id").as_a(Form::Id(ID)),
    Member::new("status", "/status").as_a(Form::Word(STATUS)),
    Member::new("child_rollup_billing", "/rollup/enabled").or(Empty::False),
    Member::new("child_rollup_billing_config", "/rollup").as_a(Form::Group(ROLLUP)),
    Member::new("override_taxes", "/tax/overrides").as_a(Form::Each(TAX)).or(Empty::List),
    Member::shown("integration_references", "/integrations")
        .as_a(Form::Each(INTEGRATION))
        .or(Empty::List),
    Member::shown("created_at", "/created_at").as_a(Form::Second),
    Member::shown("updated_at", "/updated_at").as_a(Form::Second),
];

const ADDRESS: &[Member] = &[
    Member::new("address_line_1", "/line1"),
    Member::new("address_line_2", "/line2"),
    Member::new("city", "/city"),
    Member::new("country", "/country"),
    Member::new("place_id", "/place_id"),
    Member::new("state", "/state"),
    Member::new("zip", "/postal_code"),
];

const ROLLUP: &[Member] = &[
    Member::new("auto_charges", "/auto_charges"),
    Member::new("start_date", "/start_date").as_a(Form::Time),
    Member::new("end_date", "/end_date").as_a(Form::Time),
    Member::new("frequency", "/frequency"),
    Member::new("invoice_due_date_from_creation", "/invoice_due_date_from_creation"),
    Member::new("invoice_additional_display_fields", "/invoice_additional_display_fields")
        .as_a(Form::Each(DISPLAY_FIELD)),
];

const DISPLAY_FIELD: &[Member] = &[Member::new("name", "/name"), Member::new("value", "/value")];

const TAX: &[Member] = &[
    Member::new("country", "/country"),
    Member::new("region", "/region"),
    Member::new("type", "/type"),
    Member::new("name", "/name"),
    Member::new("description", "/description"),
    Member::new("rate", "/rate").as_a(Form::Decimal),
    Member::new("metadata", "/metadata").or(Empty::Object),
];

/// The customer in another system. That system has no name here but its type.
const INTEGRATION: &[Member] = &[
    Member::unknown("integration_icon").or(Empty::Text),
    Member::shown("integration_id", "/provider_type"),
    Member::shown("integration_key", "/provider_type"),
    Member::shown("integration_name", "/provider_type"),
    Member::unknown("reference_type").or(Empty::Word("CUSTOMER")),
    Member::shown("remote_id", "/provider_entity_id"),
    Member::shown("remote_type", "/entity_type").or(Empty::Text),
];
