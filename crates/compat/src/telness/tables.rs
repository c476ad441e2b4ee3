//! Connect's objects, member by member.

use crate::members::{Empty, Form, Member};

/// A customer.
pub(super) const CUSTOMER: &[Member] = &[
    Member::shown("customerId", "/id"),
    Member::new("referenceId", "/external_id"),
    Member::new("customerType", "/profile/type"),
    Member::new("name", "/profile/name"),
    Member::new("identity", "/profile/identity"),
    Member::new("preferredLocale", "/profile/locale"),
    Member::shown("humanReadableId", "/profile/human_readable_id"),
    Member::new("contact", "/profile").as_a(Form::Group(CONTACT)),
    Member::new("billing", "").as_a(Form::Group(BILLING)),
    Member::new("users", "/profile/users").as_a(Form::Each(USER)).or(Empty::List),
    Member::new("contactPersonUserId", "/profile/contact_person_user_id"),
    Member::new("shipping", "/profile/shipping").as_a(Form::Group(SHIPPING)),
    Member::new("metadata", "/metadata").or(Empty::Object),
    Member::shown("createdAt", "/created_at"),
    Member::shown("updatedAt", "/updated_at"),
];

/// How a customer gets and pays its invoices.
pub(super) const BILLING: &[Member] = &[
    Member::new("method", "/invoice_delivery/method"),
    Member::new("email", "/invoice_delivery/email"),
    Member::new("address", "/invoice_delivery/address").as_a(Form::Group(ADDRESS)),
    Member::new("currency", "/invoice_delivery/currency"),
    Member::new("defaultPaymentProfileId", "/payment/default_payment_profile_id"),
    Member::new("autoPay", "/payment/auto_pay").or(Empty::False),
];

const CONTACT: &[Member] = &[Member::new("email", "/email"), Member::new("msisdn", "/msisdn")];

const ADDRESS: &[Member] = &[
    Member::new("street1", "/line1"),
    Member::new("street2", "/line2"),
    Member::new("city", "/city"),
    Member::new("zip", "/postal_code"),
    Member::new("country", "/country"),
    Member::new("state", "/state"),
    Member::new("region", "/region"),
    Member::new("attention", "/attention"),
];

/// A user of a customer.
pub(super) const USER: &[Member] = &[
    Member::new("userId", "/user_id"),
    Member::new("name", "/name"),
    Member::new("role", "/role"),
];

const SHIPPING: &[Member] = &[
    Member::new("name", "/name"),
    Member::new("msisdn", "/msisdn"),
    Member::new("address", "/address").as_a(Form::Group(ADDRESS)),
    Member::new("instructions", "/instructions"),
];

/// A payment profile.
pub(super) const PROFILE: &[Member] = &[
    Member::shown("paymentProfileId", "/id"),
    Member::shown("type", "/type"),
    Member::shown("status", "/status"),
    Member::shown("provider", "/provider"),
    Member::shown("displayName", "/display_name"),
    Member::shown("expiresAt", "/expires_at").as_a(Form::Day),
    Member::shown("metadata", "/metadata").or(Empty::Object),
];
