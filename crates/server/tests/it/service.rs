//! What the tests share: counted rows, and a service in its own process that can be killed.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use server::postgres::{Options, Postgres, PostgresError};
use sqlx::{Connection, PgConnection};

/// Names the directory in which the process is to be a service.
const VARIABLE: &str = "DOSSIER_TEST_SERVICE_IN";

/// A directory that only its owner can enter, as a careful person would make it.
pub(crate) fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    set_mode(directory.path(), 0o700);
    directory
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its mode is changed");
}

pub(crate) async fn start(directory: &Path) -> Postgres {
    Postgres::start(Options::throwaway(directory)).await.expect("it starts")
}

pub(crate) async fn refusal(options: Options) -> PostgresError {
    Postgres::start(options).await.expect_err("it refuses")
}

/// Writes one more row, and gives how many there are.
pub(crate) async fn write_row(url: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.expect("it connects");
    sqlx::raw_sql("create table if not exists rows (n int); insert into rows values (1)")
        .execute(&mut connection)
        .await
        .expect("a row is written");
    let rows = sqlx::query_scalar("select count(*) from rows").fetch_one(&mut connection).await;
    connection.close().await.expect("it closes");
    rows.expect("rows are counted")
}

/// The first line of PostgreSQL's file in a service's directory.
pub(crate) fn server_pid(directory: &Path) -> u32 {
    let text = fs::read_to_string(pid_file(directory)).expect("it runs");
    text.lines().next().and_then(|line| line.parse().ok()).expect("a process id")
}

pub(crate) fn pid_file(directory: &Path) -> std::path::PathBuf {
    directory.join("postgres/data/postmaster.pid")
}

/// Whether a process runs. One that waits to be reaped does not.
pub(crate) fn runs(pid: u32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|arguments| !arguments.is_empty())
}

pub(crate) async fn eventually(what: &str, within: Duration, so: impl Fn() -> bool) {
    let deadline = Instant::now() + within;
    while !so() {
        assert!(Instant::now() < deadline, "not within {within:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A service in a process of its own. It stops when its input ends.
pub(crate) struct Service {
    pub(crate) process: Child,
    input: Option<ChildStdin>,
}

impl Service {
    /// Starts the process, as the owner of `directory`, and does not wait for its server.
    pub(crate) fn launch(directory: &Path) -> Self {
        let own = std::env::current_exe().expect("this program");
        let owner = fs::metadata(directory).expect("a directory").uid();
        let mut command = if owner == rustix::process::geteuid().as_raw() {
            Command::new(own)
        } else {
            // The other user may not be able to get to where this program was built.
            let copy = directory.join("service");
            let copied = Command::new("cp").arg(own).arg(&copy).status().expect("cp runs");
            assert!(copied.success(), "this program is copied");
            let mut command = Command::new("setpriv");
            let (uid, gid) = (owner.to_string(), owner.to_string());
            command.args(["--reuid", &uid, "--regid", &gid, "--clear-groups"]).arg(copy);
            command
        };
        let mut process = command
            .args(["service::a_service_for_the_other_tests", "--exact", "--ignored", "--nocapture"])
            .env(VARIABLE, directory)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts");
        let input = process.stdin.take();
        Self { process, input }
    }

    /// Waits until its server takes connections, and gives the URL.
    pub(crate) fn url(&mut self) -> String {
        let output = self.process.stdout.as_mut().expect("its output");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        lines.find_map(|line| Some(line.split_once("ready ")?.1.to_owned())).expect("a URL")
    }

    /// Waits until it has refused to start, and gives the reason.
    pub(crate) fn refusal(mut self) -> String {
        let output = self.process.stdout.as_mut().expect("its output");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        lines.find_map(|line| Some(line.split_once("refused ")?.1.to_owned())).expect("a refusal")
    }

    /// As `kill -9` does: nothing in the process gets to clean up.
    pub(crate) fn kill(mut self) {
        self.process.kill().expect("it is killed");
        self.process.wait().expect("it is gone");
    }

    pub(crate) fn stop(mut self) {
        drop(self.input.take());
        assert!(self.process.wait().expect("it ends").success(), "it ends well");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Already gone, unless the test failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A process that the service did not start, which does not outlive the test.
pub(crate) struct Other(pub(crate) Child);

impl Drop for Other {
    fn drop(&mut self) {
        // Already gone, if that is what the test was about.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
#[ignore = "other tests start it, in a process of its own"]
async fn a_service_for_the_other_tests() {
    let Some(directory) = std::env::var_os(VARIABLE) else { return };
    let postgres = match Postgres::start(Options::throwaway(Path::new(&directory))).await {
        Ok(postgres) => postgres,
        Err(error) => return println!("refused {}", server::explain::explain(&error)),
    };
    println!("ready {}", postgres.url());
    let wait = || std::io::stdin().read_to_end(&mut vec![]);
    tokio::task::spawn_blocking(wait).await.expect("no panic").expect("the end of the input");
    postgres.stop().await.expect("it stops");
}
