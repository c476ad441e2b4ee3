//! A private PostgreSQL for a service that was given none: found, made, started and ended here.

mod account;
mod binaries;
mod cluster;
mod custody;
mod error;
mod home;
mod launcher;
mod leftover;
mod programs;
mod settings;
mod supervisor;
#[cfg(test)]
mod tests;

use std::fmt;
use std::future::{Future, pending};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::sync::watch;
use tokio::time::timeout;

pub use error::PostgresError;
use home::Home;
use programs::{Programs, Watch};
use store::SERVICE_LOGIN;
use supervisor::{Control, Exit, Passwords, Server};

/// How a server is told to end, and how long each time until it is told more strongly.
const ENDING: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(30)),
    (Signal::QUIT, Duration::from_secs(10)),
    (Signal::KILL, Duration::from_secs(10)),
];

/// The size, in bytes, at which the server's log is emptied.
const LOG_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How often it is looked whether the server's programs were replaced.
const PROGRAMS_INTERVAL: Duration = Duration::from_secs(2);

/// How often the size of the log is looked at.
const LOG_INTERVAL: Duration = Duration::from_mins(1);

/// How to run a private PostgreSQL.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Options {
    /// The service's directory; PostgreSQL's own data are in `<data_dir>/postgres/data`. Made if it
    /// is missing. Data that are there are kept.
    pub data_dir: PathBuf,
    /// The directory with the programs `postgres` and `initdb`. Without it the version that wrote
    /// the data is looked for, or the newest if there are none, where Debian installs it and on
    /// the `PATH`.
    pub bin_dir: Option<PathBuf>,
    /// The user to run as when the service runs as root, for which PostgreSQL refuses to work.
    /// Without it the owner of the data, else `postgres`, else `nobody`. Other users than root
    /// cannot choose, and it is ignored.
    pub user: Option<String>,
    /// Settings of PostgreSQL besides our own, as name and value. They replace ours, except those
    /// on which this module depends (the socket, the log).
    pub settings: Vec<(String, String)>,
}

impl Options {
    /// For tests: as fast as it gets, and a crash of the machine may lose everything.
    ///
    /// A crash of the service or of the server still loses nothing. `data_dir` may be an empty
    /// directory that only its owner can enter; as root, it is then opened to the server's user.
    #[must_use]
    pub fn throwaway(data_dir: impl Into<PathBuf>) -> Self {
        // Commits stay synchronous: they are in the hands of the system before they are answered.
        let off = ["fsync", "full_page_writes"];
        let settings = off.map(|name| (name.to_owned(), "off".to_owned())).into();
        Self { data_dir: data_dir.into(), settings, ..Self::default() }
    }
}

/// Where a service without `--data-dir` keeps its data: `/var/lib/dossier` for root, otherwise
/// `$XDG_DATA_HOME/dossier` or `$HOME/.local/share/dossier`.
///
/// `lookup` is the environment. `None` when that names no home.
pub fn default_data_dir(lookup: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    data_dir_of(rustix::process::geteuid().is_root(), lookup)
}

fn data_dir_of(root: bool, lookup: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    if root {
        return Some("/var/lib/dossier".into());
    }
    // Relative ones are to be ignored, says the XDG specification.
    let absolute = |name| lookup(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let share = absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local").join("share")));
    share.map(|directory| directory.join(cluster::NAME))
}

/// How to connect to the private PostgreSQL that another process runs in `data_dir`, if one does and
/// lets us in.
pub async fn running_url(data_dir: &Path) -> Option<String> {
    let home = Home::of(&std::fs::canonicalize(data_dir).ok()?);
    let password = std::fs::read_to_string(home.password()).ok()?;
    let socket_dir = home.existing_socket_dir()?;
    lets_in(url(&socket_dir, cluster::NAME, password.trim(), cluster::NAME)).await
}

/// As [`running_url`], as the service's own login. Nothing when the other process is of a version
/// that has none.
pub async fn running_service_url(data_dir: &Path) -> Option<String> {
    let home = Home::of(&std::fs::canonicalize(data_dir).ok()?);
    let password = std::fs::read_to_string(home.service_password()).ok()?;
    let socket_dir = home.existing_socket_dir()?;
    lets_in(url(&socket_dir, SERVICE_LOGIN, password.trim(), cluster::NAME)).await
}

async fn lets_in(url: String) -> Option<String> {
    let options = PgConnectOptions::from_str(&url).ok()?;
    PgConnection::connect_with(&options).await.ok()?.close().await.ok()?;
    Some(url)
}

/// A private PostgreSQL that takes connections.
///
/// It ends when this is dropped, and also when the process is killed, in both cases by itself a
/// moment later. [`Postgres::stop`] waits for it.
pub struct Postgres {
    server: Server,
    passwords: Passwords,
}

impl Postgres {
    /// Starts the server in `options.data_dir`, making its database the first time, and recovering
    /// what a crash left. Returns when it takes connections and the database `dossier` is there.
    ///
    /// There is no limit to the time that recovery takes. Dropping the future ends the server.
    ///
    /// # Errors
    ///
    /// A [`PostgresError`] that says what to do. Data that were there are as they were.
    pub async fn start(options: Options) -> Result<Self, PostgresError> {
        let started = supervisor::supervise(options)?;
        let vanished = || PostgresError::NotStarted { how: "its thread ended".to_owned() };
        let (server, passwords) = started.await.map_err(|_| vanished())??;
        let postgres = Self { server, passwords };
        let library = match postgres.create_database().await {
            Ok(library) => library,
            Err(error) => {
                // Its failure is not the one to tell; it has been logged.
                let _ = postgres.stop().await;
                return Err(PostgresError::Database(error));
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
        self.url_of(cluster::NAME)
    }

    /// As [`Postgres::url`], for another database of this server, which need not be there.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        url(&self.server.socket_dir, cluster::NAME, &self.passwords.owner, database)
    }

    /// The password of the service's own login, and how to connect to the database `dossier` with
    /// it, once the role is made.
    #[must_use]
    pub fn service_login(&self) -> (&str, String) {
        let password = &self.passwords.service;
        (password, url(&self.server.socket_dir, SERVICE_LOGIN, password, cluster::NAME))
    }

    /// The file that the server logs to, emptied at each start and when it gets too long.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.server.log
    }

    /// Waits until the server ends without having been asked to, and says how, with the end of its
    /// log. Never resolves after [`Postgres::stop`] or a drop.
    pub fn died(&self) -> impl Future<Output = String> + Send + use<> {
        let exit = self.server.exit.clone();
        let control = Arc::clone(&self.server.control);
        async move {
            let exit = ended(exit).await;
            if control.asked() { pending().await } else { exit.how }
        }
    }

    /// What starts the server again in the same place, as an upgrade of its package asks for.
    #[must_use]
    pub fn restarter(&self) -> Restarter {
        Restarter(Arc::clone(&self.server.control))
    }

    /// Ends the server: connections are closed, what is not committed is rolled back, and the
    /// directory is free afterwards.
    ///
    /// Takes up to 30 seconds; after that the server is ended less gently, and recovers when it is
    /// started again.
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
            tracing::warn!(?signal, waited_s = patience.as_secs(), "PostgreSQL does not end");
        }
        Err(PostgresError::NotStopped { how: "it does not end".to_owned() })
    }

    /// Creates the database if it is missing, and gives the file with the library of PL/pgSQL.
    async fn create_database(&self) -> Result<PathBuf, sqlx::Error> {
        let options = PgConnectOptions::from_str(&self.url_of("postgres"))?;
        let mut connection = options.disable_statement_logging().connect().await?;
        let there: bool =
            sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
                .bind(cluster::NAME)
                .fetch_one(&mut connection)
                .await?;
        if !there {
            // The name is `cluster::NAME`: statements of this kind take no parameters.
            sqlx::query("create database dossier").execute(&mut connection).await?;
        }
        let libraries: String =
            sqlx::query_scalar("select setting from pg_config where name = 'PKGLIBDIR'")
                .fetch_one(&mut connection)
                .await?;
        connection.close().await?;
        Ok(Path::new(&libraries).join("plpgsql.so"))
    }
}

/// Starts a private PostgreSQL again. Sessions end; the URL and the data stay.
#[derive(Clone, Debug)]
pub struct Restarter(Arc<Control>);

impl Restarter {
    /// Has the server end in order and start again, in the background. If it doesn't start,
    /// [`Postgres::died`] says so.
    pub fn restart(&self) {
        self.0.restart();
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").field("server", &self.server).finish_non_exhaustive()
    }
}

async fn ended(mut exit: watch::Receiver<Option<Exit>>) -> Exit {
    let found = exit.wait_for(Option::is_some).await.ok().and_then(|exit| exit.clone());
    found.unwrap_or_else(|| Exit { how: "its thread ended".to_owned(), clean: false })
}

/// Restarts the server when its programs were replaced.
async fn follow_programs(
    programs: Programs,
    restarter: Restarter,
    exit: watch::Receiver<Option<Exit>>,
) {
    let mut watch = Watch::new(programs);
    let mut look = tokio::time::interval(PROGRAMS_INTERVAL);
    let mut end = std::pin::pin!(ended(exit));
    loop {
        tokio::select! {
            _ = &mut end => return,
            _ = look.tick() => {}
        }
        if watch.must_restart() {
            tracing::warn!("the programs of PostgreSQL were replaced: it is restarted");
            restarter.restart();
        }
    }
}

/// Empties the log when it is too long. The server appends to it, so it goes on at the start.
async fn bound_log(log: PathBuf, exit: watch::Receiver<Option<Exit>>) {
    let mut look = tokio::time::interval(LOG_INTERVAL);
    let mut end = std::pin::pin!(ended(exit));
    loop {
        tokio::select! {
            _ = &mut end => return,
            _ = look.tick() => {}
        }
        let size = tokio::fs::metadata(&log).await.map_or(0, |found| found.len());
        if size > LOG_BYTES_MAX
            && let Ok(file) = tokio::fs::OpenOptions::new().write(true).open(&log).await
        {
            // If it fails, the next look tries again.
            let _ = file.set_len(0).await;
        }
    }
}

/// As a part of a URL: all but letters, digits and `-_.~/` as their bytes in hexadecimal.
fn percent_encoded(bytes: &[u8]) -> String {
    let encode = |&byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    bytes.iter().map(encode).collect()
}

/// How to connect to `database` over the socket in `socket_dir`, with the password in it.
fn url(socket_dir: &Path, user: &str, password: &str, database: &str) -> String {
    let database = percent_encoded(database.as_bytes());
    let host = percent_encoded(socket_dir.as_os_str().as_bytes());
    // All that could come from variables like PGPORT instead is said here.
    format!("postgres://{user}:{password}@localhost:5432/{database}?host={host}&sslmode=disable")
}
