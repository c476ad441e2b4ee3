//! Projections follow the log: they soon have each event once.

use serde_json::json;
use sqlx::{PgConnection, query, query_as, query_scalar};
use tests::{TestApp, customer_id};
use uuid::Uuid;

const TABLES: [&str; 4] =
    ["field_changes", "billing_configurations", "integration_links", "customer_snapshots"];

/// The number of a customer's rows in a projection's table.
async fn rows(connection: &mut PgConnection, table: &str, customer: Uuid) -> i64 {
    let count = format!("select count(*) from {table} where customer_id = $1");
    query_scalar(&count).bind(customer).fetch_one(connection).await.expect("a count")
}

#[tokio::test]
async fn projections_soon_have_a_customer_s_events() {
    let app = TestApp::new().await;
    let id = customer_id(1);
    let reference = id.to_string();
    app.register(id, "Acme").await;
    app.command(&reference, "update-profile", &json!({ "name": "Acme Ltd" })).await.expect(200);
    let stripe = json!({
        "provider": "stripe",
        "configuration": {
            "stripe_customer_id": "cus_1", "stripe_collection_method": "charge_automatically"
        },
        "delivery_method": "direct_to_billing_provider"
    });
    app.command(&reference, "add-billing-config", &stripe).await.expect(200);
    let link = json!({ "provider_type": "salesforce", "provider_entity_id": "001" });
    app.command(&reference, "map-integration", &link).await.expect(200);
    app.command(&reference, "unmap-integration", &link).await.expect(200);
    app.settle().await;

    let mut owner = app.database.connect().await;
    let configurations: Vec<(String, String, String, bool)> = query_as(
        "select provider, provider_customer_id, delivery_method, archived_at is null
           from billing_configurations where customer_id = $1 order by billing_config_id",
    )
    .bind(id)
    .fetch_all(&mut owner)
    .await
    .expect("rows");
    let expected = ("stripe", "cus_1", "direct_to_billing_provider", true);
    let [(provider, customer, method, in_use)] = &configurations[..] else {
        panic!("{configurations:?}")
    };
    assert_eq!((&**provider, &**customer, &**method, *in_use), expected);
    let links: Vec<(i64, String, bool)> = query_as(
        "select version, provider_entity_id, mapped from integration_links
          where customer_id = $1 order by version",
    )
    .bind(id)
    .fetch_all(&mut owner)
    .await
    .expect("rows");
    assert_eq!(links, [(4, "001".to_owned(), true), (5, "001".to_owned(), false)]);
    let fields: Vec<(i64, String)> =
        query_as("select version, field from field_changes where customer_id = $1")
            .bind(id)
            .fetch_all(&mut owner)
            .await
            .expect("rows");
    assert!(fields.contains(&(2, "/profile/name".to_owned())), "{fields:#?}");
}

#[tokio::test]
async fn every_sixty_fourth_version_of_a_customer_is_kept_as_a_snapshot() {
    let app = TestApp::new().await;
    let id = customer_id(1);
    app.register(id, "Version 1").await;
    for version in 2..=130 {
        let body = json!({ "name": format!("Version {version}") });
        app.command(&id.to_string(), "update-profile", &body).await.expect(200);
    }
    app.settle().await;
    let mut owner = app.database.connect().await;
    let snapshots: Vec<(i64, String)> = query_as(
        "select version, state -> 'profile' ->> 'name' from customer_snapshots
          where customer_id = $1 order by version",
    )
    .bind(id)
    .fetch_all(&mut owner)
    .await
    .expect("rows");
    assert_eq!(snapshots, [(64, "Version 64".to_owned()), (128, "Version 128".to_owned())]);
}

#[tokio::test]
async fn one_instance_follows_the_writes_of_another() {
    let app = TestApp::new().await;
    let writer = app.another_that_does_not_follow().await;
    writer.register(customer_id(1), "Acme").await;
    app.settle().await;
    let mut owner = app.database.connect().await;
    assert!(rows(&mut owner, "field_changes", customer_id(1)).await > 0);
}

#[tokio::test]
async fn a_projection_that_starts_over_has_the_same_rows() {
    let app = TestApp::new().await;
    for number in 1..=20 {
        let id = customer_id(number);
        app.register(id, "Acme").await;
        let body = json!({ "metadata": { "number": number.to_string() } });
        app.command(&id.to_string(), "replace-metadata", &body).await.expect(200);
    }
    app.settle().await;
    let mut owner = app.database.connect().await;
    let before = digests(&mut owner).await;
    query("update checkpoints set position = 0").execute(&mut owner).await.expect("an update");
    app.another_instance().await.settle().await;
    assert_eq!(digests(&mut owner).await, before);
}

/// The contents of each table.
async fn digests(connection: &mut PgConnection) -> Vec<(i64, Option<String>)> {
    let mut digests = Vec::new();
    for table in TABLES {
        let digest = format!(
            "select count(*), md5(string_agg(t::text, e'\\n' order by t::text)) from {table} as t"
        );
        digests.push(query_as(&digest).fetch_one(&mut *connection).await.expect("a digest"));
    }
    digests
}
