//! The timeline of a customer: its sentences and its filters.

use serde_json::json;
use tests::{TestApp, customer_id};

use super::visitor::{Visitor, text};

/// The versions of the entries on a page, in their order.
fn versions(page: &str) -> Vec<u32> {
    let ids = page.split("<article class=\"entry\" data-item id=\"v").skip(1);
    ids.map(|id| id.split('"').next().expect("a version").parse().expect("a number")).collect()
}

/// Changes by several people, for several reasons, in several ways.
async fn history(app: &TestApp) -> String {
    let id = customer_id(1).to_string();
    let profile =
        json!({ "name": "Acme", "email": "a@acme.example", "address": { "line1": "Quanta 37" } });
    app.post("/v1/customers", &json!({ "id": id, "external_id": "acme", "profile": profile }))
        .await
        .expect(201);
    let profile = format!("/v1/customers/{id}/commands/update-profile");
    let by = |actor, reason| [("x-actor", actor), ("x-reason", reason)];
    let moved = json!({ "address": { "line1": "Cobalt 163" } });
    app.post_with(&profile, &moved, &by("support agent", "TICKET-1850: moved")).await.expect(200);
    let email = json!({ "email": "b@acme.example" });
    app.post_with(&profile, &email, &by("finance lead", "renewal")).await.expect(200);
    let metadata = format!("/v1/customers/{id}/commands/replace-metadata");
    app.post_with(
        &metadata,
        &json!({ "metadata": { "plan": "plus" } }),
        &[("x-actor", "finance lead")],
    )
    .await
    .expect(200);
    let renamed = json!({ "name": "Acme Ltd" });
    app.send({
        let path = format!("/compat/metronome/v1/customers/{id}/setName");
        app.request(axum::http::Method::POST, &path, renamed.to_string())
    })
    .await
    .expect(200);
    app.settle().await;
    id
}

#[tokio::test]
async fn the_timeline_says_who_changed_what_when_and_why_in_a_line() {
    let app = TestApp::new().await;
    let id = history(&app).await;
    let visitor = Visitor::arrive(&app).await;
    let page = visitor.read(&format!("/console/customers/{id}")).await;
    assert_eq!(versions(&page), [5, 4, 3, 2, 1], "the newest first");
    let said = text(&page);
    for sentence in [
        "support agent changed street: before: Quanta 37 → after: Cobalt 163",
        "finance lead set metadata plan: after: plus",
        "registered the customer Acme under acme",
        "changed name: before: Acme → after: Acme Ltd",
        "TICKET-1850: moved",
        "no reason given",
        "through Metronome’s API",
        "through the API",
    ] {
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
}

#[tokio::test]
async fn changes_are_found_by_field_person_reason_way_and_time() {
    let app = TestApp::new().await;
    let id = history(&app).await;
    let visitor = Visitor::arrive(&app).await;
    let mut owner = app.database.connect().await;
    let third: chrono::DateTime<chrono::Utc> = sqlx::query_scalar(
        "select recorded_at from events where aggregate_type = 'customer' and sequence = 3",
    )
    .fetch_one(&mut owner)
    .await
    .expect("a time");
    let third = third.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    for (asked, found) in [
        (vec![("field", "/profile/address")], vec![2, 1]),
        (vec![("field", "/profile")], vec![5, 3, 2, 1]),
        (vec![("field", "/metadata")], vec![4]),
        (vec![("field", "/tax")], vec![]),
        (vec![("actor", "finance lead")], vec![4, 3]),
        (vec![("reason", "ticket-1850")], vec![2]),
        (vec![("unreasoned", "1")], vec![5, 4, 1]),
        (vec![("surface", "metronome")], vec![5]),
        (vec![("from", &*third)], vec![5, 4, 3]),
        (vec![("until", &*third)], vec![2, 1]),
        (vec![("actor", "finance lead"), ("field", "/profile/email")], vec![3]),
        (vec![("actor", ""), ("reason", ""), ("from", "")], vec![5, 4, 3, 2, 1]),
    ] {
        let page =
            visitor.read(&tests::with_query(&format!("/console/customers/{id}"), &asked)).await;
        assert_eq!(versions(&page), found, "{asked:?}");
        assert_eq!(page.contains("No such change"), found.is_empty(), "{asked:?}");
    }
    for asked in ["field=street", "from=soon", "reason=%21"] {
        visitor.open(&format!("/console/customers/{id}?{asked}")).await.expect(400);
    }
}

#[tokio::test]
async fn a_page_of_the_past_has_the_changes_until_then() {
    let app = TestApp::new().await;
    let id = history(&app).await;
    let visitor = Visitor::arrive(&app).await;
    let page = visitor.read(&format!("/console/customers/{id}?version=3")).await;
    assert_eq!(versions(&page), [3, 2, 1]);
}

#[tokio::test]
async fn a_long_history_has_pages() {
    let app = TestApp::new().await;
    let id = history(&app).await;
    for number in 0..60 {
        let body = json!({ "metadata": { "n": number.to_string() } });
        app.command(&id, "replace-metadata", &body).await.expect(200);
    }
    let visitor = Visitor::arrive(&app).await;
    // It waits for what has just happened.
    let page = visitor.read(&format!("/console/customers/{id}?actor=")).await;
    assert_eq!(versions(&page), (16..=65).rev().collect::<Vec<_>>());
    let next = page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let next = next.expect("a next page").replace("&amp;", "&");
    let page = visitor.read(&next).await;
    assert_eq!(versions(&page), (1..=15).rev().collect::<Vec<_>>());
    // A cursor is of the filters that it was made for.
    visitor.open(&format!("{next}&actor=x")).await.expect(400);
}
