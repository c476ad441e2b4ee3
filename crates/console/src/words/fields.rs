//! Fields in words: a JSON pointer into a customer is a street, a due date, a default payment profile.

use super::labels::{Labels, system};

/// What people think belongs together.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Group {
    /// Names that find the customer, and whether it is archived.
    Identity,
    /// Who the customer is.
    Profile,
    /// How it is billed.
    Billing,
    /// How it pays.
    Payment,
    /// Its taxes.
    Tax,
    /// Its parent, and what it pays for its children.
    Hierarchy,
    /// Custom fields and metadata.
    Own,
}

impl Group {
    /// In the order of a page.
    pub(crate) const ALL: [Self; 7] = [
        Self::Identity,
        Self::Profile,
        Self::Billing,
        Self::Payment,
        Self::Tax,
        Self::Hierarchy,
        Self::Own,
    ];

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Identity => "Identity",
            Self::Profile => "Profile",
            Self::Billing => "Billing",
            Self::Payment => "Payment",
            Self::Tax => "Tax",
            Self::Hierarchy => "Hierarchy",
            Self::Own => "Custom fields and metadata",
        }
    }
}

/// A part of a customer that a history can be filtered by: its JSON pointer and its name. What lies below counts, too.
pub(crate) const PARTS: [(Group, &str, &str); 24] = [
    (Group::Identity, "/external_id", "External id"),
    (Group::Identity, "/aliases", "Aliases"),
    (Group::Identity, "/status", "Status"),
    (Group::Profile, "/profile", "Whole profile"),
    (Group::Profile, "/profile/name", "Name"),
    (Group::Profile, "/profile/email", "E-mail"),
    (Group::Profile, "/profile/billing_emails", "Copies of invoices"),
    (Group::Profile, "/profile/phone", "Phone"),
    (Group::Profile, "/profile/address", "Address"),
    (Group::Profile, "/profile/shipping", "Shipping"),
    (Group::Profile, "/profile/contact_persons", "Contact persons"),
    (Group::Billing, "/billing_configs", "Billing configurations"),
    (Group::Billing, "/revenue_configs", "Revenue configurations"),
    (Group::Billing, "/integrations", "Other systems"),
    (Group::Billing, "/invoice_delivery", "Invoice delivery"),
    (Group::Billing, "/config", "Own settings"),
    (Group::Billing, "/billable_status", "Billable"),
    (Group::Payment, "/payment", "Whole payment"),
    (Group::Payment, "/payment/default_payment_profile_id", "Default payment"),
    (Group::Tax, "/tax", "Tax"),
    (Group::Hierarchy, "/parent_customer_id", "Parent"),
    (Group::Hierarchy, "/rollup", "Roll-up"),
    (Group::Own, "/metadata", "Metadata"),
    (Group::Own, "/custom_fields", "Custom fields"),
];

/// The group of a field.
pub(crate) fn group(pointer: &str) -> Group {
    match first(pointer) {
        "profile" => Group::Profile,
        "billing_configs" | "revenue_configs" | "integrations" | "invoice_delivery" | "config"
        | "billable_status" => Group::Billing,
        "payment" => Group::Payment,
        "tax" => Group::Tax,
        "parent_customer_id" | "rollup" => Group::Hierarchy,
        "metadata" | "custom_fields" | "unique_custom_fields" => Group::Own,
        _ => Group::Identity,
    }
}

fn first(pointer: &str) -> &str {
    pointer.strip_prefix('/').and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

/// The name of a field within a sentence: `street`, `metadata plan_tier`.
pub(crate) fn name(pointer: &str) -> String {
    name_with(pointer, &Labels::default())
}

/// The same, where it is known what ids stand for.
pub(crate) fn name_with(pointer: &str, labels: &Labels) -> String {
    let parts: Vec<String> = pointer.split('/').skip(1).map(unescaped).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["profile", "address", rest @ ..] => address("", rest),
        ["profile", "shipping", "address", rest @ ..] => address("shipping ", rest),
        ["profile", "shipping", rest] => format!("shipping {}", plain(rest)),
        ["invoice_delivery", "address", rest @ ..] => address("invoice ", rest),
        ["profile", field] => of_profile(field),
        ["metadata", key, within @ ..] => {
            within.iter().fold(format!("metadata {key}"), |name, part| format!("{name}.{part}"))
        }
        ["custom_fields", key] => format!("custom field {key}"),
        ["billing_configs", id, rest @ ..] => part_of("billing configuration", id, rest, labels),
        ["revenue_configs", id, rest @ ..] => part_of("revenue configuration", id, rest, labels),
        ["payment", "profiles", id, rest @ ..] => part_of("payment profile", id, rest, labels),
        ["integrations", id, rest @ ..] => integration(id, rest),
        path => top(path),
    }
}

fn top(path: &[&str]) -> String {
    let name = match path {
        ["external_id"] => "external id",
        ["former_external_ids"] => "former external ids",
        ["aliases"] => "aliases",
        ["status"] => "status",
        ["unique_custom_fields"] => "unique custom fields",
        ["config", "salesforce_account_id"] => "Salesforce account",
        ["config", "leave_stripe_invoices_in_draft"] => "leave Stripe’s invoices in draft",
        ["invoice_delivery", "method"] => "delivery of invoices",
        ["invoice_delivery", "email"] => "invoice e-mail",
        ["invoice_delivery", "currency"] => "invoice currency",
        ["payment", "default_payment_profile_id"] => "default payment profile",
        ["payment", "auto_pay"] => "automatic payment",
        ["tax", "treatment"] => "tax treatment",
        ["tax", "ids"] => "tax ids",
        ["tax", "overrides"] => "tax overrides",
        ["tax", "rate_overrides"] => "tax rate overrides",
        ["rollup", "enabled"] => "roll-up",
        ["rollup", "auto_charges"] => "automatic charges of the roll-up",
        ["rollup", rest] => return format!("{} of the roll-up", plain(rest)),
        ["parent_customer_id"] => "parent",
        ["billable_status", "effective_at"] => "billable since",
        ["billable_status", ..] => "billable status",
        [.., last] => return plain(last),
        [] => "everything",
    };
    name.to_owned()
}

fn of_profile(field: &str) -> String {
    let name = match field {
        "org_name" => "legal name",
        "identity" => "registration number",
        "email" => "e-mail",
        "billing_emails" => "copies of invoices to",
        "msisdn" => "mobile",
        "contact_person_user_id" => "contact user",
        "locale" => "language",
        "timezone" => "time zone",
        "owner_id" => "owner",
        "exclude_from_metrics" => "left out of metrics",
        "managed_externally" => "managed elsewhere",
        "human_readable_id" => "readable id",
        other => return plain(other),
    };
    name.to_owned()
}

fn address(whose: &str, field: &[&str]) -> String {
    let field = match field {
        ["line1"] => "street",
        ["line2"] => "second address line",
        ["place_id"] => "place",
        [other] => return format!("{whose}{}", plain(other)),
        _ => "address",
    };
    format!("{whose}{field}")
}

/// A part of something with an id: `delivery method of Stripe cus_1`.
fn part_of(what: &str, id: &str, rest: &[&str], labels: &Labels) -> String {
    let whole = match labels.get(id) {
        Some(label) => format!("{what} {label}"),
        None => format!("{what} {id}"),
    };
    match rest {
        [] => whole,
        [.., last] => format!("{} of {whole}", plain(last)),
    }
}

fn integration(id: &str, rest: &[&str]) -> String {
    let (kind, entity) = id.split_once(':').unwrap_or((id, ""));
    let whole = format!("{} {entity}", system(kind));
    match rest {
        [] | ["provider_type" | "provider_entity_id"] => whole,
        [.., last] => format!("{} of {whole}", plain(last)),
    }
}

fn plain(name: &str) -> String {
    name.replace('_', " ")
}

/// RFC 6901: `~1` is a slash, `~0` a tilde.
fn unescaped(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// A name at the beginning of a line.
pub(crate) fn capital(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pointer: &str, said: &str, of: Group) {
        assert_eq!(name(pointer), said, "{pointer}");
        assert_eq!(group(pointer), of, "{pointer}");
    }

    #[test]
    fn fields_are_called_as_people_call_them() {
        check("/profile/address/line1", "street", Group::Profile);
        check("/profile/address/postal_code", "postal code", Group::Profile);
        check("/profile/shipping/address/city", "shipping city", Group::Profile);
        check("/profile/shipping/instructions", "shipping instructions", Group::Profile);
        check("/profile/email", "e-mail", Group::Profile);
        check("/metadata/plan_tier", "metadata plan_tier", Group::Own);
        check("/metadata/a~1b~0c", "metadata a/b~c", Group::Own);
        check("/metadata/plan/tier", "metadata plan.tier", Group::Own);
        check("/tax/ids", "tax ids", Group::Tax);
        check("/custom_fields/Region", "custom field Region", Group::Own);
        check("/payment/auto_pay", "automatic payment", Group::Payment);
        check("/parent_customer_id", "parent", Group::Hierarchy);
        check("/rollup/start_date", "start date of the roll-up", Group::Hierarchy);
        check("/external_id", "external id", Group::Identity);
        check("/invoice_delivery/address/city", "invoice city", Group::Billing);
        check(
            "/integrations/salesforce:0015/metadata",
            "metadata of Salesforce 0015",
            Group::Billing,
        );
        check("/integrations/salesforce:0015/provider_type", "Salesforce 0015", Group::Billing);
        check("/billing_configs/7/provider", "provider of billing configuration 7", Group::Billing);
        check("/something_new/below", "below", Group::Identity);
        check("", "everything", Group::Identity);
    }

    #[test]
    fn every_part_to_filter_by_is_in_its_group() {
        for (of, pointer, _) in PARTS {
            assert_eq!(group(pointer), of, "{pointer}");
        }
    }
}
