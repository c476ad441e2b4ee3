//! One customer's history over HTTP.

mod blame;
mod changes;
mod diff;
mod events;
mod list;
mod random;
mod revert;
mod travel;
mod undo;

use serde_json::{Value, json};
use tests::{TestApp, customer_id};

/// A customer's document after each of its versions, byte for byte.
type Documents = Vec<String>;

/// A customer with six versions and all kinds of names, archived at the end. Ada made some of the
/// changes, with a reason.
async fn story() -> (TestApp, Documents) {
    let app = TestApp::new().await;
    let body = json!({
        "id": customer_id(1), "external_id": "acme", "aliases": ["also-acme"],
        "profile": { "name": "Acme", "address": { "city": "Bern" } },
    });
    app.post("/v1/customers", &body).await.expect(201);
    let mut documents = vec![document(&app).await];
    let by_ada = [
        ("x-actor", "ada"),
        ("x-reason", "ticket 7"),
        ("x-request-id", "req-7"),
        ("x-correlation-id", "corr-7"),
    ];
    let (by_ada, by_key) = (&by_ada[..], &[][..]);
    for (command, body, by) in [
        ("update-profile", json!({ "name": "Acme Ltd", "address": { "city": null } }), by_ada),
        ("change-external-id", json!({ "external_id": "acme-2" }), by_key),
        ("replace-metadata", json!({ "metadata": { "a/b": "1" } }), by_ada),
        ("update-profile", json!({ "name": "Acme Inc", "tags": ["big"] }), by_key),
        ("archive-customer", json!({}), by_ada),
    ] {
        let path = format!("{}/commands/{command}", path(""));
        app.post_with(&path, &body, by).await.expect(200);
        documents.push(document(&app).await);
    }
    (app, documents)
}

/// A path below that customer.
fn path(below: &str) -> String {
    format!("/v1/customers/{}{below}", customer_id(1))
}

async fn document(app: &TestApp) -> String {
    app.get(&path("")).await.expect(200).body
}

/// One member of each item.
fn all<'a>(items: &'a [Value], member: &str) -> Vec<&'a Value> {
    items.iter().map(|item| &item[member]).collect()
}
