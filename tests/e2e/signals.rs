//! A signal during a start, a backup or a restore ends the command in order.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

use crate::service::{Service, command, dev_key, succeeds};

const PATIENCE: Duration = Duration::from_mins(1);

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

async fn serve(data_dir: &Path) -> Child {
    let mut command = command(&["--data-dir", text(data_dir), "--log", "info"]).await;
    command.args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::null());
    command.spawn().expect("a process")
}

fn send(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    kill_process(pid.expect("a running process"), signal).expect("a signal");
}

async fn exit_code(mut child: Child) -> Option<i32> {
    let ended = tokio::time::timeout(PATIENCE, child.wait()).await.expect("an end");
    ended.expect("a status").code()
}

/// Waits until `found` says so.
async fn wait_until(what: &str, mut found: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !found() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{what} did not happen"));
}

/// What initdb works on.
fn unfinished(data_dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(data_dir.join("postgres")).into_iter().flatten().flatten();
    let is_new = |path: &PathBuf| path.to_string_lossy().contains("/data.new-");
    entries.map(|entry| entry.path()).filter(is_new).collect()
}

/// The command lines of processes that mention this directory, or work in it.
fn processes(directory: &Path) -> Vec<String> {
    let numbers = std::fs::read_dir("/proc").expect("processes").flatten();
    let of = |process: PathBuf| {
        let line = std::fs::read(process.join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let there =
            std::fs::read_link(process.join("cwd")).is_ok_and(|at| at.starts_with(directory));
        (there || line.contains(text(directory))).then_some(line)
    };
    numbers.filter_map(|entry| of(entry.path())).collect()
}

#[tokio::test]
async fn a_signal_while_initdb_works_ends_the_start_in_order_and_leaves_nothing() {
    for signal in [Signal::TERM, Signal::INT] {
        let home = tempfile::tempdir().expect("a directory");
        let data_dir = home.path().join("data");
        let service = serve(&data_dir).await;
        wait_until("initdb", || {
            unfinished(&data_dir).iter().any(|path| path.join("PG_VERSION").exists())
        })
        .await;
        send(&service, signal);
        assert_eq!(exit_code(service).await, Some(0), "{signal:?}");
        assert_eq!(unfinished(&data_dir), Vec::<PathBuf>::new());
        assert!(!data_dir.join("postgres/data").exists());
        assert_eq!(processes(&data_dir), [""; 0]);
        Service::start(&data_dir).await.stop().await;
    }
}

#[tokio::test]
async fn a_signal_at_any_moment_of_a_later_start_ends_it_with_0() {
    let home = tempfile::tempdir().expect("a directory");
    let data_dir = home.path().join("data");
    Service::start(&data_dir).await.stop().await;
    let lock = data_dir.join("postgres/service.lock");
    let log = data_dir.join("postgres/log/postgres.log");
    let ready = data_dir.join("postgres/data/postmaster.pid");
    let moments: [(&str, &dyn Fn() -> bool); 3] = [
        ("the lock", &|| std::fs::metadata(&lock).is_ok_and(|found| found.len() > 0)),
        ("PostgreSQL", &|| ready.exists()),
        ("its log", &|| log.exists()),
    ];
    for (moment, came) in moments {
        for file in [&lock, &log] {
            // A start that ended early wrote no log.
            let _ = std::fs::remove_file(file);
        }
        let service = serve(&data_dir).await;
        wait_until(moment, came).await;
        send(&service, Signal::TERM);
        assert_eq!(exit_code(service).await, Some(0), "{moment}");
        assert_eq!(processes(&data_dir), [""; 0], "{moment}");
    }
    let service = Service::start(&data_dir).await;
    assert_eq!(service.get(&dev_key(&data_dir), "/readyz").await.0, 200);
    service.stop().await;
}

#[tokio::test]
async fn a_signal_while_a_restore_is_verified_stops_it() {
    let home = tempfile::tempdir().expect("a directory");
    let [source, target, backup] =
        ["source", "target", "backup"].map(|name| home.path().join(name));
    Service::start(&source).await.stop().await;
    succeeds(&["--data-dir", text(&source), "backup", text(&backup)], &[]).await;
    let mut restore = command(&["--data-dir", text(&target), "restore", text(&backup)]).await;
    let restore = restore.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a process");
    let ready = target.join("postgres/data/postmaster.pid");
    wait_until("a PostgreSQL", || ready.exists()).await;
    send(&restore, Signal::TERM);
    let ended = tokio::time::timeout(PATIENCE, restore.wait_with_output()).await.expect("an end");
    let output = ended.expect("a process");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{message}");
    assert!(message.contains("copied, but not verified"), "{message}");
    assert!(message.contains("remove it before you restore again"), "{message}");
    assert_eq!(processes(&target), [""; 0]);
}

#[tokio::test]
async fn a_signal_before_a_backup_has_begun_leaves_nothing() {
    let home = tempfile::tempdir().expect("a directory");
    let [source, backup] = ["source", "backup"].map(|name| home.path().join(name));
    Service::start(&source).await.stop().await;
    let mut begun = command(&["--data-dir", text(&source), "backup", text(&backup)]).await;
    let begun = begun.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process");
    let ready = source.join("postgres/data/postmaster.pid");
    wait_until("a PostgreSQL", || ready.exists()).await;
    send(&begun, Signal::INT);
    assert_eq!(exit_code(begun).await, Some(130));
    assert_eq!(processes(&source), [""; 0]);
    let left = std::fs::read_dir(home.path()).expect("a directory").flatten();
    let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["source"]);
}
