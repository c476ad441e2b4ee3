//! A list and its position belong to one generation of its read model, even during a switch.

use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, query, query_scalar};
use tests::{TestApp, customer_id};

/// Waits until a session waits for a table.
async fn until_waited_for(owner: &mut PgConnection, table: &str) {
    let waits =
        "select exists (select from pg_locks where relation = $1::regclass and not granted)";
    for _ in 0..2_000 {
        if query_scalar(waits).bind(table).fetch_one(&mut *owner).await.expect("the locks") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("nobody waits for {table}");
}

/// During a read, replaces a view's generation by one without the last event. Returns what was
/// read, and the view's position.
async fn read_at_a_switch(app: &TestApp, view: &str, path: &str) -> (Value, i64, i64) {
    let (mut owner, mut looking) = (app.database.connect().await, app.database.connect().await);
    let mut switch = owner.begin().await.expect("a transaction");
    query(&format!("lock table {view}")).execute(&mut *switch).await.expect("the table");
    let reading = tokio::spawn({
        let (app, path) = (app.clone(), path.to_owned());
        async move { app.get(&path).await.expect(200) }
    });
    until_waited_for(&mut looking, view).await;
    // A generation that nothing follows.
    query("update projections set logic_version = 99 where name = $1")
        .bind(view)
        .execute(&mut *switch)
        .await
        .expect("a generation");
    query(&format!("delete from {view}")).execute(&mut *switch).await.expect("no rows");
    let position: i64 = query_scalar(
        "update checkpoints set position = position - 1 where projection = $1 and partition = $2
         returning position + 1",
    )
    .bind(view)
    .bind(app.tenant.partition.number())
    .fetch_one(&mut *switch)
    .await
    .expect("a checkpoint");
    switch.commit().await.expect("a commit");
    let reply = reading.await.expect("an answer");
    let shown = reply.header("dossier-position").split_once('.').expect("two parts").1;
    (reply.json(), shown.parse().expect("a number"), position)
}

#[tokio::test]
async fn a_list_has_the_position_of_its_generation() {
    let path = format!("/v1/customers/{}", customer_id(1));
    for (view, path) in [
        ("customer_list", "/v1/customers".to_owned()),
        ("customer_list", "/v1/customers?as_of=2999-01-01T00:00:00Z".to_owned()),
        ("billing_configurations", "/v1/billing-configs".to_owned()),
        ("billing_configurations", format!("{path}/billing-configs")),
        (
            "integration_links",
            "/v1/integration-links?provider_type=a&provider_entity_id=1".to_owned(),
        ),
        ("field_changes", format!("{path}/changes?field=/status")),
        ("audit_entries", "/v1/audit?type=CustomerRegistered".to_owned()),
    ] {
        let app = TestApp::new().await;
        app.register(customer_id(1), "Acme").await;
        let id = customer_id(1).to_string();
        let config = json!({ "provider": "custom", "delivery_method": "aws_sqs" });
        app.command(&id, "add-billing-config", &config).await.expect(200);
        let link = json!({ "provider_type": "a", "provider_entity_id": "1" });
        app.command(&id, "map-integration", &link).await.expect(200);
        app.settle().await;
        let (list, shown, position) = read_at_a_switch(&app, view, &path).await;
        assert_eq!((&list["items"], shown), (&json!([]), position - 1), "{path}");
    }
}
