//! One call that registers a customer or updates it, and single keys of its metadata.

use serde_json::{Value, json};
use store::api_keys::Scope;
use tests::{Reply, TestApp, customer_id};

const PATH: &str = "/v1/customers/external:acme/commands/upsert-customer";

async fn upsert(app: &TestApp, body: Value, headers: &[(&str, &str)]) -> Reply {
    app.post_with(PATH, &body, headers).await
}

async fn customer(app: &TestApp) -> Value {
    app.get("/v1/customers/external:acme").await.expect(200).json()
}

fn named(name: &str) -> Value {
    json!({ "profile": { "name": name } })
}

#[tokio::test]
async fn an_upsert_registers_a_new_customer_and_updates_a_known_one() {
    let app = TestApp::new().await;
    let body = json!({ "profile": { "name": "Acme", "title": "Old" }, "aliases": ["a"],
                       "metadata": { "k": "v" }, "config": { "salesforce_account_id": "1" } });
    let made = upsert(&app, body.clone(), &[]).await.expect(201);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(made.header("location"), format!("/v1/customers/{id}"));
    assert_eq!(made.header("etag"), "\"1\"");
    let first = customer(&app).await;
    assert_eq!((&first["external_id"], &first["aliases"]), (&json!("acme"), &json!(["a"])));

    let same = upsert(&app, body, &[]).await.expect(200);
    assert_eq!((&same.json()["events"], same.header("etag")), (&json!([]), "\"1\""));

    let change = json!({ "profile": { "title": null, "email": "a@acme.test" }, "metadata": {} });
    let done = upsert(&app, change, &[]).await.expect(200);
    assert_eq!((&done.json()["id"], done.header("location")), (&json!(id), ""));
    let now = customer(&app).await;
    assert_eq!(now["profile"], json!({ "name": "Acme", "email": "a@acme.test" }));
    assert_eq!((&now["metadata"], &now["aliases"]), (&Value::Null, &json!(["a"])));
    assert_eq!(now["version"], 3);
}

#[tokio::test]
async fn a_new_customer_needs_a_name_and_no_upsert_removes_it() {
    let app = TestApp::new().await;
    let anonymous = json!({ "metadata": { "k": "v" } });
    upsert(&app, anonymous.clone(), &[]).await.expect_problem(422, "name_required");
    upsert(&app, named("Acme"), &[]).await.expect(201);
    upsert(&app, anonymous, &[]).await.expect(200);
    let nameless = json!({ "profile": { "name": null } });
    let refused = upsert(&app, nameless, &[]).await.expect_problem(422, "invalid_body");
    assert_eq!(refused.json()["errors"][0]["pointer"], "/profile/name");
    for member in ["id", "external_id"] {
        let mut body = named("Acme");
        body[member] = json!("acme");
        upsert(&app, body, &[]).await.expect_problem(422, "invalid_body");
    }
}

#[tokio::test]
async fn an_upsert_by_an_invalid_external_id_is_refused_with_the_reason() {
    let app = TestApp::new().await;
    let path = format!("/v1/customers/external:{}/commands/upsert-customer", "a".repeat(513));
    for path in [&path, "/v1/customers/external:a%20/commands/upsert-customer"] {
        let reply = app.post(path, &named("Acme")).await;
        let refused = reply.expect_problem(422, "invalid_body");
        assert_eq!(refused.json()["errors"][0]["pointer"], "/external_id", "{path}");
    }
    let other = "/v1/customers/external:a%20/commands/archive-customer";
    app.post(other, &json!({})).await.expect_problem(404, "customer_unknown");
}

#[tokio::test]
async fn conditions_say_whether_an_upsert_may_register_or_update() {
    let app = TestApp::new().await;
    for etag in ["\"1\"", "*"] {
        let refused = upsert(&app, named("Acme"), &[("if-match", etag)]).await;
        refused.expect_problem(404, "customer_unknown");
    }
    let new = [("if-none-match", "*")];
    upsert(&app, named("Acme"), &new).await.expect(201);
    upsert(&app, named("Bolt"), &new).await.expect_problem(412, "version_mismatch");
    upsert(&app, named("Bolt"), &[("if-match", "\"1\"")]).await.expect(200);
    let stale = upsert(&app, named("Core"), &[("if-match", "\"1\"")]).await;
    stale.expect_problem(412, "version_mismatch");
    assert_eq!(customer(&app).await["profile"]["name"], "Bolt");
}

#[tokio::test]
async fn a_repeated_upsert_with_its_key_gets_the_first_answer() {
    let app = TestApp::new().await;
    let key = [("idempotency-key", "sync-1")];
    let first = upsert(&app, named("Acme"), &key).await.expect(201);
    upsert(&app, named("Bolt"), &[]).await.expect(200);
    let again = upsert(&app, named("Acme"), &key).await.expect(201);
    assert_eq!((&again.body, again.header("idempotency-replayed")), (&first.body, "true"));
    assert_eq!(customer(&app).await["profile"]["name"], "Bolt");
    upsert(&app, named("Core"), &key).await.expect_problem(422, "idempotency_key_reused");
}

#[tokio::test]
async fn upserts_at_the_same_time_register_one_customer() {
    let app = TestApp::new().await;
    let other = app.another_instance().await;
    let upserts = (0..20).map(|nth| {
        let app = if nth % 2 == 0 { app.clone() } else { other.clone() };
        async move { upsert(&app, named(&format!("Name {nth}")), &[]).await }
    });
    let replies = futures::future::join_all(upserts).await;
    let created = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(created, 1);
    assert!(replies.iter().all(|reply| [200, 201].contains(&reply.status.as_u16())));
    assert_eq!(customer(&app).await["version"], 20);
}

#[tokio::test]
async fn an_upsert_follows_names_as_every_command_does() {
    let app = TestApp::new().await;
    upsert(&app, named("Acme"), &[]).await.expect(201);
    let moved = json!({ "external_id": "acme-2" });
    app.command("external:acme", "change-external-id", &moved).await.expect(200);
    // The former external id still finds the customer.
    upsert(&app, named("Bolt"), &[]).await.expect(200);
    app.command("external:acme-2", "archive-customer", &json!({})).await.expect(200);
    upsert(&app, named("Core"), &[]).await.expect_problem(409, "customer_archived");
    let by_id = customer_id(7).to_string();
    app.command(&by_id, "upsert-customer", &named("By id")).await.expect(201);
    app.command(&by_id, "upsert-customer", &named("Again")).await.expect(200);
    let by_alias = app.command("alias:nobody", "upsert-customer", &named("x")).await;
    by_alias.expect_problem(404, "customer_unknown");
}

#[tokio::test]
async fn an_upsert_can_be_tried_and_can_begin_a_list_of_commands() {
    let app = TestApp::new().await;
    let path = format!("{PATH}?dry_run=true");
    let tried = app.post(&path, &named("Acme")).await.expect(200).json();
    assert_eq!(tried["state"]["profile"]["name"], "Acme");
    app.get("/v1/customers/external:acme").await.expect(404);
    let several = json!({ "commands": [
        { "command": "upsert-customer", "body": named("Acme") },
        { "command": "attach-payment-profile", "body": { "id": "card", "status": "ACTIVE" } },
    ] });
    app.post("/v1/customers/external:acme/commands", &several).await.expect(200);
    assert_eq!(customer(&app).await["payment"]["profiles"][0]["id"], "card");
}

#[tokio::test]
async fn single_keys_of_metadata_are_set_and_removed() {
    let app = TestApp::new().await;
    upsert(&app, named("Acme"), &[]).await.expect(201);
    let update = async |body: Value| app.command("external:acme", "update-metadata", &body).await;
    update(json!({ "set": { "a": "1", "b": "2" } })).await.expect(200);
    update(json!({ "set": { "b": "3" }, "unset": ["a", "unknown"] })).await.expect(200);
    assert_eq!(customer(&app).await["metadata"], json!({ "b": "3" }));
    let nothing = update(json!({ "unset": ["a"] })).await.expect(200).json();
    assert_eq!(nothing["events"], json!([]));
    let both = update(json!({ "set": { "a": "1" }, "unset": ["b", "a"] })).await;
    let both = both.expect_problem(422, "invalid_body").json();
    assert_eq!(both["errors"][0]["pointer"], "/unset/1");
    let many: serde_json::Map<_, _> = (0..100).map(|n| (format!("k{n}"), json!("v"))).collect();
    let full = update(json!({ "set": many })).await;
    full.expect_problem(422, "too_many_metadata");
    update(json!({ "set": many, "unset": ["b"] })).await.expect(200);

    // The event has all of the metadata, which a key without `read` did not send.
    let writer = app.with_key(app.new_key(&[Scope::Write]).await);
    let body = json!({ "unset": ["k0"] });
    let done = writer.command("external:acme", "update-metadata", &body).await.expect(200).json();
    assert_eq!(done["events"][0]["event"], json!({ "type": "MetadataReplaced" }));
}
