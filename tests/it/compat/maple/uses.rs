//! What integrators send, as Maple's pages show it.

use serde_json::{Value, json};
use tests::TestApp;

use super::{base, create, fields, patch};

/// The example of the page "Find Customers".
const FIND: &str = include_str!("find_customers.json");

async fn find(app: &TestApp, body: &Value) -> Value {
    app.post(&format!("{}/find", base(app).await), body).await.expect(200).json()
}

fn names(found: &Value) -> Vec<&str> {
    let results = found["results"].as_array().expect("results");
    results.iter().map(|customer| customer["name"].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn the_example_of_the_page_finds_customers() {
    let app = TestApp::new().await;
    let parent = create(&app, &json!({"identifier": "parent"})).await["id"].clone();
    // Placeholders of the page, and values instead of them.
    let values = [
        ("arr", json!({})),
        ("mrr", json!({})),
        ("email", json!("ada@acme.example")),
        ("exclude_from_metrics", json!(true)),
        ("has_parent", json!(true)),
        ("managed_externally", json!(false)),
        ("parent_customer_id", parent),
        ("search", json!("acme")),
    ];
    let mut body: Value = serde_json::from_str(FIND).expect("JSON");
    for (name, value) in values {
        assert!(body["query"][name].to_string().contains('<'), "{name} is no placeholder");
        body["query"][name] = value;
    }
    assert_eq!(body["pagination"]["from_key"], "<unknown>");
    body["pagination"]["from_key"] = json!(null);
    let customer = json!({
        "email": "ada@acme.example", "exclude_from_metrics": true, "identifier": "<unknown>",
        "metadata": {"<string>": {"any": 1}}, "name": "<unknown>", "org_name": "<unknown>",
        "owner_id": "<string>", "parent_customer_id": body["query"]["parent_customer_id"],
        "phone": "<unknown>", "tags": ["<string>"], "title": "<unknown>",
        "address": {"city": "Acme"},
    });
    let made = create(&app, &customer).await;
    let found = find(&app, &body).await;
    assert_eq!(found["results"], json!([made]));
    assert_eq!(found["pagination"], json!({"from_key": null, "limit": 20, "total": 1}));
}

#[tokio::test]
async fn owners_tags_and_keys_of_metadata_are_named_with_a_condition() {
    let app = TestApp::new().await;
    for (name, owner, tags, metadata) in [
        ("Ada", "o-1", json!(["vip", "beta"]), json!({"plan": "gold", "seats": 7})),
        ("Bo", "o-2", json!(["beta"]), json!({"plan": "free", "trial": true})),
        ("Cy", "o-3", json!([]), json!({"address": {"city": "Bern"}, "plan": ""})),
    ] {
        let body = json!({
            "identifier": name, "owner_id": owner, "tags": tags, "metadata": metadata,
        });
        create(&app, &body).await;
    }
    let and = |values: Value| json!({"condition": "AND", "values": values});
    let or = |values: Value| json!({"condition": "OR", "values": values});
    for (query, expected) in [
        (json!({"owner_ids": and(json!(["o-1"]))}), &["Ada"][..]),
        (json!({"owner_ids": and(json!(["o-1", "o-1"]))}), &["Ada"]),
        // A customer has one owner.
        (json!({"owner_ids": and(json!(["o-1", "o-2"]))}), &[]),
        (json!({"owner_ids": or(json!(["o-1", "o-2"]))}), &["Bo", "Ada"]),
        (json!({"owner_ids": {"values": ["o-3", "o-2"]}}), &["Cy", "Bo"]),
        (json!({"owner_ids": and(json!([]))}), &["Cy", "Bo", "Ada"]),
        (json!({"tags": and(json!(["beta"]))}), &["Bo", "Ada"]),
        (json!({"tags": and(json!(["beta", "vip"]))}), &["Ada"]),
        (json!({"tags": or(json!(["vip"]))}), &["Ada"]),
        (json!({"metadata": and(json!(["plan"]))}), &["Cy", "Bo", "Ada"]),
        (json!({"metadata": and(json!(["plan", "trial"]))}), &["Bo"]),
        (json!({"metadata": and(json!({"seats": 7}))}), &["Ada"]),
        (json!({"metadata": and(json!([{"key": "trial", "value": true}]))}), &["Bo"]),
        (json!({"metadata": and(json!({"address": {"city": "Bern"}}))}), &["Cy"]),
        (json!({"metadata": and(json!({"seats": 8}))}), &[]),
        (json!({"statuses": "ACTIVE"}), &["Cy", "Bo", "Ada"]),
        (json!({"statuses": "ARCHIVED"}), &[]),
    ] {
        let body = json!({"query": query, "include_meta": true});
        let found = find(&app, &body).await;
        assert_eq!(names(&found), expected, "{query}");
        assert_eq!(found["pagination"]["total"], expected.len(), "{query}");
    }
    let path = format!("{}/find", base(&app).await);
    for (query, field) in [
        (json!({"tags": or(json!(["vip", "beta"]))}), "tags/condition"),
        (json!({"metadata": or(json!(["plan", "seats"]))}), "metadata/condition"),
        (json!({"owner_ids": {"condition": "NOT", "values": []}}), "owner_ids/condition"),
        (json!({"owner_ids": and(json!("o-1"))}), "owner_ids/values"),
        (json!({"tags": and(json!([7]))}), "tags/values/0"),
        (json!({"metadata": and(json!([7]))}), "metadata/values/0"),
    ] {
        let refused = app.post(&path, &json!({"query": query})).await;
        assert_eq!(fields(refused), [format!("/query/{field}")], "{query}");
    }
}

#[tokio::test]
async fn a_list_has_its_total_on_request() {
    let app = TestApp::new().await;
    for number in 0..23 {
        let owner = format!("o-{}", number % 2);
        create(&app, &json!({"identifier": format!("c-{number}"), "owner_id": owner})).await;
    }
    let found = find(&app, &json!({"pagination": {"limit": 0}, "include_meta": true})).await;
    assert_eq!(found["pagination"]["total"], 23);
    assert_eq!(found["pagination"]["limit"], 20, "0 is the same as no limit");
    assert_eq!(names(&found).len(), 20);
    let next =
        json!({"pagination": {"from_key": found["pagination"]["from_key"]}, "include_meta": true});
    let last = find(&app, &next).await;
    assert_eq!((names(&last).len(), &last["pagination"]["total"]), (3, &json!(23)));
    let of_two = json!({"query": {"owner_ids": ["o-0", "o-1"]}, "include_meta": true});
    assert_eq!(find(&app, &of_two).await["pagination"]["total"], 23);
    let by_word = json!({"query": {"search": "c-22"}, "include_meta": true});
    assert_eq!(find(&app, &by_word).await["pagination"]["total"], 1);
    for quiet in [json!({}), json!({"include_meta": false}), json!({"include_meta": null})] {
        let found = find(&app, &quiet).await;
        assert_eq!(found["pagination"].get("total"), None);
    }
    let path = format!("{}/find", base(&app).await);
    let wrong = json!({"include_meta": "yes"});
    assert_eq!(fields(app.post(&path, &wrong).await), ["/include_meta"]);
    let other = app.another_tenant().await;
    assert_eq!(find(&other, &json!({"include_meta": true})).await["pagination"]["total"], 0);
}

#[tokio::test]
async fn a_customer_is_created_with_an_identifier_alone() {
    let app = TestApp::new().await;
    let made = create(&app, &json!({"identifier": "acme-1"})).await;
    assert_eq!((&made["identifier"], &made["name"]), (&json!("acme-1"), &json!("acme-1")));
    let named = create(&app, &json!({"identifier": "acme-2", "name": "Acme"})).await;
    assert_eq!(named["name"], "Acme");
    let base = base(&app).await;
    for nameless in [json!({}), json!({"name": null}), json!({"identifier": null, "title": "Dr"})] {
        assert_eq!(fields(app.post(&base, &nameless).await), ["/identifier"]);
    }
}

#[tokio::test]
async fn an_update_of_nulls_clears_what_can_be_cleared() {
    let app = TestApp::new().await;
    let base = base(&app).await;
    let request: Value = serde_json::from_str(super::REQUEST).expect("JSON");
    let nulls: Value = request
        .as_object()
        .expect("an object")
        .keys()
        .map(|name| (name.clone(), Value::Null))
        .collect();
    let parent = create(&app, &json!({"identifier": "parent"})).await["id"].clone();
    let made = create(&app, &json!({"identifier": "acme"})).await;
    let path = format!("{base}/{}", made["id"].as_str().expect("an id"));
    let sent = super::request_with_values(parent.as_str().expect("an id"));
    app.send(app.request(axum::http::Method::PATCH, &path, sent)).await.expect(200);
    let cleared = patch(&app, &path, &nulls).await.expect(200).json();
    assert_eq!((&cleared["name"], &cleared["status"]), (&json!("<string>"), &json!("ACTIVE")));
    assert_eq!(cleared["metadata"], json!({}));
    assert_eq!(cleared["override_taxes"], json!([]));
    for member in [
        "address",
        "child_rollup_billing_config",
        "email",
        "identifier",
        "locale",
        "org_name",
        "owner_id",
        "parent_customer_id",
        "phone",
        "title",
    ] {
        assert_eq!(cleared[member], Value::Null, "{member}");
    }
}

#[tokio::test]
async fn metadata_is_returned_as_it_was_sent() {
    let app = TestApp::new().await;
    let metadata = json!({
        "text": "a\nb", "empty": "", "integer": -7, "large": 9_007_199_254_740_991_i64, "decimal": 12.5,
        "small": 0.000_001, "flag": true, "nothing": null, "list": [1, "two", [3.25]],
        "object": {"seats": {"used": 7}, "plan": null},
    });
    let made = create(&app, &json!({"identifier": "acme", "metadata": metadata})).await;
    assert_eq!(made["metadata"], metadata);
    let path = format!("{}/acme", base(&app).await);
    assert_eq!(app.get(&path).await.expect(200).json()["metadata"], metadata);
    let native = app.get("/v1/customers/external:acme").await.expect(200).json();
    assert_eq!(native["metadata"], metadata);
    let replaced = patch(&app, &path, &json!({"metadata": {"b": 2}})).await.expect(200).json();
    assert_eq!(replaced["metadata"], json!({"b": 2}));
    let taxes = json!([{
        "country": "IN", "type": "GST", "name": "GST", "rate": 18, "metadata": {"code": 7, "nested": {"a": [true]}},
    }]);
    let after = patch(&app, &path, &json!({"override_taxes": taxes})).await.expect(200).json();
    assert_eq!(after["override_taxes"][0]["metadata"], taxes[0]["metadata"]);
    for (value, place) in [
        (json!("x".repeat(1001)), "/metadata/lost"),
        (json!(["x".repeat(1000)]), "/metadata/lost"),
        (json!({"a": ["\u{7}"]}), "/metadata/lost/a/0"),
    ] {
        let sent = json!({"metadata": {"kept": "yes", "lost": value}});
        assert_eq!(fields(patch(&app, &path, &sent).await), [place]);
    }
    for number in ["9007199254740992", "0.1000000000000000055", "1e999"] {
        let sent = format!(r#"{{"metadata":{{"lost":{number}}}}}"#);
        let refused = app.send(app.request(axum::http::Method::PATCH, &path, sent)).await;
        assert_eq!(fields(refused), ["/metadata/lost"], "{number}");
    }
}

#[tokio::test]
async fn references_to_other_systems_and_dates_have_the_form_of_the_page() {
    let app = TestApp::new().await;
    let config =
        json!({"start_date": "2023-11-07T05:31:56Z", "end_date": "2023-11-07T05:31:56.5Z"});
    let body = json!({"identifier": "acme", "child_rollup_billing_config": config});
    let made = create(&app, &body).await;
    let shown = &made["child_rollup_billing_config"];
    assert_eq!(
        (&shown["start_date"], &shown["end_date"]),
        (&config["start_date"], &config["end_date"])
    );
    for name in ["created_at", "updated_at"] {
        // Such as 2023-11-07T05:31:56Z.
        let at = made[name].as_str().expect("a time");
        assert_eq!((at.len(), at.ends_with('Z')), (20, true), "{at}");
        assert!(at.parse::<chrono::DateTime<chrono::Utc>>().is_ok(), "{at}");
    }
    let mapped = json!({
        "provider_type": "hubspot", "provider_entity_id": "7", "entity_type": "company", "metadata": {"a": [1]},
    });
    app.command("external:acme", "map-integration", &mapped).await.expect(200);
    let shown = app.get(&format!("{}/acme", base(&app).await)).await.expect(200).json();
    let reference = json!({
        "integration_icon": "", "integration_id": "hubspot", "integration_key": "hubspot",
        "integration_name": "hubspot", "reference_type": "CUSTOMER", "remote_id": "7",
        "remote_type": "company",
    });
    assert_eq!(shown["integration_references"], json!([reference]));
    assert_eq!(shown["customer_integration_metadata"], json!({"hubspot": {"7": {"a": [1]}}}));
}
