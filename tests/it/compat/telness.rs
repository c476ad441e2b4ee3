//! Connect's API.

mod billing;
mod idempotency;
mod payment_profiles;
mod uses;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tests::{Reply, TestApp, customer_id};

/// A request of a Connect client: the key in its header, a user's token in the other.
fn request(
    app: &TestApp,
    (method, path): (&str, &str),
    body: String,
    key: Option<&str>,
) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/compat/telness{path}"))
        .header("x-api-key", app.key.reveal())
        .header("authorization", "Bearer the-token-of-a-user")
        .header("content-type", "application/json");
    if let Some(key) = key {
        request = request.header("x-idempotency-key", key);
    }
    request.body(Body::from(body)).expect("a request")
}

async fn send(app: &TestApp, method: &str, path: &str, body: &Value) -> Reply {
    app.send(request(app, (method, path), body.to_string(), None)).await
}

async fn get(app: &TestApp, path: &str) -> Reply {
    app.send(request(app, ("GET", path), String::new(), None)).await
}

/// A created customer's id.
async fn customer(app: &TestApp) -> String {
    let made = send(app, "POST", "/customers", &json!({"name": "Acme"})).await.expect(201).json();
    made["customerId"].as_str().expect("an id").to_owned()
}

/// The properties named by a 400.
#[track_caller]
fn properties(reply: Reply) -> Vec<String> {
    let failure = reply.expect(400).json();
    let members: Vec<_> = failure.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["code", "details", "hint", "message"]);
    let details = failure["details"].as_array().expect("details");
    details.iter().map(|detail| detail["property"].as_str().expect("a name").to_owned()).collect()
}

fn everything() -> Value {
    json!({
        "referenceId": "acme-1",
        "customerType": "BUSINESS",
        "name": "Acme AB",
        "identity": "556677-8899",
        "preferredLocale": "sv-SE",
        "contact": {"email": "ada@acme.example", "msisdn": "+46701234567"},
        "billing": {
            "method": "EMAIL_INVOICE",
            "email": "billing@company.com",
            "address": {
                "street1": "Storgatan 1", "street2": "c/o Ada", "city": "Stockholm", "zip": "111 22",
                "country": "SE", "state": "Stockholm", "region": "Norrmalm", "attention": "Accounts",
            },
            "currency": "USD",
            "defaultPaymentProfileId": null,
            "autoPay": false,
        },
        "users": [
            {"userId": "u-1", "name": "Ada", "role": "ADMIN"},
            {"userId": "u-2", "name": "Bo", "role": null},
        ],
        "contactPersonUserId": "u-2",
        "shipping": {
            "name": "Acme", "msisdn": "+46701234568",
            "address": {
                "street1": "Hamngatan 2", "street2": null, "city": "Malmö", "zip": "211 22",
                "country": "SE", "state": null, "region": null, "attention": null,
            },
            "instructions": "Ring twice",
        },
        "metadata": {"plan": "gold"},
    })
}

#[tokio::test]
async fn a_customer_is_returned_as_sent_and_shows_in_every_api() {
    let app = TestApp::new().await;
    let sent = everything();
    let made = send(&app, "POST", "/customers", &sent).await.expect(201).json();
    for (name, value) in sent.as_object().expect("an object") {
        assert_eq!(made[name], *value, "{name}");
    }
    assert_eq!(made["contactPerson"], sent["users"][1]);
    let id = made["customerId"].as_str().expect("an id");
    assert_eq!(get(&app, &format!("/customers/{id}")).await.expect(200).json(), made);
    let native = app.get("/v1/customers/external:acme-1").await.expect(200).json();
    assert_eq!(native["id"], id);
    assert_eq!(native["invoice_delivery"]["email"], "billing@company.com");
    assert_eq!(native["created_at"], made["createdAt"]);
    let events = app.get(&format!("/v1/customers/{id}/events")).await.expect(200).json();
    assert_eq!(events["items"][0]["surface"], "telness");
}

#[tokio::test]
async fn every_member_is_always_there() {
    let app = TestApp::new().await;
    let made = send(&app, "POST", "/customers", &json!({"name": "Acme"})).await.expect(201).json();
    let members: Vec<_> = made.as_object().expect("an object").keys().cloned().collect();
    let mut known = [
        "customerId",
        "referenceId",
        "customerType",
        "name",
        "identity",
        "preferredLocale",
        "humanReadableId",
        "contact",
        "billing",
        "users",
        "contactPersonUserId",
        "contactPerson",
        "shipping",
        "createdAt",
        "updatedAt",
        "metadata",
    ];
    known.sort_unstable();
    assert_eq!(members, known);
    let billing = json!({
        "method": null, "email": null, "address": null, "currency": null,
        "defaultPaymentProfileId": null, "autoPay": false,
    });
    assert_eq!(made["billing"], billing);
    assert_eq!((&made["users"], &made["metadata"]), (&json!([]), &json!({})));
    // Such as 29A-BY3Z-X78 in the documentation.
    let spelled = made["humanReadableId"].as_str().expect("an id to spell");
    let groups: Vec<_> = spelled.split('-').map(str::len).collect();
    assert_eq!(groups, [3, 4, 3], "{spelled}");
}

#[tokio::test]
async fn a_given_human_readable_id_is_shown() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let id = customer_id(1).to_string();
    let given = json!({"human_readable_id": "29A-BY3Z-X78"});
    app.command(&id, "update-profile", &given).await.expect(200);
    let shown = get(&app, &format!("/customers/{id}")).await.expect(200).json();
    assert_eq!(shown["humanReadableId"], "29A-BY3Z-X78");
}

#[tokio::test]
async fn an_update_sets_members_and_null_clears_them() {
    let app = TestApp::new().await;
    let made = send(&app, "POST", "/customers", &everything()).await.expect(201).json();
    let path = format!("/customers/{}", made["customerId"].as_str().expect("an id"));
    for method in ["PUT", "PATCH"] {
        let name = format!("Acme by {method}");
        let sent = json!({
            "name": name, "identity": null, "contact": {"email": null}, "shipping": null,
            "billing": {"currency": "SEK"}, "unknown": {"rate": 1.5},
        });
        let changed = send(&app, method, &path, &sent).await.expect(200).json();
        assert_eq!(changed["name"], name);
        assert_eq!(changed["identity"], Value::Null);
        assert_eq!(changed["contact"], json!({"email": null, "msisdn": "+46701234567"}));
        assert_eq!(changed["shipping"], Value::Null);
        assert_eq!(changed["billing"]["currency"], "SEK");
        assert_eq!(changed["billing"]["address"], made["billing"]["address"]);
        assert_eq!(changed["users"], made["users"]);
        let same = send(&app, method, &path, &json!({})).await.expect(200).json();
        assert_eq!(same, changed);
    }
}

#[tokio::test]
async fn errors_name_the_properties() {
    let app = TestApp::new().await;
    let sent = json!({
        "contact": {"email": "nobody"},
        "billing": {"address": {"country": "Sweden"}, "currency": "kr"},
        "users": [{"name": "Ada"}],
    });
    let mut found = properties(send(&app, "POST", "/customers", &sent).await);
    found.sort();
    assert_eq!(found, ["billing.address.country", "billing.currency", "users.0.userId"]);
    let sent = json!({
        "name": "Acme", "contact": {"email": "nobody"}, "identity": "",
        "metadata": {"a.b/c": "\u{7}"},
    });
    let found = properties(send(&app, "POST", "/customers", &sent).await);
    assert_eq!(found, ["identity", "contact.email", "metadata.a.b/c"]);
    let robot = json!({"name": "Acme", "customerType": "ROBOT"});
    assert_eq!(properties(send(&app, "POST", "/customers", &robot).await), ["customerType"]);
    assert_eq!(properties(send(&app, "POST", "/customers", &json!({})).await), ["name"]);
    assert_eq!(properties(send(&app, "POST", "/customers", &json!([])).await), [""; 0]);
    let twice = json!({"name": "Acme", "referenceId": "acme"});
    send(&app, "POST", "/customers", &twice).await.expect(201);
    let taken = send(&app, "POST", "/customers", &twice).await.expect(409);
    assert_eq!(taken.header("x-should-retry"), "false");
    assert_eq!(taken.json()["code"], "external_id_taken");
    assert_eq!(taken.json()["details"][0]["property"], "referenceId");
}

#[tokio::test]
async fn an_archived_customer_is_shown_and_refuses_changes() {
    let app = TestApp::new().await;
    let id = customer(&app).await;
    app.command(&id, "archive-customer", &json!({})).await.expect(200);
    get(&app, &format!("/customers/{id}")).await.expect(200);
    let refused = send(&app, "PUT", &format!("/customers/{id}"), &json!({"name": "A"})).await;
    assert_eq!(refused.expect(409).json()["code"], "customer_archived");
}

#[tokio::test]
async fn another_tenant_s_customers_are_answered_like_missing_ones() {
    let app = TestApp::new().await;
    let others = customer(&app.another_tenant().await).await;
    let nobodys = customer_id(404).to_string();
    for (method, rest) in
        [("GET", ""), ("PUT", ""), ("PATCH", ""), ("PUT", "/billing"), ("GET", "/payment-profiles")]
    {
        let ask = async |id: &str| {
            let path = format!("/customers/{id}{rest}");
            send(&app, method, &path, &json!({"name": "A", "autoPay": false})).await.expect(404)
        };
        let expected = ask(&nobodys).await;
        assert_eq!(expected.json()["code"], "customer_unknown");
        for id in [&*others, "7", "acme"] {
            assert_eq!(ask(id).await.body, expected.body, "{method} {rest}");
        }
    }
}
