//! Served tables are changed behind the service's back, column by column: each change is found and
//! located.

use serde_json::json;
use sqlx::{PgConnection, query, query_as, query_scalar};
use store::log::verify_snapshot;
use store::projections::{Served, verify_served};
use tests::{Draft, TestApp, customer_id};
use uuid::Uuid;

use super::run;

/// The compared tables, except `checkpoints`, which has no rows of tenants.
const TABLES: [&str; 12] = [
    "audit_entries",
    "billing_configurations",
    "command_results",
    "customer_counts",
    "customer_list",
    "customer_list_updates",
    "customer_snapshots",
    "customers",
    "field_changes",
    "integration_links",
    "reservations",
    "tenants",
];
/// Tables that nothing is compared with.
const NOT_COVERED: [&str; 9] = [
    "_sqlx_migrations",
    "console_sessions",
    "cursor_key",
    "operator_actions",
    "parked_streams",
    "projection_tables",
    "projections",
    "read_audit",
    "read_audit_customers",
];
/// Columns that are never served: the time of an idempotency answer only determines its deletion,
/// and the others belong to rows of older logic.
const UNCHECKED: [(&str, &str); 7] = [
    ("command_results", "created_at"),
    ("field_changes", "actor"),
    ("field_changes", "event_type"),
    ("field_changes", "new_value"),
    ("field_changes", "old_value"),
    ("field_changes", "reason"),
    ("field_changes", "recorded_at"),
];

/// A column of a table: the table, its name and its type.
type Column = (String, String, String);

/// A tenant with rows in every table, and another in another partition.
async fn two_tenants_with_everything() -> (TestApp, TestApp) {
    let app = TestApp::new().await;
    let mut other = app.another_tenant().await;
    while other.tenant.partition == app.tenant.partition {
        other = app.another_tenant().await;
    }
    let ids: Vec<_> = (20..26).map(customer_id).collect();
    for app in [&app, &other] {
        Draft::history(&app.store, app.tenant, &ids, "everything that is served").await;
        let key = [("idempotency-key", "once")];
        let body = json!({ "id": customer_id(1), "external_id": "one", "aliases": ["first"],
                           "profile": { "name": "Acme Ltd" } });
        app.post_with("/v1/customers", &body, &key).await.expect(201);
        let child = json!({ "id": customer_id(2), "parent_customer_id": customer_id(1),
                            "profile": { "name": "Bolt" } });
        app.post("/v1/customers", &child).await.expect(201);
        let reference = customer_id(1).to_string();
        for (command, body) in [
            ("change-external-id", json!({ "external_id": "two" })),
            ("change-external-id", json!({ "external_id": "three" })),
            (
                "add-billing-config",
                json!({ "provider": "custom", "delivery_method": "aws_sqs",
                        "configuration": { "customer_id": "c1", "n": 1 } }),
            ),
            ("map-integration", json!({ "provider_type": "crm", "provider_entity_id": "77" })),
        ] {
            app.command(&reference, command, &body).await.expect(200);
        }
        for version in 0..64 {
            let body = json!({ "metadata": { "version": version.to_string() } });
            app.command(&reference, "replace-metadata", &body).await.expect(200);
        }
        app.settle().await;
    }
    (app, other)
}

async fn served(app: &TestApp) -> Served {
    verify_served(&app.options(), None).await.expect("a check")
}

/// All findings by table, with the tenant and customer.
fn findings(served: &Served) -> Vec<(String, Option<Uuid>, Option<Uuid>)> {
    let tables = served.tables.iter().flat_map(|table| {
        let listed = table.listed.iter();
        listed.map(|one| (table.table.to_owned(), one.tenant, one.customer))
    });
    let views = served.views.iter().flat_map(|view| view.comparison.listed.iter());
    let views =
        views.map(|one| (one.table_name.clone(), Some(one.tenant_id), Some(one.customer_id)));
    tables.chain(views).collect()
}

/// The columns that can be changed.
async fn columns(owner: &mut PgConnection) -> Vec<Column> {
    query_as(
        "select table_name::text, column_name::text, udt_name::text
           from information_schema.columns
          where table_schema = 'public' and table_name = any ($1) and is_generated = 'NEVER'
          order by table_name, ordinal_position",
    )
    .bind(TABLES)
    .fetch_all(owner)
    .await
    .expect("columns")
}

/// Another value of a column, in SQL.
fn another(column: &str, kind: &str) -> String {
    match kind {
        "uuid" => "gen_random_uuid()".to_owned(),
        "_uuid" => format!("array_append(coalesce({column}, '{{}}'), gen_random_uuid())"),
        "int2" if column == "partition" => "(partition + 1) % 32".to_owned(),
        "int2" | "int8" => format!("coalesce({column}, 0) + 1000"),
        "bool" => format!("not coalesce({column}, false)"),
        "json" => format!("(coalesce({column}::text, '{{}}') || ' ')::json"),
        "timestamptz" => format!("coalesce({column}, now()) + interval '1 microsecond'"),
        "tsvector" => format!("coalesce({column}, '') || 'another'::tsvector"),
        "bytea" => format!("set_byte({column}, 20, get_byte({column}, 20) # 1)"),
        "text" => format!("coalesce({column}, '') || 'x'"),
        other => panic!("{column} is of the type {other}"),
    }
}

#[tokio::test]
async fn verify_finds_a_change_of_any_served_column() {
    let (app, other) = two_tenants_with_everything().await;
    let clean = served(&app).await;
    assert!(findings(&clean).is_empty(), "nobody has changed anything: {clean:?}");
    assert!(clean.outdated.is_empty(), "{clean:?}");
    for table in &clean.tables {
        assert!(table.rows > 0 && table.findings == 0, "{table:?}");
        // The keys of tests have no events.
        let expected = if table.table == "api_keys" { table.rows } else { 0 };
        assert_eq!(table.unauthenticated, expected, "{table:?}");
    }
    let mut owner = app.database.connect().await;
    let tenant = app.tenant.id.0;
    let mut missed = Vec::new();
    for (table, column, kind) in columns(&mut owner).await {
        if UNCHECKED.contains(&(&table, &column)) {
            continue;
        }
        run(&mut owner, &format!("create table kept as select * from {table}")).await;
        let change = format!(
            "update {table} set {column} = {}
              where ctid = (select ctid from {table} where tenant_id = '{tenant}' limit 1)
             returning tenant_id",
            another(&column, &kind)
        );
        let new: Vec<Uuid> = query_scalar(&change).fetch_all(&mut owner).await.expect(&change);
        assert_eq!(new.len(), 1, "{table} has a row of the tenant");
        let found = findings(&served(&app).await);
        let there = |(name, whose, _): &(String, Option<Uuid>, Option<Uuid>)| {
            *name == table && (*whose == Some(tenant) || *whose == new.first().copied())
        };
        if !found.iter().any(there) {
            missed.push(format!("{table}.{column}: {found:?}"));
        }
        let others = found.iter().filter(|(_, whose, _)| *whose == Some(other.tenant.id.0));
        assert_eq!(others.count(), 0, "{table}.{column}: {found:?}");
        restore(&mut owner, &table).await;
    }
    assert!(missed.is_empty(), "{missed:#?}");
    for table in TABLES {
        run(&mut owner, &format!("create table kept as select * from {table}")).await;
        run(&mut owner, &format!("delete from {table} where tenant_id = '{tenant}'")).await;
        let found = findings(&served(&app).await);
        // Idempotency answers are deleted when they are old, so a deleted one does not show.
        let there = found.iter().any(|(name, whose, _)| name == table && *whose == Some(tenant));
        assert_eq!(there, table != "command_results", "{table}: {found:?}");
        restore(&mut owner, table).await;
    }
    assert!(findings(&served(&app).await).is_empty(), "everything is as it was");
}

/// Restores a table from its copy.
async fn restore(owner: &mut PgConnection, table: &str) {
    let columns: String = query_scalar(
        "select string_agg(quote_ident(column_name), ', ')
           from information_schema.columns
          where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER'",
    )
    .bind(table)
    .fetch_one(&mut *owner)
    .await
    .expect("columns");
    let back = format!(
        "delete from {table};
         insert into {table} ({columns}) select {columns} from kept;
         drop table kept"
    );
    run(owner, &back).await;
}

#[tokio::test]
async fn verify_names_the_customer_and_table_of_each_change() {
    let (app, _) = two_tenants_with_everything().await;
    let mut owner = app.database.connect().await;
    let tenant = app.tenant.id.0;
    for (table, customer, statement) in [
        (
            "reservations",
            Some(customer_id(1)),
            format!(
                "update reservations set holder = '{}'
                  where tenant_id = '{tenant}' and kind = 'external_id' and key = 'three'",
                customer_id(2)
            ),
        ),
        (
            "reservations",
            Some(customer_id(1)),
            format!(
                "update reservations set holder = '{}'
                  where tenant_id = '{tenant}' and kind = 'former_external_id' and key = 'one'",
                customer_id(2)
            ),
        ),
        (
            "reservations",
            Some(customer_id(2)),
            format!(
                "insert into reservations
                 select partition, tenant_id, 'alias', 'not mine', '{}' from tenants
                  where tenant_id = '{tenant}'",
                customer_id(2)
            ),
        ),
        (
            "reservations",
            Some(customer_id(1)),
            format!(
                "delete from reservations where key in ('first', 'one') and tenant_id = '{tenant}'"
            ),
        ),
        (
            "tenants",
            None,
            format!(
                r#"update tenants set state = '{{"status":"active","name":"Mallory"}}'
                    where tenant_id = '{tenant}'"#
            ),
        ),
        (
            "command_results",
            None,
            format!(
                "update command_results set body = replace(body, 'Acme', 'Evil')
                  where tenant_id = '{tenant}' and idempotency_key = 'once'"
            ),
        ),
    ] {
        run(&mut owner, &format!("create table kept as select * from {table}")).await;
        let done = query(&statement).execute(&mut owner).await.expect(&statement);
        assert!(done.rows_affected() > 0, "{statement}");
        let found = findings(&served(&app).await);
        let wanted = (table.to_owned(), Some(tenant), customer);
        assert!(found.contains(&wanted), "{statement}: {found:?}");
        restore(&mut owner, table).await;
    }
    let done = query("delete from reservations").execute(&mut owner).await.expect("a deletion");
    let served = served(&app).await;
    let found = served.tables.iter().find(|found| found.table == "reservations");
    let found = found.expect("the reservations");
    assert_eq!((found.rows, found.findings), (0, done.rows_affected()), "{found:?}");
    assert_eq!(found.listed.len(), 20);
}

#[tokio::test]
async fn a_changed_idempotency_answer_is_not_served() {
    let app = TestApp::new().await;
    let body = json!({ "id": customer_id(1), "profile": { "name": "Acme" } });
    let key = [("idempotency-key", "once")];
    app.post_with("/v1/customers", &body, &key).await.expect(201);
    let mut owner = app.database.connect().await;
    run(&mut owner, "update command_results set body = replace(body, '1', '7')").await;
    // The other instance doesn't have the answer cached.
    let other = app.another_instance().await;
    other.post_with("/v1/customers", &body, &key).await.expect_problem(500, "internal");
    let other_body = json!({ "id": customer_id(2), "profile": { "name": "Bolt" } });
    other.post_with("/v1/customers", &other_body, &[("idempotency-key", "2")]).await.expect(201);
}

#[tokio::test]
async fn an_answer_without_a_code_is_served_and_counted_as_unauthenticated() {
    let app = TestApp::new().await;
    let body = json!({ "id": customer_id(1), "profile": { "name": "Acme" } });
    let key = [("idempotency-key", "once")];
    let first = app.post_with("/v1/customers", &body, &key).await.expect(201);
    let mut owner = app.database.connect().await;
    run(&mut owner, "update command_results set mac = null").await;
    let other = app.another_instance().await;
    let again = other.post_with("/v1/customers", &body, &key).await.expect(201);
    assert_eq!(again.body, first.body);
    app.settle().await;
    let served = served(&app).await;
    assert!(findings(&served).is_empty(), "{served:?}");
    let answers = served.tables.iter().find(|table| table.table == "command_results");
    let answers = answers.expect("the kept answers");
    assert_eq!((answers.rows, answers.unauthenticated), (1, 1), "{answers:?}");
}

#[tokio::test]
async fn verify_finds_a_missing_checkpoint_and_one_beyond_the_log() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    app.settle().await;
    let mut owner = app.database.connect().await;
    let partition = app.tenant.partition;
    let there = format!("where partition = {partition} and projection = 'customer_list'");
    for tamper in [
        format!("update checkpoints set position = position + 1000 {there}"),
        format!("delete from checkpoints {there}"),
    ] {
        run(&mut owner, &tamper).await;
        let served = served(&app).await;
        let found = served.tables.iter().find(|table| table.table == "checkpoints");
        let found = found.expect("the checkpoints");
        assert_eq!(found.listed.len(), 1, "{tamper}: {found:?}");
        assert_eq!(found.listed[0].partition, partition.number());
    }
}

#[tokio::test]
async fn verify_names_tables_that_are_not_derived_from_the_log() {
    let app = TestApp::new().await;
    let served = served(&app).await;
    for table in NOT_COVERED {
        assert!(served.not_covered.iter().any(|name| name == table), "{table}");
    }
    let covered = |name: &String| !TABLES.contains(&name.as_str());
    assert!(served.not_covered.iter().all(covered), "{:?}", served.not_covered);
}

#[tokio::test]
async fn the_time_of_the_head_and_the_records_of_imports_are_verified_with_the_log() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    app.register(customer_id(2), "Bolt").await;
    let mut owner = app.database.connect().await;
    let partition = app.tenant.partition;
    let tenant = app.tenant.id;
    let later = "recorded_at = recorded_at + interval '1 hour'";
    for tamper in [
        format!("update log_heads set {later} where partition = {partition}"),
        format!(
            "insert into imports (partition, tenant_id, first_position, last_position, after)
             values ({partition}, '{tenant}', 1, 2, now())"
        ),
        format!(
            "insert into imports (partition, tenant_id, first_position, last_position, after)
             values ({partition}, '{tenant}', 2, 3, 'epoch')"
        ),
        format!(
            "insert into imports (partition, tenant_id, first_position, last_position, after)
             values ({partition}, '{tenant}', 1, 9, 'epoch')"
        ),
    ] {
        run(&mut owner, "begin").await;
        run(&mut owner, &tamper).await;
        let found = verify_snapshot(&mut owner, &[partition], &[]).await.expect("a check");
        run(&mut owner, "rollback").await;
        assert!(!found[0].is_whole(), "{tamper}");
    }
    let found = verify_snapshot(&mut owner, &[partition], &[]).await.expect("a check");
    assert!(found[0].is_whole(), "{found:?}");
}
