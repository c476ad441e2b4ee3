//! A customer through its life, over HTTP.

use serde_json::json;
use tests::{TestApp, customer_id};

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
