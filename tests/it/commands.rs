//! Every command through its own route, read back from the customer or the tenant.

use domain::customer;
use domain::tenant;
use serde_json::{Value, json};
use tests::{TestApp, customer_id};

const CONFIG: &str = "0190a0a0-0000-7000-8000-0000000000c1";
const REVENUE: &str = "0190a0a0-0000-7000-8000-0000000000c2";
const METHOD: &str = "0190a0a0-0000-7000-8000-0000000000c3";

/// A command, its body, and the pointer and value in the state after it.
type Row = (&'static str, Value, &'static str, Value);

/// On one customer in this order, so each can build on the previous ones.
fn customer_rows(parent: &str) -> Vec<Row> {
    let mut rows = identity_rows();
    rows.extend(billing_rows());
    rows.extend(payment_rows());
    rows.extend(tax_rows());
    rows.extend([
        (
            "set-parent",
            json!({ "parent_customer_id": parent }),
            "/parent_customer_id",
            json!(parent),
        ),
        (
            "set-billable-status",
            json!({ "value": "unbillable", "effective_at": "2026-01-01T00:00:00+01:00" }),
            "/billable_status/effective_at",
            json!("2025-12-31T23:00:00.000000Z"),
        ),
        (
            "undo-event",
            json!({ "version": 2 }),
            "/profile",
            json!({ "name": "Acme", "title": "Titan" }),
        ),
        ("revert-to", json!({ "version": 1 }), "/profile", json!({ "name": "Acme" })),
        ("archive-customer", json!({}), "/status", json!("archived")),
        ("restore-customer", json!({}), "/status", json!("active")),
    ]);
    rows
}

fn identity_rows() -> Vec<Row> {
    let address = json!({ "line1": "Main Street 1", "country": "SE" });
    vec![
        (
            "update-profile",
            json!({ "email": "a@acme.test", "address": address, "tags": ["vip"] }),
            "/profile/address/country",
            json!("SE"),
        ),
        ("change-external-id", json!({ "external_id": "acme-2" }), "/external_id", json!("acme-2")),
        ("set-aliases", json!({ "aliases": ["a", "b"] }), "/aliases", json!(["a", "b"])),
        ("replace-metadata", json!({ "metadata": { "k": "v" } }), "/metadata", json!({ "k": "v" })),
        (
            "update-metadata",
            json!({ "set": { "l": "w" }, "unset": ["k", "unknown"] }),
            "/metadata",
            json!({ "l": "w" }),
        ),
        (
            "upsert-customer",
            json!({ "profile": { "title": "Titan" } }),
            "/profile/title",
            json!("Titan"),
        ),
        (
            "set-custom-fields",
            json!({ "fields": { "plan": "pro" } }),
            "/custom_fields/plan",
            json!("pro"),
        ),
        ("delete-custom-fields", json!({ "keys": ["plan"] }), "/custom_fields", Value::Null),
        (
            "update-config",
            json!({ "salesforce_account_id": "0015500001WO1ZiABL" }),
            "/config/salesforce_account_id",
            json!("0015500001WO1ZiABL"),
        ),
    ]
}

fn billing_rows() -> Vec<Row> {
    let stripe = json!({
        "stripe_customer_id": "cus_1", "stripe_collection_method": "charge_automatically"
    });
    let entity = json!({ "provider_type": "hubspot", "provider_entity_id": "h-1" });
    let direct = "direct_to_billing_provider";
    vec![
        (
            "add-billing-config",
            json!({ "id": CONFIG, "provider": "stripe", "configuration": stripe,
                    "delivery_method": direct }),
            "/billing_configs/0/configuration/stripe_customer_id",
            json!("cus_1"),
        ),
        (
            "archive-billing-configs",
            json!({ "ids": [CONFIG] }),
            "/billing_configs/0/id",
            json!(CONFIG),
        ),
        (
            "add-revenue-config",
            json!({ "id": REVENUE, "provider": "netsuite",
                    "configuration": { "netsuite_customer_id": "n-1" } }),
            "/revenue_configs/0/configuration/netsuite_customer_id",
            json!("n-1"),
        ),
        (
            "archive-revenue-configs",
            json!({ "ids": [REVENUE] }),
            "/revenue_configs/0/id",
            json!(REVENUE),
        ),
        ("map-integration", entity.clone(), "/integrations/0", entity.clone()),
        ("unmap-integration", entity, "/integrations", Value::Null),
        (
            "update-invoice-delivery",
            json!({ "method": "EMAIL_INVOICE", "email": "b@acme.test", "currency": "USD" }),
            "/invoice_delivery/method",
            json!("EMAIL_INVOICE"),
        ),
    ]
}

fn payment_rows() -> Vec<Row> {
    vec![
        (
            "attach-payment-profile",
            json!({ "id": "card", "status": "ACTIVE" }),
            "/payment/profiles/0/status",
            json!("ACTIVE"),
        ),
        (
            "update-payment-profile",
            json!({ "id": "card", "display_name": "Visa" }),
            "/payment/profiles/0/display_name",
            json!("Visa"),
        ),
        (
            "set-default-payment-profile",
            json!({ "payment_profile_id": "card", "auto_pay": true }),
            "/payment/auto_pay",
            json!(true),
        ),
        (
            "detach-payment-profile",
            json!({ "id": "card" }),
            "/payment/default_payment_profile_id",
            Value::Null,
        ),
    ]
}

fn tax_rows() -> Vec<Row> {
    let gst = json!({ "country": "IN", "type": "GST", "name": "GST", "rate": "18.5" });
    vec![
        (
            "set-tax-settings",
            json!({ "treatment": "exempt", "overrides": [gst] }),
            "/tax/overrides/0/rate",
            json!("18.5"),
        ),
        (
            "set-rollup-billing",
            json!({ "enabled": true, "frequency": "MONTH" }),
            "/rollup/frequency",
            json!("MONTH"),
        ),
    ]
}

fn tenant_rows() -> Vec<Row> {
    vec![
        ("rename-tenant", json!({ "name": "Other" }), "/name", json!("Other")),
        (
            "update-settings",
            json!({ "leave_stripe_invoices_in_draft": false }),
            "/settings/leave_stripe_invoices_in_draft",
            json!(false),
        ),
        (
            "add-delivery-method",
            json!({ "id": METHOD, "provider": "custom", "delivery_method": "aws_sqs" }),
            "/delivery_methods/0/id",
            json!(METHOD),
        ),
        (
            "archive-delivery-methods",
            json!({ "ids": [METHOD] }),
            "/delivery_methods/0/id",
            json!(METHOD),
        ),
        (
            "add-custom-field-key",
            json!({ "key": "plan" }),
            "/custom_field_keys/0/key",
            json!("plan"),
        ),
        (
            "remove-custom-field-key",
            json!({ "key": "plan" }),
            "/custom_field_keys/0/removed",
            json!(true),
        ),
    ]
}

#[tokio::test]
async fn every_command_is_accepted_by_its_own_route_and_read_back() {
    let app = TestApp::new().await;
    let (id, parent) = (customer_id(1).to_string(), customer_id(2).to_string());
    app.post("/v1/tenant/commands/add-custom-field-key", &json!({ "key": "plan" }))
        .await
        .expect(200);
    app.register(customer_id(2), "Parent").await;
    app.register(customer_id(1), "Acme").await;

    let rows = customer_rows(&parent);
    for (version, (command, body, pointer, value)) in (2..).zip(&rows) {
        let done = app.command(&id, command, body).await;
        assert_eq!(done.status, 200, "{command}: {}", done.body);
        let read = app.get(&format!("/v1/customers/{id}")).await.expect(200);
        let found = read.json().pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(found, *value, "{command}: {}", read.body);
        assert_eq!(read.header("etag"), done.header("etag"), "{command}");
        assert!(read.json()["version"].as_i64() >= Some(version), "{command}: {}", read.body);
    }
    let mut tried: Vec<_> = rows.into_iter().map(|(command, ..)| command).collect();
    tried.insert(0, "register-customer");
    assert_same(tried, customer::Command::NAMES);
}

#[tokio::test]
async fn every_command_on_the_tenant_is_accepted_by_its_own_route_and_read_back() {
    let app = TestApp::new().await;
    let rows = tenant_rows();
    for (command, body, pointer, value) in &rows {
        let done = app.post(&format!("/v1/tenant/commands/{command}"), body).await;
        assert_eq!(done.status, 200, "{command}: {}", done.body);
        let read = app.get("/v1/tenant").await.expect(200);
        assert_eq!(read.json().pointer(pointer), Some(value), "{command}: {}", read.body);
        assert_eq!(read.header("etag"), done.header("etag"), "{command}");
    }
    let again = app.post("/v1/tenant/commands/create-tenant", &json!({ "name": "Again" })).await;
    again.expect_problem(409, "tenant_exists");
    let mut tried: Vec<_> = rows.into_iter().map(|(command, ..)| command).collect();
    tried.push("create-tenant");
    assert_same(tried, tenant::Command::NAMES);
}

/// A new command needs a row here.
fn assert_same(mut tried: Vec<&str>, all: &[&'static str]) {
    let mut all = all.to_vec();
    tried.sort_unstable();
    all.sort_unstable();
    assert_eq!(tried, all);
}

#[tokio::test]
async fn a_registered_customer_can_be_read_by_id_external_id_and_alias() {
    let app = TestApp::new().await;
    let id = customer_id(1);
    let body = json!({
        "id": id, "external_id": "acme", "aliases": ["a-1"], "profile": { "name": "Acme" }
    });
    let made = app.post("/v1/customers", &body).await.expect(201);
    assert_eq!(made.header("location"), format!("/v1/customers/{id}"));
    assert_eq!(made.header("etag"), "\"1\"");

    for reference in [id.to_string(), "external:acme".to_owned(), "alias:a-1".to_owned()] {
        let read = app.get(&format!("/v1/customers/{reference}")).await.expect(200);
        assert_eq!(read.json()["profile"]["name"], "Acme");
        assert_eq!(read.json()["id"], id.to_string());
    }
}

#[tokio::test]
async fn a_customer_registered_without_an_id_gets_one_and_is_found_at_its_location() {
    let app = TestApp::new().await;
    let body = json!({ "profile": { "name": "Acme" } });
    let made = app.post("/v1/customers", &body).await.expect(201);
    let read = app.get(made.header("location")).await.expect(200);
    assert_eq!(read.json()["id"], made.json()["id"]);
}

#[tokio::test]
async fn an_answer_has_the_version_the_position_and_each_event() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let id = customer_id(1).to_string();
    let body = json!({ "email": "a@acme.test", "name": "Acme" });
    let answer = app.command(&id, "update-profile", &body).await.expect(200);
    let json = answer.json();
    assert_eq!((&json["id"], &json["version"]), (&json!(id), &json!(2)));
    assert_eq!(answer.header("dossier-position"), json["position"]);
    let event = json!({ "type": "ProfileUpdated", "data": { "email": "a@acme.test" } });
    assert_eq!(json["events"][0]["event"], event, "only what changed");
    assert_eq!(json["events"][0]["version"], 2);
    assert_eq!(json["events"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_command_without_effect_stores_no_event() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let id = customer_id(1).to_string();
    let body = json!({ "name": "Acme", "email": null });
    let answer = app.command(&id, "update-profile", &body).await.expect(200);
    assert_eq!(answer.json()["events"], json!([]));
    assert_eq!((answer.header("etag"), &answer.json()["version"]), ("\"1\"", &json!(1)));
}
