//! The service refuses databases that could lose acknowledged writes or lack tables.

use std::str::FromStr as _;
use std::time::Duration;

use server::postgres::{self, Postgres};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, query_scalar};
use store::{Limits, Options, Store, StoreError};
use tests::{Draft, TestDatabase, customer_id, expect_sound};

fn options(database: &PgConnectOptions) -> Options {
    let writers = Limits { queue_max: 64, batch_max: 16, connections_max: 2 };
    Options { readers_max: 2, writers, ..Options::new(database.clone()) }
}

/// The store's reason to refuse a database.
async fn objection(database: &PgConnectOptions) -> String {
    match Store::open(&options(database)).await {
        Ok(_) => String::new(),
        Err(StoreError::Unfit(why)) => why,
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn a_database_whose_commits_are_not_durable_is_refused() {
    let database = TestDatabase::new().await;
    assert_eq!(objection(&database.options).await, "");
    let name = database.options.get_database().expect("a name").to_owned();
    let mut connection = database.connect().await;
    let set = |to: &str| format!("alter database {name} set synchronous_commit = {to}");
    connection.execute(&*set("off")).await.expect("a setting");
    let why = objection(&database.options).await;
    assert!(why.contains("synchronous_commit"), "{why}");
    connection.execute(&*set("local")).await.expect("a setting");
    assert_eq!(objection(&database.options).await, "");
}

#[tokio::test]
async fn settings_that_make_the_service_slow_are_named() {
    let database = TestDatabase::new().await;
    let found = store::costly_settings(&database.options).await.expect("settings");
    assert_eq!(found, [""; 0], "as the service starts its own server");

    let directory = tempfile::tempdir().expect("a directory");
    let mut options = postgres::Options::throwaway(directory.path());
    options.settings.push(("checkpoint_timeout".to_owned(), "5min".to_owned()));
    let server = Postgres::start(options).await.expect("a server with PostgreSQL's own settings");
    let database = PgConnectOptions::from_str(&server.url()).expect("a URL");
    store::migrate(&database).await.expect("migrations");
    assert_eq!(
        store::costly_settings(&database).await.expect("settings"),
        [
            "checkpoint_timeout is 5min, better 10min or more",
            "max_wal_size is 1GB, better 4GB or more",
            "wal_compression is off, better lz4",
        ]
    );
    server.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_database_without_this_version_s_tables_is_refused() {
    let database = TestDatabase::new().await;
    let mut connection = database.connect().await;
    connection
        .execute(
            "delete from _sqlx_migrations
              where version = (select max(version) from _sqlx_migrations)",
        )
        .await
        .expect("an older database");
    let why = objection(&database.options).await;
    assert!(why.contains("dossier migrate"), "{why}");
    connection.execute("drop table _sqlx_migrations").await.expect("an unmigrated database");
    let why = objection(&database.options).await;
    assert!(why.contains("dossier migrate"), "{why}");
}

/// A separate server in a directory that is removed after the test.
async fn server(directory: &tempfile::TempDir, settings: &[(&str, &str)]) -> Postgres {
    let settings =
        settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let data_dir = directory.path().to_owned();
    let options = postgres::Options { data_dir, settings, ..postgres::Options::default() };
    Postgres::start(options).await.expect("a server")
}

fn of(server: &Postgres) -> PgConnectOptions {
    PgConnectOptions::from_str(&server.url()).expect("a URL")
}

#[tokio::test]
async fn a_server_that_a_power_cut_could_damage_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = server(&directory, &[("fsync", "off")]).await;
    let database = of(&server);
    store::migrate(&database).await.expect("tables");
    let why = objection(&database).await;
    assert!(why.contains("fsync") && !why.contains("full_page_writes"), "{why}");

    let mut connection = PgConnection::connect_with(&database).await.expect("a connection");
    connection.execute("alter system set full_page_writes = off").await.expect("a setting");
    connection.execute("select pg_reload_conf()").await.expect("a reload");
    // The server rereads its settings a moment after the signal.
    let setting = "select current_setting('full_page_writes')";
    while query_scalar::<_, String>(setting).fetch_one(&mut connection).await.expect("it") == "on" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let why = objection(&database).await;
    assert!(why.contains("fsync") && why.contains("full_page_writes"), "{why}");
    connection.close().await.expect("a close");
    server.stop().await.expect("a stop");
}

#[tokio::test]
async fn commands_answer_503_while_the_database_is_down_and_work_again_afterwards() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = server(&directory, &[]).await;
    let database = of(&first);
    store::migrate(&database).await.expect("tables");
    let store = Store::open(&options(&database)).await.expect("a store");
    let tenant = server::tenants::create_tenant(&store, customer_id(0), "test").await;
    let tenant = tenant.expect("a tenant");
    Draft::register(tenant, customer_id(1)).happens(&store).await;

    first.stop().await.expect("a stop");
    let drafts: Vec<_> = (2..12).map(|id| Draft::register(tenant, customer_id(id))).collect();
    let away = Draft::send_together(&drafts, &store);
    let away = tokio::time::timeout(Duration::from_secs(15), away).await.expect("answers in time");
    for answer in away {
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }
    assert!(matches!(store.ready().await, Err(StoreError::Unavailable(_))));

    let second = server(&directory, &[]).await;
    assert_eq!(of(&second).get_socket(), database.get_socket(), "the same place");
    for answer in Draft::send_together(&drafts, &store).await {
        assert_eq!(answer.expect("an answer").rendered.status, 200);
    }
    store.ready().await.expect("a database");
    let mut connection = PgConnection::connect_with(&database).await.expect("a connection");
    assert_eq!(expect_sound(&mut connection).await.customers, 11);
    connection.close().await.expect("a close");
    store.close().await;
    second.stop().await.expect("a stop");
}
