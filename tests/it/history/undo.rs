//! Undoing one event.

use axum::http::Method;
use serde_json::{Value, json};
use store::api_keys::Scope;
use tests::{TestApp, customer_id};

/// A customer that was renamed and moved (2), got metadata (3), and moved again (4, 5).
async fn moved() -> TestApp {
    let app = TestApp::new().await;
    let id = customer_id(1).to_string();
    app.register(customer_id(1), "Acme").await;
    for (command, body) in [
        ("update-profile", json!({ "name": "Acme Ltd", "address": { "city": "Bern" } })),
        ("replace-metadata", json!({ "metadata": { "segment": "large" } })),
        ("update-profile", json!({ "address": { "city": "Thun" } })),
        ("update-profile", json!({ "address": { "city": "Basel" } })),
    ] {
        app.command(&id, command, &body).await.expect(200);
    }
    app
}

fn path() -> String {
    format!("/v1/customers/{}", customer_id(1))
}

async fn undo(app: &TestApp, version: u64) -> tests::Reply {
    let body = json!({ "version": version });
    app.command(&customer_id(1).to_string(), "undo-event", &body).await
}

#[tokio::test]
async fn one_event_is_undone_and_the_others_stay() {
    let app = moved().await;
    let tried = app
        .post(&format!("{}/commands/undo-event?dry_run=true", path()), &json!({ "version": 3 }))
        .await
        .expect(200)
        .json();
    assert!(tried["state"].get("metadata").is_none());
    assert_eq!(tried["state"]["profile"]["address"]["city"], "Basel");
    let before = app.get(&path()).await.expect(200).json();
    assert_eq!(before["version"], 5, "a dry run stores nothing");
    let done = undo(&app, 3).await.expect(200).json();
    let event = &done["events"][0]["event"];
    assert_eq!(*event, json!({ "type": "MetadataReplaced", "data": { "metadata": {} } }));
    assert_eq!(done["version"], 6);
    let again = undo(&app, 3).await.expect(200).json();
    assert_eq!(again["events"], json!([]), "undone is undone");
    // The undo is an event like any other, so it can be undone.
    undo(&app, 6).await.expect(200);
    let after = app.get(&path()).await.expect(200).json();
    assert_eq!(after["metadata"], json!({ "segment": "large" }));
}

#[tokio::test]
async fn the_answer_names_the_fields_and_versions_that_stand_in_the_way() {
    let app = moved().await;
    let problem = undo(&app, 2).await.expect_problem(409, "changed_since").json();
    let expected = json!([{
        "pointer": "/profile/address/city",
        "detail": "was changed by the versions 4, 5",
        "versions": [4, 5],
    }]);
    assert_eq!(problem["errors"], expected);
    let tried = format!("{}/commands/undo-event?dry_run=true", path());
    let tried = app.post(&tried, &json!({ "version": 2 })).await;
    assert_eq!(tried.expect_problem(409, "changed_since").json()["errors"], expected);
    let undos: Vec<_> = [5, 4, 2]
        .map(|version| json!({ "command": "undo-event", "body": { "version": version } }))
        .to_vec();
    let commands = format!("{}/commands", path());
    let wrong: Vec<_> = undos.iter().rev().cloned().collect();
    let refused = app.post(&commands, &json!({ "commands": wrong })).await;
    let refused = refused.expect_problem(409, "changed_since").json();
    assert_eq!(refused["errors"][0]["pointer"], "/commands/0");
    assert_eq!(refused["errors"][1]["versions"], json!([4, 5]));
    // The latest first, all at once.
    app.post(&commands, &json!({ "commands": undos })).await.expect(200);
    let after = app.get(&path()).await.expect(200).json();
    assert_eq!(after["profile"], json!({ "name": "Acme" }));
}

#[tokio::test]
async fn a_line_of_many_undoes_what_an_earlier_line_did() {
    let app = moved().await;
    let line = |command: &str, body: Value| {
        json!({ "command": command, "customer": customer_id(1), "body": body }).to_string()
    };
    let lines = [
        line("update-profile", json!({ "title": "Countess" })),
        line("undo-event", json!({ "version": 6 })),
        line("undo-event", json!({ "version": 2 })),
        line("undo-event", json!({ "version": 99 })),
    ];
    let mut request = app.request(Method::POST, "/v1/commands", lines.join("\n"));
    request.headers_mut().insert("content-type", "application/x-ndjson".parse().expect("a type"));
    let reply = app.send(request).await.expect(200);
    let answers: Vec<Value> =
        reply.body.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let statuses: Vec<_> = answers.iter().map(|answer| answer["status"].clone()).collect();
    assert_eq!(statuses, [200, 200, 409, 422]);
    let back = json!({ "type": "ProfileUpdated", "data": { "title": null } });
    assert_eq!(answers[1]["answer"]["events"][0]["event"], back);
    assert_eq!(answers[2]["answer"]["errors"][0]["versions"], json!([4, 5]));
}

#[tokio::test]
async fn what_cannot_be_undone_says_why() {
    let app = moved().await;
    undo(&app, 1).await.expect_problem(422, "registration_stays");
    undo(&app, 6).await.expect_problem(422, "version_unknown");
    undo(&app, 0).await.expect_problem(422, "invalid_body");
    let nobody = customer_id(9).to_string();
    let reply = app.command(&nobody, "undo-event", &json!({ "version": 1 })).await;
    reply.expect_problem(404, "customer_unknown");
}

#[tokio::test]
async fn an_undo_shows_the_past_only_to_keys_that_may_see_it() {
    let app = moved().await;
    let writer = app.with_key(app.new_key(&[Scope::Write]).await);
    let refused = undo(&writer, 2).await.expect_problem(409, "changed_since").json();
    assert!(refused.get("errors").is_none(), "{refused}");
    let done = undo(&writer, 3).await.expect(200).json();
    assert_eq!(done["events"][0]["event"], json!({ "type": "MetadataReplaced" }));
}
