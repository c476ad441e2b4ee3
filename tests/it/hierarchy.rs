//! Parents: no cycles and a maximum depth, also for concurrent requests.

use serde_json::{Value, json};
use tests::{Reply, TestApp, customer_id};

async fn family(size: u64) -> TestApp {
    let app = TestApp::new().await;
    for number in 1..=size {
        app.register(customer_id(number), "Member").await;
    }
    app
}

async fn put(app: &TestApp, child: u64, parent: u64) -> Reply {
    let body = json!({ "parent_customer_id": customer_id(parent) });
    app.command(&customer_id(child).to_string(), "set-parent", &body).await
}

async fn parent(app: &TestApp, child: u64) -> Value {
    let read = app.get(&format!("/v1/customers/{}", customer_id(child))).await.expect(200);
    read.json()["parent_customer_id"].clone()
}

#[tokio::test]
async fn a_customer_cannot_be_its_own_ancestor() {
    let app = family(3).await;
    put(&app, 1, 1).await.expect_problem(422, "parent_is_self");
    put(&app, 2, 1).await.expect(200);
    put(&app, 3, 2).await.expect(200);
    put(&app, 1, 3).await.expect_problem(422, "parent_cycle");
    put(&app, 1, 99).await.expect_problem(422, "parent_unknown");
    let alone = json!({ "parent_customer_id": null });
    app.command(&customer_id(2).to_string(), "set-parent", &alone).await.expect(200);
    put(&app, 1, 3).await.expect(200);
}

#[tokio::test]
async fn an_archived_customer_gets_no_children() {
    let app = family(2).await;
    app.command(&customer_id(1).to_string(), "archive-customer", &json!({})).await.expect(200);
    put(&app, 2, 1).await.expect_problem(422, "parent_unknown");
}

#[tokio::test]
async fn a_hierarchy_has_at_most_eight_levels() {
    let app = family(9).await;
    for child in 2..=8 {
        put(&app, child, child - 1).await.expect(200);
    }
    put(&app, 9, 8).await.expect_problem(422, "hierarchy_too_deep");
    put(&app, 1, 9).await.expect_problem(422, "hierarchy_too_deep");
    let body = json!({ "profile": { "name": "Tenth" }, "parent_customer_id": customer_id(8) });
    app.post("/v1/customers", &body).await.expect_problem(422, "hierarchy_too_deep");
    put(&app, 9, 7).await.expect(200);
}

#[tokio::test]
async fn of_two_moves_that_would_form_a_cycle_exactly_one_succeeds() {
    let app = family(20).await;
    let other = app.another_instance().await;
    for pair in 0..10 {
        let (left, right) = (2 * pair + 1, 2 * pair + 2);
        // Half of the pairs meet in one writer's batch, half in the writers of two instances.
        let second = if pair % 2 == 0 { &app } else { &other };
        let (one, two) = tokio::join!(put(&app, left, right), put(second, right, left));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422], "{} {}", one.body, two.body);
        let lost = if one.status == 422 { one } else { two };
        lost.expect_problem(422, "parent_cycle");
        let parents = [parent(&app, left).await, parent(&app, right).await];
        assert_eq!(parents.iter().filter(|parent| parent.is_null()).count(), 1);
    }
}

#[tokio::test]
async fn the_tree_shows_a_whole_group_from_each_of_its_customers() {
    let app = family(6).await;
    // 1 has 2 and 3; 3 has 4 and 5. 6 is alone.
    for (child, parent) in [(2, 1), (3, 1), (4, 3), (5, 3)] {
        put(&app, child, parent).await.expect(200);
    }
    let named = json!({ "external_id": "third" });
    app.command(&customer_id(3).to_string(), "change-external-id", &named).await.expect(200);
    app.command(&customer_id(5).to_string(), "archive-customer", &json!({})).await.expect(200);
    app.settle().await;
    let node = |number: u64, parent: Option<u64>, depth: u64| {
        let mut node = json!({
            "id": customer_id(number), "depth": depth, "name": "Member", "status": "active",
        });
        if let Some(parent) = parent {
            node["parent_customer_id"] = json!(customer_id(parent));
        }
        node
    };
    let mut third = node(3, Some(1), 1);
    third["external_id"] = json!("third");
    let mut fifth = node(5, Some(3), 2);
    fifth["status"] = json!("archived");
    let group = json!([node(1, None, 0), node(2, Some(1), 1), third, node(4, Some(3), 2), fifth]);
    for number in 1..=5 {
        let path = format!("/v1/customers/{}/tree", customer_id(number));
        let tree = app.get(&path).await.expect(200).json();
        let expected =
            json!({ "customer_id": customer_id(number), "nodes": group, "complete": true });
        assert_eq!(tree, expected, "of {number}");
    }
    let alone = app.get(&format!("/v1/customers/{}/tree", customer_id(6))).await.expect(200);
    assert_eq!(alone.json()["nodes"], json!([node(6, None, 0)]));
    app.get("/v1/customers/external:third/tree").await.expect(200);
    let other = app.another_tenant().await;
    let path = format!("/v1/customers/{}/tree", customer_id(1));
    other.get(&path).await.expect_problem(404, "customer_unknown");
}

#[tokio::test]
async fn a_group_that_is_too_large_says_whose_children_are_missing() {
    let app = TestApp::new().await;
    app.register(customer_id(0), "Group").await;
    let register = |number: u64, parent: u64| {
        let body = json!({
            "id": customer_id(number), "profile": { "name": "Member" },
            "parent_customer_id": customer_id(parent),
        });
        json!({ "command": "register-customer", "body": body }).to_string()
    };
    // The last child has a child of its own, which is on the way from the topmost to itself.
    let children = (1..=1_010).map(|number| register(number, 0));
    let lines: Vec<_> = children.chain([register(2_000, 1_010)]).collect();
    let mut request = app.request(axum::http::Method::POST, "/v1/commands", lines.join("\n"));
    request.headers_mut().insert("content-type", "application/x-ndjson".parse().expect("a type"));
    let reply = app.send(request).await.expect(200);
    assert!(!reply.body.contains("\"status\":4"), "{}", reply.body);
    app.settle().await;
    let path = format!("/v1/customers/{}/tree", customer_id(2_000));
    let tree = app.get(&path).await.expect(200).json();
    let nodes = tree["nodes"].as_array().expect("nodes");
    assert_eq!((nodes.len(), &tree["complete"]), (1_000, &json!(false)));
    let missing: Vec<_> = nodes.iter().filter(|node| node["more_children"] == true).collect();
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0]["id"], json!(customer_id(0)));
    let ids: Vec<_> = nodes.iter().map(|node| &node["id"]).collect();
    for number in [0, 1, 1_010, 2_000] {
        assert!(ids.contains(&&json!(customer_id(number))), "{number} is shown");
    }
}
