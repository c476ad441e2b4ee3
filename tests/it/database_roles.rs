//! Rights in the database: the service can't rewrite history, a tenant sees its own rows.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgConnection, query, query_as, query_scalar};
use store::{Reference, Role};
use tests::{Draft, TestApp, customer_id};

use crate::console::visitor::Visitor;

/// A service with two tenants that have rows in every table.
async fn two_tenants() -> (TestApp, TestApp) {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    for one in [&app, &other] {
        let body = serde_json::json!({ "aliases": ["a-1", "a-2"] });
        Draft::register(one.tenant, customer_id(1))
            .command("set-aliases", body)
            .key("a-key")
            .happens(&one.store)
            .await;
    }
    (app, other)
}

/// The same, with rows of each tenant in every view, too.
async fn two_tenants_with_views() -> (TestApp, TestApp) {
    let (app, other) = two_tenants().await;
    let stripe = json!({
        "id": customer_id(101),
        "delivery_method": "direct_to_billing_provider",
        "provider": "stripe",
        "configuration": {
            "stripe_customer_id": "cus_1", "stripe_collection_method": "send_invoice"
        }
    });
    let link = json!({ "provider_type": "salesforce", "provider_entity_id": "001" });
    for one in [&app, &other] {
        Draft::on(one.tenant, customer_id(1))
            .command("add-billing-config", stripe.clone())
            .command("map-integration", link.clone())
            .happens(&one.store)
            .await;
        // A snapshot is made of the 64th version.
        for number in 0..64 {
            let text = number.to_string();
            Draft::note(one.tenant, customer_id(1), &text).happens(&one.store).await;
        }
        one.settle().await;
        one.get(&format!("/v1/customers/{}", customer_id(1))).await.expect(200);
        Visitor::arrive(one).await;
        query(
            "insert into parked_streams (partition, projection, generation, tenant_id, customer_id,
                                         sequence, position, event_type, failure)
             values ($1, 'field_changes', 1, $2, $3, 1, 1, 'CustomerRegistered', 'a test')",
        )
        .bind(one.tenant.partition.number())
        .bind(one.tenant.id.0)
        .bind(customer_id(1))
        .execute(&mut one.database.connect().await)
        .await
        .expect("a parked stream");
        query(
            "insert into imports (partition, tenant_id, first_position, last_position, after)
             values ($1, $2, 1, 1, 'epoch')",
        )
        .bind(one.tenant.partition.number())
        .bind(one.tenant.id.0)
        .execute(&mut one.database.connect().await)
        .await
        .expect("an import");
    }
    (app, other)
}

/// Requires that a statement is refused for lack of a right, and changes nothing.
async fn refused(connection: &mut PgConnection, statement: &str) {
    let mut transaction = connection.begin().await.expect("a transaction");
    let error = transaction.execute(statement).await.expect_err(statement);
    let code = error.as_database_error().and_then(|error| error.code().map(String::from));
    assert_eq!(code.as_deref(), Some("42501"), "{statement}: {error}");
    transaction.rollback().await.expect("the end of the transaction");
}

const REWRITES: [&str; 3] =
    ["update events set payload = payload", "delete from events", "truncate events"];

#[tokio::test]
async fn the_service_s_role_cannot_rewrite_history_or_disable_its_guards() {
    let (app, _) = two_tenants().await;
    let mut writer = store::connect(&app.database.options, Role::Writer).await.expect("a session");
    for statement in REWRITES {
        refused(&mut writer, statement).await;
    }
    for statement in [
        "drop table events",
        "alter table events disable trigger all",
        "alter table events disable trigger events_are_never_changed",
        "drop trigger events_are_never_changed on events",
        "alter table events no force row level security",
        "alter table events disable row level security",
        "alter table events add column note text",
        "drop policy writer_sees_all on events",
        "set session_replication_role = replica",
        "create or replace function refuse_to_change_history() returns trigger language plpgsql
         as $$ begin return new; end $$",
        "create table public.mine (note text)",
        "create trigger mine before insert on events for each row
         execute function refuse_to_change_history()",
        "delete from log_heads",
        "insert into log_heads (partition, position, hash, recorded_at)
         select 0, 0, hash, now() from log_heads limit 1",
        "update log_heads set partition = partition",
        "delete from customers",
        "delete from tenants",
        "truncate customers, tenants, reservations, command_results",
        "delete from api_keys",
        "delete from read_audit",
        "delete from read_audit_customers",
        "update read_audit set customers = '{}'",
        "select count(*) from api_keys",
        "insert into api_keys (key_id, partition, tenant_id, name, secret_hash, scopes)
         select 'another', partition, tenant_id, 'another', hash, '{operator}'
           from tenants join log_heads using (partition)",
        "update api_keys set revoked_at = null",
        "update api_keys set revoked_at = now()",
        "select create_api_key(0::smallint, 1, '')",
        "select revoke_api_key(0::smallint, 1)",
        "update api_keys set scopes = '{admin}'",
        "update api_keys set secret_hash = secret_hash",
        "update command_results set body = ''",
        "insert into _sqlx_migrations select * from _sqlx_migrations",
        "alter role dossier_writer superuser",
        "create role mine",
        "copy events to program 'true'",
        "select pg_read_file('postgresql.conf')",
    ] {
        refused(&mut writer, statement).await;
    }
}

#[tokio::test]
async fn triggers_refuse_changes_of_events_even_by_the_owner() {
    let (app, _) = two_tenants().await;
    let mut owner = app.database.connect().await;
    let before: i64 =
        query_scalar("select count(*) from events").fetch_one(&mut owner).await.expect("a count");
    for mode in ["origin", "local", "replica"] {
        let set = format!("set session_replication_role = {mode}");
        owner.execute(&*set).await.expect("a superuser may");
        for statement in REWRITES {
            refused(&mut owner, statement).await;
        }
        refused(&mut owner, "truncate events, customers").await;
        refused(&mut owner, "truncate events cascade").await;
    }
    let after: i64 =
        query_scalar("select count(*) from events").fetch_one(&mut owner).await.expect("a count");
    assert_eq!(before, after);
}

/// Findings about the tables with tenants' rows, as the reader sees them for `tenant`.
async fn exposures(app: &TestApp) -> Vec<String> {
    let mut owner = app.database.connect().await;
    let tables: Vec<(String, bool)> = query_as(
        "select c.table_name::text, r.relrowsecurity and r.relforcerowsecurity
           from information_schema.columns as c
           join pg_class as r on r.oid = format('%I.%I', c.table_schema, c.table_name)::regclass
          where c.table_schema = 'public' and c.column_name = 'tenant_id'
          order by c.table_name",
    )
    .fetch_all(&mut owner)
    .await
    .expect("tables");
    let mut reader = store::connect(&app.database.options, Role::Reader).await.expect("a session");
    let tenant = app.tenant.id.to_string();
    let mut wrong = Vec::new();
    for (table, guarded) in tables {
        if !guarded {
            wrong.push(format!("{table} has no forced row-level security"));
        }
        let count = format!("select count(*) from {table}");
        let own = format!("select count(*) from {table} where tenant_id = '{tenant}'");
        let there: i64 = query_scalar(&own).fetch_one(&mut owner).await.expect("a count");
        if there == 0 {
            wrong.push(format!("{table} has no rows of the tenant to test with"));
        }
        for (setting, expected) in [("", 0), (&*tenant, there)] {
            query_scalar::<_, String>("select set_config('app.tenant', $1, false)")
                .bind(setting)
                .fetch_one(&mut reader)
                .await
                .expect("a setting");
            match query_scalar::<_, i64>(&count).fetch_one(&mut reader).await {
                Ok(seen) if seen == expected => {}
                Ok(seen) => wrong.push(format!("{table} shows {seen} rows to '{setting}'")),
                Err(error) => {
                    let denied =
                        error.as_database_error().and_then(sqlx::error::DatabaseError::code);
                    assert_eq!(denied.as_deref(), Some("42501"), "{table}: {error}");
                }
            }
        }
    }
    wrong
}

#[tokio::test]
async fn the_reader_sees_only_rows_of_the_set_tenant() {
    let (app, other) = two_tenants_with_views().await;
    assert_eq!(exposures(&app).await, [""; 0]);
    assert_eq!(exposures(&other).await, [""; 0]);
    // The check finds a new table without policies.
    let mut owner = app.database.connect().await;
    owner
        .execute(
            "create table newcomers as select tenant_id from tenants;
             grant select on newcomers to dossier_reader",
        )
        .await
        .expect("a new table");
    assert_eq!(
        exposures(&app).await.len(),
        3,
        "no row-level security, and both tenants' rows with and without a tenant"
    );
}

#[tokio::test]
async fn the_reader_sees_no_keys_and_no_kept_answers_and_changes_nothing() {
    let (app, _) = two_tenants().await;
    let mut reader = store::connect(&app.database.options, Role::Reader).await.expect("a session");
    let set = format!("set app.tenant = '{}'", app.tenant.id);
    reader.execute(&*set).await.expect("a setting");
    for table in ["api_keys", "command_results", "_sqlx_migrations"] {
        refused(&mut reader, &format!("select count(*) from {table}")).await;
    }
    for table in ["events", "log_heads", "tenants", "customers", "reservations", "api_keys"] {
        refused(&mut reader, &format!("delete from {table}")).await;
        refused(&mut reader, &format!("insert into {table} select * from {table}")).await;
        refused(&mut reader, &format!("truncate {table}")).await;
    }
    refused(&mut reader, "update customers set version = version").await;
    refused(&mut reader, "set session_replication_role = replica").await;
}

#[tokio::test]
async fn the_service_writes_and_reads_as_those_roles() {
    let app = TestApp::new().await;
    let mut owner = app.database.connect().await;
    // Each write of a customer, and each query of the current tenant, leaves a note.
    owner
        .execute(
            "create table witnesses (role text, doing text);
             grant insert on witnesses to public;
             create function witness() returns trigger language plpgsql as $$
             begin
                 insert into witnesses values (current_user, 'writes');
                 return new;
             end $$;
             create trigger witness before insert on customers
                 for each row execute function witness();
             create or replace function current_tenant() returns uuid language plpgsql volatile as $$
             begin
                 insert into witnesses values (current_user, 'reads');
                 return nullif(current_setting('app.tenant', true), '')::uuid;
             end $$",
        )
        .await
        .expect("witnesses");
    Draft::register(app.tenant, customer_id(1)).happens(&app.store).await;
    let read = app.store.customer(app.tenant, &Reference::Id(customer_id(1).into())).await;
    assert!(read.expect("a read").is_some());
    app.get(&format!("/v1/customers/{}", customer_id(1))).await.expect(200);

    let seen: Vec<(String, String)> = query_as("select distinct role, doing from witnesses")
        .fetch_all(&mut owner)
        .await
        .expect("witnesses");
    let pair = |role: &str, doing: &str| (role.to_owned(), doing.to_owned());
    assert_eq!(
        seen.into_iter().collect::<BTreeSet<_>>(),
        BTreeSet::from([pair("dossier_writer", "writes"), pair("dossier_reader", "reads")])
    );
    let named: Vec<String> = query_scalar(
        "select distinct application_name from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()",
    )
    .fetch_all(&mut owner)
    .await
    .expect("sessions");
    assert_eq!(named, ["dossier"]);
}
