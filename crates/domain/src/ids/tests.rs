//! Ids have one spelling.

use serde_json::json;

use super::{CustomerId, PaymentProfileId};

const ID: &str = "0a000000-0000-4000-8000-00000000000a";

#[test]
fn an_id_is_written_in_lower_case_with_hyphens() {
    let id: CustomerId = ID.parse().expect("an id");
    assert_eq!(id.to_string(), ID);
    assert_eq!(serde_json::to_value(id).expect("JSON"), json!(ID));
    assert_eq!(serde_json::from_value::<CustomerId>(json!(ID)).expect("an id"), id);
    assert_eq!(CustomerId::from(id.0), id);
}

#[test]
fn an_id_that_is_written_otherwise_is_refused() {
    let hyphens = ID.replace('-', "");
    let braces = format!("{{{ID}}}");
    for text in ["", "x", &ID.to_uppercase(), &hyphens, &braces, &format!("urn:uuid:{ID}")] {
        let refused = text.parse::<CustomerId>().expect_err("a refusal");
        assert_eq!(refused.detail, "must be a UUID in lower case, with hyphens");
        assert!(serde_json::from_value::<CustomerId>(json!(text)).is_err(), "{text}");
    }
}

#[test]
fn the_id_of_a_payment_profile_is_a_text() {
    assert!("x".repeat(128).parse::<PaymentProfileId>().is_ok());
    assert!("x".repeat(129).parse::<PaymentProfileId>().is_err());
}
