//! Payment profiles and the default among them.

use std::slice::from_ref;

use serde_json::{Value, json};

use crate::customer::testing::{
    attached, check, check_command, context, default_set, payment_profile, registered, stored,
    wrong,
};
use crate::customer::{Command, Refusal, SetDefaultPaymentProfile};
use crate::patch::Patch;

fn paying() -> [Value; 3] {
    [registered(), attached("p1", "ACTIVE"), default_set(Some("p1"), true)]
}

#[test]
fn a_payment_profile_is_attached_once() {
    let attach = |status| ("attach-payment-profile", payment_profile("p1", status));
    check(&[registered()], &context(), attach("ACTIVE"), Ok(&[attached("p1", "ACTIVE")]));
    let given = [registered(), attached("p1", "ACTIVE")];
    check(&given, &context(), attach("ACTIVE"), Ok(&[]));
    check(&given, &context(), attach("EXPIRED"), Err(Refusal::PaymentProfileExists));
}

#[test]
fn a_customer_has_at_most_50_payment_profiles() {
    let with_profiles = |count: usize| -> Vec<Value> {
        let profiles = (0..count).map(|n| attached(&n.to_string(), "ACTIVE"));
        std::iter::once(registered()).chain(profiles).collect()
    };
    let attach = || ("attach-payment-profile", payment_profile("50", "ACTIVE"));
    check(&with_profiles(49), &context(), attach(), Ok(&[attached("50", "ACTIVE")]));
    let refused = Err(Refusal::TooManyPaymentProfiles);
    check(&with_profiles(50), &context(), attach(), refused);
}

#[test]
fn an_update_of_a_payment_profile_stores_exactly_what_changed() {
    let body = json!({ "id": "p1", "status": "ACTIVE", "display_name": "Visa", "provider": null });
    let data = json!({ "id": "p1", "display_name": "Visa", "provider": null });
    let updated = stored("PaymentProfileUpdated", data);
    check(&paying(), &context(), ("update-payment-profile", body.clone()), Ok(from_ref(&updated)));
    let mut given = paying().to_vec();
    given.push(updated);
    check(&given, &context(), ("update-payment-profile", body.clone()), Ok(&[]));
    let refused = Err(Refusal::PaymentProfileUnknown);
    check(&[registered()], &context(), ("update-payment-profile", body), refused);
}

#[test]
fn each_field_of_a_payment_profile_can_change_on_its_own() {
    for (field, value) in [
        ("status", json!("INACTIVE")),
        ("type", json!("ACCOUNT")),
        ("provider", json!(null)),
        ("display_name", json!("Visa")),
        ("expires_at", json!("2030-01-01T00:00:00.000000Z")),
        ("metadata", json!({ "a": "b" })),
    ] {
        let mut change = json!({ "id": "p1" });
        change[field] = value;
        let updated = stored("PaymentProfileUpdated", change.clone());
        let given = [registered(), attached("p1", "ACTIVE")];
        check(&given, &context(), ("update-payment-profile", change), Ok(&[updated]));
    }
}

#[test]
fn a_default_that_can_no_longer_be_used_is_cleared_first_by_the_same_command() {
    let expire = ("update-payment-profile", json!({ "id": "p1", "status": "EXPIRED" }));
    let expired = stored("PaymentProfileUpdated", json!({ "id": "p1", "status": "EXPIRED" }));
    check(&paying(), &context(), expire, Ok(&[default_set(None, false), expired]));

    let detach = || ("detach-payment-profile", json!({ "id": "p1" }));
    let detached = stored("PaymentProfileDetached", json!({ "id": "p1" }));
    check(&paying(), &context(), detach(), Ok(&[default_set(None, false), detached.clone()]));
    check(&paying()[..2], &context(), detach(), Ok(&[detached]));
    check(&[registered()], &context(), detach(), Err(Refusal::PaymentProfileUnknown));
}

#[test]
fn the_default_stays_while_another_payment_profile_expires_or_is_detached() {
    let mut given = paying().to_vec();
    given.push(attached("p2", "ACTIVE"));
    let expired = json!({ "id": "p2", "status": "EXPIRED" });
    let event = stored("PaymentProfileUpdated", expired.clone());
    check(&given, &context(), ("update-payment-profile", expired), Ok(&[event]));
    let event = stored("PaymentProfileDetached", json!({ "id": "p2" }));
    check(&given, &context(), ("detach-payment-profile", json!({ "id": "p2" })), Ok(&[event]));
}

#[test]
fn the_default_is_an_active_payment_profile_of_the_customer() {
    let set = |id: &str| ("set-default-payment-profile", json!({ "payment_profile_id": id }));
    let given = [registered(), attached("p1", "ACTIVE"), attached("p2", "REQUIRES_ACTION")];
    check(&given, &context(), set("p1"), Ok(&[default_set(Some("p1"), false)]));
    check(&given, &context(), set("p2"), Err(Refusal::PaymentProfileNotActive));
    check(&given, &context(), set("p3"), Err(Refusal::PaymentProfileUnknown));
    check(&paying(), &context(), set("p1"), Ok(&[]));
}

#[test]
fn a_new_default_keeps_automatic_payment_as_it_is() {
    let mut given = paying().to_vec();
    given.push(attached("p2", "ACTIVE"));
    let set = ("set-default-payment-profile", json!({ "payment_profile_id": "p2" }));
    check(&given, &context(), set, Ok(&[default_set(Some("p2"), true)]));
}

#[test]
fn a_customer_without_a_default_has_no_automatic_payment() {
    let set = |body| ("set-default-payment-profile", body);
    let none = json!({ "payment_profile_id": null });
    check(&paying(), &context(), set(none), Ok(&[default_set(None, false)]));
    let off = json!({ "auto_pay": false });
    check(&paying(), &context(), set(off), Ok(&[default_set(Some("p1"), false)]));
    let on = json!({ "auto_pay": true });
    check(&[registered()], &context(), set(on), Err(Refusal::AutoPayNeedsDefault));
    check(&[registered()], &context(), set(json!({ "auto_pay": false })), Ok(&[]));
}

#[test]
fn a_command_cannot_clear_the_default_and_turn_automatic_payment_on() {
    let body = json!({ "payment_profile_id": null, "auto_pay": true });
    assert_eq!(wrong("set-default-payment-profile", body), ["/auto_pay"]);
    let unchecked = Command::SetDefaultPaymentProfile(SetDefaultPaymentProfile {
        payment_profile_id: Patch::Clear,
        auto_pay: Some(true),
    });
    check_command(&paying(), &context(), unchecked, Err(Refusal::AutoPayNeedsDefault));
}
