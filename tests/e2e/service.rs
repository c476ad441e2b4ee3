//! A `dossier` process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tests::Chance;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::{OnceCell, watch};
use uuid::Uuid;

/// The time limit for a start or a stop on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The binary of these sources, built if needed.
pub(crate) async fn binary() -> &'static Path {
    static BINARY: OnceCell<PathBuf> = OnceCell::const_new();
    BINARY
        .get_or_init(|| async {
            // target/<profile>/deps/e2e-…
            let test = std::env::current_exe().expect("a test");
            let profile = test.ancestors().nth(2).expect("a profile's directory");
            let mut build = Command::new(env!("CARGO"));
            // Of the whole workspace, so the dependencies are those of the tests.
            build.args(["build", "--quiet", "--workspace", "--bin", "dossier"]);
            build.current_dir(env!("CARGO_MANIFEST_DIR"));
            // A change of these would rebuild a dependency and everything that uses it.
            for (name, _) in std::env::vars_os() {
                let of_this_package = ["CARGO_PKG_", "CARGO_MANIFEST_"];
                if of_this_package.iter().any(|start| name.to_string_lossy().starts_with(start)) {
                    build.env_remove(name);
                }
            }
            if profile.ends_with("release") {
                build.arg("--release");
            }
            assert!(build.status().await.expect("cargo").success(), "the binary must build");
            profile.join("dossier")
        })
        .await
}

/// A command of the binary, without configuration from this environment.
pub(crate) async fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary().await);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("DOSSIER_") || name.starts_with("DATABASE_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs a command to its end.
pub(crate) async fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = command(arguments).await;
    command.envs(environment.iter().copied());
    tokio::time::timeout(PATIENCE, command.output()).await.expect("an end").expect("a process")
}

/// Starts a command with discarded output. Killed when it is dropped.
pub(crate) async fn begin(arguments: &[&str]) -> Child {
    let mut command = command(arguments).await;
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process")
}

/// Runs a command that must succeed, and returns its output.
pub(crate) async fn succeeds(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = run(arguments, environment).await;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Runs a command that must fail, and returns its errors.
pub(crate) async fn fails(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = run(arguments, environment).await;
    assert!(!output.status.success(), "{arguments:?} must fail");
    String::from_utf8(output.stderr).expect("UTF-8")
}

/// A running service. Killed when it is dropped.
pub(crate) struct Service {
    child: Child,
    /// Kept open, so the service can continue to print.
    _printing: Lines<BufReader<ChildStdout>>,
    /// Its output so far.
    pub(crate) printed: Vec<String>,
    /// Its address.
    pub(crate) address: SocketAddr,
}

impl Service {
    /// Starts one with a private PostgreSQL.
    pub(crate) async fn start(data_dir: &Path) -> Self {
        let data_dir = data_dir.to_str().expect("UTF-8");
        Self::start_with(&["--data-dir", data_dir], &[], "the key is in").await
    }

    /// Starts one and waits for a line that begins with `last`.
    pub(crate) async fn start_with(
        arguments: &[&str],
        environment: &[(&str, &str)],
        last: &str,
    ) -> Self {
        let mut command = command(arguments).await;
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn"]);
        command.envs(environment.iter().copied()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a process");
        let mut printing = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut printed = Vec::new();
        while !printed.iter().any(|line: &String| line.starts_with(last)) {
            let line = tokio::time::timeout(PATIENCE, printing.next_line()).await;
            let line = line.expect("a start in time").expect("a line");
            printed.push(line.expect("a service that starts"));
        }
        let address = printed[0].strip_prefix("dossier is at http://").expect("the address");
        let address = address.split(' ').next().unwrap_or_default().parse().expect("an address");
        Self { child, _printing: printing, printed, address }
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        kill_process(pid.expect("a running process"), signal).expect("a signal");
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("an end").expect("a status")
    }

    /// Stops it, which must succeed.
    pub(crate) async fn stop(mut self) {
        self.terminate();
        assert_eq!(self.ended().await.code(), Some(0));
    }

    /// Kills it without warning.
    pub(crate) async fn kill(mut self) {
        self.signal(Signal::KILL);
        self.ended().await;
    }

    /// Registers a customer and gives the answer's status.
    pub(crate) async fn register(&self, key: &str, id: Uuid) -> u16 {
        let body = json!({ "id": id, "profile": { "name": "Acme" } });
        let sent = reqwest::Client::new()
            .post(format!("http://{}/v1/customers", self.address))
            .bearer_auth(key)
            .json(&body);
        sent.send().await.expect("an answer").status().as_u16()
    }

    /// Registers many customers with one request.
    pub(crate) async fn register_all(&self, key: &str, ids: impl Iterator<Item = Uuid>) {
        let lines = ids.map(|id| {
            let body = json!({ "id": id, "profile": { "name": "Acme" } });
            json!({ "command": "register-customer", "body": body }).to_string()
        });
        let sent = reqwest::Client::new()
            .post(format!("http://{}/v1/commands", self.address))
            .bearer_auth(key)
            .header("content-type", "application/x-ndjson")
            .body(lines.collect::<Vec<_>>().join("\n"));
        let answers = sent.send().await.expect("an answer").text().await.expect("all answers");
        for answer in answers.lines() {
            let answer: Value = serde_json::from_str(answer).expect("JSON");
            assert_eq!(answer["status"], 201, "{answer}");
        }
    }

    /// Reads a path: the status and the JSON, if it is JSON.
    pub(crate) async fn get(&self, key: &str, path: &str) -> (u16, Value) {
        let url = format!("http://{}{path}", self.address);
        let answer = reqwest::Client::new().get(url).bearer_auth(key).send().await;
        let answer = answer.expect("an answer");
        let status = answer.status().as_u16();
        let body = answer.text().await.expect("a body");
        (status, serde_json::from_str(&body).unwrap_or_default())
    }
}

/// Kills the service this many times during this many requests, at any moment, and starts it again.
/// `sent` counts the requests, and `moved` gets the new address of the service.
pub(crate) async fn torment(
    mut service: Service,
    data_dir: &Path,
    sent: &AtomicU64,
    (requests, kills): (u64, u64),
    moved: &watch::Sender<SocketAddr>,
    mut chance: Chance,
) -> Service {
    for kill in 0..kills {
        let share = requests / (kills + 1);
        let at = kill * share + share / 2 + chance.below(share);
        while sent.load(Ordering::SeqCst) < at {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(chance.below(5_000))).await;
        service.kill().await;
        service = Service::start(data_dir).await;
        moved.send_replace(service.address);
    }
    service
}

/// The key in the data directory after the first start.
pub(crate) fn dev_key(data_dir: &Path) -> String {
    let key = std::fs::read_to_string(data_dir.join("dev-key")).expect("a key");
    key.trim().to_owned()
}

/// A connection to the private PostgreSQL of a running service, as its superuser.
pub(crate) async fn connect(data_dir: &Path) -> PgConnection {
    let url = server::postgres::running_url(data_dir).await.expect("a running PostgreSQL");
    PgConnection::connect(&url).await.expect("a connection")
}
