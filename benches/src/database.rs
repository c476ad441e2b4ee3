//! One PostgreSQL for both stacks, each with a database of its own.

use std::str::FromStr as _;

use server::postgres::{Options, Postgres};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, query_scalar};
use tempfile::TempDir;

use crate::cpu;
use crate::work::Done;

/// Where the two stacks keep their data.
pub(crate) struct Databases {
    /// This service's database, migrated.
    pub(crate) ours: PgConnectOptions,
    /// Another of this service's, migrated: for read models of a longer log.
    pub(crate) views: PgConnectOptions,
    /// Another, migrated: for the audit.
    pub(crate) audit: PgConnectOptions,
    /// The stock stack's, with its tables.
    pub(crate) stock: PgConnectOptions,
    /// PostgreSQL's first process; nothing when it runs elsewhere.
    pub(crate) postmaster: Option<u32>,
    private: Option<(Postgres, TempDir)>,
}

impl Databases {
    /// Makes both anew: on the server at `url`, or on a private one with default, durable settings.
    pub(crate) async fn make(url: Option<&str>) -> Done<Self> {
        let (server, private) = if let Some(url) = url {
            (PgConnectOptions::from_str(url)?, None)
        } else {
            let directory = tempfile::tempdir()?;
            let data_dir = directory.path().to_owned();
            let postgres = Postgres::start(Options { data_dir, ..Options::default() }).await?;
            (PgConnectOptions::from_str(&postgres.url())?, Some((postgres, directory)))
        };
        let mut connection = PgConnection::connect_with(&server).await?;
        for name in ["ours", "views", "audit", "stock"] {
            let drop = format!("drop database if exists dossier_bench_{name}");
            connection.execute(&*drop).await?;
            connection.execute(&*format!("create database dossier_bench_{name}")).await?;
        }
        let backend: i32 =
            query_scalar("select pg_backend_pid()").fetch_one(&mut connection).await?;
        // A server elsewhere may tell a number that is another process's here.
        let postmaster = cpu::parent(backend.unsigned_abs()).filter(|_| private.is_some());
        connection.close().await?;

        let ours = server.clone().database("dossier_bench_ours");
        store::migrate(&ours).await?;
        let views = server.clone().database("dossier_bench_views");
        store::migrate(&views).await?;
        let audit = server.clone().database("dossier_bench_audit");
        store::migrate(&audit).await?;
        let stock = server.database("dossier_bench_stock");
        let mut connection = PgConnection::connect_with(&stock).await?;
        connection.execute(include_str!("stock.sql")).await?;
        connection.close().await?;
        Ok(Self { ours, views, audit, stock, postmaster, private })
    }

    /// Leaves both as long use would: vacuumed, analyzed, and with nothing old left to write out.
    pub(crate) async fn settle(&self) -> Done<()> {
        for database in [&self.ours, &self.views, &self.audit, &self.stock] {
            let mut connection = PgConnection::connect_with(database).await?;
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
