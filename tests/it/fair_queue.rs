//! Tenants that share a partition: a flood of one slows down only itself.

use axum::http::{HeaderValue, Method};
use domain::TenantId;
use futures::FutureExt as _;
use http::{App, Settings};
use serde_json::{Value, json};
use store::{Limits, Options, Partition, Store, StoreError, TenantRef};
use tests::{Draft, HeldHead, TestApp, customer_id, expect_sound, until_taken};
use uuid::Uuid;

const BATCH_MAX: usize = 64;

/// A store over the app's database with this queue limit for a tenant.
async fn store(app: &TestApp, queue_max: usize) -> Store {
    let writers = Limits { queue_max, batch_max: BATCH_MAX, connections_max: 2 };
    let database = app.database.options.clone();
    Store::open(&Options { writers, ..Options::new(database) }).await.expect("a store")
}

/// Another tenant in the app's partition.
async fn neighbour(app: &TestApp) -> TenantRef {
    let id = std::iter::repeat_with(Uuid::new_v4)
        .find(|id| Partition::of_new(TenantId(*id)) == app.tenant.partition)
        .expect("an id");
    server::tenants::create_tenant(&app.store, id, "neighbour").await.expect("a tenant")
}

#[tokio::test]
async fn a_full_queue_of_one_tenant_neither_excludes_nor_delays_a_neighbour() {
    let app = TestApp::new().await;
    let neighbour = neighbour(&app).await;
    let store = store(&app, 1_024).await;
    let head = HeldHead::of(&app).await;
    let send = |tenant, number| {
        let (store, draft) = (store.clone(), Draft::register(tenant, customer_id(number)));
        Box::pin(async move { draft.send(&store).await })
    };

    let mut first = send(app.tenant, 1);
    assert!((&mut first).now_or_never().is_none());
    until_taken(&store).await;
    let mut waiting = Vec::new();
    for number in 2.. {
        let mut queued = send(app.tenant, number);
        match (&mut queued).now_or_never() {
            None => waiting.push(queued),
            Some(refused) => {
                assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
                break;
            }
        }
    }
    assert_eq!(waiting.len(), 1_024);
    let mut theirs = send(neighbour, 1);
    let refused = (&mut theirs).now_or_never();
    assert!(refused.is_none(), "{refused:?}");

    head.let_go().await;
    let first = first.await.expect("an answer").rendered.position.expect("a position");
    let theirs = theirs.await.expect("an answer").rendered.position.expect("a position");
    // The batch in flight, and their own.
    let most = i64::try_from(2 * BATCH_MAX).expect("a number");
    assert!(theirs - first <= most, "{} events came before theirs", theirs - first);
    for queued in waiting {
        assert_eq!(queued.await.expect("an answer").rendered.status, 200);
    }
    expect_sound(&mut app.database.connect().await).await;
}

#[tokio::test]
async fn a_command_beyond_its_tenant_s_queue_is_a_429() {
    let app = TestApp::new().await;
    let neighbour = app.called_by(neighbour(&app).await).await;
    let store = store(&app, 2).await;
    let service = || App::new(store.clone(), Settings::default());
    let (app, neighbour) = (app.at(service()), neighbour.at(service()));
    let head = HeldHead::of(&app).await;
    let mut queued = Vec::new();
    for number in 1..=3 {
        let draft = Draft::register(app.tenant, customer_id(number));
        queued.push(store.submit_patiently(draft.submission()).await.expect("room"));
        if number == 1 {
            until_taken(&store).await;
        }
    }
    let body = json!({ "id": customer_id(4), "profile": { "name": "Acme" } });
    let refused = app.post("/v1/customers", &body).await.expect(429);
    assert_eq!(refused.json()["code"], "too_many_commands");
    assert!(refused.headers.contains_key("retry-after"));
    let theirs = tokio::spawn(async move { neighbour.register(customer_id(1), "Acme").await });
    while store.waiting() < 3 {
        assert!(!theirs.is_finished(), "it must wait for the head");
        tokio::task::yield_now().await;
    }
    head.let_go().await;
    theirs.await.expect("an answer");
    for queued in queued {
        assert_eq!(queued.answer().await.expect("an answer").rendered.status, 200);
    }
}

#[tokio::test]
async fn an_ndjson_stream_waits_for_room_and_is_not_refused() {
    let app = TestApp::new().await;
    let store = store(&app, 2).await;
    let app = app.at(App::new(store, Settings::default()));
    let line = |number| {
        let body = json!({ "id": customer_id(number), "profile": { "name": "Acme" } });
        format!("{}\n", json!({ "command": "register-customer", "body": body }))
    };
    let lines: String = (1..=100).map(line).collect();
    let mut request = app.request(Method::POST, "/v1/commands", lines);
    let ndjson = HeaderValue::from_static("application/x-ndjson");
    request.headers_mut().insert("content-type", ndjson);
    let answered = app.send(request).await.expect(200);
    let statuses = answered.body.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        line["status"].clone()
    });
    assert_eq!(statuses.filter(|status| *status == 201).count(), 100);
}
