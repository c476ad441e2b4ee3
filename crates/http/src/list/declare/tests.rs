use domain::customer::{Customer, PaymentProfile};

use super::*;

#[test]
fn a_customer_has_a_column_for_each_field_in_the_order_of_its_declaration() {
    let columns = columns_of::<Customer>();
    let first: Vec<&str> = columns.iter().take(4).map(String::as_str).collect();
    assert_eq!(first, ["status", "external_id", "former_external_ids", "aliases"]);
    for field in [
        "profile.name",
        "profile.email",
        "profile.address.line1",
        "metadata",
        "custom_fields",
        "billing_configs",
        "invoice_delivery.method",
        "payment.auto_pay",
        "parent_customer_id",
        "billable_status.value",
    ] {
        assert!(columns.iter().any(|column| column == field), "{field} is not in {columns:?}");
    }
    for record in ["profile", "profile.address", "payment", "billable_status"] {
        assert!(columns.iter().all(|column| column != record), "{record} has no cell of its own");
    }
}

#[test]
fn a_payment_profile_has_the_columns_of_its_declaration() {
    assert_eq!(
        columns_of::<PaymentProfile>(),
        ["id", "status", "type", "provider", "display_name", "expires_at", "metadata"]
    );
}
