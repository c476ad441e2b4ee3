//! One customer in every API.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use tests::TestApp;

/// A request of any client: the key in every header.
async fn send(app: &TestApp, method: Method, path: &str, body: &Value) -> Value {
    let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
    let request = Request::builder()
        .method(method)
        .uri(format!("/compat{path}"))
        .header("x-api-key", app.key.reveal())
        .header("content-type", "application/json");
    let reply = app.send(request.body(body).expect("a request")).await;
    assert!(reply.status.is_success(), "{path}: {} {}", reply.status, reply.body);
    serde_json::from_str(&reply.body).unwrap_or_default()
}

#[tokio::test]
async fn writes_of_one_api_show_in_the_others_and_in_one_history() {
    let app = TestApp::new().await;
    let (get, post, put, patch) = (Method::GET, Method::POST, Method::PUT, Method::PATCH);
    let made = json!({"external_id": "acme-1", "name": "Acme", "email": "ada@acme.example"});
    let made = send(&app, post.clone(), "/flexprice/v1/customers", &made).await;
    let flexprice = format!("/flexprice/v1/customers/{}", made["id"].as_str().expect("an id"));
    let native = app.get("/v1/customers/external:acme-1").await.expect(200).json();
    let id = native["id"].as_str().expect("an id");

    let metronome = format!("/metronome/v1/customers/{id}");
    let aliases = json!({"ingest_aliases": ["team@acme.example"]});
    send(&app, post.clone(), &format!("{metronome}/setIngestAliases"), &aliases).await;
    let config = json!({"salesforce_account_id": "0015500001WO1ZiABL"});
    send(&app, post.clone(), &format!("{metronome}/updateConfig"), &config).await;

    let telness = format!("/telness/customers/{id}");
    let billing =
        json!({"method": "EMAIL_INVOICE", "email": "pay@acme.example", "currency": "SEK"});
    send(&app, put.clone(), &format!("{telness}/billing"), &billing).await;

    let company = company(&app).await;
    let maple = format!("/maple/api/v1/companies/{company}/customers/acme-1");
    let named = json!({"name": "Acme AB", "org_name": "Acme Aktiebolag", "tags": ["vip"]});
    send(&app, patch, &maple, &named).await;

    let place = json!({"address_city": "Lund", "address_country": "SE", "email": ""});
    send(&app, put, &flexprice, &place).await;
    app.command(id, "update-profile", &json!({"locale": "sv-SE"})).await.expect(200);

    let none = Value::Null;
    let shown = send(&app, get.clone(), &flexprice, &none).await;
    assert_eq!(shown["name"], "Acme AB");
    assert_eq!(shown["address_city"], "Lund");
    assert_eq!(shown["billing_currency"], "SEK");
    let shown = &send(&app, get.clone(), &metronome, &none).await["data"];
    assert_eq!(shown["name"], "Acme AB");
    assert_eq!(shown["external_id"], "team@acme.example");
    let shown = send(&app, get.clone(), &telness, &none).await;
    assert_eq!(shown["name"], "Acme AB");
    assert_eq!(shown["preferredLocale"], "sv-SE");
    assert_eq!(shown["billing"]["email"], "pay@acme.example");
    assert_eq!(shown["contact"], none, "the address was cleared, and there is no other contact");
    let shown = send(&app, get, &maple, &none).await;
    assert_eq!(shown["address"]["city"], "Lund");
    assert_eq!(shown["identifier"], "acme-1");
    assert_eq!(shown["locale"], "sv-SE");

    let events = format!("/v1/customers/{id}/events?order=oldest");
    let history = app.get(&events).await.expect(200).json();
    let found = history["items"].as_array().expect("events").iter();
    let found: Vec<_> = found.map(|event| (&event["surface"], &event["type"])).collect();
    let expected = [
        ("flexprice", "CustomerRegistered"),
        ("metronome", "AliasesSet"),
        ("metronome", "ConfigUpdated"),
        ("telness", "InvoiceDeliveryUpdated"),
        ("maple", "ProfileUpdated"),
        ("flexprice", "ProfileUpdated"),
        ("native", "ProfileUpdated"),
    ];
    let found: Vec<_> =
        found.into_iter().map(|(surface, kind)| (surface.as_str(), kind.as_str())).collect();
    assert_eq!(found, expected.map(|(surface, kind)| (Some(surface), Some(kind))));
}

/// The company of the key's tenant in Maple's API.
pub(crate) async fn company(app: &TestApp) -> String {
    let made = json!({"name": "Asked"});
    let anything = "/compat/maple/api/v1/companies/cmp_x/customers";
    let message = app.post(anything, &made).await.expect(404).json()["message"].to_string();
    let id = message.split_whitespace().last().expect("an id").trim_end_matches('"');
    assert!(id.starts_with("cmp_"), "{message}");
    id.to_owned()
}
