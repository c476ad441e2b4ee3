//! The example requests of the vendors' documentation with our answers, recorded in
//! `docs/compat-examples.md` beside the documented ones.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::{Method, Request};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tests::{TestApp, customer_id};

use super::together::company;

const EXAMPLES: [&str; 5] = [
    include_str!("examples/metronome_update_config.json"),
    include_str!("examples/metronome_set_configurations.json"),
    include_str!("examples/flexprice_update_customer.json"),
    include_str!("examples/telness_update_billing.json"),
    include_str!("examples/maple_update_customer.json"),
];
const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/compat-examples.md");
const INTRODUCTION: &str = "\
# Documented examples of the vendors

Five example requests of the vendors' documentation, sent to this service. The tables compare its answers with the documented
ones, member by member. Where the documentation has only a schema or placeholders, a value of that type is sent. Ids, times and
keys of this service are shortened because they differ each time. A test sends the requests and fails if an answer changes.
";

/// A documented example.
#[derive(Deserialize)]
struct Example {
    page: String,
    method: String,
    /// With `{uuid}`, `{cust}` and `{company}` in place of ids of this service.
    path: String,
    body: Value,
    answer: Value,
}

/// The customer of the examples, with the values that the documentation assumes.
async fn customer(app: &TestApp) -> String {
    let profile = json!({
        "name": "Acme Corp", "type": "BUSINESS", "email": "billing@acme.com", "locale": "en-US",
        "address": {
            "line1": "123 Main Street", "city": "San Francisco", "state": "CA",
            "postal_code": "94105", "country": "US",
        },
    });
    let body = json!({"id": customer_id(1), "external_id": "user_12345", "profile": profile});
    app.post("/v1/customers", &body).await.expect(201);
    let id = customer_id(1).to_string();
    let card = json!({"id": "m47ac10b-58cc-4372-a567-0e02b2c3d479", "status": "ACTIVE"});
    app.command(&id, "attach-payment-profile", &card).await.expect(200);
    id
}

#[tokio::test]
async fn documented_examples_have_the_recorded_answers() {
    let app = TestApp::new().await;
    let id = customer(&app).await;
    let found = app.get("/compat/flexprice/v1/customers/external/user_12345").await.expect(200);
    let cust = found.json()["id"].as_str().expect("an id").to_owned();
    let company = company(&app).await;
    let mut record = INTRODUCTION.to_owned();
    for text in EXAMPLES {
        let text = text.replace("{uuid}", &id).replace("{cust}", &cust);
        let example: Example =
            serde_json::from_str(&text.replace("{company}", &company)).expect("an example");
        let request = Request::builder()
            .method(example.method.parse::<Method>().expect("a method"))
            .uri(&example.path)
            .header("x-api-key", app.key.reveal())
            .header("content-type", "application/json")
            .body(Body::from(example.body.to_string()))
            .expect("a request");
        let reply = app.send(request).await;
        let answer = serde_json::from_str(&reply.body).unwrap_or_default();
        assert!(reply.status.is_success(), "{}: {answer}", example.page);
        let path =
            example.path.replace(&cust, "{id}").replace(&id, "{id}").replace(&company, "{id}");
        let _ = write!(record, "\n## {}\n\n`{} {path}`\n\n", example.page, example.method);
        let body = serde_json::to_string_pretty(&example.body).expect("JSON");
        let _ = write!(record, "```json\n{body}\n```\n\n");
        let _ = writeln!(record, "{}\n", reply.status);
        compare(&mut record, &example.answer, &answer);
    }
    if std::env::var_os("UPDATE_FILES").is_some() {
        std::fs::write(RECORD, &record).expect("the record is written");
    }
    let kept = std::fs::read_to_string(RECORD).unwrap_or_default();
    assert_eq!(kept, record, "the record is old: run this test with UPDATE_FILES=1");
}

/// A line for each member of either answer.
fn compare(record: &mut String, page: &Value, here: &Value) {
    let (Value::Object(page), Value::Object(here)) = (flat(page), flat(here)) else {
        record.push_str("Neither answer has a body.\n");
        return;
    };
    record.push_str("| Member | Documented | Here |\n|---|---|---|\n");
    let only_here = here.iter().filter(|(name, _)| !page.contains_key(*name));
    for (name, _) in page.iter().chain(only_here) {
        let cell = |side: &Map<String, Value>| match side.get(name) {
            Some(value) => format!("`{}`", shortened(value)),
            None => String::new(),
        };
        let _ = writeln!(record, "| `{name}` | {} | {} |", cell(&page), cell(&here));
        assert!(here.contains_key(name), "{name} is only in the documented answer");
    }
}

/// The members of an answer; those of the first item where it is a list under `data`.
fn flat(answer: &Value) -> Value {
    answer.pointer("/data/0").unwrap_or(answer).clone()
}

/// A value without the parts that differ each time.
fn shortened(value: &Value) -> Value {
    // A time of the documentation is shown.
    #[expect(clippy::disallowed_methods, reason = "times of the answers are of now")]
    let recently = chrono::Utc::now() - chrono::Duration::days(1);
    let of = |text: &str| {
        let prefix = ["cust_", "cus_", "cmp_", "env_", "tenant_"];
        let prefix = prefix.iter().find(|prefix| text.starts_with(**prefix) && text.len() > 26);
        if let Some(prefix) = prefix {
            format!("{prefix}…")
        } else if chrono::DateTime::parse_from_rfc3339(text).is_ok_and(|time| time > recently) {
            "a time".to_owned()
        } else if text.parse::<uuid::Uuid>().is_ok() {
            "a UUID".to_owned()
        } else if text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            "a key".to_owned()
        } else {
            text.to_owned()
        }
    };
    match value {
        Value::String(text) => of(text).into(),
        Value::Array(items) => items.iter().map(shortened).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), shortened(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}
