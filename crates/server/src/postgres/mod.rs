//! A private PostgreSQL for a service without a configured one: finding, creating, starting and ending it.

mod account;
mod binaries;
mod cluster;
mod custody;
mod error;
mod home;
mod launcher;
mod leftover;
mod machine;
mod options;
mod priority;
mod programs;
pub mod restore;
mod server;
mod settings;
mod site;
mod supervisor;
#[cfg(test)]
mod tests;
pub mod tools;
mod upkeep;
mod url;

use std::fmt;
use std::future::{Future, pending};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use store::SERVICE_LOGIN;
use tokio::time::timeout;

pub use self::error::PostgresError;
use self::home::Home;
use self::machine::Machine;
use self::options::NAME;
pub use self::options::{Data, Options, default_data_dir};
use self::programs::Programs;
pub use self::server::Restarter;
use self::server::{Server, ended};
use self::site::Passwords;
use self::upkeep::{bound_log, follow_programs};
use self::url::url;
pub use self::url::{running_service_url, running_url};

/// The signals that end a server, and how long to wait before the next, stronger one.
const ENDING: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(30)),
    (Signal::QUIT, Duration::from_secs(10)),
    (Signal::KILL, Duration::from_secs(10)),
];

/// The settings of a private PostgreSQL in `data_dir` that depend on this machine, as name and value.
/// `memory_mib` replaces the memory that is found.
#[must_use]
pub fn settings_here(data_dir: &Path, memory_mib: Option<u32>) -> Vec<(&'static str, String)> {
    let (name, value) = settings::COMPRESSION;
    let compression = (name, format!("{value}, if PostgreSQL is built with it"));
    // As at a start: this directory can be on another disk than the one above it.
    let machine = Machine::look(Home::of(data_dir).path(), memory_mib);
    machine.settings().into_iter().chain([compression]).collect()
}

/// Waits until each server that this process has started has ended, and each start that was given up is cleaned
/// up. Dropping a [`Postgres`] or its start asks for that end.
pub async fn all_ended() {
    let [(_, patience), ..] = ENDING;
    if timeout(patience, supervisor::all_ended()).await.is_err() {
        tracing::warn!(waited_s = patience.as_secs(), "PostgreSQL has not ended yet");
    }
}

/// A private PostgreSQL that takes connections.
///
/// It ends shortly after this is dropped or the process is killed. [`Postgres::stop`] waits for its end.
pub struct Postgres {
    server: Server,
    passwords: Passwords,
}

impl Postgres {
    /// Starts the server in `options.data_dir`, and recovers from a crash. Creates the database the first
    /// time. Returns when the server takes connections and has the database `dossier`.
    ///
    /// Recovery has no time limit. Dropping the future ends the server.
    ///
    /// # Errors
    ///
    /// A [`PostgresError`] that says what to do. Existing data are unchanged.
    pub async fn start(options: Options) -> Result<Self, PostgresError> {
        let (data, data_dir) = (options.data, options.data_dir.clone());
        let started = supervisor::supervise(options)?;
        let vanished = || PostgresError::NotStarted { how: "its thread ended".to_owned() };
        let (server, passwords) = started.await.map_err(|_| vanished())??;
        let postgres = Self { server, passwords };
        let library = match postgres.create_database(data).await {
            Ok(Some(library)) => library,
            failed => {
                // The first error is the one to report; this one is logged.
                let _ = postgres.stop().await;
                return Err(match failed {
                    Err(error) => PostgresError::Database(error),
                    Ok(_) => PostgresError::NoData { data_dir },
                });
            }
        };
        let programs = Programs::look([postgres.server.program.clone(), library]);
        tokio::spawn(follow_programs(programs, postgres.restarter(), postgres.server.exit.clone()));
        tokio::spawn(bound_log(postgres.server.log.clone(), postgres.server.exit.clone()));
        Ok(postgres)
    }

    /// How to connect to the database `dossier` as the superuser `dossier`, for sqlx: a URL with
    /// the password in it, so not for a log.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(NAME)
    }

    /// Like [`Postgres::url`], for another database of this server, which need not exist.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        url(&self.server.socket_dir, NAME, &self.passwords.owner, database)
    }

    /// The password of the service's login, and how to connect to the database `dossier` with it, once the
    /// role exists.
    #[must_use]
    pub fn service_login(&self) -> (&str, String) {
        let password = &self.passwords.service;
        (password, url(&self.server.socket_dir, SERVICE_LOGIN, password, NAME))
    }

    /// Lowers the priority of one of the server's processes, given its id.
    #[must_use]
    pub const fn lowering_priority(&self) -> fn(i32) {
        priority::lower
    }

    /// The server's log file. It is emptied at each start and when it gets too long.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.server.log
    }

    /// Waits until the server ends unexpectedly, and returns how, with the end of its log. Never resolves
    /// after [`Postgres::stop`] or a drop.
    pub fn died(&self) -> impl Future<Output = String> + Send + use<> {
        let exit = self.server.exit.clone();
        let control = Arc::clone(&self.server.control);
        async move {
            let exit = ended(exit).await;
            if control.asked() { pending().await } else { exit.how }
        }
    }

    /// Restarts the server in the same place, as an upgrade of its package requires.
    #[must_use]
    pub fn restarter(&self) -> Restarter {
        Restarter(Arc::clone(&self.server.control))
    }

    /// Ends the server: closes connections, rolls open transactions back, and frees the directory.
    ///
    /// After 30 seconds the server is ended by stronger signals. It then recovers at its next start.
    ///
    /// # Errors
    ///
    /// [`PostgresError::NotStopped`] when it did not end cleanly, or had ended before.
    pub async fn stop(self) -> Result<(), PostgresError> {
        for (signal, patience) in ENDING {
            self.server.control.end(signal);
            if let Ok(exit) = timeout(patience, ended(self.server.exit.clone())).await {
                let clean = exit.clean && signal == Signal::INT;
                return if clean {
                    Ok(())
                } else {
                    Err(PostgresError::NotStopped { how: exit.how })
                };
            }
            tracing::warn!(
                ?signal,
                waited_s = patience.as_secs(),
                "PostgreSQL does not end: sending a stronger signal"
            );
        }
        Err(PostgresError::NotStopped { how: "it does not end".to_owned() })
    }

    /// Creates the database if it is missing and may be created. Returns the file with the library of
    /// PL/pgSQL, or nothing if there is no database.
    async fn create_database(&self, data: Data) -> Result<Option<PathBuf>, sqlx::Error> {
        let options = PgConnectOptions::from_str(&self.url_of("postgres"))?;
        let mut connection = options.disable_statement_logging().connect().await?;
        let there: bool =
            sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
                .bind(NAME)
                .fetch_one(&mut connection)
                .await?;
        if !there && data != Data::Created {
            connection.close().await?;
            return Ok(None);
        }
        if !there {
            // The name is `NAME`: `create database` takes no parameters.
            sqlx::query("create database dossier").execute(&mut connection).await?;
        }
        let libraries: String =
            sqlx::query_scalar("select setting from pg_config where name = 'PKGLIBDIR'")
                .fetch_one(&mut connection)
                .await?;
        connection.close().await?;
        Ok(Some(Path::new(&libraries).join("plpgsql.so")))
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").field("server", &self.server).finish_non_exhaustive()
    }
}
