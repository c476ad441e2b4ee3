use super::is_field;

#[test]
fn fields_of_the_configuration_are_known_at_every_level() {
    for field in [
        "/status",
        "/external_id",
        "/profile",
        "/profile/address",
        "/profile/address/line1",
        "/metadata",
        "/metadata/any key",
        "/metadata/any key/within",
        "/custom_fields/cost_center",
        "/billing_configs",
        "/billing_configs/0192f0c4-11f2-7b08-8c55-3b1f0a9d7e21",
        "/billing_configs/0192f0c4-11f2-7b08-8c55-3b1f0a9d7e21/configuration/stripe_customer_id",
        "/revenue_configs/1/archived_at",
        "/integrations/crm:7/metadata/note",
        "/payment/profiles/card-1/expires_at",
        "/payment/auto_pay",
        "/invoice_delivery/address/city",
        "/tax/overrides",
        "/rollup/enabled",
        "/billable_status/value",
        "/parent_customer_id",
    ] {
        assert!(is_field(field), "{field} is a field");
    }
}

#[test]
fn what_no_customer_can_have_is_no_field() {
    for field in [
        "",
        "/",
        "profile",
        "/profil",
        "/profile/",
        "/profile/adress",
        "/profile/name/first",
        "/custom_fields/a/b",
        "/aliases/0",
        "/tax/overrides/0",
        "/billing_configs/1/nothing",
        "/payment/profiles/card-1/status/a",
        "/id",
        "/version",
    ] {
        assert!(!is_field(field), "{field} is no field");
    }
}
