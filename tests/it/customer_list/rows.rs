//! The rows of customers in the projection.

use serde_json::json;
use sqlx::{Row as _, query, query_scalar};
use tests::{Draft, TestApp, customer_id};

/// How many of the tenant's rows have all of these words.
async fn found(app: &TestApp, words: &[&str]) -> i64 {
    let mut owner = app.database.connect().await;
    let pattern: Vec<_> = words.iter().map(|word| format!("________{word}%")).collect();
    query_scalar(
        "select count(*) from customer_list as l
          where l.tenant_id = $1
            and not exists (select from unnest($2::text[]) as p(pattern)
                             where not exists (select from unnest(tsvector_to_array(l.words)) as w
                                                where w like p.pattern))",
    )
    .bind(app.tenant.id.0)
    .bind(pattern)
    .fetch_one(&mut owner)
    .await
    .expect("a count")
}

#[tokio::test]
async fn a_customer_is_listed_as_it_is_after_its_latest_command() {
    let app = TestApp::new().await;
    let body = json!({
        "id": customer_id(1), "profile": { "name": "ACME Ärger", "email": "Ada@acme.example" }
    });
    app.post("/v1/customers", &body).await.expect(201);
    let id = customer_id(1).to_string();
    app.command(&id, "update-profile", &json!({ "email": null })).await.expect(200);
    app.command(&id, "change-external-id", &json!({ "external_id": "A-1" })).await.expect(200);
    app.settle().await;
    let mut owner = app.database.connect().await;
    let row = query(
        "select version, status, name, name_key, email, external_id, type, billable,
                created_at < updated_at as changed, cardinality(labels) as labels
           from customer_list
           join customer_list_updates using (partition, tenant_id, customer_id)
          where tenant_id = $1 and customer_id = $2",
    )
    .bind(app.tenant.id.0)
    .bind(customer_id(1))
    .fetch_one(&mut owner)
    .await
    .expect("a row");
    let text = |name: &str| row.get::<Option<String>, _>(name).unwrap_or_else(|| "-".to_owned());
    assert_eq!(row.get::<i64, _>("version"), 3);
    assert_eq!(
        ["status", "name", "name_key", "email", "external_id", "type", "billable"].map(text),
        ["active", "ACME Ärger", "acme arger", "", "A-1", "-", "billable"]
    );
    assert!(row.get::<bool, _>("changed"));
    // Status, name, external id, billable, created by, and three booleans.
    assert_eq!(row.get::<i32, _>("labels"), 8);
    assert_eq!(found(&app, &["acme", "arger", "a-1"]).await, 1);
    assert_eq!(found(&app, &["ada"]).await, 0);
}

#[tokio::test]
async fn the_largest_customer_and_all_kinds_of_characters_are_listed() {
    let app = TestApp::new().await;
    // The maximum number of aliases of the maximum length, and only short words.
    let alias = |number: u32| {
        let words: String = (0..120).map(|nth| if nth % 2 == 0 { 'ø' } else { '-' }).collect();
        format!("{number:08}{words}")
    };
    let aliases: Vec<_> = (0..2_000).map(alias).collect();
    let signs = r#"'\"'' \\ & | ! :* <-> (x) {y} $1 ☃ 𝔘 ,"#;
    let values: serde_json::Map<_, _> = (0..100)
        .map(|number| (format!("{number}{signs}"), "\u{1F9C0}".repeat(1_000).into()))
        .collect();
    let mut large = Draft::register(app.tenant, customer_id(1))
        .command("set-aliases", json!({ "aliases": aliases }))
        .command("replace-metadata", json!({ "metadata": values }))
        .command("update-profile", json!({ "name": signs, "tags": [signs, "\\", "'"] }));
    for number in 0..100 {
        let entity = format!("{number:03}{}", signs.repeat(6));
        let body = json!({ "provider_type": "crm", "provider_entity_id": entity });
        large = large.command("map-integration", body);
    }
    large.happens(&app.store).await;
    Draft::register(app.tenant, customer_id(2)).happens(&app.store).await;
    app.settle().await;
    assert_eq!(found(&app, &[]).await, 2, "the large customer's stream is parked");
    assert_eq!(found(&app, &[&customer_id(1).to_string(), "00000000o", "u"]).await, 1);
}
