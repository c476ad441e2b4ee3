//! Several commands on one customer, and dry runs.

use serde_json::{Value, json};
use tests::{TestApp, customer_id};

async fn with_customer() -> (TestApp, String) {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    (app, customer_id(1).to_string())
}

async fn state(app: &TestApp, id: &str) -> Value {
    app.get(&format!("/v1/customers/{id}")).await.expect(200).json()
}

#[tokio::test]
async fn commands_sent_together_build_on_each_other() {
    let (app, id) = with_customer().await;
    let body = json!({ "commands": [
        { "command": "attach-payment-profile", "body": { "id": "card", "status": "ACTIVE" } },
        { "command": "set-default-payment-profile", "body": { "payment_profile_id": "card" } },
        { "command": "archive-customer" },
    ] });
    let answer = app.post(&format!("/v1/customers/{id}/commands"), &body).await.expect(200);
    assert_eq!(answer.json()["version"], 4);
    assert_eq!(answer.json()["events"].as_array().map(Vec::len), Some(3));
    let state = state(&app, &id).await;
    assert_eq!(state["payment"]["default_payment_profile_id"], "card");
    assert_eq!(state["status"], "archived");
}

#[tokio::test]
async fn a_refused_command_undoes_all_and_the_problem_names_it() {
    let (app, id) = with_customer().await;
    let body = json!({ "commands": [
        { "command": "update-profile", "body": { "name": "Other" } },
        { "command": "archive-customer" },
        { "command": "set-default-payment-profile", "body": { "payment_profile_id": "nope" } },
    ] });
    let path = format!("/v1/customers/{id}/commands");
    let refused = app.post(&path, &body).await.expect_problem(409, "customer_archived");
    assert_eq!(refused.json()["errors"][0]["pointer"], "/commands/2", "{}", refused.body);
    assert_eq!(refused.json()["errors"][0]["detail"], refused.json()["detail"]);
    let state = state(&app, &id).await;
    assert_eq!((&state["version"], &state["profile"]["name"]), (&json!(1), &json!("Acme")));
    let mut connection = app.database.connect().await;
    let events: i64 =
        sqlx::query_scalar("select count(*) from events where aggregate_type = 'customer'")
            .fetch_one(&mut connection)
            .await
            .expect("a count");
    assert_eq!(events, 1);
}

#[tokio::test]
async fn a_refusal_of_a_single_command_has_no_pointer() {
    let (app, id) = with_customer().await;
    let body = json!({ "payment_profile_id": "nope" });
    let refused = app.command(&id, "set-default-payment-profile", &body).await;
    let refused = refused.expect_problem(422, "payment_profile_unknown");
    assert_eq!(refused.json().get("errors"), None);
}

#[tokio::test]
async fn an_error_in_one_of_several_commands_has_its_pointer() {
    let (app, id) = with_customer().await;
    let path = format!("/v1/customers/{id}/commands");
    let good = json!({ "command": "archive-customer" });
    for (bad, pointer) in [
        (json!({ "command": "no-such" }), "/commands/1/command"),
        (
            json!({ "command": "update-profile", "body": { "email": "x" } }),
            "/commands/1/body/email",
        ),
        (json!({ "command": "update-profile", "extra": 1 }), "/commands/1/extra"),
        (json!({ "body": {} }), "/commands/1/command"),
    ] {
        let refused = app.post(&path, &json!({ "commands": [good, bad] })).await;
        let refused = refused.expect_problem(422, "invalid_body");
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{}", refused.body);
    }
    for count in [0, 101] {
        let refused = app.post(&path, &json!({ "commands": vec![&good; count] })).await;
        let refused = refused.expect_problem(422, "invalid_body");
        assert_eq!(refused.json()["errors"][0]["pointer"], "/commands");
    }
    app.post(&path, &json!({ "commands": vec![&good; 100] })).await.expect(200);
}

#[tokio::test]
async fn a_dry_run_previews_the_events_and_stores_nothing() {
    let (app, id) = with_customer().await;
    let path = format!("/v1/customers/{id}/commands/update-profile?dry_run=true");
    let key = [("idempotency-key", "try")];
    let tried = app.post_with(&path, &json!({ "name": "Other" }), &key).await.expect(200);
    let shown = tried.json();
    assert_eq!(shown["dry_run"], true);
    assert_eq!(shown["state"]["profile"]["name"], "Other");
    assert_eq!((&shown["state"]["version"], &shown["version"]), (&json!(2), &json!(2)));
    assert_eq!(shown["events"][0]["event"]["type"], "ProfileUpdated");
    for header in ["etag", "dossier-position", "location", "idempotency-replayed"] {
        assert_eq!(tried.header(header), "", "{header}");
    }
    assert_eq!(state(&app, &id).await["profile"]["name"], "Acme");

    let path = format!("/v1/customers/{id}/commands/update-profile");
    let done = app.post_with(&path, &json!({ "name": "Third" }), &key).await.expect(200);
    assert_eq!(done.header("idempotency-replayed"), "", "a dry run leaves the key free");
}

#[tokio::test]
async fn a_dry_run_of_a_registration_leaves_no_customer() {
    let app = TestApp::new().await;
    let id = customer_id(1);
    let body = json!({ "id": id, "profile": { "name": "Acme" } });
    let tried = app.post("/v1/customers?dry_run=true", &body).await.expect(200);
    assert_eq!(tried.json()["state"]["profile"]["name"], "Acme");
    assert_eq!(tried.header("location"), "");
    app.get(&format!("/v1/customers/{id}")).await.expect_problem(404, "customer_unknown");

    app.register(id, "Acme").await;
    let again = app.post("/v1/customers?dry_run=true", &body).await;
    again.expect_problem(409, "customer_exists");
}
