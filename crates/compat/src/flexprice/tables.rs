//! FlexPrice's objects, member by member.

use crate::members::{Empty, Form, Member};

/// How ids of customers begin.
pub(super) const CUSTOMER_ID: &str = "cust_";
/// How ids of tenants begin.
pub(super) const TENANT_ID: &str = "tenant_";
/// How ids of mappings begin.
pub(super) const MAPPING_ID: &str = "eim_";
/// Where the customer above it is named, by its id and by its external id.
pub(super) const PARENT: &str = "parent_customer_id";
pub(super) const PARENT_EXTERNAL: &str = "parent_customer_external_id";

/// A customer. `integration_entity_mapping` comes back as `integrations`, if requested.
pub(super) const CUSTOMER: &[Member] = &[
    Member::shown("id", "/id").as_a(Form::Id(CUSTOMER_ID)),
    Member::new("external_id", "/external_id").or(Empty::Text),
    Member::new("name", "/profile/name").or(Empty::Text),
    Member::new("email", "/profile/email").or(Empty::Text),
    Member::new("contact", "/profile/phone"),
    Member::new("contact_persons", "/profile/contact_persons")
        .as_a(Form::Each(PERSON))
        .or(Empty::List),
    Member::new("address_line1", "/profile/address/line1").or(Empty::Text),
    Member::new("address_line2", "/profile/address/line2").or(Empty::Text),
    Member::new("address_city", "/profile/address/city").or(Empty::Text),
    Member::new("address_state", "/profile/address/state").or(Empty::Text),
    Member::new("address_postal_code", "/profile/address/postal_code").or(Empty::Text),
    Member::new("address_country", "/profile/address/country").or(Empty::Text),
    Member::new("timezone", "/profile/timezone").or(Empty::Word("UTC")),
    Member::new("metadata", "/metadata").as_a(Form::Texts).or(Empty::Object),
    Member::new("billing_currency", "/invoice_delivery/currency").as_a(Form::Code),
    Member::new("tax_treatment", "/tax/treatment"),
    Member::new("tax_rate_overrides", "/tax/rate_overrides")
        .as_a(Form::Each(TAX_RATE))
        .or(Empty::List),
    Member::new(PARENT, "/parent_customer_id").as_a(Form::Id(CUSTOMER_ID)),
    Member::taken("integration_entity_mapping", "/integrations").as_a(Form::Each(MAPPING_OF_BODY)),
    Member::shown("status", "/status").as_a(STATUS),
    Member::shown("created_at", "/created_at"),
    Member::shown("updated_at", "/updated_at"),
    Member::shown("created_by", "/created_by"),
    Member::shown("updated_by", "/updated_by"),
];

/// Where a customer is in its life. There is a third word, `deleted`, which no customer ever is.
const STATUS: Form = Form::Word(&[("published", "active"), ("archived", "archived")]);

/// A person to talk to.
const PERSON: &[Member] = &[
    Member::new("id", "/id"),
    Member::new("first_name", "/first_name"),
    Member::new("last_name", "/last_name"),
    Member::new("email", "/email"),
    Member::new("mobile", "/mobile"),
    Member::new("designation", "/designation"),
    Member::new("department", "/department"),
    Member::new("salutation", "/salutation"),
    Member::new("is_primary", "/is_primary").or(Empty::False),
];

/// A rate of the tenant's that applies to the customer.
const TAX_RATE: &[Member] = &[
    Member::new("tax_rate_code", "/tax_rate_code"),
    Member::new("currency", "/currency").as_a(Form::Code),
    Member::new("priority", "/priority"),
    Member::new("auto_apply", "/auto_apply").or(Empty::True),
    Member::new("tax_behavior", "/tax_behavior"),
    Member::new("metadata", "/metadata").as_a(Form::Texts).or(Empty::Object),
];

/// What the customer is called in another system.
pub(super) const MAPPING: &[Member] = &[PROVIDER_TYPE, PROVIDER_ENTITY_ID, TYPE, METADATA];
/// The same in the body of a customer. Older clients say `provider` and `id` there; who says both means the newer
/// names, because `id` is also what answers call the mapping itself.
const MAPPING_OF_BODY: &[Member] = &[
    Member::taken("provider", PROVIDER_TYPE.ours),
    Member::taken("id", PROVIDER_ENTITY_ID.ours),
    PROVIDER_TYPE,
    PROVIDER_ENTITY_ID,
    TYPE,
    METADATA,
];
const PROVIDER_TYPE: Member = Member::new("provider_type", "/provider_type");
const PROVIDER_ENTITY_ID: Member = Member::new("provider_entity_id", "/provider_entity_id");
const TYPE: Member = Member::new("entity_type", "/entity_type")
    .as_a(Form::Word(&[(ENTITY_TYPE, ENTITY_TYPE)]))
    .or(Empty::Word(ENTITY_TYPE));
const METADATA: Member = Member::new("metadata", "/metadata").or(Empty::Object);

/// Whose a mapping is: a member of the customer's own document.
pub(super) const ENTITY: &[Member] =
    &[Member::shown("entity_id", "/id").as_a(Form::Id(CUSTOMER_ID))];

/// What mappings and activities are about.
pub(super) const ENTITY_TYPE: &str = "customer";

/// An activity, of an event. Its actor and entity are added separately.
pub(super) const ACTIVITY: &[Member] = &[
    Member::shown("action", "/type"),
    Member::shown("customer_id", "/customer_id").as_a(Form::Id(CUSTOMER_ID)),
    Member::shown("occurred_at", "/recorded_at"),
    Member::shown("request_id", "/request_id"),
    Member::shown("source", "/surface"),
    Member::shown("ip", "/client_address"),
    Member::shown("user_agent", "/user_agent"),
];
