//! A cursor continues its own list, and no other.

use store::After;
use tests::{TestApp, customer_id, with_query};
use uuid::Uuid;

async fn app_with_customers() -> TestApp {
    let app = TestApp::new().await;
    for number in 1..=3 {
        app.register(customer_id(number), "Acme").await;
    }
    app.settle().await;
    app
}

/// The cursor that leads to the second page.
async fn cursor(app: &TestApp, asked: &[(&str, &str)]) -> String {
    let mut asked = asked.to_vec();
    asked.push(("limit", "1"));
    let page = app.get(&with_query("/v1/customers", &asked)).await.expect(200).json();
    page["next_cursor"].as_str().expect("a cursor").to_owned()
}

#[tokio::test]
async fn a_cursor_is_valid_only_for_its_own_list() {
    let app = app_with_customers().await;
    let good = cursor(&app, &[("name", "Acme"), ("sort", "name")]).await;
    let own = [("name", "Acme"), ("sort", "name"), ("cursor", good.as_str())];
    app.get(&with_query("/v1/customers", &own)).await.expect(200);
    // Order of parameters and page size don't make it another list.
    let turned = [("cursor", good.as_str()), ("limit", "2"), ("sort", "name"), ("name", "Acme")];
    app.get(&with_query("/v1/customers", &turned)).await.expect(200);
    app.another_instance().await.get(&with_query("/v1/customers", &own)).await.expect(200);

    let children = format!("/v1/customers/{}/children", customer_id(1));
    let cursor = ("cursor", good.as_str());
    for (path, asked) in [
        ("/v1/customers", vec![cursor]),
        ("/v1/customers", vec![cursor, ("name", "Acme")]),
        ("/v1/customers", vec![cursor, ("name", "Acme"), ("sort", "-name")]),
        ("/v1/customers", vec![cursor, ("name", "acme"), ("sort", "name")]),
        ("/v1/customers", vec![cursor, ("name", "Acme"), ("sort", "name"), ("tag", "x")]),
        ("/v1/billing-configs", vec![cursor]),
        (&*children, vec![cursor]),
    ] {
        let reply = app.get(&with_query(path, &asked)).await;
        reply.expect_problem(400, "invalid_cursor");
    }
    let other = app.another_tenant().await;
    let foreign = other.get(&with_query("/v1/customers", &own)).await;
    foreign.expect_problem(400, "invalid_cursor");
}

#[tokio::test]
async fn a_tampered_cursor_is_refused() {
    let app = app_with_customers().await;
    let good = cursor(&app, &[]).await;
    let mut wrong: Vec<String> =
        ["", "a", "null", "====", "../../x", "é", "%00"].map(str::to_owned).into();
    for nth in 0..good.len() {
        let mut changed = good.clone().into_bytes();
        changed[nth] = if changed[nth] == b'A' { b'B' } else { b'A' };
        wrong.push(String::from_utf8(changed).expect("ASCII"));
        wrong.push(good[..nth].to_owned());
    }
    wrong.push(format!("{good}A"));
    wrong.push(format!("{good}="));
    wrong.push("A".repeat(4_000));
    let mut seen = None;
    for cursor in wrong.iter().filter(|wrong| **wrong != good) {
        let reply = app.get(&with_query("/v1/customers", &[("cursor", cursor)])).await;
        let mut body = reply.expect_problem(400, "invalid_cursor").json();
        body.as_object_mut().and_then(|body| body.remove("instance")).expect("an instance");
        assert_eq!(seen.get_or_insert(body.clone()), &body);
    }
    app.get(&with_query("/v1/customers", &[("cursor", &good)])).await.expect(200);
}

#[tokio::test]
async fn paging_skips_no_customer_and_repeats_none() {
    let app = app_with_customers().await;
    let cursor = cursor(&app, &[]).await;
    // Customers are added and changed while the list is read.
    app.register(customer_id(4), "Acme").await;
    let renamed = serde_json::json!({ "name": "Aardvark" });
    app.command(&customer_id(2).to_string(), "update-profile", &renamed).await.expect(200);
    app.settle().await;
    let rest =
        app.get(&with_query("/v1/customers", &[("cursor", &cursor)])).await.expect(200).json();
    let ids: Vec<_> =
        rest["items"].as_array().expect("items").iter().map(|item| item["id"].clone()).collect();
    let expected: Vec<_> = (2..=4).map(|number| serde_json::json!(customer_id(number))).collect();
    assert_eq!(ids, expected);
}

/// A list's cursor that continues from a position of the log.
async fn cursor_at(app: &TestApp, list: &str, position: i64) -> String {
    let after = After { key: position.to_string(), id: Uuid::nil() };
    app.store.cursors().await.expect("a key").seal(app.tenant.id, list, &after)
}

#[tokio::test]
async fn a_cursor_beyond_the_end_of_a_restored_log_is_a_410() {
    let app = app_with_customers().await;
    let head: i64 = sqlx::query_scalar("select position from log_heads where partition = $1")
        .bind(app.tenant.partition.number())
        .fetch_one(&mut app.database.connect().await)
        .await
        .expect("a head");
    let (feed, audit) = ("/v1/feed?[]", r#"/v1/audit?[["order","oldest"]]"#);
    for (list, path, asked) in
        [(feed, "/v1/feed", vec![]), (audit, "/v1/audit", vec![("order", "oldest")])]
    {
        for (position, status) in [(head - 1, 200), (head, 200), (head + 1, 410)] {
            let cursor = cursor_at(&app, list, position).await;
            let asked = [&asked[..], &[("cursor", cursor.as_str())]].concat();
            let reply = app.get(&with_query(path, &asked)).await;
            assert_eq!(reply.status, status, "{path} after {position} of {head}");
            if status == 410 {
                reply.expect_problem(410, "cursor_ahead");
            }
        }
    }
    let cursor = cursor_at(&app, feed, head + 1).await;
    let resumed = [("accept", "text/event-stream"), ("last-event-id", cursor.as_str())];
    app.get_with("/v1/feed", &resumed).await.expect_problem(410, "cursor_ahead");
    // With the newest first, nobody follows: the remaining items come after the cursor.
    let cursor = cursor_at(&app, "/v1/audit?[]", head + 1).await;
    let page = app.get(&with_query("/v1/audit", &[("cursor", &cursor)])).await.expect(200).json();
    assert_eq!(page["items"].as_array().map(Vec::len), usize::try_from(head).ok());
}
