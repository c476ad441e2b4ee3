//! Lists and searches.

use serde_json::{Value, json};
use tests::{TestApp, customer_id, with_query};

use super::{BASE, create, delete, get, path, post};

/// Four customers, of which the last is archived.
async fn four(app: &TestApp) -> Vec<Value> {
    let mut made = Vec::new();
    for (external_id, values) in [
        ("a", json!({"name": "Ärger 100%", "email": "a@x.com", "address_city": "Bern"})),
        ("b", json!({"name": "beta_1", "metadata": {"plan": "pro", "seats": "2"}})),
        ("c", json!({"name": "Gamma", "contact": "1", "metadata": {"plan": "pro"}})),
        ("d", json!({"name": "Delta"})),
    ] {
        made.push(create(app, external_id, values).await);
    }
    delete(app, &path(&made[3])).await.expect(204);
    made
}

async fn search(app: &TestApp, asked: Value) -> Value {
    post(app, "/customers/search", &asked).await.expect(200).json()
}

/// The external ids of the found customers.
fn ids(found: &Value) -> Vec<&str> {
    let items = found["items"].as_array().expect("items").iter();
    items.map(|item| item["external_id"].as_str().expect("an external id")).collect()
}

#[tokio::test]
async fn customers_are_found_by_each_of_the_filters() {
    let app = TestApp::new().await;
    let made = four(&app).await;
    let filter = |field: &str, operator: &str, value: Value| json!({"filters": [{"field": field, "operator": operator, "value": value}]});
    let (first, second) = (&made[0]["id"], &made[1]["created_at"]);
    for (asked, found) in [
        (json!({}), vec!["c", "b", "a"]),
        (json!({"order": "asc"}), vec!["a", "b", "c"]),
        (json!({"status": "archived"}), vec!["d"]),
        (json!({"status": "deleted"}), vec![]),
        (json!({"status": null, "email": "", "customer_ids": []}), vec!["c", "b", "a"]),
        (json!({"customer_ids": [first, "cust_7", "x"]}), vec!["a"]),
        (json!({"customer_ids": ["x"]}), vec![]),
        (json!({"external_id": "b"}), vec!["b"]),
        (json!({"external_ids": ["b", "c", "d", "e"]}), vec!["c", "b"]),
        (json!({"email": "a@x.com"}), vec!["a"]),
        (json!({"metadata": {"plan": "pro"}}), vec!["c", "b"]),
        (json!({"metadata": {"plan": "pro", "seats": "2"}}), vec!["b"]),
        (json!({"metadata": {"plan": "free"}}), vec![]),
        (json!({"start_time": second}), vec!["c", "b"]),
        (json!({"end_time": second}), vec!["b", "a"]),
        (filter("name", "eq", json!({"string": "Gamma"})), vec!["c"]),
        (filter("name", "eq", json!({"string": "gamma"})), vec![]),
        (filter("name", "contains", json!({"string": "äRGER"})), vec!["a"]),
        (filter("name", "contains", json!({"string": "%"})), vec!["a"]),
        (filter("name", "contains", json!({"string": "_"})), vec!["b"]),
        (filter("name", "not_contains", json!({"string": "GAMMA"})), vec!["b", "a"]),
        (filter("email", "contains", json!({"string": "X.COM"})), vec!["a"]),
        (filter("email", "eq", json!({"string": ""})), vec!["c", "b"]),
        (filter("external_id", "in", json!({"array": ["a", "b"]})), vec!["b", "a"]),
        (filter("external_id", "in", json!({"array": []})), vec![]),
        (filter("external_id", "not_in", json!({"array": ["a", "b"]})), vec!["c"]),
        (filter("address_city", "eq", json!({"string": "Bern"})), vec!["a"]),
        (filter("address_city", "not_in", json!({"array": ["Bern"]})), vec!["c", "b"]),
        (filter("contact", "contains", json!({"string": "1"})), vec!["c"]),
        (filter("id", "not_in", json!({"array": [first]})), vec!["c", "b"]),
        (filter("parent_customer_id", "not_in", json!({"array": [first]})), vec!["c", "b", "a"]),
        (filter("status", "eq", json!({"string": "published"})), vec!["c", "b", "a"]),
        (filter("created_at", "eq", json!({"date": second})), vec!["b"]),
        (filter("created_at", "after", json!({"date": second})), vec!["c"]),
        (filter("created_at", "gt", json!({"string": second})), vec!["c"]),
        (filter("created_at", "gte", json!({"date": second})), vec!["c", "b"]),
        (filter("created_at", "before", json!({"date": second})), vec!["a"]),
        (filter("updated_at", "lt", json!({"date": "2020-01-01T00:00:00Z"})), vec![]),
    ] {
        let answer = search(&app, asked.clone()).await;
        assert_eq!(ids(&answer), found, "{asked}");
        assert_eq!(answer["pagination"]["total"], found.len(), "{asked}");
    }
}

#[tokio::test]
async fn customers_come_in_the_requested_order_and_range() {
    let app = TestApp::new().await;
    four(&app).await;
    let by = |field: &str, direction: &str| json!({"field": field, "direction": direction});
    for (sort, found) in [
        (vec![by("name", "asc")], ["a", "b", "c"]),
        (vec![by("name", "desc")], ["c", "b", "a"]),
        (vec![by("external_id", "asc")], ["a", "b", "c"]),
        (vec![by("updated_at", "desc")], ["c", "b", "a"]),
        (vec![by("email", "desc"), by("external_id", "asc")], ["a", "b", "c"]),
        (vec![by("address_city", "asc"), by("created_at", "desc")], ["c", "b", "a"]),
    ] {
        assert_eq!(ids(&search(&app, json!({"sort": sort})).await), found, "{sort:?}");
    }
    let mut read = Vec::new();
    let mut offset = json!(0);
    for page in [json!(["c", "b"]), json!(["a"]), json!([])] {
        let found = search(&app, json!({"limit": 2, "offset": offset})).await;
        assert_eq!(json!(ids(&found)), page);
        assert_eq!(
            (&found["pagination"]["total"], &found["pagination"]["limit"]),
            (&json!(3), &json!(2))
        );
        offset = found["pagination"]["offset"].clone();
        read.push(offset.clone());
    }
    assert_eq!(read, [2, 4, 6]);
}

#[tokio::test]
async fn the_query_form_equals_the_body_form() {
    let app = TestApp::new().await;
    let made = four(&app).await;
    let first = made[0]["id"].as_str().expect("an id");
    for (asked, found) in [
        (vec![], vec!["c", "b", "a"]),
        (vec![("order", "asc"), ("limit", "2"), ("offset", "1")], vec!["b", "c"]),
        (vec![("sort", "name"), ("order", "asc")], vec!["a", "b", "c"]),
        (vec![("external_ids", "a,b"), ("unknown", "x")], vec!["b", "a"]),
        (vec![("external_ids", "a"), ("external_ids", "c")], vec!["c", "a"]),
        (vec![("customer_ids", first)], vec!["a"]),
        (vec![("status", "archived")], vec!["d"]),
        (vec![("email", "a@x.com"), ("start_time", "2020-01-01T00:00:00.000Z")], vec!["a"]),
    ] {
        let path = with_query(&format!("{BASE}/customers"), &asked);
        assert_eq!(ids(&app.get(&path).await.expect(200).json()), found, "{asked:?}");
    }
    for wrong in ["limit=0", "limit=1001", "limit=x", "offset=-1", "order=up", "sort=metadata"] {
        let refused = get(&app, &format!("/customers?{wrong}")).await.expect(400).json();
        assert_eq!(refused["code"], "validation_error", "{wrong}");
    }
}

#[tokio::test]
async fn an_invalid_search_is_refused_with_its_pointer() {
    let app = TestApp::new().await;
    for (wrong, place) in [
        (json!({"limit": "10"}), "limit"),
        (json!({"customer_ids": "a"}), "customer_ids"),
        (json!({"email": "\u{0}"}), "email"),
        (json!({"start_time": "yesterday"}), "start_time"),
        (json!({"metadata": {"a": 1}}), "metadata.a"),
        (json!({"filters": {}}), "filters"),
        (json!({"filters": [{"field": "metadata", "operator": "eq"}]}), "filters.0.field"),
        (json!({"filters": [{"field": "secret", "operator": "eq"}]}), "filters.0.field"),
        (json!({"filters": [{"field": "name"}]}), "filters.0.operator"),
        (json!({"filters": [{"field": "name", "operator": "gt"}]}), "filters.0.operator"),
        (json!({"filters": [{"field": "status", "operator": "contains"}]}), "filters.0.operator"),
        (json!({"filters": [{"field": "name", "operator": "eq"}]}), "filters.0.value.string"),
        (
            json!({"filters": [{"field": "created_at", "operator": "after", "value": {"date": "x"}}]}),
            "filters.0.value.date",
        ),
        (json!({"sort": [{"field": "name; drop", "direction": "asc"}]}), "sort.0.field"),
        (json!({"sort": [{"field": "name", "direction": "up"}]}), "sort.0.direction"),
    ] {
        let refused = post(&app, "/customers/search", &wrong).await.expect(400).json();
        assert!(refused["details"][place].is_string(), "{wrong}: {refused}");
    }
}

#[tokio::test]
async fn duplicate_conditions_and_sorts_count_once_and_too_many_are_refused() {
    let app = TestApp::new().await;
    four(&app).await;
    let contains =
        |text: &str| json!({"field": "name", "operator": "contains", "value": {"string": text}});
    let search = async |body: Value| post(&app, "/customers/search", &body).await;
    let twice = json!({
        "filters": vec![contains("a"); 50],
        "sort": vec![json!({"field": "name", "direction": "asc"}); 50],
    });
    let once = json!({"filters": [contains("a")], "sort": [{"field": "name", "direction": "asc"}]});
    let (twice, once) = (search(twice).await.expect(200), search(once).await.expect(200));
    assert_eq!(twice.json(), once.json());
    let parts = |count: usize| -> Vec<_> {
        (0..count).map(|number| contains(&number.to_string())).collect()
    };
    search(json!({"filters": parts(10)})).await.expect(200);
    let refused = search(json!({"filters": parts(11)})).await.expect(400).json();
    assert!(refused["details"]["filters"].is_string(), "{refused}");
    search(json!({"offset": 100_000})).await.expect(200);
    let refused = search(json!({"offset": 100_001})).await.expect(400).json();
    assert!(refused["details"]["offset"].is_string(), "{refused}");
}

#[tokio::test]
async fn a_search_parses_a_customer_once_whatever_the_number_of_its_conditions() {
    let app = TestApp::new().await;
    let mut owner = app.database.connect().await;
    let text: String =
        sqlx::query_scalar("select pg_get_functiondef('public.find_customers'::regproc)")
            .fetch_one(&mut owner)
            .await
            .expect("a function");
    assert_eq!(text.matches("public.customers").count(), 1, "{text}");
    assert!(text.contains("select c.state::jsonb as state from public.customers"), "{text}");
}

#[tokio::test]
async fn customers_of_another_tenant_are_not_found() {
    let app = TestApp::new().await;
    let made = four(&app).await;
    let stranger = app.another_tenant().await;
    for asked in [
        json!({}),
        json!({"external_id": "a"}),
        json!({"customer_ids": [made[0]["id"]]}),
        json!({"metadata": {"plan": "pro"}}),
    ] {
        let found = search(&stranger, asked).await;
        assert_eq!((ids(&found).len(), &found["pagination"]["total"]), (0, &json!(0)));
    }
}

#[tokio::test]
async fn a_customer_written_by_another_api_is_found_at_once() {
    let app = TestApp::new().await;
    for number in 1..=5 {
        app.register(customer_id(number), "Native").await.expect(201);
        let found = search(&app, json!({})).await;
        assert_eq!(found["pagination"]["total"], number, "{found}");
    }
}
