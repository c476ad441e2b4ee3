use super::*;

fn document(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("{value} is no object") };
    object
}

fn names(commands: &[Command]) -> Vec<&'static str> {
    commands.iter().map(Command::name).collect()
}

/// A document that changes all there is, so that every command of the table is read.
fn everything() -> Map<String, Value> {
    document(json!({
        "profile": {"name": "Acme", "address": {"city": "Bern"}},
        "external_id": "acme",
        "aliases": ["a"],
        "metadata": {"plan": "pro"},
        "custom_fields": {"x": "1"},
        "config": {"salesforce_account_id": "1"},
        "parent_customer_id": "0192b3a4-c5d6-7e8f-9012-3456789abcde",
        "billing_configs": [
            {"provider": "custom", "delivery_method": "aws_sqs"},
            {"provider": "workday", "delivery_method": "aws_sns"},
        ],
        "revenue_configs": [{"provider": "netsuite", "configuration": {"netsuite_customer_id": "1"}}],
        "integrations": [{"provider_type": "crm", "provider_entity_id": "7"}],
        "invoice_delivery": {"currency": "CHF"},
        "tax": {"treatment": "exempt"},
        "rollup": {"enabled": true},
        "billable_status": {"value": "unbillable", "effective_at": "2026-01-01T00:00:00Z"},
        "payment": {"default_payment_profile_id": "card", "auto_pay": true},
    }))
}

#[test]
fn a_document_becomes_the_commands_that_lead_to_it() {
    let mut archived = everything();
    archived.insert("status".to_owned(), json!("archived"));
    let changed = names(&changes(archived).expect("commands"));
    let further = [
        "add-billing-config",
        "add-billing-config",
        "add-revenue-config",
        "map-integration",
        "update-invoice-delivery",
        "set-tax-settings",
        "set-billable-status",
        "set-rollup-billing",
        "set-default-payment-profile",
    ];
    let of_a_customer = [
        "update-profile",
        "change-external-id",
        "set-aliases",
        "replace-metadata",
        "set-custom-fields",
        "update-config",
        "set-parent",
    ];
    assert_eq!(changed, [&of_a_customer[..], &further, &["archive-customer"]].concat());
    let registered = names(&registration(everything()).expect("commands"));
    assert_eq!(registered, [&["register-customer"][..], &further].concat());
    let at_once = json!({"profile": {"name": "Acme"}, "status": "archived"});
    let at_once = names(&registration(document(at_once)).expect("commands"));
    assert_eq!(at_once, ["register-customer", "archive-customer"]);
    let restored = changes(document(json!({"status": "active", "metadata": null})));
    assert_eq!(names(&restored.expect("commands")), ["restore-customer", "replace-metadata"]);
}

#[test]
fn every_violation_has_its_pointer_in_the_document() {
    let wrong = json!({
        "profile": {"email": "nobody", "address": {"country": "Bern"}},
        "external_id": 7,
        "aliases": [""],
        "metadata": {"plan": "\u{7}"},
        "integrations": [{"provider_type": "crm"}],
        "tax": {"treatment": "free"},
        "payment": {"default_payment_profile_id": 7},
    });
    let places = |found: Vec<Violation>| {
        found.into_iter().map(|violation| violation.pointer).collect::<Vec<_>>()
    };
    assert_eq!(
        places(changes(document(wrong)).expect_err("violations")),
        [
            "/profile/email",
            "/profile/address/country",
            "/external_id",
            "/aliases/0",
            "/metadata/plan",
            "/integrations/0/provider_entity_id",
            "/tax/treatment",
            "/payment/default_payment_profile_id",
        ]
    );
    let nameless = registration(document(json!({"profile": {"email": "a@b.example"}})));
    assert_eq!(places(nameless.expect_err("violations")), ["/profile/name"]);
    let nothing = registration(Map::new());
    assert_eq!(places(nothing.expect_err("violations")), ["/profile/name"]);
}
