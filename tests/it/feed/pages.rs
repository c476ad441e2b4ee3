//! The feed in pages.

use std::pin::pin;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Chance, TestApp, customer_id, with_query};

/// The names of a page's events, and its cursor.
async fn next(app: &TestApp, asked: &[(&str, &str)]) -> (Vec<String>, String) {
    let page = app.get(&with_query("/v1/feed", asked)).await.expect(200).json();
    let name = |item: &Value| item["type"].as_str().expect("a name").to_owned();
    let names = page["items"].as_array().expect("items").iter().map(name).collect();
    (names, page["next_cursor"].as_str().expect("a cursor").to_owned())
}

/// Reads from a cursor until two pages in a row are empty, and returns the positions by version.
async fn rest(app: &TestApp, asked: &[(&str, &str)], cursor: &mut String) -> Vec<i64> {
    let (mut positions, mut empty) = (Vec::new(), 0);
    while empty < 2 {
        let mut asked = asked.to_vec();
        asked.push(("cursor", cursor));
        let page = app.get(&with_query("/v1/feed", &asked)).await.expect(200).json();
        let items = page["items"].as_array().expect("items");
        empty = if items.is_empty() { empty + 1 } else { 0 };
        positions.extend(items.iter().map(|item| {
            let token = item["position"].as_str().expect("a position");
            token.split_once('.').expect("two parts").1.parse::<i64>().expect("a number")
        }));
        page["next_cursor"].as_str().expect("a cursor").clone_into(cursor);
    }
    positions
}

async fn logged(app: &TestApp) -> Vec<i64> {
    sqlx::query_scalar("select position from events where tenant_id = $1 order by position")
        .bind(app.tenant.id.0)
        .fetch_all(&mut app.database.connect().await)
        .await
        .expect("events")
}

#[tokio::test]
async fn the_feed_starts_at_the_beginning_now_or_a_cursor() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let (all, after_all) = next(&app, &[]).await;
    assert_eq!(all, ["TenantCreated", "CustomerRegistered"]);
    let (none, now) = next(&app, &[("from", "now")]).await;
    assert_eq!(none, [""; 0]);
    let id = customer_id(1).to_string();
    app.command(&id, "update-profile", &json!({ "name": "Other" })).await.expect(200);
    assert_eq!(next(&app, &[("cursor", &after_all)]).await.0, ["ProfileUpdated"]);
    assert_eq!(next(&app, &[("cursor", &now)]).await.0, ["ProfileUpdated"]);
    let (first, after_first) = next(&app, &[("from", "beginning"), ("limit", "1")]).await;
    assert_eq!(first, ["TenantCreated"]);
    let (second, _) = next(&app, &[("cursor", &after_first), ("limit", "1")]).await;
    assert_eq!(second, ["CustomerRegistered"]);
}

#[tokio::test]
async fn the_feed_can_be_filtered_by_customer_and_type() {
    let app = TestApp::new().await;
    for number in [1, 2] {
        app.register(customer_id(number), "Acme").await;
        let id = customer_id(number).to_string();
        app.command(&id, "update-profile", &json!({ "name": "Other" })).await.expect(200);
    }
    let id = customer_id(2).to_string();
    let of_one = next(&app, &[("customer", &id)]).await.0;
    assert_eq!(of_one, ["CustomerRegistered", "ProfileUpdated"]);
    let of_a_kind = next(&app, &[("type", "ProfileUpdated")]).await.0;
    assert_eq!(of_a_kind, ["ProfileUpdated", "ProfileUpdated"]);
    let of_both = next(&app, &[("type", "ProfileUpdated"), ("customer", &id)]).await.0;
    assert_eq!(of_both, ["ProfileUpdated"]);
    assert_eq!(next(&app, &[("type", "TenantCreated")]).await.0, ["TenantCreated"]);
}

#[tokio::test]
async fn a_tenant_reads_only_its_own_events_once_and_in_order() {
    let app = TestApp::new().await;
    let mut chance = Chance::seeded("feed pages");
    let mut others = Vec::new();
    // A tenant's id determines its partition: after some tries two share one.
    while others.len() < 2 {
        let other = app.another_tenant().await;
        if other.tenant.partition == app.tenant.partition {
            others.push(other);
        }
    }
    let (_, mut cursor) = next(&app, &[("limit", "1")]).await;
    let mut seen = logged(&app).await;
    for number in 1..=60 {
        let whose = if chance.percent(30) { &app } else { &others[number % 2] };
        whose.register(customer_id(number as u64), "Acme").await;
        if chance.percent(15) {
            let limit = (1 + chance.below(4)).to_string();
            seen.extend(rest(&app, &[("limit", &limit)], &mut cursor).await);
        }
    }
    seen.extend(rest(&app, &[], &mut cursor).await);
    assert_eq!(seen, logged(&app).await);
}

#[tokio::test]
async fn the_feed_skips_no_event_of_a_parked_stream() {
    let app = TestApp::new().await;
    let mut owner = app.database.connect().await;
    app.register(customer_id(1), "Acme").await;
    app.settle().await;
    let block = "alter table audit_entries add constraint blocked
                     check (event_type <> 'CustomerArchived') not valid";
    sqlx::query(block).execute(&mut owner).await.expect("a constraint");
    let id = customer_id(1).to_string();
    app.command(&id, "archive-customer", &json!({})).await.expect(200);
    app.register(customer_id(2), "Other").await;
    app.settle().await;
    let parked: i64 = sqlx::query_scalar(
        "select count(*) from parked_streams where projection = 'audit_entries'",
    )
    .fetch_one(&mut owner)
    .await
    .expect("a count");
    assert_eq!(parked, 1);
    let names = next(&app, &[]).await.0;
    let expected =
        ["TenantCreated", "CustomerRegistered", "CustomerArchived", "CustomerRegistered"];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_waiting_reader_gets_events_of_any_instance_at_once() {
    let app = TestApp::new().await;
    let another = app.another_instance().await;
    let (_, cursor) = next(&app, &[("from", "now")]).await;
    for (number, reader) in [(1, &app), (2, &another)] {
        let (_, before) = next(reader, &[("from", "now")]).await;
        let path = with_query("/v1/feed", &[("cursor", &*before), ("wait", "30")]);
        let mut waiting = pin!(reader.get(&path));
        let early = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
        assert!(early.is_err(), "an answer although nothing happened: {early:?}");
        let (page, _) = tokio::join!(waiting, app.register(customer_id(number), "Acme"));
        let page = page.expect(200).json();
        assert_eq!(page["items"][0]["customer_id"], customer_id(number).to_string());
    }
    // A reader with events does not wait; one without gets an empty page after the wait.
    assert_eq!(next(&app, &[("cursor", &cursor), ("wait", "30")]).await.0.len(), 2);
    assert_eq!(next(&app, &[("from", "now"), ("wait", "1")]).await.0.len(), 0);
}

#[tokio::test]
async fn invalid_parameters_of_the_feed_are_refused_by_name() {
    let app = TestApp::new().await;
    let (_, cursor) = next(&app, &[]).await;
    for (asked, name) in [
        (vec![("from", "yesterday")], "from"),
        (vec![("from", "now"), ("cursor", cursor.as_str())], "from"),
        (vec![("wait", "31")], "wait"),
        (vec![("wait", "-1")], "wait"),
        (vec![("wait", "soon")], "wait"),
        (vec![("type", "Nothing")], "type"),
        (vec![("limit", "0")], "limit"),
    ] {
        let reply = app.get(&with_query("/v1/feed", &asked)).await;
        let detail = reply.expect_problem(400, "invalid_query").json()["detail"].to_string();
        assert!(detail.contains(name), "{asked:?}: {detail}");
    }
    let elsewhere = [("type", "TenantCreated"), ("cursor", cursor.as_str())];
    app.get(&with_query("/v1/feed", &elsewhere)).await.expect_problem(400, "invalid_cursor");
    let stream = [("accept", "text/event-stream")];
    let reply = app.get_with("/v1/feed?wait=1", &stream).await;
    reply.expect_problem(400, "invalid_query");
    let resumed = [stream[0], ("last-event-id", "nowhere")];
    app.get_with("/v1/feed", &resumed).await.expect_problem(400, "invalid_cursor");
}
