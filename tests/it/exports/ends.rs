//! Exports that end early.

use std::time::Duration;

use futures::StreamExt as _;
use http::{App, Settings};
use sqlx::query;
use store::{Metadata, Role};
use tests::{TestApp, customer_id};

use super::{CSV, NDJSON, export, open, with_lists};

/// From now on a read of the customer of this number cannot be recorded.
async fn spoil(app: &TestApp, number: u64) {
    let id = customer_id(number);
    let constraint = format!(
        "alter table read_audit_customers
           add constraint spoiled check (customer_id <> '{id}') not valid"
    );
    query(&constraint).execute(&mut app.database.connect().await).await.expect("a constraint");
}

#[tokio::test]
async fn an_export_that_cannot_be_recorded_breaks_off() {
    let app = with_lists().await;
    spoil(&app, 430).await;
    let answer = open(&app, "/v1/customers", NDJSON).await;
    assert_eq!(answer.status(), 200);
    let mut body = answer.into_body().into_data_stream();
    for _ in 0..2 {
        let part = body.next().await.expect("a part").expect("a page");
        assert_eq!(part.split_inclusive(|byte| *byte == b'\n').count(), 200);
    }
    assert!(body.next().await.expect("a failure").is_err());
    assert!(body.next().await.is_none());
    // The first page can still be answered with an error.
    export(&app, "/v1/customers?sort=-created_at", CSV).await.expect_problem(500, "internal");
}

#[tokio::test]
async fn over_the_wire_a_broken_export_is_an_incomplete_answer() {
    let app = with_lists().await;
    let url = format!("http://{}/v1/customers", app.serve().await);
    let get = || {
        let get = reqwest::Client::new().get(&url).bearer_auth(app.key.reveal());
        get.header("accept", CSV).send()
    };
    let whole = get().await.expect("an answer").text().await.expect("a whole body");
    spoil(&app, 430).await;
    let mut broken = get().await.expect("an answer");
    assert_eq!(broken.status(), 200);
    let (mut got, mut failed) = (Vec::new(), false);
    while !failed {
        match broken.chunk().await {
            Ok(Some(chunk)) => got.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(_) => failed = true,
        }
    }
    assert!(failed, "a broken body must not look like a whole one");
    assert!(whole.as_bytes().starts_with(&got) && got.len() < whole.len());
}

#[tokio::test]
async fn an_export_breaks_off_when_the_key_is_revoked_or_the_service_stops() {
    let app = with_lists().await;
    let service = App::new(app.store.clone(), Settings::default());
    let at = app.at(service.clone());
    let mut revoked = open(&at, "/v1/customers", NDJSON).await.into_body().into_data_stream();
    revoked.next().await.expect("a part").expect("a page");
    let mut connection =
        store::connect(&app.database.options, Role::KeyAdmin).await.expect("a connection");
    store::api_keys::revoke(&mut connection, at.key.id(), Metadata::new())
        .await
        .expect("a revocation");
    // A key is cached for a moment.
    while at.get("/v1/tenant").await.status != 401 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(revoked.next().await.expect("a failure").is_err());

    let at = at.with_key(app.new_key(&store::api_keys::Scope::OF_TENANT).await);
    let mut stopped = open(&at, "/v1/customers", NDJSON).await.into_body().into_data_stream();
    stopped.next().await.expect("a part").expect("a page");
    service.announce_stop();
    assert!(stopped.next().await.expect("a failure").is_err());
}

#[tokio::test]
async fn a_tenant_s_open_exports_are_limited() {
    let app = with_lists().await;
    let mut opened = Vec::new();
    for _ in 0..100 {
        let answer = open(&app, "/v1/customers", CSV).await;
        assert_eq!(answer.status(), 200);
        opened.push(answer);
    }
    export(&app, "/v1/customers", CSV).await.expect_problem(429, "too_many_streams");
    export(&app, "/v1/customers", "application/json").await.expect(200);
    export(&app.another_tenant().await, "/v1/customers", CSV).await.expect(200);
    // A finished or abandoned export makes room for another.
    let whole = tests::Reply::read(opened.pop().expect("one")).await.expect(200);
    assert_eq!(whole.body.lines().count(), 452);
    drop(opened.pop());
    for _ in 0..2 {
        opened.push(open(&app, "/v1/customers", CSV).await);
    }
    export(&app, "/v1/customers", CSV).await.expect_problem(429, "too_many_streams");
}
