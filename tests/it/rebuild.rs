//! Projections are rebuilt beside the live ones, and come out as they were or better.

use serde_json::json;
use sqlx::{PgConnection, query_scalar};
use store::projections::rebuild::{self, Rebuilt};
use tests::{Draft, TestApp, customer_id};

/// The projections and their tables.
async fn tables(owner: &mut PgConnection) -> Vec<(String, String)> {
    sqlx::query_as("select projection, table_name from projection_tables order by 1, 2")
        .fetch_all(owner)
        .await
        .expect("tables")
}

/// All rows of a table, byte for byte.
async fn rows(owner: &mut PgConnection, table: &str) -> Vec<String> {
    let all = format!("select t::text from {table} as t order by 1");
    query_scalar(&all).fetch_all(owner).await.expect("rows")
}

/// What makes a table what it is besides its rows.
async fn shape(owner: &mut PgConnection, table: &str) -> Vec<String> {
    query_scalar(
        "select format('column %s %s %s', attname, format_type(atttypid, atttypmod), attnotnull)
           from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
          union all
         select pg_get_constraintdef(oid) || conname from pg_constraint
          where conrelid = $1::regclass
          union all
         select pg_get_indexdef(indexrelid) from pg_index where indrelid = $1::regclass
          union all
         select concat_ws(' ', policyname, permissive, roles, cmd, qual, with_check)
           from pg_policies where tablename = $1 and schemaname = 'public'
          union all
         select concat_ws(' ', a.grantee::regrole, a.privilege_type)
           from pg_class as c, aclexplode(c.relacl) as a where c.oid = $1::regclass
          union all
         select concat_ws(' ', relrowsecurity, relforcerowsecurity, reloptions, relowner::regrole)
           from pg_class where oid = $1::regclass
          order by 1",
    )
    .bind(table)
    .fetch_all(owner)
    .await
    .expect("a shape")
}

/// A service whose two tenants have customers with histories.
async fn with_histories() -> (TestApp, TestApp) {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    let customers: Vec<_> = (1..=8).map(customer_id).collect();
    Draft::history(&app.store, app.tenant, &customers, "rebuilt").await;
    Draft::history(&other.store, other.tenant, &customers, "rebuilt as well").await;
    let stripe = json!({
        "provider": "stripe",
        "configuration": {
            "stripe_customer_id": "cus_1", "stripe_collection_method": "charge_automatically"
        },
        "delivery_method": "direct_to_billing_provider"
    });
    let link = json!({ "provider_type": "salesforce", "provider_entity_id": "001" });
    app.register(customer_id(9), "Acme \\ \"Co\" Ltd").await;
    let reference = customer_id(9).to_string();
    app.command(&reference, "add-billing-config", &stripe).await.expect(200);
    app.command(&reference, "map-integration", &link).await.expect(200);
    for version in 0..70 {
        let body = json!({ "metadata": { "version": version.to_string() } });
        app.command(&reference, "replace-metadata", &body).await.expect(200);
    }
    app.settle().await;
    (app, other)
}

async fn rebuild(app: &TestApp, projection: &str) -> Rebuilt {
    rebuild::rebuild(&app.options(), projection, 2).await.expect("a rebuild")
}

#[tokio::test]
async fn a_rebuilt_projection_has_the_same_rows_byte_for_byte() {
    let (app, _) = with_histories().await;
    let mut owner = app.database.connect().await;
    for (projection, table) in tables(&mut owner).await {
        let before = (rows(&mut owner, &table).await, shape(&mut owner, &table).await);
        assert!(!before.0.is_empty(), "{table}");
        let rebuilt = rebuild(&app, &projection).await;
        assert_eq!(rebuilt.generation, 2);
        assert!(rebuilt.comparison.equal(), "{:?}", rebuilt.comparison);
        assert_eq!(rebuilt.comparison.rows, i64::try_from(before.0.len()).expect("a count"));
        let after = (rows(&mut owner, &table).await, shape(&mut owner, &table).await);
        assert_eq!(after, before, "{table}");
    }
}
