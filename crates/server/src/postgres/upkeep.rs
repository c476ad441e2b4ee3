//! What is done beside a running server: it is restarted after upgrades, and its log is kept short.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;

use super::programs::{Programs, Watch};
use super::server::{Exit, Restarter, ended};

/// The size, in bytes, at which the server's log is emptied.
const LOG_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How often the server's programs are looked at.
const PROGRAMS_INTERVAL: Duration = Duration::from_secs(2);

/// How often the size of the log is looked at.
const LOG_INTERVAL: Duration = Duration::from_mins(1);

/// Restarts the server when its programs were replaced.
pub(super) async fn follow_programs(
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
            tracing::warn!("the programs of PostgreSQL were replaced: restarting it");
            restarter.restart();
        }
    }
}

/// Empties the log when it is too long. The server appends to the file, so it continues at its start.
pub(super) async fn bound_log(log: PathBuf, exit: watch::Receiver<Option<Exit>>) {
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
