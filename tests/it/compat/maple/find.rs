//! Finding customers by their values.

use serde_json::{Value, json};
use tests::{TestApp, customer_id};

use super::{base, create, fields, patch};

async fn find(app: &TestApp, body: &Value) -> Value {
    app.post(&format!("{}/find", base(app).await), body).await.expect(200).json()
}

/// The names of the found customers, newest first.
async fn names(app: &TestApp, query: Value) -> Vec<String> {
    let found = find(app, &json!({"query": query})).await;
    let results = found["results"].as_array().expect("results");
    results.iter().map(|customer| customer["name"].as_str().expect("a name").to_owned()).collect()
}

/// Ada, with a value for every filter, and Bo and Cy with few.
async fn three(app: &TestApp) -> Value {
    let cy = create(app, &json!({"name": "Cy", "owner_id": "o-3"})).await;
    let ada = json!({
        "name": "Ada", "email": "ada@acme.example", "exclude_from_metrics": true,
        "identifier": "ada-1", "metadata": {"plan": "gold", "seats": "7"}, "org_name": "Acme AG",
        "owner_id": "o-1", "parent_customer_id": cy["id"], "phone": "+41 31 000 00 00",
        "tags": ["vip", "beta"], "title": "Dr",
    });
    create(app, &ada).await;
    let managed = json!({"managed_externally": true});
    app.command("external:ada-1", "update-profile", &managed).await.expect(200);
    let bo = json!({
        "name": "Bo", "metadata": {"plan": "gold"}, "owner_id": "o-2", "tags": ["beta"],
        "status": "ARCHIVED",
    });
    create(app, &bo).await;
    cy["id"].clone()
}

#[tokio::test]
async fn customers_are_found_by_each_filter_and_by_all_together() {
    let app = TestApp::new().await;
    let parent = three(&app).await;
    let asked = json!({
        "email": "ada@acme.example",
        "exclude_from_metrics": true,
        "has_parent": true,
        "identifier": "ada-1",
        "managed_externally": true,
        "metadata": {"condition": "AND", "values": {"plan": "gold", "seats": "7"}},
        "name": "Ada",
        "org_name": "Acme AG",
        "owner_id": "o-1",
        "owner_ids": ["o-1", "o-1", "o-9"],
        "parent_customer_id": parent,
        "phone": "+41 31 000 00 00",
        "search": "acme ad",
        "tags": ["vip", "beta"],
        "title": "Dr",
    });
    for (name, value) in asked.as_object().expect("an object") {
        assert_eq!(names(&app, json!({name: value})).await, ["Ada"], "{name}");
    }
    let mut all = asked.clone();
    all["status"] = json!("ACTIVE");
    all["statuses"] = json!(["ACTIVE"]);
    all["arr"] = json!({});
    all["mrr"] = Value::Null;
    all["unknown"] = json!({"eq": 1.5});
    assert_eq!(names(&app, all.clone()).await, ["Ada"]);
    all["status"] = json!("ARCHIVED");
    assert!(names(&app, all).await.is_empty());
}

#[tokio::test]
async fn negative_filters_and_lists_of_values_are_supported() {
    let app = TestApp::new().await;
    three(&app).await;
    for (query, expected) in [
        (json!({}), &["Bo", "Ada", "Cy"][..]),
        (json!(null), &["Bo", "Ada", "Cy"]),
        (json!({"exclude_from_metrics": false}), &["Bo", "Cy"]),
        (json!({"has_parent": false}), &["Bo", "Cy"]),
        (json!({"managed_externally": false}), &["Bo", "Cy"]),
        (json!({"status": "ARCHIVED"}), &["Bo"]),
        (json!({"statuses": ["ACTIVE"]}), &["Ada", "Cy"]),
        (json!({"statuses": ["ACTIVE", "ARCHIVED"]}), &["Bo", "Ada", "Cy"]),
        (json!({"statuses": [], "owner_ids": [], "tags": []}), &["Bo", "Ada", "Cy"]),
        (json!({"owner_ids": ["o-3", "o-2"]}), &["Bo", "Cy"]),
        (json!({"owner_ids": ["o-3", "o-2"], "status": "ACTIVE"}), &["Cy"]),
        (json!({"tags": ["beta"]}), &["Bo", "Ada"]),
        (json!({"metadata": {"values": [{"key": "plan", "value": "gold"}]}}), &["Bo", "Ada"]),
        (json!({"metadata": {}}), &["Bo", "Ada", "Cy"]),
    ] {
        assert_eq!(names(&app, query.clone()).await, expected, "{query}");
    }
    let other = app.another_tenant().await;
    assert!(names(&other, json!({})).await.is_empty());
}

#[tokio::test]
async fn a_list_is_read_page_by_page_in_either_order() {
    let app = TestApp::new().await;
    let base = base(&app).await;
    for number in 0..5 {
        let owner = format!("o-{}", number % 2);
        create(&app, &json!({"name": format!("Nr {number}"), "owner_id": owner})).await;
    }
    for (query, order, expected) in [
        (json!({}), "createdAtDesc", [4, 3, 2, 1, 0]),
        (json!({"owner_ids": ["o-0", "o-1"]}), "createdAtDesc", [4, 3, 2, 1, 0]),
        (json!({"owner_ids": ["o-1", "o-0"]}), "createdAtAsc", [0, 1, 2, 3, 4]),
    ] {
        let (mut key, mut found, mut pages) = (json!(""), Vec::new(), 0);
        loop {
            let body = json!({
                "pagination": {"from_key": key, "limit": 2}, "sort_key": order, "query": query,
                "include_meta": true,
            });
            let page = find(&app, &body).await;
            assert_eq!(page["pagination"]["limit"], 2);
            let results = page["results"].as_array().expect("results");
            found.extend(results.iter().map(|customer| customer["name"].clone()));
            pages += 1;
            key = page["pagination"]["from_key"].clone();
            if key.is_null() {
                break;
            }
        }
        assert_eq!(pages, 3);
        assert_eq!(found, expected.map(|number| json!(format!("Nr {number}"))), "{query} {order}");
    }
    // A key is valid for one list of one company.
    let first = find(&app, &json!({"pagination": {"limit": 1}})).await;
    let key = &first["pagination"]["from_key"];
    let elsewhere = json!({"pagination": {"from_key": key}, "query": {"name": "x"}});
    let refused = app.post(&format!("{base}/find"), &elsewhere).await;
    assert_eq!(fields(refused), ["/pagination/from_key"]);
    let other = app.another_tenant().await;
    let path = format!("{}/find", super::base(&other).await);
    let refused = other.post(&path, &json!({"pagination": {"from_key": key}})).await;
    assert_eq!(fields(refused), ["/pagination/from_key"]);
}

#[tokio::test]
async fn a_search_finds_the_client_s_latest_write() {
    let app = TestApp::new().await;
    let base = base(&app).await;
    create(&app, &json!({"name": "Acme", "identifier": "acme"})).await;
    for number in 0..10 {
        let title = format!("Title {number}");
        patch(&app, &format!("{base}/acme"), &json!({"title": title})).await.expect(200);
        assert_eq!(names(&app, json!({"title": title})).await, ["Acme"]);
    }
}

#[tokio::test]
async fn invalid_searches_are_refused_by_field() {
    let app = TestApp::new().await;
    let path = format!("{}/find", base(&app).await);
    let wrong = json!({
        "arr": {"gte": 5}, "email": "", "exclude_from_metrics": "yes", "owner_ids": [7],
        "parent_customer_id": customer_id(1), "search": " ", "status": "GONE", "tags": "vip",
        "metadata": {"condition": "XOR"},
    });
    let mut found = fields(app.post(&path, &json!({"query": wrong})).await);
    found.sort();
    let names = [
        "arr",
        "email",
        "exclude_from_metrics",
        "metadata/condition",
        "owner_ids/0",
        "parent_customer_id",
        "search",
        "status",
        "tags",
    ];
    assert_eq!(found, names.map(|name| format!("/query/{name}")));
    let many: Vec<_> = (0..21).map(|number| number.to_string()).collect();
    for (body, field) in [
        (json!({"pagination": {"limit": -1}}), "/pagination/limit"),
        (json!({"pagination": {"limit": 201}}), "/pagination/limit"),
        (json!({"pagination": {"limit": 1.5}}), "/pagination/limit"),
        (json!({"pagination": {"from_key": "x"}}), "/pagination/from_key"),
        (json!({"sort_key": "nameAsc"}), "/sort_key"),
        (json!({"query": []}), "/query"),
        (json!({"query": {"metadata": {"values": {"a": ""}}}}), "/query/metadata/values/a"),
        (json!({"query": {"owner_ids": many}}), "/query/owner_ids"),
        (json!({"query": {"statuses": ["GONE"]}}), "/query/statuses"),
    ] {
        assert_eq!(fields(app.post(&path, &body).await), [field], "{body}");
    }
}

#[tokio::test]
async fn duplicate_filters_count_once_and_too_many_are_refused() {
    let app = TestApp::new().await;
    let path = format!("{}/find", base(&app).await);
    let find = async |tags: Vec<String>| app.post(&path, &json!({"query": {"tags": tags}})).await;
    find(vec!["vip".to_owned(); 60]).await.expect(200);
    let different = |count: usize| (0..count).map(|number| number.to_string()).collect();
    find(different(50)).await.expect(200);
    find(different(51)).await.expect(400);
}
