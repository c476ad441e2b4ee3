//! Answers to commands that show stored values are recorded in the read audit before they are sent.

use serde_json::{Value, json};
use store::api_keys::Scope;
use tests::{TestApp, customer_id};

use super::customers::{NOW, THEN, canary, prepare_tenant, send};

/// The records of routes that are not for reading, latest first, with their customers.
async fn shown(app: &TestApp) -> Vec<(String, Value)> {
    let page = app.get("/v1/audit/reads?limit=200").await.expect(200).json();
    let reads = page["items"].as_array().expect("items").iter();
    let text = |read: &Value, name: &str| read[name].as_str().expect("a text").to_owned();
    reads
        .filter(|read| !["/v1/audit/reads", "/v1/feed"].contains(&&*text(read, "route")))
        .filter(|read| !text(read, "route").contains("/external/"))
        .map(|read| (text(read, "api_key"), read["customers"].clone()))
        .collect()
}

#[tokio::test]
async fn dry_runs_are_recorded_for_every_key_and_commands_without_stored_values_are_not() {
    let app = TestApp::new().await;
    app.register(customer_id(1), NOW).await;
    let path = format!("/v1/customers/{}/commands/update-profile", customer_id(1));
    let mut expected = Vec::new();
    for scopes in [&[Scope::Write][..], &[Scope::Read, Scope::Write], &Scope::OF_TENANT] {
        let caller = app.with_key(app.new_key(scopes).await);
        let tried = caller.post(&format!("{path}?dry_run=true"), &json!({})).await.expect(200);
        assert_eq!(tried.body.contains(NOW), scopes.contains(&Scope::Read), "{}", tried.body);
        expected.insert(0, (caller.key.id().to_owned(), json!([customer_id(1)])));
        assert_eq!(shown(&app).await, expected);
        caller.post(&path, &json!({ "title": scopes.len().to_string() })).await.expect(200);
        let other = json!({ "profile": { "name": "Other" } });
        caller.post("/v1/customers?dry_run=true", &other).await.expect(200);
        assert_eq!(shown(&app).await, expected, "nobody was shown");
    }
}

#[tokio::test]
async fn a_dry_run_that_cannot_be_recorded_is_not_answered() {
    let app = TestApp::new().await;
    app.register(customer_id(1), NOW).await;
    let mut owner = app.database.connect().await;
    let revoke = "revoke insert on read_audit from dossier_writer";
    sqlx::query(revoke).execute(&mut owner).await.expect("a revocation");
    for column in
        ["partition", "tenant_id", "id", "api_key", "actor", "route", "request_id", "customers"]
    {
        let revoke = format!("revoke insert ({column}) on read_audit from dossier_writer");
        sqlx::query(&revoke).execute(&mut owner).await.expect("a revocation");
    }
    let service = app.with_key(app.new_key(&[Scope::Read, Scope::Write]).await);
    let path = format!("/v1/customers/{}/commands/update-profile", customer_id(1));
    let tried = service.post(&format!("{path}?dry_run=true"), &json!({})).await;
    assert!(!tried.expect_problem(503, "unavailable").body.contains(NOW));
    service.post(&path, &json!({ "title": "Dr" })).await.expect(200);
}

#[tokio::test]
async fn reverts_that_show_the_past_are_recorded_alone_and_in_a_line() {
    let app = TestApp::new().await;
    prepare_tenant(&app).await;
    let [one, two] = [canary(&app, 1).await, canary(&app, 2).await];
    let path = format!("/v1/customers/{}/commands/revert-to", one.id);
    app.post(&path, &json!({ "version": 1 })).await.expect(200);
    let mine = |id| (app.key.id().to_owned(), json!([id]));
    assert_eq!(shown(&app).await, [mine(one.id)]);
    let line = json!({ "command": "revert-to", "customer": two.id, "body": { "version": 1 } });
    let line = line.to_string();
    let answer = send(&app, ("POST", "/v1/commands", &line)).await.expect(200);
    assert!(answer.body.contains(THEN), "{}", answer.body);
    assert_eq!(shown(&app).await, [mine(two.id), mine(one.id)]);
}

#[tokio::test]
async fn only_vendor_answers_with_the_customer_are_recorded() {
    let app = TestApp::new().await;
    prepare_tenant(&app).await;
    let one = canary(&app, 1).await;
    let writer = app.with_key(app.new_key(&[Scope::Write]).await);
    let by_external = format!("/compat/flexprice/v1/customers?external_customer_id={NOW}-1");
    for path in [format!("/compat/telness/customers/{}", one.id), by_external] {
        let before = shown(&app).await.len();
        let reply = send(&writer, ("PUT", &path, "{}")).await.expect(200);
        assert!(!reply.body.contains(NOW), "{}", reply.body);
        assert_eq!(shown(&app).await.len(), before);
        let reply = send(&app, ("PUT", &path, "{}")).await.expect(200);
        assert!(reply.body.contains(NOW));
        let latest = shown(&app).await;
        assert_eq!(latest[0], (app.key.id().to_owned(), json!([one.id])));
        assert_eq!(latest.len(), before + 1);
    }
}
