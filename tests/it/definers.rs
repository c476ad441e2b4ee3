//! `security definer` functions: no caller can make them run anything else.

use sqlx::{Connection as _, Executor as _, PgConnection, query_as, query_scalar};
use tests::{Draft, TestApp, TestDatabase, customer_id};

/// The search path of a `security definer` function.
const PATH: &str = "search_path=pg_catalog, public, pg_temp";

/// The rights of the service's login.
const SERVICE_ROLES: &str =
    "dossier_writer, dossier_reader, dossier_projector, dossier_key_manager";

/// Findings about `security definer` functions.
async fn weaknesses(owner: &mut PgConnection) -> Vec<String> {
    query_scalar(
        "select format('%s: %s', p.oid::regprocedure, wrong)
           from pg_proc as p
          cross join lateral (
                select 'its search path is ' || coalesce(array_to_string(p.proconfig, '; '), 'the caller''s')
                 where $1 <> all (coalesce(p.proconfig, '{}'))
                 union all
                select 'everybody may call it'
                 where has_function_privilege('public', p.oid, 'execute')) as w(wrong)
          where p.prosecdef and p.pronamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
          order by 1",
    )
    .bind(PATH)
    .fetch_all(owner)
    .await
    .expect("functions")
}

#[tokio::test]
async fn every_function_that_runs_as_its_owner_looks_for_temporary_names_last() {
    let database = TestDatabase::new().await;
    let mut owner = database.connect().await;
    let count: i64 = query_scalar("select count(*) from pg_proc where prosecdef")
        .fetch_one(&mut owner)
        .await
        .expect("a count");
    assert!(count >= 15, "{count} functions");
    assert_eq!(weaknesses(&mut owner).await, [""; 0]);
    // A new function without the path is found.
    for path in ["", "set search_path = public", "set search_path = public, pg_temp"] {
        let make = format!(
            "create or replace function careless() returns void language sql security definer {path}
             as 'select 1'"
        );
        owner.execute(&*make).await.expect("a function");
        assert_eq!(weaknesses(&mut owner).await.len(), 2, "{path}");
    }
}

#[tokio::test]
async fn every_function_that_runs_as_its_owner_names_what_it_uses_with_its_schema() {
    let database = TestDatabase::new().await;
    let mut owner = database.connect().await;
    let unqualified = "select p.proname || ': ' || found[1]
           from pg_proc as p
          cross join lateral regexp_matches(
                regexp_replace(p.prosrc, '--[^\n]*', '', 'g'),
                '(?:\\m(?:from|join|into|update|using|only)\\s+(?:' ||
                (select string_agg(relname, '|') from pg_class
                  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')) ||
                ')\\M(?!\\.)|(?<![\\w.])(?:' ||
                (select string_agg(distinct proname, '|') from pg_proc
                  where pronamespace = 'public'::regnamespace) ||
                ')\\()', 'g') as found
          where p.prosecdef and p.pronamespace = 'public'::regnamespace
          order by 1";
    let found: Vec<String> = query_scalar(unqualified).fetch_all(&mut owner).await.expect("names");
    assert_eq!(found, [""; 0]);
    owner
        .execute(
            "create function careless() returns bigint language sql security definer
             as 'select count(*) from tenants where tenant_id = current_tenant()'",
        )
        .await
        .expect("a function");
    let found: Vec<String> = query_scalar(unqualified).fetch_all(&mut owner).await.expect("names");
    assert_eq!(found, ["careless: current_tenant(", "careless: from tenants"]);
}

/// What `public` may create in a database.
async fn open_to_everybody(owner: &mut PgConnection) -> Vec<&'static str> {
    let (temporary, tables): (bool, bool) = query_as(
        "select has_database_privilege('public', current_database(), 'temporary'),
                has_schema_privilege('public', 'public', 'create')",
    )
    .fetch_one(owner)
    .await
    .expect("rights");
    let open = [temporary.then_some("temporary tables"), tables.then_some("tables")];
    open.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_migration_revokes_the_right_to_create_tables_from_public() {
    // Not a copied database as in other tests: rights belong to the database and aren't copied.
    let server = TestDatabase::new().await;
    let name = format!("fresh_{}", uuid::Uuid::new_v4().simple());
    let make = format!("create database {name}");
    server.connect().await.execute(&*make).await.expect("a database");
    let options = server.options.clone().database(&name);
    let mut owner = PgConnection::connect_with(&options).await.expect("a connection");
    // As in a database made by PostgreSQL 14.
    owner.execute("grant create on schema public to public").await.expect("a right");
    assert_eq!(open_to_everybody(&mut owner).await, ["temporary tables", "tables"]);
    store::migrate(&options).await.expect("migrations");
    assert_eq!(open_to_everybody(&mut owner).await, [""; 0]);

    // A dump restored into a new database has all migrations but none of the database's rights.
    let give = format!("grant temporary on database {name} to public");
    owner.execute(&*give).await.expect("a right");
    store::migrate(&options).await.expect("nothing to migrate");
    assert_eq!(open_to_everybody(&mut owner).await, [""; 0]);

    let verifies: bool = query_scalar(
        "select has_database_privilege('dossier_verifier', current_database(), 'temporary')",
    )
    .fetch_one(&mut owner)
    .await
    .expect("a right");
    assert!(verifies, "verify --views compares by temporary tables");
}

/// A session of a new login that has the roles of the service and nothing else.
async fn service_login(owner: &mut PgConnection, app: &TestApp) -> PgConnection {
    let name = format!("service_{}", uuid::Uuid::new_v4().simple());
    let make = format!("create role {name} login; grant {SERVICE_ROLES} to {name}");
    owner.execute(&*make).await.expect("a login");
    let mut connection = app.database.connect().await;
    // As after a login as that role.
    let become_it = format!("set session authorization {name}");
    connection.execute(&*become_it).await.expect("its session");
    connection
}

/// A call of every `security definer` function, with null arguments.
async fn calls(owner: &mut PgConnection) -> Vec<String> {
    query_scalar(
        "select format('select * from %I.%I(%s)', p.pronamespace::regnamespace, p.proname,
                       (select string_agg('null::' || format_type(t, null), ', ' order by nth)
                          from unnest(p.proargtypes::oid[]) with ordinality as a(t, nth)))
           from pg_proc as p
          where p.prosecdef and p.pronamespace = 'public'::regnamespace
          order by p.proname",
    )
    .fetch_all(owner)
    .await
    .expect("functions")
}

#[tokio::test]
async fn a_service_login_cannot_create_a_temporary_view() {
    let app = TestApp::new().await;
    let mut owner = app.database.connect().await;
    let mut login = service_login(&mut owner, &app).await;
    for role in ["none", "dossier_writer", "dossier_reader", "dossier_projector"] {
        login.execute(&*format!("set role {role}")).await.expect("a role");
        for statement in [
            "create temporary view api_keys as select 1",
            "create temporary table api_keys (key_id text)",
            "create function pg_temp.attack() returns int language sql as 'select 1'",
            "create function public.attack() returns int language sql as 'select 1'",
            "create schema mine",
        ] {
            let error = login.execute(statement).await.expect_err(statement);
            let code = error.as_database_error().and_then(|error| error.code().map(String::from));
            assert_eq!(code.as_deref(), Some("42501"), "{statement} as {role}: {error}");
        }
    }
}

#[tokio::test]
async fn a_temporary_view_with_a_table_s_name_runs_nothing_as_the_owner() {
    let app = TestApp::new().await;
    Draft::register(app.tenant, customer_id(1)).happens(&app.store).await;
    let mut owner = app.database.connect().await;
    let mut login = service_login(&mut owner, &app).await;
    // The service has no such right. This shows what holds if it ever had it.
    let give = "select format('grant temporary on database %I to public', current_database())";
    let give: String = query_scalar(give).fetch_one(&mut owner).await.expect("a statement");
    owner.execute(&*give).await.expect("the right");
    let tables: Vec<(String, String)> = query_as(
        "select c.relname::text,
                string_agg(format('case when pg_temp.attack() then null::%s end as %I',
                                  format_type(a.atttypid, a.atttypmod), a.attname),
                           ', ' order by a.attnum)
           from pg_class as c
           join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
          group by c.relname",
    )
    .fetch_all(&mut owner)
    .await
    .expect("tables");
    assert!(tables.iter().any(|(name, _)| name == "api_keys"));
    login
        .execute(
            "create function pg_temp.attack() returns boolean language plpgsql as $$
             begin
                 raise exception 'the attack runs as %', current_user;
             end $$",
        )
        .await
        .expect("a function");
    for (table, columns) in &tables {
        let view = format!("create temporary view {table} as select {columns}");
        login.execute(&*view).await.expect("a view");
    }
    // The attack works on a function without the path.
    owner
        .execute(
            "create function careless(p_key_id text) returns bigint language sql security definer
             set search_path = public as 'select count(*) from api_keys where key_id = p_key_id'",
        )
        .await
        .expect("a function");
    let error = login.execute("select careless('a')").await.expect_err("an attack").to_string();
    assert!(error.contains("the attack runs as"), "{error}");
    assert!(!error.contains("the attack runs as service_"), "{error}");
    owner.execute("drop function careless").await.expect("no such function");

    let calls = calls(&mut owner).await;
    assert!(calls.iter().any(|call| call.contains("find_api_key")), "{calls:?}");
    for call in calls {
        let mut transaction = login.begin().await.expect("a transaction");
        if let Err(error) = transaction.execute(&*call).await {
            assert!(!error.to_string().contains("the attack runs"), "{call}: {error}");
        }
        transaction.rollback().await.expect("the end of the transaction");
    }
    let ours = login
        .execute(&*format!("select * from find_api_key('{}')", app.key.id()))
        .await
        .expect("the key");
    assert_eq!(ours.rows_affected(), 1);
}
