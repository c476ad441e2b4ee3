//! The names of customers, and their holders.

use serde_json::{Value, json};
use tests::{TestApp, customer_id};

async fn two_customers() -> (TestApp, String, String) {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    app.register(customer_id(2), "Bolt").await;
    (app, customer_id(1).to_string(), customer_id(2).to_string())
}

async fn rename(app: &TestApp, id: &str, external_id: Option<&str>) {
    let body = json!({ "external_id": external_id });
    app.command(id, "change-external-id", &body).await.expect(200);
}

/// The customer that a reference finds.
async fn found(app: &TestApp, reference: &str) -> Value {
    app.get(&format!("/v1/customers/{reference}")).await.json()["id"].clone()
}

#[tokio::test]
async fn a_former_external_id_still_finds_its_customer_until_another_takes_it() {
    let (app, acme, bolt) = two_customers().await;
    rename(&app, &acme, Some("one")).await;
    rename(&app, &acme, Some("two")).await;
    assert_eq!(found(&app, "external:one").await, acme);
    assert_eq!(found(&app, "external:two").await, acme);

    rename(&app, &bolt, Some("one")).await;
    assert_eq!(found(&app, "external:one").await, bolt, "the holder of now comes first");
    let renamed = json!({ "name": "Bolt AB" });
    app.command("external:one", "update-profile", &renamed).await.expect(200);
    let bolt = app.get(&format!("/v1/customers/{bolt}")).await.json();
    assert_eq!(bolt["profile"]["name"], "Bolt AB", "commands go where reads go");
    rename(&app, &acme, None).await;
    assert_eq!(found(&app, "external:two").await, acme);
}

#[tokio::test]
async fn a_former_external_id_taken_and_left_in_one_request_names_its_last_holder() {
    let (app, acme, bolt) = two_customers().await;
    for customer in [&acme, &bolt] {
        rename(&app, customer, Some("one")).await;
        rename(&app, customer, None).await;
    }
    assert_eq!(found(&app, "external:one").await, bolt, "who left it last");

    let change = |external_id: Option<&str>| json!({ "command": "change-external-id", "body": { "external_id": external_id } });
    let both = json!({ "commands": [change(Some("one")), change(None)] });
    app.post(&format!("/v1/customers/{acme}/commands"), &both).await.expect(200);
    assert_eq!(found(&app, "external:one").await, acme);
}

#[tokio::test]
async fn an_external_id_in_use_is_refused_until_its_customer_is_archived() {
    let (app, acme, bolt) = two_customers().await;
    rename(&app, &acme, Some("one")).await;
    let wanted = json!({ "external_id": "one" });
    let taken = app.command(&bolt, "change-external-id", &wanted).await;
    taken.expect_problem(409, "external_id_taken");
    let body = json!({ "external_id": "one", "profile": { "name": "Third" } });
    app.post("/v1/customers", &body).await.expect_problem(409, "external_id_taken");

    app.command(&acme, "archive-customer", &json!({})).await.expect(200);
    rename(&app, &bolt, Some("one")).await;
    assert_eq!(found(&app, "external:one").await, bolt);
    let restored = app.command(&acme, "restore-customer", &json!({})).await;
    restored.expect_problem(409, "external_id_taken");
}

#[tokio::test]
async fn an_alias_belongs_to_its_customer_until_removed_even_if_archived() {
    let (app, acme, bolt) = two_customers().await;
    let alias = json!({ "aliases": ["a"] });
    app.command(&acme, "set-aliases", &alias).await.expect(200);
    app.command(&acme, "archive-customer", &json!({})).await.expect(200);
    app.command(&bolt, "set-aliases", &alias).await.expect_problem(409, "alias_taken");
    assert_eq!(found(&app, "alias:a").await, acme);
    app.command(&acme, "restore-customer", &json!({})).await.expect(200);
    app.command(&acme, "set-aliases", &json!({ "aliases": [] })).await.expect(200);
    app.command(&bolt, "set-aliases", &alias).await.expect(200);
    assert_eq!(found(&app, "alias:a").await, bolt);
}

#[tokio::test]
async fn unicode_compositions_of_the_same_letters_are_one_external_id() {
    let (app, acme, bolt) = two_customers().await;
    rename(&app, &acme, Some("caf\u{e9}")).await;
    let decomposed = json!({ "external_id": "cafe\u{301}" });
    let taken = app.command(&bolt, "change-external-id", &decomposed).await;
    taken.expect_problem(409, "external_id_taken");
    assert_eq!(found(&app, "external:cafe%CC%81").await, acme);
}

#[tokio::test]
async fn of_many_concurrent_requests_exactly_one_gets_an_external_id() {
    let app = TestApp::new().await;
    let instances = [app.clone(), app.another_instance().await];
    let register = |nth: u64| {
        let app = instances[usize::try_from(nth).expect("small") % 2].clone();
        let body = json!({
            "id": customer_id(nth), "external_id": "wanted", "profile": { "name": "Racer" }
        });
        async move { app.post("/v1/customers", &body).await }
    };
    let replies = futures::future::join_all((0..20).map(register)).await;
    let (won, lost): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 201);
    assert_eq!((won.len(), lost.len()), (1, 19));
    for reply in lost {
        reply.expect_problem(409, "external_id_taken");
    }
    assert_eq!(found(&app, "external:wanted").await, won[0].json()["id"]);
}
