//! Events of a customer with their metadata.

use serde_json::{Value, json};
use tests::{TestApp, customer_id, full_names, store_behind, with_query};

use super::{all, path, story};

#[tokio::test]
async fn every_event_has_its_data_actor_reason_and_origin() {
    let (app, _) = story().await;
    let events = app.list(&path("/events"), &[("order", "oldest")], 200).await;
    assert_eq!(all(&events, "version"), [1, 2, 3, 4, 5, 6]);
    let written = app.get(&path("")).await.json();
    let mut second = events[1].clone();
    let event = second.as_object_mut().expect("an object");
    for taken in ["position", "recorded_at", "application_version"] {
        assert!(event.remove(taken).is_some_and(|value| value.is_string()), "{taken}");
    }
    assert_eq!(
        second,
        json!({
            "customer_id": customer_id(1), "version": 2, "type": "ProfileUpdated",
            "event_version": "1.0",
            "data": { "name": "Acme Ltd", "address": { "city": null } },
            "actor": "ada", "reason": "ticket 7", "api_key": app.key.id(), "request_id": "req-7",
            "correlation_id": "corr-7", "surface": "native", "command": "update-profile",
        })
    );
    assert_eq!(events[5]["recorded_at"], written["updated_at"]);
    assert_eq!(events[2].get("actor"), None, "nobody was named");
}

#[tokio::test]
async fn an_event_has_the_position_of_the_command_s_answer() {
    let app = TestApp::new().await;
    let written = app.register(customer_id(1), "Acme").await;
    let page = app.get(&path("/events")).await.expect(200).json();
    assert_eq!(page["items"][0]["position"], written.header("dossier-position"));
    assert_eq!(page["items"][0]["recorded_at"], written.json()["events"][0]["recorded_at"]);
}

#[tokio::test]
async fn a_cached_history_shows_newer_events_at_every_instance() {
    let (app, _) = story().await;
    let other = app.another_instance().await;
    let read = async |at: &TestApp| at.get(&path("/events")).await.expect(200).json();
    let before = read(&app).await;
    assert_eq!(read(&app).await, before, "the same again");
    assert_eq!(read(&other).await, before);

    app.command(&customer_id(1).to_string(), "restore-customer", &json!({})).await.expect(200);
    for at in [&app, &other, &app] {
        let now = read(at).await;
        assert_eq!(now["items"][0]["type"], "CustomerRestored");
        assert_eq!(all(&now["items"].as_array().unwrap()[1..], "version"), [6, 5, 4, 3, 2, 1]);
    }
}

#[tokio::test]
async fn a_cached_history_is_not_shown_to_another_tenant() {
    let (app, _) = story().await;
    app.get(&path("/events")).await.expect(200);
    let stranger = app.another_tenant().await;
    stranger.get(&path("/events")).await.expect(404);
    stranger.register(customer_id(1), "Of another tenant").await.expect(201);
    let page = stranger.get(&path("/events")).await.expect(200).json();
    assert_eq!(all(page["items"].as_array().unwrap(), "version"), [1]);
}

#[tokio::test]
async fn events_are_paged_newest_or_oldest_first() {
    let (app, _) = story().await;
    let forwards = app.list(&path("/events"), &[("order", "oldest")], 200).await;
    let backwards: Vec<Value> = forwards.iter().rev().cloned().collect();
    for limit in 1..=7 {
        assert_eq!(app.list(&path("/events"), &[("order", "oldest")], limit).await, forwards);
        assert_eq!(app.list(&path("/events"), &[("order", "newest")], limit).await, backwards);
        assert_eq!(app.list(&path("/events"), &[], limit).await, backwards, "newest first unasked");
    }
}

#[tokio::test]
async fn events_are_found_by_name_and_by_time() {
    let (app, _) = story().await;
    let all_of_them = app.list(&path("/events"), &[("order", "oldest")], 200).await;
    let find = async |asked: &[(&str, &str)]| {
        let mut asked = asked.to_vec();
        asked.push(("order", "oldest"));
        let found = app.list(&path("/events"), &asked, 1).await;
        let mut versions: Vec<_> = found.iter().map(|event| event["version"].clone()).collect();
        asked.pop();
        let newest = app.list(&path("/events"), &asked, 1).await;
        versions.reverse();
        assert_eq!(all(&newest, "version"), versions.iter().collect::<Vec<_>>());
        versions.reverse();
        versions
    };
    assert_eq!(find(&[("type", "ProfileUpdated")]).await, [2, 5]);
    assert_eq!(find(&[("type", "ProfileUpdated"), ("type", "CustomerArchived")]).await, [2, 5, 6]);
    assert_eq!(find(&[("type", "CustomerRestored")]).await, [json!(null); 0]);
    let time = |nth: usize| all_of_them[nth]["recorded_at"].as_str().expect("a time").to_owned();
    let (third, fifth) = (time(2), time(4));
    assert_eq!(find(&[("after", &third)]).await, [3, 4, 5, 6], "its own instant included");
    assert_eq!(find(&[("before", &fifth)]).await, [1, 2, 3, 4], "its own instant excluded");
    assert_eq!(find(&[("after", &third), ("before", &fifth)]).await, [3, 4]);
    assert_eq!(
        find(&[("after", &third), ("before", &fifth), ("type", "MetadataReplaced")]).await,
        [4]
    );
    assert_eq!(find(&[("before", "1999-01-01T00:00:00Z")]).await, [json!(null); 0]);
    assert_eq!(find(&[("after", "2999-01-01T00:00:00Z")]).await, [json!(null); 0]);
}

#[tokio::test]
async fn a_history_is_found_by_every_current_and_former_name() {
    let (app, _) = story().await;
    let by_id = app.get(&path("/events")).await.expect(200).json();
    for reference in ["external:acme-2", "external:acme", "alias:also-acme"] {
        let found = app.get(&format!("/v1/customers/{reference}/events")).await.expect(200);
        assert_eq!(found.json()["items"], by_id["items"], "{reference}");
    }
    let other = app.another_tenant().await;
    for below in ["/events", "/events?type=ProfileUpdated", "/changes", "/diff?from=1", "/blame"] {
        other.get(&path(below)).await.expect_problem(404, "customer_unknown");
        let nobody = app.get(&format!("/v1/customers/{}{below}", customer_id(9))).await;
        nobody.expect_problem(404, "customer_unknown");
    }
}

#[tokio::test]
async fn a_cursor_works_only_for_its_customer_s_history() {
    let (app, _) = story().await;
    app.register(customer_id(2), "Bolt").await;
    let first = app.get(&path("/events?limit=1")).await.expect(200).json();
    let cursor = first["next_cursor"].as_str().expect("a cursor").to_owned();
    app.get(&with_query(&path("/events"), &[("cursor", &cursor)])).await.expect(200);
    let same = app
        .get(&with_query("/v1/customers/external:acme/events", &[("cursor", &cursor)]))
        .await
        .expect(200);
    assert_eq!(same.json()["items"][0]["version"], 5, "it is the same customer by another name");
    let other = format!("/v1/customers/{}/events", customer_id(2));
    let changes = path("/changes");
    for (path, asked) in [
        (&other, vec![("cursor", &*cursor)]),
        (&changes, vec![("cursor", &*cursor)]),
        (&path("/events"), vec![("cursor", &*cursor), ("order", "oldest")]),
    ] {
        let refused = app.get(&with_query(path, &asked)).await;
        refused.expect_problem(400, "invalid_cursor");
    }
}

#[tokio::test]
async fn an_older_event_is_shown_in_today_s_format() {
    let app = TestApp::with_upcasters(full_names()).await;
    app.register(customer_id(1), "Ada").await;
    store_behind(&app, customer_id(1), "ProfileUpdated", "0.9", &json!({ "full_name": "Bo" }))
        .await;
    store_behind(&app, customer_id(1), "ProfileUpdated", "9.9", &json!({ "name_to_be": "C" }))
        .await;
    let events = app.list(&path("/events"), &[("order", "oldest")], 200).await;
    assert_eq!(events[1]["data"], json!({ "name": "Bo" }));
    assert_eq!(events[1]["event_version"], "1.0");
    // An unreadable event is shown as stored, with its version.
    assert_eq!(events[2]["data"], json!({ "name_to_be": "C" }));
    assert_eq!(events[2]["event_version"], "9.9");
}

#[tokio::test]
async fn a_history_refuses_unknown_parameters_by_name() {
    let (app, _) = story().await;
    for (below, named) in [
        ("/events?order=up", "order"),
        ("/events?order=", "order"),
        ("/events?type=Gone", "type"),
        ("/events?after=1", "after"),
        ("/events?before=2026-13-01T00:00:00Z", "before"),
        ("/events?limit=0", "limit"),
        ("/changes?field=profile", "field"),
        ("/changes?field=/a%00", "field"),
        ("/changes?actor=a&actor=b", "actor"),
        ("/diff", "from"),
        ("/diff?from=", "from"),
        ("/diff?from=0", "from"),
        ("/diff?from=-1", "from"),
        ("/diff?from=%2B1", "from"),
        ("/diff?from=1.5", "from"),
        ("/diff?from=1&to=later", "to"),
        ("/diff?from=1&from=2", "from"),
        ("/blame?version=0", "version"),
        ("/blame?as_of=yesterday", "as_of"),
        ("/blame?version=1&as_of=2026-01-01T00:00:00Z", "as_of"),
        ("?version=x", "version"),
        ("?as_of=2026-01-01", "as_of"),
    ] {
        let reply = app.get(&path(below)).await;
        let detail = reply.expect_problem(400, "invalid_query").json()["detail"].to_string();
        assert!(detail.contains(named), "{below}: {detail}");
    }
    for below in
        ["/events?actor=ada", "/changes?as_of=x", "/diff?from=1&limit=1", "/blame?field=/x"]
    {
        app.get(&path(below)).await.expect_problem(400, "invalid_query");
    }
}
