//! Changes of a customer, field by field.

use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _};
use tests::customer_id;

use super::{all, path, story};

#[tokio::test]
async fn every_change_has_the_old_and_new_value_and_the_actor() {
    let (app, _) = story().await;
    app.settle().await;
    let changes = app.list(&path("/changes"), &[("order", "oldest")], 200).await;
    let shown: Vec<_> = changes
        .iter()
        .map(|it| json!([it["version"], it["field"], it.get("old"), it.get("new")]))
        .collect();
    assert_eq!(
        shown,
        [
            json!([1, "/aliases", null, ["also-acme"]]),
            json!([1, "/external_id", null, "acme"]),
            json!([1, "/profile/address/city", null, "Bern"]),
            json!([1, "/profile/name", null, "Acme"]),
            json!([1, "/status", "unregistered", "active"]),
            json!([2, "/profile/address/city", "Bern", null]),
            json!([2, "/profile/name", "Acme", "Acme Ltd"]),
            json!([3, "/external_id", "acme", "acme-2"]),
            json!([3, "/former_external_ids", null, ["acme"]]),
            json!([4, "/metadata/a~1b", null, "1"]),
            json!([5, "/profile/name", "Acme Ltd", "Acme Inc"]),
            json!([5, "/profile/tags", null, ["big"]]),
            json!([6, "/status", "active", "archived"]),
        ]
    );
    let event = &app.list(&path("/events"), &[("order", "oldest")], 200).await[1];
    let mut change = changes[6].clone();
    assert_eq!(change["actor"], "ada");
    assert_eq!(change["reason"], "ticket 7");
    for member in ["version", "position", "recorded_at", "type", "actor", "reason"] {
        assert_eq!(change[member].take(), event[member], "{member}");
    }
    assert_eq!(changes[0]["actor"], app.key.id(), "without an actor it was the key");
    let gone = changes[5].as_object().expect("an object");
    assert!(!gone.contains_key("new"), "what went is not there");
}

#[tokio::test]
async fn changes_are_paged_newest_or_oldest_first() {
    let (app, _) = story().await;
    app.settle().await;
    let whole = app.list(&path("/changes"), &[("order", "oldest")], 200).await;
    let newest = app.list(&path("/changes"), &[], 200).await;
    let mut expected = whole.clone();
    // Newer events first; the fields of one event in their own order.
    expected.sort_by_key(|change| std::cmp::Reverse(change["version"].as_i64()));
    assert_eq!(newest, expected);
    for limit in 1..=13 {
        assert_eq!(app.list(&path("/changes"), &[("order", "oldest")], limit).await, whole);
        assert_eq!(app.list(&path("/changes"), &[], limit).await, newest);
    }
}

#[tokio::test]
async fn changes_are_found_by_field_actor_event_and_time() {
    let (app, _) = story().await;
    app.settle().await;
    let find = async |asked: &[(&str, &str)]| {
        let mut asked = asked.to_vec();
        asked.push(("order", "oldest"));
        let found = app.list(&path("/changes"), &asked, 1).await;
        let shown = found.iter().map(|it| json!([it["version"], it["field"]]));
        shown.collect::<Vec<Value>>()
    };
    let (name, city) = ("/profile/name", "/profile/address/city");
    let names = [json!([1, name]), json!([2, name]), json!([5, name])];
    assert_eq!(find(&[("field", name)]).await, names);
    // Everything below a pointer, but not other names with the same prefix.
    assert_eq!(find(&[("field", "/profile/address")]).await, [json!([1, city]), json!([2, city])]);
    let unknown = app.get(&path("/changes?field=/profile/addr")).await;
    unknown.expect_problem(400, "invalid_query");
    assert_eq!(find(&[("field", "/metadata/a~1b")]).await, [json!([4, "/metadata/a~1b"])]);
    assert_eq!(find(&[("field", "/profile")]).await.len(), 6);
    assert_eq!(find(&[("actor", "ada"), ("field", name)]).await, [json!([2, name])]);
    assert_eq!(find(&[("actor", "nobody")]).await, [json!(null); 0]);
    assert_eq!(find(&[("type", "CustomerArchived")]).await, [json!([6, "/status"])]);
    let events = app.list(&path("/events"), &[("order", "oldest")], 200).await;
    let time = |nth: usize| events[nth]["recorded_at"].as_str().expect("a time").to_owned();
    let found = find(&[("after", &time(1)), ("before", &time(2))]).await;
    assert_eq!(found, [json!([2, city]), json!([2, name])]);
}

#[tokio::test]
async fn changes_show_the_reader_s_own_write_or_answer_not_yet() {
    let (app, _) = story().await;
    let written = app.command(&customer_id(1).to_string(), "restore-customer", &json!({})).await;
    let at_least = [("dossier-at-least", written.header("dossier-position"))];
    let page = app.get_with(&path("/changes"), &at_least).await.expect(200);
    assert_eq!(page.header("dossier-position"), written.header("dossier-position"));
    assert_eq!(page.json()["items"][0]["version"], 7);
    // Another session holds the projection's checkpoint.
    let mut owner = app.database.connect().await;
    let mut transaction = owner.begin().await.expect("a transaction");
    transaction
        .execute("select from checkpoints where projection = 'field_changes' for update")
        .await
        .expect("locks");
    let written = app.command(&customer_id(1).to_string(), "archive-customer", &json!({})).await;
    let at_least = [("dossier-at-least", written.header("dossier-position"))];
    let (changes, blame) = (path("/changes"), path("/blame"));
    let (late, blame) = tokio::join!(app.get_with(&changes, &at_least), app.get(&blame));
    late.expect_problem(503, "not_yet");
    // The causes of the previous state are known, those of the current one not yet.
    blame.expect_problem(503, "not_yet");
    let before = app.get(&path("/blame?version=7")).await.expect(200).json();
    assert_eq!(all(before["fields"].as_array().expect("fields"), "field").len(), 7);
    transaction.rollback().await.expect("the end");
    app.settle().await;
    app.get(&path("/blame")).await.expect(200);
}
