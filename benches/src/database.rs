//! One PostgreSQL for all stacks, each with a database of its own.

use std::str::FromStr as _;

use server::postgres::{Options, Postgres};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, query_scalar};
use tempfile::TempDir;

use crate::cpu;
use crate::work::Done;

/// Where the stacks keep their data.
pub(crate) struct Databases {
    /// This service's database, migrated.
    pub(crate) ours: PgConnectOptions,
    /// Another of this service's, migrated: for read models of a longer log.
    pub(crate) views: PgConnectOptions,
    /// Another, migrated: for the audit.
    pub(crate) audit: PgConnectOptions,
    /// Another, migrated: for a log that moves from there.
    pub(crate) transfer: PgConnectOptions,
    /// The stock stack's, with its tables.
    pub(crate) stock: PgConnectOptions,
    /// That of hand-written SQL, with its tables.
    pub(crate) bare: PgConnectOptions,
    /// PostgreSQL's first process; nothing when it runs elsewhere.
    pub(crate) postmaster: Option<u32>,
    url: String,
    private: Option<(Postgres, TempDir)>,
}

/// The tables of the stock stack.
pub(crate) const STOCK_TABLES: &str = include_str!("stock.sql");
/// What comes before the name of each database.
const PREFIX: &str = "dossier_bench_";
/// All of them. Peers make their own tables.
const NAMES: [&str; 9] =
    ["ours", "views", "audit", "transfer", "elsewhere", "stock", "bare", "emmett", "eventsourcing"];

impl Databases {
    /// Makes all anew: on the server at `url`, or on a private one with default, durable settings and
    /// those given.
    pub(crate) async fn make(url: Option<&str>, settings: &[(&str, &str)]) -> Done<Self> {
        let (url, private) = if let Some(url) = url {
            (url.to_owned(), None)
        } else {
            let directory = tempfile::tempdir()?;
            let data_dir = directory.path().to_owned();
            let settings =
                settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let settings = settings.collect();
            let postgres =
                Postgres::start(Options { data_dir, settings, ..Options::default() }).await?;
            (postgres.url(), Some((postgres, directory)))
        };
        let server = PgConnectOptions::from_str(&url)?;
        let mut connection = PgConnection::connect_with(&server).await?;
        for name in NAMES {
            make(&mut connection, name).await?;
        }
        let backend: i32 =
            query_scalar("select pg_backend_pid()").fetch_one(&mut connection).await?;
        // A server elsewhere may tell a number that is another process's here.
        let postmaster = cpu::parent(backend.unsigned_abs()).filter(|_| private.is_some());
        connection.close().await?;

        let [ours, views, audit, transfer, stock, bare] =
            ["ours", "views", "audit", "transfer", "stock", "bare"]
                .map(|name| server.clone().database(&format!("{PREFIX}{name}")));
        for database in [&ours, &views, &audit, &transfer] {
            store::migrate(database).await?;
        }
        for (database, tables) in [(&stock, STOCK_TABLES), (&bare, include_str!("bare.sql"))] {
            let mut connection = PgConnection::connect_with(database).await?;
            connection.execute(tables).await?;
            connection.close().await?;
        }
        Ok(Self { ours, views, audit, transfer, stock, bare, postmaster, url, private })
    }

    /// One more of this service's, made anew, migrated and empty: where a log moves to.
    pub(crate) async fn elsewhere(&self) -> Done<PgConnectOptions> {
        let server = PgConnectOptions::from_str(&self.url)?;
        let mut connection = PgConnection::connect_with(&server).await?;
        make(&mut connection, "elsewhere").await?;
        connection.close().await?;
        let elsewhere = server.database(&format!("{PREFIX}elsewhere"));
        store::migrate(&elsewhere).await?;
        Ok(elsewhere)
    }

    /// How other programs connect to the database of this name.
    pub(crate) fn url_of(&self, name: &str) -> Done<String> {
        let (server, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let (server, _) = server.rsplit_once('/').ok_or("the URL names no database")?;
        Ok(format!("{server}/{PREFIX}{name}?{query}"))
    }

    /// Leaves all as long use would: vacuumed, analyzed, and with nothing old left to write out.
    pub(crate) async fn settle(&self) -> Done<()> {
        for name in NAMES {
            let database = self.ours.clone().database(&format!("{PREFIX}{name}"));
            let mut connection = PgConnection::connect_with(&database).await?;
            connection.execute("vacuum (analyze)").await?;
            connection.execute("checkpoint").await?;
            connection.close().await?;
        }
        Ok(())
    }

    /// Ends a private server.
    pub(crate) async fn stop(self) -> Done<()> {
        if let Some((postgres, directory)) = self.private {
            postgres.stop().await?;
            directory.close()?;
        }
        Ok(())
    }
}

async fn make(connection: &mut PgConnection, name: &str) -> Done<()> {
    connection.execute(&*format!("drop database if exists {PREFIX}{name}")).await?;
    connection.execute(&*format!("create database {PREFIX}{name}")).await?;
    Ok(())
}
