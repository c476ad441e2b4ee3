//! A database for each test, copied from one that is migrated once.

use std::path::PathBuf;
use std::str::FromStr as _;

use server::postgres::{Options, Postgres};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// The database that the others are copies of.
const TEMPLATE: &str = "template_dossier";

static SERVER: OnceCell<Postgres> = OnceCell::const_new();

/// A migrated database that only one test uses.
#[derive(Clone, Debug)]
pub struct TestDatabase {
    /// How to connect as its owner, a superuser.
    pub options: PgConnectOptions,
    /// The same as a URL, for a service in its own process.
    pub url: String,
}

impl TestDatabase {
    /// A new one.
    ///
    /// # Panics
    ///
    /// When the private PostgreSQL can't be started or won't make it.
    pub async fn new() -> Self {
        let server = SERVER.get_or_init(start).await;
        let name = format!("test_{}", Uuid::new_v4().simple());
        let mut connection = connect(&server.url()).await;
        let make = format!("create database {name} template {TEMPLATE}");
        sqlx::query(&make).execute(&mut connection).await.expect("a new database");
        store::restrict_temporary(&mut connection, &name)
            .await
            .expect("rights as after a migration");
        let url = server.url_of(&name);
        Self { options: PgConnectOptions::from_str(&url).expect("a URL"), url }
    }

    /// A connection as the database's owner, who has all rights.
    ///
    /// # Panics
    ///
    /// When no connection is available.
    pub async fn connect(&self) -> PgConnection {
        connect(&self.url).await
    }
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("a connection")
}

/// As durable as in operation: the service refuses to work otherwise.
async fn start() -> Postgres {
    let data_dir = std::env::temp_dir().join(format!("dossier-tests-{}", std::process::id()));
    remove_those_of_the_dead();
    let options = Options {
        data_dir,
        settings: vec![
            ("max_connections".to_owned(), "400".to_owned()),
            ("max_wal_size".to_owned(), "4GB".to_owned()),
        ],
        memory_mib: Some(1_024),
        ..Options::default()
    };
    let server = Postgres::start(options).await.expect("a private PostgreSQL");
    let mut connection = connect(&server.url()).await;
    let make = format!("create database {TEMPLATE}");
    sqlx::query(&make).execute(&mut connection).await.expect("the template");
    let template = PgConnectOptions::from_str(&server.url_of(TEMPLATE)).expect("a URL");
    store::migrate(&template).await.expect("migrations");
    server
}

/// Directories of test runs whose process has ended.
fn remove_those_of_the_dead() {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix("dossier-tests-"));
        if pid.is_some_and(|pid| !PathBuf::from("/proc").join(pid).exists()) {
            // If one can't be removed now, the next run tries again.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
