//! Payment profiles and the default among them.

use std::slice::from_ref;

use serde_json::{Value, json};

use crate::customer::testing::{check, context, customer, registered};
use crate::customer::{Command, Refusal, SetDefaultPaymentProfile, decide};

fn profile(id: &str, status: &str) -> Value {
    json!({ "id": id, "status": status, "type": "CARD", "provider": "STRIPE" })
}

fn attached(id: &str, status: &str) -> Value {
    json!({ "type": "PaymentProfileAttached", "data": profile(id, status) })
}

fn default_set(id: Option<&str>, auto_pay: bool) -> Value {
    json!({ "type": "DefaultPaymentProfileSet",
            "data": { "payment_profile_id": id, "auto_pay": auto_pay } })
}

fn paying() -> [Value; 3] {
    [registered(), attached("p1", "ACTIVE"), default_set(Some("p1"), true)]
}

#[test]
fn a_profile_is_attached_once() {
    let attach = |status| ("attach-payment-profile", profile("p1", status));
    check(&[registered()], &context(), attach("ACTIVE"), Ok(&[attached("p1", "ACTIVE")]));
    let given = [registered(), attached("p1", "ACTIVE")];
    check(&given, &context(), attach("ACTIVE"), Ok(&[]));
    check(&given, &context(), attach("EXPIRED"), Err(Refusal::PaymentProfileExists));
}

#[test]
fn the_fifty_first_profile_is_refused() {
    let mut given = vec![registered()];
    given.extend((0..50).map(|n| attached(&n.to_string(), "ACTIVE")));
    let attach = ("attach-payment-profile", profile("50", "ACTIVE"));
    check(&given, &context(), attach, Err(Refusal::TooManyPaymentProfiles));
}

#[test]
fn an_update_of_a_profile_names_exactly_what_changed() {
    let body = json!({ "id": "p1", "status": "ACTIVE", "display_name": "Visa", "provider": null });
    let data = json!({ "id": "p1", "display_name": "Visa", "provider": null });
    let updated = json!({ "type": "PaymentProfileUpdated", "data": data });
    check(&paying(), &context(), ("update-payment-profile", body.clone()), Ok(from_ref(&updated)));
    let mut given = paying().to_vec();
    given.push(updated);
    check(&given, &context(), ("update-payment-profile", body.clone()), Ok(&[]));
    let refused = Err(Refusal::PaymentProfileUnknown);
    check(&[registered()], &context(), ("update-payment-profile", body), refused);
}

#[test]
fn a_default_that_can_no_longer_be_used_is_cleared_in_the_same_command() {
    let expire = ("update-payment-profile", json!({ "id": "p1", "status": "EXPIRED" }));
    let expired =
        json!({ "type": "PaymentProfileUpdated", "data": { "id": "p1", "status": "EXPIRED" } });
    check(&paying(), &context(), expire, Ok(&[expired, default_set(None, false)]));

    let detach = || ("detach-payment-profile", json!({ "id": "p1" }));
    let detached = json!({ "type": "PaymentProfileDetached", "data": { "id": "p1" } });
    check(&paying(), &context(), detach(), Ok(&[detached.clone(), default_set(None, false)]));
    check(&paying()[..2], &context(), detach(), Ok(&[detached]));
    check(&[registered()], &context(), detach(), Err(Refusal::PaymentProfileUnknown));
}

#[test]
fn the_default_is_an_active_profile_of_this_customer() {
    let set = |id: &str| ("set-default-payment-profile", json!({ "payment_profile_id": id }));
    let given = [registered(), attached("p1", "ACTIVE"), attached("p2", "REQUIRES_ACTION")];
    check(&given, &context(), set("p1"), Ok(&[default_set(Some("p1"), false)]));
    check(&given, &context(), set("p2"), Err(Refusal::PaymentProfileNotActive));
    check(&given, &context(), set("p3"), Err(Refusal::PaymentProfileUnknown));
    check(&paying(), &context(), set("p1"), Ok(&[]));
}

#[test]
fn no_default_means_no_automatic_payment() {
    let set = |body| ("set-default-payment-profile", body);
    let none = json!({ "payment_profile_id": null });
    check(&paying(), &context(), set(none), Ok(&[default_set(None, false)]));
    let off = json!({ "auto_pay": false });
    check(&paying(), &context(), set(off), Ok(&[default_set(Some("p1"), false)]));
    let on = json!({ "auto_pay": true });
    check(&[registered()], &context(), set(on), Err(Refusal::AutoPayNeedsDefault));
}

#[test]
fn automatic_payment_and_no_default_contradict_each_other() {
    let body = json!({ "payment_profile_id": null, "auto_pay": true });
    let read = Command::read("set-default-payment-profile", body).unwrap().unwrap_err();
    assert_eq!(read[0].pointer, "/auto_pay");
    let unchecked = Command::SetDefaultPaymentProfile(SetDefaultPaymentProfile {
        payment_profile_id: crate::Patch::Clear,
        auto_pay: Some(true),
    });
    let decided = decide(&customer(&paying()), &context(), unchecked);
    assert_eq!(decided, Err(Refusal::AutoPayNeedsDefault));
}
