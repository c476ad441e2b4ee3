//! With the oldest first the audit can be followed: its last cursor continues with later events.

use serde_json::{Value, json};
use tests::{Chance, TestApp, customer_id, with_query};

async fn next(app: &TestApp, asked: &[(&str, &str)], cursor: &mut Option<String>) -> Vec<Value> {
    let mut asked = asked.to_vec();
    asked.extend([("order", "oldest"), ("limit", "3")]);
    asked.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
    let page = app.get(&with_query("/v1/audit", &asked)).await.expect(200).json();
    *cursor = Some(page["next_cursor"].as_str().expect("a cursor, always").to_owned());
    page["items"].as_array().expect("items").clone()
}

/// The versions of a customer's events.
fn versions(items: &[Value]) -> Vec<i64> {
    items.iter().map(|item| item["version"].as_i64().expect("a version")).collect()
}

#[tokio::test]
async fn the_cursor_of_an_empty_page_finds_later_events() {
    let app = TestApp::new().await;
    let id = customer_id(1).to_string();
    app.register(customer_id(1), "Acme").await;
    app.settle().await;
    let asked = [("customer", &*id)];
    let mut cursor = None;
    assert_eq!(versions(&next(&app, &asked, &mut cursor).await), [1]);
    for _ in 0..3 {
        assert_eq!(versions(&next(&app, &asked, &mut cursor).await), [0; 0]);
    }
    for name in ["a", "b", "c", "d"] {
        app.command(&id, "update-profile", &json!({ "name": name })).await.expect(200);
    }
    app.settle().await;
    assert_eq!(versions(&next(&app, &asked, &mut cursor).await), [2, 3, 4]);
    assert_eq!(versions(&next(&app, &asked, &mut cursor).await), [5]);
    assert_eq!(versions(&next(&app, &asked, &mut cursor).await), [0; 0]);
}

#[tokio::test]
async fn a_follower_of_the_audit_sees_each_event_once_in_order() {
    let app = TestApp::new().await;
    let mut chance = Chance::seeded("audit follower");
    let (mut seen, mut cursor) = (Vec::new(), None);
    for number in 1..=40 {
        app.register(customer_id(number), "Acme").await;
        if chance.percent(20) {
            let renamed = json!({ "name": format!("tenant {number}") });
            app.post("/v1/tenant/commands/rename-tenant", &renamed).await.expect(200);
        }
        if chance.percent(50) {
            seen.extend(next(&app, &[], &mut cursor).await);
        }
    }
    app.settle().await;
    loop {
        let page = next(&app, &[], &mut cursor).await;
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    let logged: Vec<i64> =
        sqlx::query_scalar("select position from events where tenant_id = $1 order by position")
            .bind(app.tenant.id.0)
            .fetch_all(&mut app.database.connect().await)
            .await
            .expect("events");
    let position = |item: &Value| {
        let token = item["position"].as_str().expect("a position");
        token.split_once('.').expect("two parts").1.parse::<i64>().expect("a number")
    };
    assert_eq!(seen.iter().map(position).collect::<Vec<_>>(), logged);
}
