//! Customers whose current and past values are easy to find in an answer.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tests::{Reply, TestApp, customer_id};
use uuid::Uuid;

/// In every current value of a customer.
pub(super) const NOW: &str = "kanarienow";
/// In every past value of a customer, and in no current one.
pub(super) const THEN: &str = "kanariethen";

/// A customer with canary values, and its ids in all APIs.
#[derive(Clone, Debug)]
pub(super) struct Canary {
    pub(super) number: u64,
    pub(super) id: Uuid,
    pub(super) billing_config: Uuid,
    pub(super) revenue_config: Uuid,
    /// Its id at FlexPrice.
    pub(super) cust: String,
}

impl Canary {
    pub(super) fn external_id(&self) -> String {
        format!("{NOW}-{}", self.number)
    }
}

/// Settings of the tenant with canaries, and the custom field of customers.
pub(super) async fn prepare_tenant(app: &TestApp) {
    let method = json!({
        "provider": "custom", "delivery_method": "aws_sqs", "configuration": { "queue_url": NOW },
    });
    for (name, body) in [
        ("rename-tenant", json!({ "name": NOW })),
        ("add-delivery-method", method),
        ("add-custom-field-key", json!({ "key": "cost_center" })),
    ] {
        app.post(&format!("/v1/tenant/commands/{name}"), &body).await.expect(200);
    }
}

/// Registers customer `number`, gives it a past, and then other values.
pub(super) async fn canary(app: &TestApp, number: u64) -> Canary {
    let id = customer_id(number);
    let billing_config = customer_id(1_000_000 + number);
    let revenue_config = customer_id(2_000_000 + number);
    let then = format!("{THEN}-{number}");
    // A former external id still names the customer, so its document has it.
    let former = format!("former-{number}");
    let body = json!({
        "id": id, "external_id": former, "aliases": [then], "metadata": { "a": THEN },
        "profile": { "name": THEN, "email": format!("{THEN}@then.test") },
    });
    app.post("/v1/customers", &body).await.expect(201);
    let path = format!("/v1/customers/{id}/commands");
    let link = json!({ "provider_type": "crm", "provider_entity_id": then });
    let by = [("x-actor", THEN)];
    app.post_with(&format!("{path}/map-integration"), &link, &by).await.expect(200);
    let commands = values(number, billing_config, revenue_config);
    let commands: Vec<_> = [("unmap-integration", link)]
        .into_iter()
        .chain(commands)
        .map(|(name, body)| json!({ "command": name, "body": body }))
        .collect();
    app.post(&path, &json!({ "commands": commands })).await.expect(200);
    let at = format!("/compat/flexprice/v1/customers/external/{NOW}-{number}");
    let shown = app.get(&at).await.expect(200).json();
    let cust = shown["id"].as_str().expect("an id").to_owned();
    Canary { number, id, billing_config, revenue_config, cust }
}

/// The commands that replace all values.
fn values(number: u64, billing: Uuid, revenue: Uuid) -> Vec<(&'static str, Value)> {
    let now = format!("{NOW}-{number}");
    let email = format!("{NOW}@now.test");
    let stripe = json!({
        "stripe_customer_id": NOW, "stripe_collection_method": "charge_automatically",
    });
    let profile = json!({
        "name": NOW, "email": email, "org_name": NOW, "tags": [NOW], "address": { "line1": NOW },
    });
    let tax = json!({ "country": "SE", "type": NOW, "name": NOW, "rate": "25" });
    let card = |id: &str| json!({ "id": id, "status": "ACTIVE", "display_name": NOW });
    vec![
        ("update-profile", profile),
        ("change-external-id", json!({ "external_id": now })),
        ("set-aliases", json!({ "aliases": [now] })),
        ("replace-metadata", json!({ "metadata": { "a": NOW } })),
        ("set-custom-fields", json!({ "fields": { "cost_center": NOW } })),
        ("update-config", json!({ "salesforce_account_id": NOW })),
        (
            "add-billing-config",
            json!({
                "id": billing, "provider": "stripe", "configuration": stripe,
                "delivery_method": "direct_to_billing_provider",
            }),
        ),
        (
            "add-revenue-config",
            json!({
                "id": revenue, "provider": "netsuite",
                "configuration": { "netsuite_customer_id": NOW },
            }),
        ),
        ("map-integration", json!({ "provider_type": "crm", "provider_entity_id": now })),
        (
            "map-integration",
            json!({
                "provider_type": "hubspot", "provider_entity_id": "8812904",
                "metadata": { "a": NOW },
            }),
        ),
        ("update-invoice-delivery", json!({ "method": "EMAIL_INVOICE", "email": email })),
        ("attach-payment-profile", card("card-1")),
        ("attach-payment-profile", card(NOW)),
        ("set-default-payment-profile", json!({ "payment_profile_id": NOW, "auto_pay": false })),
        ("set-tax-settings", json!({ "treatment": "taxable", "overrides": [tax] })),
    ]
}

/// Sends a request with the service's key, in the header that every API accepts.
pub(super) async fn send(app: &TestApp, (method, path, body): (&str, &str, &str)) -> Reply {
    send_with(app, (method, path, body), &[]).await
}

/// The same with more headers.
pub(super) async fn send_with(
    app: &TestApp,
    (method, path, body): (&str, &str, &str),
    headers: &[(&str, &str)],
) -> Reply {
    let lines = path == "/v1/commands";
    let json = if lines { "application/x-ndjson" } else { "application/json" };
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("x-api-key", app.key.reveal())
        .header("content-type", json);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::from(body.to_owned())).expect("a request")).await
}
