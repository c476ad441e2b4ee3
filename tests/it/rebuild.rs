//! Projections are rebuilt beside the live ones, with the same or corrected rows.

mod behind;
mod disturbed;
mod ended;
mod indexes;
mod mended;
mod parked;

use std::time::Duration;

use serde_json::json;
use sqlx::{Connection as _, PgConnection, query, query_scalar};
use store::projections::rebuild::{self, Rebuilt};
use store::projections::{Projections, Status, list};
use store::{Role, StoreError};
use tests::{Draft, TestApp, customer_id, expect_sound};
use uuid::Uuid;

/// The projections, each with its tables.
async fn tables(owner: &mut PgConnection) -> Vec<(String, Vec<String>)> {
    sqlx::query_as(
        "select projection, array_agg(table_name order by table_name)
           from projection_tables group by 1 order by 1",
    )
    .fetch_all(owner)
    .await
    .expect("tables")
}

/// All rows of a table, byte for byte.
async fn rows(owner: &mut PgConnection, table: &str) -> Vec<String> {
    let all = format!("select t::text from {table} as t order by 1");
    query_scalar(&all).fetch_all(owner).await.expect("rows")
}

/// The definition of a table.
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

/// A service with five customers, each renamed once.
async fn with_customers() -> TestApp {
    let app = TestApp::new().await;
    for number in 1..=5 {
        app.register(customer_id(number), "Acme").await;
        rename(&app, number, "Acme Ltd").await;
    }
    app.settle().await;
    app
}

async fn rename(app: &TestApp, number: u64, name: &str) {
    let body = json!({ "name": name });
    app.command(&customer_id(number).to_string(), "update-profile", &body).await.expect(200);
}

async fn projector(app: &TestApp) -> PgConnection {
    store::connect(&app.database.options, Role::Projector).await.expect("a session")
}

/// The generations of a projection: number, state and phase.
async fn generations(app: &TestApp, projection: &str) -> Vec<Status> {
    let mut all = list(&mut projector(app).await).await.expect("generations");
    all.retain(|generation| generation.name == projection);
    all
}

/// The same as `2 live`.
async fn states(app: &TestApp, projection: &str) -> Vec<String> {
    let all = generations(app, projection).await.into_iter();
    all.map(|one| format!("{} {}", one.generation, one.phase.unwrap_or(one.state))).collect()
}

/// Requires that every live row matches the log.
async fn expect_views(app: &TestApp) {
    app.settle().await;
    let served = store::projections::verify_served(&app.options(), None).await.expect("a check");
    for table in served.tables {
        assert_eq!(table.findings, 0, "{table:#?}");
    }
    for view in served.views {
        assert!(view.comparison.equal(), "{view:#?}");
        assert_eq!(view.comparison.left_out, 0, "{view:#?}");
    }
}

/// Waits for a condition.
async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_mins(1), async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{what} within a minute"));
}

async fn rebuild(app: &TestApp, projection: &str) -> Rebuilt {
    rebuild::rebuild(&app.options(), projection, 2).await.expect("a rebuild")
}

#[tokio::test]
async fn a_rebuilt_projection_has_the_same_rows_byte_for_byte() {
    let (app, _) = with_histories().await;
    let mut owner = app.database.connect().await;
    for (projection, tables) in tables(&mut owner).await {
        let (mut before, mut compared) = (Vec::new(), 0);
        for table in &tables {
            let rows = rows(&mut owner, table).await;
            assert!(!rows.is_empty(), "{table}");
            // The numbers of customers are those of the list.
            compared += if table == "customer_counts" { 0 } else { rows.len() };
            before.push((rows, shape(&mut owner, table).await));
        }
        let rebuilt = rebuild(&app, &projection).await;
        assert_eq!(rebuilt.generation, 2);
        assert!(rebuilt.comparison.equal(), "{:?}", rebuilt.comparison);
        assert_eq!(rebuilt.comparison.rows, i64::try_from(compared).expect("a count"));
        for (table, before) in tables.iter().zip(before) {
            let after = (rows(&mut owner, table).await, shape(&mut owner, table).await);
            assert_eq!(after, before, "{table}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn projections_are_rebuilt_while_customers_of_two_tenants_change() {
    let (app, other) = with_histories().await;
    let mut owner = app.database.connect().await;
    let writing = [(app.clone(), 1), (other.clone(), 2)].map(|(app, number)| {
        let (stop, mut stopping) = tokio::sync::oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let mut written = 0_u64;
            while stopping.try_recv().is_err() {
                written += 1;
                let id = customer_id(1_000 + written / 3);
                let answer = if written.is_multiple_of(3) {
                    app.register(id, "Acme").await
                } else {
                    let body = json!({ "metadata": { "written": written.to_string() } });
                    let one = customer_id(9 * (written % 2) + number);
                    app.command(&one.to_string(), "replace-metadata", &body).await
                };
                assert!(answer.status.as_u16() < 500, "{answer:?}");
                let read = app.get(&format!("/v1/customers/{}", customer_id(number))).await;
                assert_eq!(read.status, 200, "{read:?}");
            }
            written
        });
        (stop, task)
    });
    for (projection, _) in tables(&mut owner).await {
        let rebuilt = rebuild(&app, &projection).await;
        assert!(rebuilt.comparison.equal(), "{projection}: {:?}", rebuilt.comparison);
    }
    for (stop, task) in writing {
        stop.send(()).expect("a writer");
        assert!(task.await.expect("a writer that writes") > 0);
    }
    expect_sound(&mut owner).await;
    expect_views(&app).await;
}

#[tokio::test]
async fn a_requested_rebuild_is_done_by_any_instance() {
    let app = with_customers().await;
    let mut projector = projector(&app).await;
    let generation = rebuild::request(&mut projector, &Projections::default(), "field_changes", 1)
        .await
        .expect("a row");
    assert_eq!(generation, 2);
    let again = rebuild::request(&mut projector, &Projections::default(), "field_changes", 1).await;
    assert!(matches!(again, Err(rebuild::RebuildError::Underway("field_changes"))), "{again:?}");
    assert_eq!(states(&app, "field_changes").await, ["1 live", "2 loading"]);
    let ended = rebuild::resume(&app.options()).await.expect("an answer");
    let [Ok(rebuilt)] = &ended[..] else { panic!("{ended:?}") };
    assert_eq!((rebuilt.projection, rebuilt.generation), ("field_changes", 2));
    assert_eq!(states(&app, "field_changes").await, ["1 retired", "2 live"]);
    assert!(rebuild::resume(&app.options()).await.expect("an answer").is_empty());
    let unknown = rebuild::rebuild(&app.options(), "no_such", 1).await;
    assert!(matches!(unknown, Err(rebuild::RebuildError::Unknown(_))), "{unknown:?}");
}
