use serde_json::{Value, json};

use super::Disclosure;
use crate::customer::testing::{check, command, context, registered};

fn disclosed(name: &str, body: Value) -> Disclosure {
    command(name, body).discloses()
}

#[test]
fn a_revert_discloses_the_past_and_a_change_of_a_field_nothing() {
    assert_eq!(disclosed("revert-to", json!({ "version": 1 })), Disclosure::Past);
    assert_eq!(disclosed("undo-event", json!({ "version": 1 })), Disclosure::Past);
    assert_eq!(disclosed("update-profile", json!({ "name": "Ada" })), Disclosure::Nothing);
}

#[test]
fn the_default_payment_profile_is_disclosed_by_a_command_that_leaves_it_out() {
    let attached = json!({ "type": "PaymentProfileAttached",
                           "data": { "id": "card-1", "status": "ACTIVE" } });
    let default = |auto_pay: bool| {
        json!({ "type": "DefaultPaymentProfileSet",
                "data": { "payment_profile_id": "card-1", "auto_pay": auto_pay } })
    };
    let given = [registered(), attached, default(false)];
    let name = "set-default-payment-profile";
    let asked = json!({ "auto_pay": true });
    check(&given, &context(), (name, asked.clone()), Ok(&[default(true)]));
    assert_eq!(disclosed(name, asked), Disclosure::Present);
    assert_eq!(disclosed(name, json!({ "payment_profile_id": "card-1" })), Disclosure::Present);
    let all = json!({ "payment_profile_id": "card-1", "auto_pay": true });
    assert_eq!(disclosed(name, all), Disclosure::Nothing);
}
