//! A server with a streaming standby, both only for one test.

use std::fs::{self, DirBuilder};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::str::FromStr as _;
use std::time::Duration;

use server::postgres::tools::program_for_data;
use server::postgres::{Options, Postgres};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, query, query_scalar};
use tempfile::TempDir;

use crate::TestDatabase;

/// The time limit for a start or for catching up on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A hot standby on loopback, and its primary. Both end when this is dropped.
pub struct Standby {
    /// The database on the primary.
    pub database: TestDatabase,
    _primary: Postgres,
    directory: TempDir,
    /// How to connect to the same database on the standby.
    pub options: PgConnectOptions,
    /// The same as a URL.
    pub url: String,
    port: u16,
    process: Option<Child>,
}

impl Standby {
    /// A primary with a migrated database, and a standby that has caught up.
    ///
    /// # Panics
    ///
    /// When one of them does not start.
    pub async fn new() -> Self {
        let directory = TempDir::new().expect("a directory");
        let mut open = fs::metadata(directory.path()).expect("it").permissions();
        // PostgreSQL's user enters it.
        std::os::unix::fs::PermissionsExt::set_mode(&mut open, 0o711);
        fs::set_permissions(directory.path(), open).expect("rights");
        let data_dir = directory.path().join("primary");
        let settings = [("max_connections", "100"), ("shared_buffers", "64MB")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let primary = Options { data_dir, settings, memory_mib: Some(512), ..Options::default() };
        let primary = Postgres::start(primary).await.expect("a primary");
        let url = primary.url();
        let options = PgConnectOptions::from_str(&url).expect("a URL");
        store::migrate(&options).await.expect("migrations");
        let database = TestDatabase { options: options.clone(), url };
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = port.expect("a port").port();
        let url = loopback(&database.url, port);
        let options = PgConnectOptions::from_str(&url).expect("a URL");
        let mut standby =
            Self { database, _primary: primary, directory, options, url, port, process: None };
        standby.copy();
        standby.start().await;
        standby
    }

    /// Copies the primary.
    fn copy(&self) {
        let data = self.data();
        let owner = fs::metadata(self.directory.path().join("primary/postgres/data"));
        let owner = owner.expect("the primary's data");
        DirBuilder::new().mode(0o700).create(&data).expect("a directory");
        chown(&data, Some(owner.uid()), Some(owner.gid())).expect("an owner");
        let from = &self.database.url;
        let copied = self
            .program("pg_basebackup")
            .args(["--wal-method", "stream", "--checkpoint", "fast", "--write-recovery-conf"])
            .args(["--no-sync", "--dbname", from, "--pgdata"])
            .arg(&data)
            .output()
            .expect("pg_basebackup");
        assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    }

    /// Starts it, and waits until it takes connections.
    ///
    /// # Panics
    ///
    /// When it runs, or does not start.
    pub async fn start(&mut self) {
        assert!(self.process.is_none(), "it runs");
        let log = fs::File::create(self.directory.path().join("standby.log")).expect("a log");
        let started = tokio::time::timeout(PATIENCE, async {
            loop {
                let mut server = self.program("postgres");
                server.arg("-D").arg(self.data());
                for setting in [
                    "listen_addresses=127.0.0.1",
                    &format!("port={}", self.port),
                    "unix_socket_directories=",
                    "hot_standby=on",
                    "max_standby_streaming_delay=100ms",
                    "shared_buffers=64MB",
                    "max_connections=100",
                ] {
                    server.args(["-c", setting]);
                }
                server.stdout(Stdio::null()).stderr(log.try_clone().expect("a log"));
                let mut process = server.spawn().expect("a process");
                // One that was killed may leave processes that end only now.
                while process.try_wait().expect("a status").is_none() {
                    if let Ok(connection) = PgConnection::connect_with(&self.options).await {
                        drop(connection);
                        return process;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        });
        self.process = Some(started.await.expect("a standby that starts"));
    }

    /// Kills it without warning.
    ///
    /// # Panics
    ///
    /// When it does not run.
    pub fn kill(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().expect("a signal");
        process.wait().expect("an end");
    }

    /// Shows nothing newer from now on.
    ///
    /// # Panics
    ///
    /// When it can't be asked.
    pub async fn pause(&self) {
        let mut standby = self.connect().await;
        query("select pg_wal_replay_pause()").execute(&mut standby).await.expect("a pause");
        let paused = async {
            let state = "select pg_get_wal_replay_pause_state() = 'paused'";
            while !query_scalar::<_, bool>(state).fetch_one(&mut standby).await.expect("a state") {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, paused).await.expect("a pause");
    }

    /// Catches up again.
    ///
    /// # Panics
    ///
    /// When it can't be asked.
    pub async fn resume(&self) {
        let mut standby = self.connect().await;
        let resume = async {
            // Replay may cancel the statement that resumes it.
            while query("select pg_wal_replay_resume()").execute(&mut standby).await.is_err() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, resume).await.expect("an end of the pause");
    }

    /// A connection to it as a superuser.
    ///
    /// # Panics
    ///
    /// When no connection is available.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect_with(&self.options).await.expect("a connection")
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("standby")
    }

    /// A program of PostgreSQL, run as the owner of the primary's data.
    fn program(&self, name: &str) -> Command {
        let data = self.directory.path().join("primary/postgres/data");
        let owner = fs::metadata(&data).expect("the primary's data");
        let data_dir = self.directory.path().join("primary");
        let options = Options { data_dir, ..Options::default() };
        let program = program_for_data(&options, None, name).expect("a program");
        let mut command = Command::new(program);
        command.current_dir(self.directory.path()).stdin(Stdio::null());
        if rustix::process::geteuid().is_root() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        command
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// The same database and login at this port of loopback.
fn loopback(url: &str, port: u16) -> String {
    let mut url = reqwest::Url::parse(url).expect("a URL");
    url.set_query(None);
    url.set_host(Some("127.0.0.1")).expect("a host");
    url.set_port(Some(port)).expect("a port");
    url.to_string()
}
