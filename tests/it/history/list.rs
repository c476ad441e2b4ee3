//! Lists of customers as of an instant.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::{Value, json};
use store::CHANGED_SINCE_MAX;
use tests::{Chance, Draft, TestApp, customer_id, define_custom_field, with_query};

/// Requests for lists.
const FILTERS: [&[(&str, &str)]; 22] = [
    &[],
    &[("sort", "-created_at")],
    &[("status", "active")],
    &[("status", "archived")],
    &[("name", "Name 1")],
    &[("external_id", "e-1")],
    &[("tag", "big"), ("status", "active")],
    &[("metadata[k]", "1")],
    &[("custom_fields[vat]", "2")],
    &[("search", "name 1")],
    &[("search", "e-2")],
    &[("updated_by", "ada"), ("billable", "billable")],
    &[("sort", "name")],
    &[("sort", "-name")],
    &[("sort", "email")],
    &[("sort", "-email")],
    &[("sort", "external_id")],
    &[("sort", "-external_id")],
    &[("sort", "updated_at")],
    &[("sort", "-updated_at")],
    &[("sort", "-name"), ("status", "active"), ("search", "name")],
    &[("sort", "updated_at"), ("updated_by", "ada"), ("tag", "big")],
];

/// A random value.
fn any(chance: &mut Chance) -> (&'static str, Value) {
    let number = chance.below(3);
    match chance.below(9) {
        8 => ("update-profile", json!({ "email": format!("{number}@example.com") })),
        0 | 1 => ("update-profile", json!({ "name": format!("Name {number}") })),
        2 => (
            "update-profile",
            json!({ "tags": if number > 1 { json!(["big"]) } else { json!([]) } }),
        ),
        3 => ("change-external-id", json!({ "external_id": format!("e-{number}") })),
        4 => ("replace-metadata", json!({ "metadata": { "k": number.to_string() } })),
        5 => ("set-custom-fields", json!({ "fields": { "vat": number.to_string() } })),
        6 => ("archive-customer", json!({})),
        _ => ("restore-customer", json!({})),
    }
}

async fn now(app: &TestApp) -> String {
    let mut owner = app.database.connect().await;
    let time: DateTime<Utc> =
        sqlx::query_scalar("select max(recorded_at) from log_heads where position > 0")
            .fetch_one(&mut owner)
            .await
            .expect("a time");
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

async fn lists(app: &TestApp, as_of: Option<&str>, limit: usize) -> Vec<Vec<Value>> {
    let mut lists = Vec::new();
    for filters in FILTERS {
        let mut asked = filters.to_vec();
        asked.extend(as_of.map(|time| ("as_of", time)));
        lists.push(app.list("/v1/customers", &asked, limit).await);
    }
    lists
}

#[tokio::test]
async fn a_list_as_of_an_instant_equals_the_list_read_at_that_time() {
    let app = TestApp::new().await;
    define_custom_field(&app.store, app.tenant).await;
    let mut chance = Chance::seeded("a list as of an instant");
    let mut seen = Vec::new();
    for step in 0..25 {
        if step % 3 == 0 {
            app.register(customer_id(100 - step), "Name 0").await;
        }
        for _ in 0..4 {
            let (command, body) = any(&mut chance);
            let customer = customer_id(100 - chance.below(step / 3 + 1) * 3).to_string();
            let path = format!("/v1/customers/{customer}/commands/{command}");
            let said: &[_] = if chance.percent(30) { &[("x-actor", "ada")] } else { &[] };
            let reply = app.post_with(&path, &body, said).await;
            assert!([200, 409].contains(&reply.status.as_u16()), "{}", reply.body);
        }
        app.settle().await;
        seen.push((now(&app).await, lists(&app, None, 200).await));
    }
    for (time, seen) in &seen {
        for limit in [1, 3, 200] {
            assert_eq!(lists(&app, Some(time), limit).await, *seen, "as of {time}");
        }
    }
    let (_, last) = seen.last().expect("a list");
    assert_eq!(lists(&app, Some("2999-01-01T00:00:00Z"), 200).await, *last);
    let before = app.list("/v1/customers", &[("as_of", "1999-01-01T00:00:00Z")], 200).await;
    assert_eq!(before, [json!(null); 0]);
}

#[tokio::test]
async fn a_customer_is_listed_from_the_microsecond_of_its_first_event_on() {
    let app = TestApp::new().await;
    let registered = app.register(customer_id(1), "Acme").await.json();
    app.command(&customer_id(1).to_string(), "archive-customer", &json!({})).await.expect(200);
    app.settle().await;
    let time = registered["events"][0]["recorded_at"].as_str().expect("a time");
    let time: DateTime<Utc> = time.parse().expect("a time");
    let listed = async |shift: i64, asked: &[(&str, &str)]| {
        let time = time + Duration::microseconds(shift);
        let time = time.to_rfc3339_opts(SecondsFormat::Micros, true);
        let mut asked = asked.to_vec();
        asked.push(("as_of", &time));
        app.list("/v1/customers", &asked, 200).await.len()
    };
    assert_eq!(listed(-1, &[]).await, 0);
    assert_eq!(listed(0, &[]).await, 1);
    assert_eq!(listed(0, &[("status", "active")]).await, 1);
    assert_eq!(listed(0, &[("status", "archived")]).await, 0);
    let other = app.another_tenant().await;
    assert_eq!(other.list("/v1/customers", &[("as_of", "2999-01-01T00:00:00Z")], 1).await.len(), 0);
}

/// This many registered customers, numbered from 0.
async fn register_many(app: &TestApp, many: u64) {
    let many: Vec<_> =
        (0..many).map(|number| Draft::register(app.tenant, customer_id(number))).collect();
    send(app, &many).await;
}

async fn send(app: &TestApp, drafts: &[Draft]) {
    // No more concurrent commands than the queue takes.
    for some in drafts.chunks(500) {
        for answer in Draft::send_together(some, &app.store).await {
            answer.expect("an answer");
        }
    }
    app.settle().await;
}

#[tokio::test]
async fn a_list_as_of_an_instant_is_sorted_by_past_values_unless_too_many_have_changed() {
    let app = TestApp::new().await;
    let many = u64::from(CHANGED_SINCE_MAX) + 1;
    register_many(&app, many).await;
    let time = now(&app).await;
    let first = async |sort: &str| {
        let asked = [("as_of", &*time), ("sort", sort), ("limit", "1")];
        app.get(&with_query("/v1/customers", &asked)).await
    };
    let changes: Vec<_> =
        (0..many).map(|number| Draft::note(app.tenant, customer_id(number), "new")).collect();
    let (last, changes) = changes.split_last().expect("many changes");
    send(&app, changes).await;
    for sort in ["name", "-updated_at", "email", "external_id"] {
        assert_eq!(first(sort).await.expect(200).json()["items"][0]["version"], 1);
    }
    send(&app, std::slice::from_ref(last)).await;
    for sort in ["name", "-updated_at", "email", "external_id"] {
        let problem = first(sort).await.expect_problem(400, "invalid_query").json();
        assert!(problem["detail"].to_string().contains("sort"), "{problem}");
    }
    for sort in ["created_at", "-created_at"] {
        assert_eq!(first(sort).await.expect(200).json()["items"][0]["version"], 1);
    }
}

#[tokio::test]
async fn a_list_as_of_an_invalid_instant_is_refused() {
    let app = TestApp::new().await;
    let path = "/v1/customers?as_of=then";
    let problem = app.get(path).await.expect_problem(400, "invalid_query").json();
    assert!(problem["detail"].to_string().contains("as_of"), "{problem}");
}

#[tokio::test]
async fn rare_matches_are_found_across_pages_that_are_not_full() {
    let app = TestApp::new().await;
    register_many(&app, 1_030).await;
    let rare = app.register(customer_id(9_999), "Rare").await.json();
    // So that the past value is distinguishable.
    let renamed = json!({ "name": "Acme" });
    app.command(&customer_id(9_999).to_string(), "update-profile", &renamed).await.expect(200);
    app.settle().await;
    let time = rare["events"][0]["recorded_at"].as_str().expect("a time");
    let asked = [("as_of", time), ("name", "Rare"), ("limit", "50")];
    let (mut cursor, mut pages) = (None, Vec::new());
    loop {
        let mut asked = asked.to_vec();
        asked.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = app.get(&with_query("/v1/customers", &asked)).await.expect(200).json();
        pages.push(page["items"].as_array().expect("items").len());
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(pages, [0, 1]);
}
