//! Values of requests must never appear in logs, metrics and problems.

use axum::body::Body;
use axum::http::{HeaderName, Method, Request};
use serde_json::{Value, json};
use store::api_keys::Scope;
use tests::{Log, Reply, TestApp, customer_id};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// The canary: in every text of every command.
const CANARY: &str = "kanarienvogel";

fn metrics() -> String {
    server::telemetry::install_metrics().expect("a recorder").render()
}

async fn app() -> TestApp {
    metrics();
    let app = TestApp::new().await;
    let settings = http::Settings { metrics, ..http::Settings::default() };
    app.at(http::App::new(app.store.clone(), settings))
}

/// Name, address and contacts of a customer: all canaries.
fn profile() -> Value {
    let email = format!("{CANARY}@acme.test");
    let address = json!({
        "line1": CANARY, "line2": CANARY, "city": CANARY, "state": CANARY, "postal_code": CANARY,
        "region": CANARY, "place_id": CANARY, "attention": CANARY,
    });
    json!({
        "name": CANARY, "org_name": CANARY, "title": CANARY, "identity": CANARY, "email": email,
        "billing_emails": [email], "contact_person_user_id": CANARY, "owner_id": CANARY,
        "tags": [CANARY], "human_readable_id": CANARY, "address": address,
        "contact_persons": [{
            "first_name": CANARY, "last_name": CANARY, "id": CANARY, "email": email,
            "designation": CANARY, "department": CANARY, "salutation": CANARY,
        }],
        "users": [{ "user_id": CANARY, "name": CANARY }],
        "shipping": { "name": CANARY, "address": address, "instructions": CANARY },
    })
}

fn registration(number: u64) -> Value {
    json!({
        "id": customer_id(number), "profile": profile(), "external_id": CANARY,
        "aliases": [CANARY], "metadata": { CANARY: CANARY }, "custom_fields": { CANARY: CANARY },
        "config": { "salesforce_account_id": CANARY },
    })
}

/// Commands on the customer with all other texts.
fn commands() -> [(&'static str, Value); 9] {
    let stripe = json!({
        "stripe_customer_id": CANARY, "stripe_collection_method": "charge_automatically",
    });
    [
        ("replace-metadata", json!({ "metadata": { CANARY: format!("{CANARY} 2") } })),
        (
            "add-billing-config",
            json!({
                "provider": "stripe", "delivery_method": "direct_to_billing_provider",
                "configuration": stripe,
            }),
        ),
        (
            "add-revenue-config",
            json!({ "provider": "netsuite", "configuration": { "netsuite_customer_id": CANARY } }),
        ),
        (
            "map-integration",
            json!({
                "provider_type": CANARY, "provider_entity_id": CANARY, "entity_type": CANARY,
            }),
        ),
        (
            "update-invoice-delivery",
            json!({ "method": "EMAIL_INVOICE", "email": format!("{CANARY}@acme.test") }),
        ),
        (
            "attach-payment-profile",
            json!({
                "id": CANARY, "status": "ACTIVE", "type": "card", "provider": "stripe",
                "display_name": CANARY,
            }),
        ),
        ("set-default-payment-profile", json!({ "payment_profile_id": CANARY })),
        (
            "set-tax-settings",
            json!({
                "treatment": "taxable",
                "overrides": [
                    { "country": "SE", "type": CANARY, "name": CANARY, "rate": "25" },
                ],
            }),
        ),
        ("update-profile", json!({ "name": format!("{CANARY} 3") })),
    ]
}

/// Headers that go into the events' metadata, or accompany them.
const SAID: [(&str, &str); 6] = [
    ("x-actor", CANARY),
    ("x-reason", CANARY),
    ("x-correlation-id", CANARY),
    ("x-causation-id", CANARY),
    ("user-agent", CANARY),
    ("idempotency-key", CANARY),
];

/// Requests that fail for every possible reason, and their statuses. No member of a body is named
/// like the canary, because a problem's pointer contains names of members.
fn failing(app: &TestApp) -> Vec<(Request<Body>, u16)> {
    let customer = format!("/v1/customers/{}", customer_id(1));
    let update = format!("{customer}/commands/update-profile");
    let set_aliases = format!("{customer}/commands/set-aliases");
    let post = |path: &str, body: String| app.request(Method::POST, path, body);
    let with = |mut request: Request<Body>, name: &'static str, value: &str| {
        let value = value.parse().expect("a header's value");
        request.headers_mut().insert(HeaderName::from_static(name), value);
        request
    };
    let name = || json!({ "name": CANARY }).to_string();
    let get = |path: &str| app.request(Method::GET, path, Body::empty());
    let odd = Method::from_bytes(CANARY.as_bytes()).expect("a method");
    let mut again = registration(2);
    again["aliases"] = json!([]);
    vec![
        (post(&update, format!("{{\"name\": \"{CANARY}\"")), 400),
        (post(&update, format!("{{\"name\": \"{CANARY}\", \"name\": \"{CANARY}\"}}")), 400),
        (post(&format!("{update}?x={CANARY}"), name()), 400),
        (with(post(&update, name()), "if-match", CANARY), 400),
        (with(post(&update, name()), "traceparent", CANARY), 200),
        (with(get(&customer), "authorization", &format!("Bearer {CANARY}")), 401),
        (with(get(&customer), "x-api-key", CANARY), 401),
        (get(&format!("/v1/customers/external:{CANARY}-unknown")), 404),
        (get(&format!("/v1/{CANARY}")), 404),
        (post(&format!("{customer}/commands/{CANARY}"), name()), 404),
        (app.request(odd, &customer, Body::empty()), 405),
        (post("/v1/customers", again.to_string()), 409),
        (with(post(&update, name()), "if-match", "\"99\""), 412),
        (post(&update, CANARY.repeat(6_000)), 413),
        (with(post(&update, name()), "content-type", CANARY), 415),
        (post(&update, json!({ "no_such": CANARY }).to_string()), 422),
        (post(&update, json!({ "email": CANARY, "type": CANARY }).to_string()), 422),
        (post(&set_aliases, json!({ "aliases": [CANARY, CANARY] }).to_string()), 422),
        (with(post(&update, name()), "idempotency-key", CANARY), 422),
    ]
}

/// Heads that the listener refuses, and one incomplete request, over TCP.
async fn refused_heads(app: &TestApp) -> Vec<String> {
    let address = app.serve().await;
    let mut answers = Vec::new();
    for head in [
        format!("{CANARY}\r\n\r\n"),
        format!("GET /livez HTTP/1.1\r\nhost: {CANARY}\r\nhost: {CANARY}\r\n\r\n"),
        format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", CANARY.repeat(1_000)),
        format!("GET /livez HTTP/1.1\r\nhost: a\r\n{CANARY}: {}\r\n\r\n", CANARY.repeat(2_000)),
    ] {
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
        stream.write_all(head.as_bytes()).await.expect("the bytes are taken");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.contains("application/problem+json"), "{answer}");
        answers.push(answer);
    }
    answers
}

/// Requires that neither a canary nor the secret of the key appears.
#[track_caller]
fn assert_silent(what: &str, text: &str, app: &TestApp) {
    let text = text.to_lowercase();
    let key = app.key.reveal();
    let secret = key.rsplit('_').next().expect("a secret");
    for hidden in [CANARY, secret] {
        if let Some(at) = text.find(hidden) {
            let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
            panic!("{hidden} is in the {what}: {}", text[line..].lines().next().unwrap_or(""));
        }
    }
}

#[tokio::test]
async fn no_value_of_a_request_is_in_logs_metrics_or_problems() {
    let (log, _guard) = Log::start("debug");
    let app = app().await;
    let key = json!({ "key": CANARY, "enforce_uniqueness": true });
    app.post("/v1/tenant/commands/add-custom-field-key", &key).await.expect(200);
    app.post_with("/v1/customers", &registration(1), &SAID).await.expect(201);
    for (name, body) in commands() {
        let path = format!("/v1/customers/external:{CANARY}/commands/{name}");
        app.post_with(&path, &body, &SAID[..5]).await.expect(200);
    }
    assert!(app.get(&format!("/v1/customers/alias:{CANARY}")).await.body.contains(CANARY));

    for (request, status) in failing(&app) {
        let what = format!("answer to {} {}", request.method(), request.uri());
        let reply = app.send(request).await.expect(status);
        if status >= 400 {
            assert_silent(&what, &reply.body, &app);
        }
    }
    let reader = app.with_key(app.new_key(&[Scope::Read]).await);
    let refused = reader.post_with("/v1/customers", &registration(3), &SAID).await.expect(403);
    assert_silent("answer to a reader", &refused.body, &reader);
    for answer in refused_heads(&app).await {
        assert_silent("answer of the listener", &answer, &app);
    }

    assert_silent("metrics", &app.get("/metrics").await.expect(200).body, &app);
    let log = log.take();
    for line in [
        "answered",
        "a key lacks a scope",
        "refused a request's head",
        "append_authenticated_batch",
    ] {
        assert!(log.contains(line), "the log is not that of the service: {line} is missing");
    }
    assert_silent("log", &log, &app);
    assert_silent("log", &log, &reader);
}

#[tokio::test]
async fn a_database_error_with_row_values_is_not_shown() {
    let (log, _guard) = Log::start("debug");
    let app = app().await;
    app.register(customer_id(1), "Acme").await;
    // PostgreSQL reports the row that violates a check, with all values.
    let refuse = "alter table events add constraint none check (event_type <> 'ProfileUpdated')";
    let mut connection = app.database.connect().await;
    sqlx::query(refuse).execute(&mut connection).await.expect("a constraint");
    let path = format!("/v1/customers/{}/commands/update-profile", customer_id(1));
    let reply: Reply = app.post_with(&path, &profile(), &SAID).await;
    let reply = reply.expect_problem(500, "internal");
    assert_silent("answer", &reply.body, &app);
    let log = log.take();
    assert!(log.contains("violates check constraint"), "the cause is logged: {log}");
    assert_silent("log", &log, &app);
}
