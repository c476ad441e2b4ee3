//! Customers: created, read, archived.

use serde_json::{Value, json};
use tests::TestApp;

use super::{BASE, create, delete, get, path, post};

/// Every member of a customer that FlexPrice's newest clients declare.
const MEMBERS: [&str; 27] = [
    "address_city",
    "address_country",
    "address_line1",
    "address_line2",
    "address_postal_code",
    "address_state",
    "billing_currency",
    "contact",
    "contact_persons",
    "created_at",
    "created_by",
    "email",
    "environment_id",
    "external_id",
    "id",
    "integrations",
    "metadata",
    "name",
    "parent_customer",
    "parent_customer_id",
    "status",
    "tax_rate_overrides",
    "tax_treatment",
    "tenant_id",
    "timezone",
    "updated_at",
    "updated_by",
];

fn everything() -> Value {
    json!({
        "external_id": "user_12345",
        "name": "Acme Corp",
        "email": "billing@acme.com",
        "contact": "+1 415 555 0100",
        "contact_persons": [{"first_name": "Ada", "last_name": "", "is_primary": true}],
        "address_line1": "123 Main Street",
        "address_line2": "",
        "address_city": "San Francisco",
        "address_state": "CA",
        "address_postal_code": "94105",
        "address_country": "US",
        "timezone": "America/Los_Angeles",
        "metadata": {"plan_tier": "enterprise", "note": ""},
        "billing_currency": "usd",
        "tax_treatment": "exempt",
        "tax_rate_overrides": [{"tax_rate_code": "vat", "currency": "EUR", "priority": 1}],
        "integration_entity_mapping": [{
            "entity_id": "not known yet",
            "entity_type": "customer",
            "provider_type": "stripe",
            "provider_entity_id": "cus_1",
            "metadata": {"since": "2024"},
        }],
        "skip_onboarding_workflow": true,
        "onboarding_workflow_name": "standard",
        "what_nobody_knows": 1,
    })
}

#[tokio::test]
async fn a_created_customer_shows_in_every_api() {
    let app = TestApp::new().await;
    let made = post(&app, "/customers", &everything()).await.expect(201).json();
    let members: Vec<_> = made.as_object().expect("an object").keys().collect();
    assert_eq!(members, MEMBERS);
    for (member, sent) in everything().as_object().expect("an object") {
        let shown = match member.as_str() {
            "billing_currency" => json!("USD"),
            "contact_persons" => json!([{
                "id": null, "first_name": "Ada", "last_name": null, "email": null,
                "mobile": null, "designation": null, "department": null, "salutation": null,
                "is_primary": true,
            }]),
            "tax_rate_overrides" => json!([{
                "tax_rate_code": "vat", "currency": "EUR", "priority": 1, "auto_apply": true,
                "tax_behavior": null, "metadata": {},
            }]),
            "integration_entity_mapping"
            | "skip_onboarding_workflow"
            | "onboarding_workflow_name"
            | "what_nobody_knows" => continue,
            _ => sent.clone(),
        };
        assert_eq!(made[member], shown, "{member}");
    }
    assert_eq!(made["status"], "published");
    for (member, prefix) in [("id", "cust_"), ("tenant_id", "tenant_"), ("environment_id", "env_")]
    {
        assert!(made[member].as_str().is_some_and(|id| id.starts_with(prefix)), "{member}");
    }
    let native = app.get("/v1/customers/external:user_12345").await.expect(200).json();
    assert_eq!(native["profile"]["phone"], "+1 415 555 0100");
    assert_eq!(native["invoice_delivery"]["currency"], "USD");
    assert_eq!(native["integrations"][0]["provider_entity_id"], "cus_1");
    let id = native["id"].as_str().expect("an id");
    let events = app.get(&format!("/v1/customers/{id}/events")).await.expect(200).json();
    for event in events["items"].as_array().expect("events") {
        assert_eq!(event["surface"], "flexprice");
    }
    assert_eq!(get(&app, &path(&made)).await.expect(200).json(), made);
}

#[tokio::test]
async fn a_customer_with_only_names_has_every_member() {
    let app = TestApp::new().await;
    let made = create(&app, "bare", json!({"email": null, "timezone": null})).await;
    let members: Vec<_> = made.as_object().expect("an object").keys().collect();
    assert_eq!(members, MEMBERS);
    for member in ["email", "address_line1", "address_country"] {
        assert_eq!(made[member], "", "{member}");
    }
    for member in ["contact", "parent_customer_id", "parent_customer", "integrations"] {
        assert_eq!(made[member], Value::Null, "{member}");
    }
    assert_eq!((&made["timezone"], &made["metadata"]), (&json!("UTC"), &json!({})));
}

#[tokio::test]
async fn a_customer_is_found_by_each_of_its_names() {
    let app = TestApp::new().await;
    let made = create(&app, "a/ü b", json!({})).await;
    for path in ["/customers/external/a%2F%C3%BC%20b", "/customers/lookup/a%2F%C3%BC%20b"] {
        assert_eq!(get(&app, path).await.expect(200).json(), made);
    }
    for unknown in ["/customers/external/b", "/customers/lookup/b", "/customers/cust_1"] {
        let missing = get(&app, unknown).await.expect(404).json();
        assert_eq!(missing["code"], "not_found", "{unknown}");
        assert_eq!(missing["http_status_code"], 404);
    }
    let stranger = app.another_tenant().await;
    let theirs = get(&stranger, &path(&made)).await.expect(404).body;
    assert_eq!(theirs, get(&app, "/customers/cust_0").await.expect(404).body);
}

#[tokio::test]
async fn a_deleted_customer_is_archived_and_its_external_id_is_free() {
    let app = TestApp::new().await;
    let made = create(&app, "acme", json!({})).await;
    let gone = delete(&app, &path(&made)).await.expect(204);
    assert_eq!(gone.body, "");
    delete(&app, &path(&made)).await.expect(404);
    delete(&app, "/customers/cust_1").await.expect(404);
    let archived = get(&app, &path(&made)).await.expect(200).json();
    assert_eq!(archived["status"], "archived");
    get(&app, "/customers/external/acme").await.expect(404);
    get(&app, "/customers/lookup/acme").await.expect(404);
    let other = create(&app, "acme", json!({})).await;
    assert_ne!(other["id"], made["id"]);
}

#[tokio::test]
async fn errors_have_flexprices_format() {
    let app = TestApp::new().await;
    let nameless = post(&app, "/customers", &json!({"external_id": "", "name": null})).await;
    let nameless = nameless.expect(400).json();
    assert_eq!(nameless["code"], "validation_error");
    assert_eq!(nameless["http_status_code"], 400);
    assert_eq!(nameless["details"], json!({"external_id": "is required", "name": "is required"}));
    let detail = json!({"message": nameless["message"], "internal_error": null});
    assert_eq!((&nameless["success"], &nameless["error"]), (&json!(false), &detail));
    for (wrong, place) in [
        (json!({"name": "n".repeat(256)}), "name"),
        (json!({"email": "nobody"}), "email"),
        (json!({"address_country": "us"}), "address_country"),
        (json!({"contact_persons": [{"last_name": "L"}]}), "contact_persons.0.first_name"),
        (
            json!({"integration_entity_mapping": [{"id": "x"}]}),
            "integration_entity_mapping.0.provider",
        ),
        (json!({"metadata": {"a": 1}}), "metadata.a"),
        (json!({"contact": 7}), "contact"),
    ] {
        let mut body = json!({"external_id": "a", "name": "A"});
        body.as_object_mut().expect("an object").extend(wrong.as_object().cloned().expect("one"));
        let refused = post(&app, "/customers", &body).await.expect(400).json();
        assert_eq!(refused["code"], "validation_error");
        assert!(refused["details"][place].is_string(), "{place}: {refused}");
    }
    create(&app, "acme", json!({})).await;
    let taken = json!({"external_id": "acme", "name": "Acme"});
    let taken = post(&app, "/customers", &taken).await.expect(409);
    assert_eq!(taken.header("x-should-retry"), "false");
    assert_eq!(taken.json()["code"], "already_exists");
    for elsewhere in ["/wallets", "/customers/x/entitlements", "/customers/x/usage", "/events"] {
        assert_eq!(get(&app, elsewhere).await.expect(404).json()["code"], "not_found");
    }
    let keyless = axum::http::Request::get(format!("{BASE}/customers/x"));
    let keyless = app.send(keyless.body(axum::body::Body::empty()).expect("a request")).await;
    assert_eq!(keyless.expect(401).json(), json!({"error": "Unauthorized"}));
    let malformed = app.request(axum::http::Method::POST, &format!("{BASE}/customers"), "{");
    assert_eq!(app.send(malformed).await.expect(400).json()["code"], "validation_error");
}

#[tokio::test]
async fn a_creation_with_an_idempotency_key_is_executed_once() {
    let app = TestApp::new().await;
    let body = json!({"external_id": "acme", "name": "Acme"});
    let key = [("idempotency-key", "k")];
    let path = format!("{BASE}/customers");
    let first = app.post_with(&path, &body, &key).await.expect(201);
    let again = app.post_with(&path, &body, &key).await.expect(201);
    assert_eq!(first.body, again.body);
    let other = json!({"external_id": "other", "name": "Acme"});
    let reused = app.post_with(&path, &other, &key).await.expect(409);
    assert_eq!(reused.header("x-should-retry"), "false");
    assert_eq!(reused.json()["code"], "invalid_operation");
}
