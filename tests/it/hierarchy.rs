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
