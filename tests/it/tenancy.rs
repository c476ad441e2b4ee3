//! Tenants do not notice each other: another tenant's objects are answered like missing ones.

use serde_json::{Value, json};
use store::Partition;
use tests::{Reply, TestApp, customer_id};
use uuid::Uuid;

/// One tenant, and another with a customer that has all kinds of names.
async fn two_tenants() -> (TestApp, TestApp) {
    let mine = TestApp::new().await;
    let theirs = mine.another_tenant().await;
    let body = json!({
        "id": customer_id(1), "external_id": "secret-name", "aliases": ["secret-alias"],
        "profile": { "name": "Canary" },
    });
    theirs.post_with("/v1/customers", &body, &[("idempotency-key", "their-key")]).await.expect(201);
    let method = json!({
        "id": customer_id(0xd1), "provider": "custom", "delivery_method": "aws_sqs"
    });
    theirs.post("/v1/tenant/commands/add-delivery-method", &method).await.expect(200);
    mine.register(customer_id(2), "Mine").await;
    (mine, theirs)
}

/// Everything that a tenant has in the database, in one text.
async fn belongings(app: &TestApp) -> String {
    let mut connection = app.database.connect().await;
    let mut all = String::new();
    for query in [
        "select jsonb_agg(to_jsonb(t) order by t.position)::text from events as t where tenant_id = $1",
        "select jsonb_agg(to_jsonb(t) order by t.customer_id)::text from customers as t where tenant_id = $1",
        "select jsonb_agg(to_jsonb(t) order by t.kind, t.key)::text from reservations as t where tenant_id = $1",
        "select jsonb_agg(to_jsonb(t) order by t.idempotency_key)::text from command_results as t where tenant_id = $1",
        "select jsonb_agg(to_jsonb(t))::text from tenants as t where tenant_id = $1",
    ] {
        let rows: String = sqlx::query_scalar(query)
            .bind(app.tenant.id.0)
            .fetch_one(&mut connection)
            .await
            .expect("rows");
        all.push_str(&rows);
    }
    all
}

#[track_caller]
fn assert_alike(foreign: &Reply, random: &Reply) {
    let masked = |reply: &Reply| {
        let mut body = reply.json();
        body.as_object_mut().expect("an object").remove("instance");
        let mut headers = reply.headers.clone();
        headers.remove("x-request-id");
        (reply.status, body, headers)
    };
    assert_eq!(masked(foreign), masked(random));
    for canary in ["Canary", "secret", "their-key"] {
        assert!(!foreign.body.contains(canary), "{}", foreign.body);
    }
}

#[tokio::test]
async fn another_tenant_s_customer_is_a_404_by_all_its_names() {
    let (mine, theirs) = two_tenants().await;
    let before = belongings(&theirs).await;
    let random = Uuid::new_v4().to_string();
    let foreign = customer_id(1).to_string();
    for (foreign, random) in [
        (foreign.as_str(), random.as_str()),
        ("external:secret-name", "external:nobody"),
        ("alias:secret-alias", "alias:nobody"),
    ] {
        let get = async |reference: &str| mine.get(&format!("/v1/customers/{reference}")).await;
        assert_alike(&get(foreign).await, &get(random).await);
        let archive =
            async |reference: &str| mine.command(reference, "archive-customer", &json!({})).await;
        assert_alike(&archive(foreign).await, &archive(random).await);
        let revert = async |reference: &str| {
            mine.command(reference, "revert-to", &json!({ "version": 1 })).await
        };
        assert_alike(&revert(foreign).await, &revert(random).await);
        let several = async |reference: &str| {
            let body = json!({ "commands": [{ "command": "archive-customer" }] });
            mine.post(&format!("/v1/customers/{reference}/commands"), &body).await
        };
        assert_alike(&several(foreign).await, &several(random).await);
    }
    assert_eq!(belongings(&theirs).await, before);
}

#[tokio::test]
async fn another_tenant_s_objects_cannot_be_used_in_a_command() {
    let (mine, theirs) = two_tenants().await;
    let before = belongings(&theirs).await;
    let me = customer_id(2).to_string();
    let random = Uuid::new_v4();
    let parent = async |id: Uuid| {
        mine.command(&me, "set-parent", &json!({ "parent_customer_id": id })).await
    };
    assert_alike(&parent(customer_id(1)).await, &parent(random).await);
    let below = async |id: Uuid| {
        let body = json!({ "profile": { "name": "Child" }, "parent_customer_id": id });
        mine.post("/v1/customers", &body).await
    };
    assert_alike(&below(customer_id(1)).await, &below(random).await);
    let method = async |id: Uuid| {
        let body = json!({ "provider": "custom", "delivery_method_id": id });
        mine.command(&me, "add-billing-config", &body).await
    };
    assert_alike(&method(customer_id(0xd1)).await, &method(random).await);
    let archive = async |id: Uuid| {
        mine.post("/v1/tenant/commands/archive-delivery-methods", &json!({ "ids": [id] })).await
    };
    assert_alike(&archive(customer_id(0xd1)).await, &archive(random).await);
    assert_eq!(belongings(&theirs).await, before);
}

#[tokio::test]
async fn another_tenant_s_names_and_keys_are_free() {
    let (mine, theirs) = two_tenants().await;
    let before = belongings(&theirs).await;
    let body = json!({
        "id": customer_id(3), "external_id": "secret-name", "aliases": ["secret-alias"],
        "profile": { "name": "Mine" },
    });
    let key = [("idempotency-key", "their-key")];
    let made = mine.post_with("/v1/customers", &body, &key).await.expect(201);
    assert_eq!(made.header("idempotency-replayed"), "");
    let read = mine.get("/v1/customers/external:secret-name").await.expect(200);
    assert_eq!(read.json()["id"], customer_id(3).to_string());
    assert_eq!(belongings(&theirs).await, before);
}

#[tokio::test]
async fn two_tenants_of_one_partition_may_choose_the_same_customer_id() {
    let mine = TestApp::new().await;
    let mut theirs = mine.another_tenant().await;
    let wanted = mine.tenant.partition;
    let id = std::iter::repeat_with(Uuid::new_v4)
        .find(|id| Partition::of_new(domain::TenantId(*id)) == wanted)
        .expect("one of them falls there");
    let tenant = server::tenants::create_tenant(&mine.store, id, "neighbour").await;
    theirs.tenant = tenant.expect("a tenant");
    theirs.key = theirs.new_key(&store::api_keys::Scope::OF_TENANT).await;

    let (one, two) = (customer_id(1).to_string(), customer_id(2));
    mine.register(customer_id(1), "Mine").await;
    theirs.register(customer_id(1), "Theirs").await;
    let renames = (0..10).map(|nth| {
        let (app, name) = if nth % 2 == 0 { (&mine, "Mine") } else { (&theirs, "Theirs") };
        let (one, body) = (&one, json!({ "name": format!("{name} {nth}") }));
        async move { app.command(one, "update-profile", &body).await.expect(200) }
    });
    futures::future::join_all(renames).await;
    for (app, name) in [(&mine, "Mine"), (&theirs, "Theirs")] {
        let read = app.get(&format!("/v1/customers/{one}")).await.expect(200).json();
        assert_eq!(read["version"], 6);
        assert!(read["profile"]["name"].as_str().is_some_and(|found| found.starts_with(name)));
    }
    theirs.register(two, "Parent").await;
    let parent = json!({ "parent_customer_id": two });
    mine.command(&one, "set-parent", &parent).await.expect_problem(422, "parent_unknown");
    theirs.command(&one, "set-parent", &parent).await.expect(200);
    assert_eq!(
        mine.get(&format!("/v1/customers/{one}")).await.json()["parent_customer_id"],
        Value::Null
    );
}

#[tokio::test]
async fn a_request_cannot_choose_its_tenant() {
    let (mine, theirs) = two_tenants().await;
    let id = theirs.tenant.id.0;
    let body = json!({ "tenant_id": id, "profile": { "name": "Smuggled" } });
    mine.post("/v1/customers", &body).await.expect_problem(422, "invalid_body");
    let path = format!("/v1/customers/{}?tenant_id={id}", customer_id(1));
    mine.get(&path).await.expect_problem(400, "invalid_query");
}
