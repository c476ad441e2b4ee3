//! Requests for lists, and the headers of the answers.

use serde_json::{Value, json};
use tests::{TestApp, customer_id, with_query};

#[tokio::test]
async fn a_list_refuses_unknown_parameters_by_name() {
    let app = TestApp::new().await;
    for (query, named) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=a", "limit"),
        ("limit=1&limit=2", "limit"),
        ("sort=id", "sort"),
        ("sort=--name", "sort"),
        ("sort=", "sort"),
        ("status=gone", "status"),
        ("status=active&status=active", "status"),
        ("type=consumer", "type"),
        ("country=se", "country"),
        ("currency=XXY", "currency"),
        ("parent=1", "parent"),
        ("billable=true", "billable"),
        ("provider=paypal", "provider"),
        ("created_after=yesterday", "created_after"),
        ("updated_before=2026-01-01", "updated_before"),
        ("search=", "search"),
        ("search=%00", "search"),
        ("name=a%00b", "name"),
        ("metadata[a%00]=b", "metadata"),
    ] {
        let reply = app.get(&format!("/v1/customers?{query}")).await;
        let detail = reply.expect_problem(400, "invalid_query").json()["detail"].to_string();
        assert!(detail.contains(named), "{query}: {detail}");
    }
    let long = "a".repeat(201);
    let search = with_query("/v1/customers", &[("search", &long)]);
    app.get(&search).await.expect_problem(400, "invalid_query");
    for query in ["offset=1", "metadata=a", "metadata[a=b", "Status=active", "=", "archived=true"] {
        let reply = app.get(&format!("/v1/customers?{query}")).await;
        reply.expect_problem(400, "invalid_query");
    }
    for (path, query) in [
        ("/v1/billing-configs", "provider_customer_id=x"),
        ("/v1/billing-configs", "customer=x"),
        ("/v1/billing-configs", "archived=1"),
        ("/v1/integration-links", "provider_type=x"),
        ("/v1/integration-links", "provider_entity_id=x"),
    ] {
        app.get(&format!("{path}?{query}")).await.expect_problem(400, "invalid_query");
    }
}

#[tokio::test]
async fn an_empty_parameter_is_refused_by_name_if_its_schema_forbids_it() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let document = app.get("/openapi.json").await.expect(200).json();
    let meant = |value: &Value| match value["$ref"].as_str().and_then(|it| it.strip_prefix('#')) {
        Some(there) => document.pointer(there).expect("a part of the document").clone(),
        None => value.clone(),
    };
    let mut tried = 0;
    let paths = document["paths"].as_object().expect("paths").iter();
    for (path, operations) in paths.filter(|(path, _)| path.starts_with("/v1/")) {
        for parameter in operations["get"]["parameters"].as_array().into_iter().flatten() {
            let parameter = meant(parameter);
            let schema = meant(&parameter["schema"]);
            let each = meant(schema.get("items").unwrap_or(&schema));
            let filled = each["minLength"].as_u64() > Some(0);
            if parameter["in"] != "query" || !filled {
                continue;
            }
            let name = parameter["name"].as_str().expect("a name");
            // These parameters need others.
            let rest: &[_] = match name {
                "provider_customer_id" => &[("provider", "stripe")],
                "provider_type" => &[("provider_entity_id", "7")],
                "provider_entity_id" => &[("provider_type", "crm")],
                _ => &[],
            };
            let path = path.replace("{ref}", &customer_id(1).to_string());
            let path = with_query(&path, &[rest, &[(name, "")]].concat());
            let reply = app.get(&path).await;
            assert_eq!(reply.status, 400, "{path}: {}", reply.body);
            let detail = reply.json()["detail"].to_string();
            assert!(name == "cursor" || detail.contains(name), "{path}: {detail}");
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried} parameters");
}

#[tokio::test]
async fn a_list_has_its_position_and_the_same_documents_as_reads() {
    let app = TestApp::new().await;
    let empty = app.get("/v1/customers").await.expect(200);
    assert_eq!(empty.body, r#"{"items":[]}"#);
    let written = app.register(customer_id(1), "Acme").await;
    app.settle().await;
    let list = app.get("/v1/customers").await.expect(200);
    assert_eq!(list.header("content-type"), "application/json");
    assert_eq!(list.header("dossier-position"), written.header("dossier-position"));
    let read = app.get(&format!("/v1/customers/{}", customer_id(1))).await.expect(200);
    assert_eq!(list.body, format!(r#"{{"items":[{}]}}"#, read.body));
}

#[tokio::test]
async fn the_children_of_a_customer_are_listed_page_by_page() {
    let app = TestApp::new().await;
    for number in 1..=9 {
        app.register(customer_id(number), "Member").await;
    }
    let parent = json!({ "parent_customer_id": customer_id(1) });
    for number in 2..=8 {
        app.command(&customer_id(number).to_string(), "set-parent", &parent).await.expect(200);
    }
    let path = format!("/v1/customers/{}/children", customer_id(1));
    for limit in [1, 3, 7, 200] {
        let children = app.list(&path, &[], limit).await;
        let ids: Vec<_> = children.iter().map(|child| child["id"].clone()).collect();
        let expected: Vec<_> = (2..=8).map(|number| json!(customer_id(number))).collect();
        assert_eq!(ids, expected, "{limit} at a time");
    }
    let none = app.get(&format!("/v1/customers/{}/children", customer_id(9))).await.expect(200);
    assert_eq!(none.body, r#"{"items":[]}"#);
    let unknown = app.get(&format!("/v1/customers/{}/children", customer_id(99))).await;
    unknown.expect_problem(404, "customer_unknown");
}

#[tokio::test]
async fn duplicate_filters_count_once_and_too_many_are_refused() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    app.settle().await;
    let list = |tags: Vec<String>| {
        let query = tags.iter().map(|tag| ("tag", tag.as_str())).collect::<Vec<_>>();
        with_query("/v1/customers", &query)
    };
    let different = |count: usize| (0..count).map(|number| number.to_string()).collect::<Vec<_>>();
    app.get(&list(vec!["vip".to_owned(); 60])).await.expect(200);
    app.get(&list(different(50))).await.expect(200);
    let refused = app.get(&list(different(51))).await.expect_problem(400, "invalid_query");
    assert!(refused.body.contains("at most 50 filters"), "{}", refused.body);
}

#[tokio::test]
async fn a_customer_is_found_by_its_telephone_number_however_it_is_written() {
    let app = TestApp::new().await;
    for (number, phone) in [(1, "+46 (0)8 123 45 67"), (2, "08-123 45 68"), (3, "+46 8 123 45 69")]
    {
        let profile = json!({ "name": "Acme", "phone": phone });
        let body = json!({ "id": customer_id(number), "profile": profile });
        app.post("/v1/customers", &body).await.expect(201);
    }
    app.settle().await;
    for (phone, found) in [
        ("+46 8 1234567", vec![1]),
        ("0046-8-123-45-67", vec![1]),
        ("+4681234567 ext. 9", vec![1]),
        ("081234568", vec![2]),
        ("+46 8 123 45 70", vec![]),
        ("1234567", vec![]),
    ] {
        let items = app.list("/v1/customers", &[("phone", phone)], 10).await;
        let ids: Vec<_> = items.iter().map(|item| item["id"].clone()).collect();
        let expected: Vec<Value> = found.into_iter().map(|n| json!(customer_id(n))).collect();
        assert_eq!(ids, expected, "{phone}");
        let asked = [("phone", phone), ("as_of", "2999-01-01T00:00:00Z")];
        let then = app.list("/v1/customers", &asked, 10).await;
        assert_eq!(then, items, "{phone} as of a time");
    }
    let maple = crate::compat::together::company(&app).await;
    let find = format!("/compat/maple/api/v1/companies/{maple}/customers/find");
    let found =
        app.post(&find, &json!({ "query": { "phone": "0046 8 1234567" } })).await.expect(200);
    assert_eq!(found.json()["results"].as_array().map(Vec::len), Some(1), "{}", found.body);
}
