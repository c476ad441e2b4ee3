//! A customer's page: what it is, what changed, and what it was.

use std::time::Duration;

use serde_json::json;
use tests::{TestApp, customer_id};

use super::visitor::{Visitor, text};

const WHO: [(&str, &str); 2] = [("x-actor", "support agent"), ("x-reason", "TICKET-1850: moved")];

/// A customer that moved: version 1 registers, 2 moves, 3 sets metadata, 4 changes the external id.
async fn moved(app: &TestApp) -> String {
    let id = customer_id(1).to_string();
    let profile = json!({ "name": "Acme", "address": { "line1": "Quanta 37", "city": "Berlin" } });
    app.post("/v1/customers", &json!({ "id": id, "external_id": "acme-1", "profile": profile }))
        .await
        .expect(201);
    let path = format!("/v1/customers/{id}/commands/update-profile");
    app.post_with(&path, &json!({ "address": { "line1": "Cobalt 163" } }), &WHO).await.expect(200);
    let path = format!("/v1/customers/{id}/commands/replace-metadata");
    app.post_with(
        &path,
        &json!({ "metadata": { "plan": "plus" } }),
        &[("x-actor", "finance lead")],
    )
    .await
    .expect(200);
    let path = format!("/v1/customers/{id}/commands/change-external-id");
    app.post(&path, &json!({ "external_id": "acme-2" })).await.expect(200);
    app.settle().await;
    id
}

#[tokio::test]
async fn a_page_says_what_the_customer_is_and_who_set_each_value() {
    let app = TestApp::new().await;
    let id = moved(&app).await;
    let visitor = Visitor::arrive(&app).await;
    let page = text(&visitor.read(&format!("/console/customers/{id}")).await);
    for said in [
        "Acme",
        "acme-2",
        "formerly",
        "acme-1",
        "version 4",
        "Street",
        "Cobalt 163",
        "plan",
        "plus",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(
        page.contains("by support agent, just now, “TICKET-1850: moved” · version 2"),
        "{page}"
    );
    assert!(page.contains("by finance lead, just now · version 3"), "{page}");
    assert!(!page.contains("The past"), "{page}");
    // By another name it is the same customer.
    let page = text(&visitor.read("/console/customers/external:acme-1").await);
    assert!(page.contains("Cobalt 163"), "{page}");
}

#[tokio::test]
async fn a_page_of_the_past_says_so_and_shows_what_was() {
    let app = TestApp::new().await;
    let id = moved(&app).await;
    let mut owner = app.database.connect().await;
    let first: chrono::DateTime<chrono::Utc> = sqlx::query_scalar(
        "select recorded_at from events where aggregate_type = 'customer' and sequence = 1",
    )
    .fetch_one(&mut owner)
    .await
    .expect("a time");
    let visitor = Visitor::arrive(&app).await;
    let as_of = first.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    for asked in ["version=1".to_owned(), format!("as_of={as_of}")] {
        let page = visitor.read(&format!("/console/customers/{id}?{asked}")).await;
        assert!(page.contains("class=\"in-past\""), "{asked}");
        let page = text(&page);
        assert!(page.contains("The past: version 1 of 4"), "{asked}: {page}");
        assert!(page.contains("Quanta 37") && !page.contains("Cobalt 163"), "{asked}: {page}");
    }
    let before = first - Duration::from_secs(1);
    let before = before.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    for (asked, status) in [
        ("version=5", 404),
        ("version=0", 400),
        ("version=x", 400),
        (&*format!("as_of={before}"), 404),
        ("as_of=once", 400),
        ("as_of=2026-01-01&version=1", 400),
        ("unknown=1", 400),
    ] {
        visitor.open(&format!("/console/customers/{id}?{asked}")).await.expect(status);
    }
    // The empty field of a form asks for nothing.
    visitor.open(&format!("/console/customers/{id}?as_of=&version=")).await.expect(200);
}

#[tokio::test]
async fn two_versions_are_shown_beside_each_other() {
    let app = TestApp::new().await;
    let id = moved(&app).await;
    let visitor = Visitor::arrive(&app).await;
    let page = visitor.read(&format!("/console/customers/{id}/diff?from=1&to=4")).await;
    let said = text(&page);
    assert!(said.contains("4 fields"), "{said}");
    for said in [
        "<del><span class=\"hidden\">before: </span>Quanta 37</del>",
        "<ins><span class=\"hidden\">after: </span>Cobalt 163</ins>",
        "<del><span class=\"hidden\">before: </span>acme-1</del>",
        "Metadata plan",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    // The other way round, and the same version twice.
    let back = visitor.read(&format!("/console/customers/{id}/diff?from=4&to=1")).await;
    assert!(back.contains("before: </span>Cobalt 163</del>"), "{back}");
    let same = visitor.read(&format!("/console/customers/{id}/diff?from=2&to=2")).await;
    assert!(same.contains("Nothing differs"), "{same}");
    for (asked, status) in
        [("from=1&to=5", 404), ("from=0&to=1", 400), ("from=1", 400), ("to=1", 400)]
    {
        visitor.open(&format!("/console/customers/{id}/diff?{asked}")).await.expect(status);
    }
}

#[tokio::test]
async fn an_event_has_an_address_with_all_that_is_known_of_it() {
    let app = TestApp::new().await;
    let id = moved(&app).await;
    let visitor = Visitor::arrive(&app).await;
    let page = text(&visitor.read(&format!("/console/customers/{id}/events/2")).await);
    assert!(
        page.contains("support agent changed street: before: Quanta 37 → after: Cobalt 163"),
        "{page}"
    );
    for said in [
        "TICKET-1850: moved",
        "through the API",
        app.key.id(),
        "ProfileUpdated",
        "&quot;line1&quot;",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    for version in ["0", "5", "x", "-1"] {
        visitor.open(&format!("/console/customers/{id}/events/{version}")).await.expect(404);
    }
}

#[tokio::test]
async fn a_list_of_a_day_shows_what_customers_were() {
    let app = TestApp::new().await;
    let id = moved(&app).await;
    let rename = json!({ "name": "Beta" });
    let mut owner = app.database.connect().await;
    let then: chrono::DateTime<chrono::Utc> =
        sqlx::query_scalar("select max(recorded_at) from events")
            .fetch_one(&mut owner)
            .await
            .expect("a time");
    app.command(&id, "update-profile", &rename).await.expect(200);
    app.settle().await;
    let visitor = Visitor::arrive(&app).await;
    let as_of = then.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let page = visitor.read(&tests::with_query("/console/customers", &[("as_of", &as_of)])).await;
    assert!(
        page.contains("class=\"in-past\"") && text(&page).contains("The list as it was on"),
        "{page}"
    );
    assert!(text(&page).contains("Acme") && !text(&page).contains("Beta"), "{page}");
    let page = text(&visitor.read("/console/customers").await);
    assert!(page.contains("Beta") && !page.contains("Acme"), "{page}");
}

#[tokio::test]
async fn the_page_of_an_event_has_the_name_of_its_key() {
    let app = TestApp::new().await;
    let id = moved(&app).await;
    let visitor = Visitor::arrive(&app).await;
    let named: String = sqlx::query_scalar("select name from api_keys where key_id = $1")
        .bind(app.key.id())
        .fetch_one(&mut app.database.connect().await)
        .await
        .expect("a name");
    let page = text(&visitor.read(&format!("/console/customers/{id}/events/2")).await);
    assert!(page.contains(&named), "{named}: {page}");
}
