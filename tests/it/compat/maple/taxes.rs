//! A customer's own taxes, and the roll-up of its children's bills.

use axum::http::Method;
use serde_json::{Value, json};
use tests::{Reply, TestApp};

use super::{base, create, fields, patch};

/// Sends a tax with this rate, as written.
async fn tax(app: &TestApp, path: &str, rate: &str) -> Reply {
    let tax = format!(r#"{{"country":"IN","type":"GST","name":"GST","rate":{rate}}}"#);
    let body = format!(r#"{{"override_taxes":[{tax}]}}"#);
    app.send(app.request(Method::PATCH, path, body)).await
}

#[tokio::test]
async fn a_tax_rate_keeps_its_value_exactly() {
    let app = TestApp::new().await;
    let id = create(&app, &json!({"name": "Acme"})).await["id"].clone();
    let id = id.as_str().expect("an id");
    let path = format!("{}/{id}", base(&app).await);
    for (written, kept) in [
        ("18", "18"),
        ("18.0", "18"),
        ("8.25", "8.25"),
        ("0.1", "0.1"),
        ("999.999999", "999.999999"),
        ("0.000001", "0.000001"),
        ("1e-6", "0.000001"),
        ("0", "0"),
    ] {
        let shown = tax(&app, &path, written).await.expect(200).json();
        let rate = shown["override_taxes"][0]["rate"].as_f64();
        assert_eq!(rate, written.parse().ok(), "{written}");
        let native = native(&app, id).await;
        assert_eq!(native["tax"]["overrides"][0]["rate"], kept);
    }
    for written in
        ["1000", "-1", "0.0000001", "18.1234567", "0.1000000000000000055", "\"18\"", "true"]
    {
        assert_eq!(
            fields(tax(&app, &path, written).await),
            ["/override_taxes/0/rate"],
            "{written}"
        );
    }
    let without = patch(&app, &path, &json!({"override_taxes": [{"country": "IN"}]})).await;
    assert_eq!(fields(without), ["/override_taxes/0/type"]);
}

/// The customer in the native API.
async fn native(app: &TestApp, id: &str) -> Value {
    let named = json!({"identifier": "acme"});
    patch(app, &format!("{}/{id}", base(app).await), &named).await.expect(200);
    app.get("/v1/customers/external:acme").await.expect(200).json()
}

#[tokio::test]
async fn the_roll_up_of_bills_is_kept_and_shown() {
    let app = TestApp::new().await;
    let config = json!({
        "auto_charges": true,
        "frequency": "HOUR",
        "start_date": "2026-01-01T00:00:00Z",
        "end_date": null,
        "invoice_due_date_from_creation": 30,
        "invoice_additional_display_fields": [{"name": "PO", "value": "4711"}],
    });
    let sent = json!({
        "name": "Acme", "child_rollup_billing": true, "child_rollup_billing_config": config,
    });
    let made = create(&app, &sent).await;
    assert_eq!(
        (&made["child_rollup_billing"], &made["child_rollup_billing_config"]),
        (&json!(true), &config)
    );
    let path = format!("{}/{}", base(&app).await, made["id"].as_str().expect("an id"));
    for frequency in ["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"] {
        let sent = json!({"child_rollup_billing_config": {"frequency": frequency}});
        let shown = patch(&app, &path, &sent).await.expect(200).json();
        assert_eq!(shown["child_rollup_billing_config"]["frequency"], frequency);
        assert_eq!(shown["child_rollup_billing_config"]["auto_charges"], true);
    }
    let ends = json!({"child_rollup_billing_config": {"end_date": "2025-01-01T00:00:00Z"}});
    let wrong = json!({"child_rollup_billing_config": {"frequency": "DECADE"}});
    assert_eq!(fields(patch(&app, &path, &ends).await), ["/child_rollup_billing_config/end_date"]);
    assert_eq!(
        fields(patch(&app, &path, &wrong).await),
        ["/child_rollup_billing_config/frequency"]
    );
    let none =
        patch(&app, &path, &json!({"child_rollup_billing_config": null})).await.expect(200).json();
    assert_eq!(
        (&none["child_rollup_billing"], &none["child_rollup_billing_config"]),
        (&json!(true), &Value::Null)
    );
}
