//! Peers in other languages: each a program that is started for each run, and tells its figures.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use super::table::{CUSTOMERS_READ, Kind};
use crate::cpu::Cpu;
use crate::database::Databases;
use crate::load::Run;
use crate::work::{CUSTOMERS, Done, EVENTS, PRIOR_EVENTS};

/// How much longer than its time a run may take: its processes start and warm up first.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a set-up may take.
const SET_UP_PATIENCE: Duration = Duration::from_mins(10);

/// A peer's program.
pub(super) struct Child {
    pub(super) name: &'static str,
    program: PathBuf,
    script: PathBuf,
    database_url: String,
    seed: u64,
    /// Whether it has a read model that is kept within the command.
    viewed: bool,
    /// Runs so far: each chooses otherwise.
    runs: AtomicU64,
}

/// What a program tells at the end of a run.
#[derive(Debug, Deserialize)]
struct Report {
    commands: u64,
    failures: u64,
    seconds: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_seconds: f64,
}

/// Where `make peers` installs what they need.
fn installed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers")
}

impl Child {
    /// Emmett, on Node.
    pub(super) fn emmett(database_url: String, seed: u64) -> Self {
        let script = installed().join("emmett/peer.mjs");
        let program = PathBuf::from("node");
        let runs = AtomicU64::new(0);
        Self { name: "Emmett", program, script, database_url, seed, viewed: true, runs }
    }

    /// The Python library.
    pub(super) fn eventsourcing(database_url: String, seed: u64) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/eventsourcing/peer.py");
        let program = installed().join("python/bin/python");
        let runs = AtomicU64::new(0);
        Self { name: "eventsourcing", program, script, database_url, seed, viewed: false, runs }
    }

    fn command(&self, work: &str, read: bool) -> Command {
        let mut command = Command::new(&self.program);
        let customers = if read { CUSTOMERS_READ } else { CUSTOMERS };
        command
            .arg(&self.script)
            .args(["--database-url", &self.database_url, "--work", work])
            // Customers to read are others than those to change.
            .args(["--seed", &format!("{}{}", self.seed, u8::from(read))])
            .args(["--customers", &customers.to_string()])
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Makes its tables and its customers: those that are changed, or those whose histories are read.
    pub(super) async fn set_up(&self, read: bool, events: u64) -> Done<()> {
        let mut command = self.command("set-up", read);
        command.args(["--events", &events.to_string()]);
        let status = timeout(SET_UP_PATIENCE, command.status()).await?;
        let status = status.map_err(|error| format!("{}: {error}; is it installed?", self.name))?;
        if status.success() { Ok(()) } else { Err(format!("{}: {status}", self.name).into()) }
    }

    /// One run, and the CPU time of its processes and of PostgreSQL; nothing if it doesn't offer the
    /// work.
    pub(super) async fn run(
        &self,
        kind: Kind,
        callers: usize,
        time: Duration,
        databases: &Databases,
    ) -> Done<Option<(Run, Cpu)>> {
        if kind == Kind::W3 && !self.viewed {
            return Ok(None);
        }
        let work = match kind {
            Kind::W1 => "w1",
            Kind::W2 => "w2",
            Kind::W3 => "w3",
            Kind::W5 => "w5",
        };
        let mut command = self.command(work, kind == Kind::W5);
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let events = if kind == Kind::W5 { EVENTS } else { PRIOR_EVENTS };
        command
            .args(["--callers", &callers.to_string()])
            .args(["--seconds", &time.as_secs_f64().to_string()])
            .args(["--run", &run.to_string()])
            .args(["--events", &events.to_string()])
            .stdout(Stdio::piped());
        Ok(Some(timeout(time + PATIENCE, self.report(command, databases)).await??))
    }

    async fn report(&self, mut command: Command, databases: &Databases) -> Done<(Run, Cpu)> {
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or("a program without output")?;
        let mut lines = BufReader::new(output).lines();
        let missing = || format!("{} printed nothing", self.name);
        lines.next_line().await?.filter(|line| line == "begin").ok_or_else(missing)?;
        let before = Cpu::read(databases.postmaster);
        let line = lines.next_line().await?.ok_or_else(missing)?;
        let postgres = Cpu::read(databases.postmaster).since(before).postgres;
        let status = child.wait().await?;
        if !status.success() {
            return Err(format!("{}: {status}", self.name).into());
        }
        let report: Report = serde_json::from_str(&line)?;
        let run = Run {
            done: report.commands,
            failed: report.failures,
            seconds: report.seconds,
            p50_us: microseconds(report.p50_ms),
            p99_us: microseconds(report.p99_ms),
        };
        Ok((run, Cpu { own: Duration::try_from_secs_f64(report.cpu_seconds)?, postgres }))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a latency is no less than zero, and far below an hour"
)]
fn microseconds(ms: f64) -> u32 {
    (ms * 1e3) as u32
}
