//! What a refusal says to programs and to people.

use std::collections::BTreeSet;

use serde_json::json;

use super::Refusal;

#[test]
fn a_refusal_names_the_member_of_the_customer_that_it_is_about() {
    let billing = Some("/billing_configs");
    let revenue = Some("/revenue_configs");
    let default = Some("/payment/default_payment_profile_id");
    let expected = [
        ("name_required", Some("/profile/name")),
        ("external_id_taken", Some("/external_id")),
        ("alias_taken", Some("/aliases")),
        ("too_many_metadata", Some("/metadata")),
        ("custom_field_key_unknown", Some("/custom_fields")),
        ("custom_field_value_taken", Some("/custom_fields")),
        ("custom_field_value_too_long", Some("/custom_fields")),
        ("too_many_custom_fields", Some("/custom_fields")),
        ("tax_provider_not_allowed", billing),
        ("too_many_billing_configs", billing),
        ("billing_config_exists", billing),
        ("billing_config_unknown", billing),
        ("too_many_revenue_configs", revenue),
        ("revenue_config_exists", revenue),
        ("revenue_config_unknown", revenue),
        ("too_many_integrations", Some("/integrations")),
        ("integration_unknown", Some("/integrations")),
        ("invoice_email_missing", Some("/invoice_delivery/email")),
        ("invoice_address_missing", Some("/invoice_delivery/address")),
        ("too_many_payment_profiles", Some("/payment/profiles")),
        ("payment_profile_exists", Some("/payment/profiles")),
        ("payment_profile_unknown", default),
        ("payment_profile_not_active", default),
        ("auto_pay_needs_default", Some("/payment/auto_pay")),
        ("rollup_ends_before_start", Some("/rollup/end_date")),
        ("parent_is_self", Some("/parent_customer_id")),
        ("parent_unknown", Some("/parent_customer_id")),
        ("parent_cycle", Some("/parent_customer_id")),
        ("hierarchy_too_deep", Some("/parent_customer_id")),
    ];
    let named = Refusal::ALL.iter().filter(|refusal| refusal.member().is_some());
    let named: Vec<_> = named.map(|refusal| (refusal.code(), refusal.member())).collect();
    assert_eq!(named, expected);
}

#[test]
fn each_refusal_has_a_code_and_a_text_of_its_own() {
    let codes: BTreeSet<_> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();
    assert_eq!(codes.len(), Refusal::ALL.len());
    let codes = json!(codes).to_string();
    assert!(codes.chars().all(|c| c.is_ascii_lowercase() || "[]\",_".contains(c)), "{codes}");
    let texts: BTreeSet<_> = Refusal::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), Refusal::ALL.len());
}
