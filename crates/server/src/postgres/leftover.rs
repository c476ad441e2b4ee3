//! What an earlier server left: the server itself, or only the file with its process id.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process};

use super::error::{PostgresError, io};

/// The signals that end a server of an earlier run, and how long to wait for each: fast shutdown, then without
/// a checkpoint. Never SIGKILL: the server's children would live on.
const SIGNALS: [(Signal, Duration); 2] =
    [(Signal::INT, Duration::from_secs(30)), (Signal::QUIT, Duration::from_secs(10))];

/// The contents of `postmaster.pid`.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct PidFile {
    /// Line 1.
    pub(super) pid: i32,
    /// Line 8: whether it takes connections.
    pub(super) ready: bool,
}

impl PidFile {
    /// The file in `data`, if it can be read.
    pub(super) fn read(data: &Path) -> Option<Self> {
        let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        Some(Self { pid, ready: lines.nth(6).is_some_and(|line| line.trim() == "ready") })
    }
}

/// Ends a server of an earlier run that still uses `data`, and removes a process id that would stop the next
/// start.
///
/// # Errors
///
/// [`PostgresError::LeftOver`] or [`PostgresError::Io`].
pub(super) fn settle(data: &Path) -> Result<(), PostgresError> {
    let left_over = PidFile::read(data).map(|file| file.pid);
    if let Some(pid) = left_over.filter(|pid| serves(*pid, data)) {
        end(pid, data)?;
    }
    disown(data)
}

fn end(pid: i32, data: &Path) -> Result<(), PostgresError> {
    let unending = || PostgresError::LeftOver { pid, data_dir: data.to_owned() };
    let target = Pid::from_raw(pid).filter(|pid| !pid.is_init()).ok_or_else(unending)?;
    for (signal, patience) in SIGNALS {
        tracing::warn!(pid, ?signal, "ending a PostgreSQL of an earlier run");
        // It may have just ended. If we may not signal it, the wait below times out.
        let _ = kill_process(target, signal);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if !serves(pid, data) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
    Err(unending())
}

/// Ends the children of a killed server that work in `data`, as a server does after a crash. Waiting
/// children notice by themselves, computing ones do not.
pub(super) fn end_orphans(data: &Path) {
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
        if let Some(pid) = pid.filter(|pid| works_in(*pid, data, is_child))
            && let Some(target) = Pid::from_raw(pid)
        {
            tracing::warn!(pid, "ending a process of a killed PostgreSQL");
            // It may have just ended.
            let _ = kill_process(target, Signal::QUIT);
        }
    }
}

/// Whether the process is a PostgreSQL server on `data`. A reused number and a zombie are not.
fn serves(pid: i32, data: &Path) -> bool {
    works_in(pid, data, is_server)
}

/// The server's process has the name of its program.
fn is_server(program: &str) -> bool {
    Path::new(program).file_name().is_some_and(|name| name == "postgres")
}

/// Its children's names tell what they do.
fn is_child(program: &str) -> bool {
    program.starts_with("postgres: ")
}

fn works_in(pid: i32, data: &Path, is_meant: fn(&str) -> bool) -> bool {
    let process = Path::new("/proc").join(pid.to_string());
    let Ok(arguments) = fs::read(process.join("cmdline")) else { return false };
    let program = arguments.split(|byte| *byte == 0).next().unwrap_or_default();
    let named = std::str::from_utf8(program).is_ok_and(is_meant);
    // Compares inodes, not paths: the directory may have been moved or mounted elsewhere.
    let identity = |path: &Path| fs::metadata(path).map(|found| (found.dev(), found.ino())).ok();
    named && identity(&process.join("cwd")).is_some_and(|cwd| identity(data) == Some(cwd))
}

/// Replaces a dead process id by our own.
///
/// PostgreSQL refuses to start if a process of that number exists, even if it isn't PostgreSQL, but accepts its
/// parent's number. The other lines stay: line 7 names the shared memory by which it notices children of a
/// killed server that still write.
fn disown(data: &Path) -> Result<(), PostgresError> {
    let path = data.join("postmaster.pid");
    let doing = || format!("take over {}", path.display());
    let Ok(text) = fs::read_to_string(&path) else { return Ok(()) };
    let Some((_, rest)) = text.split_once('\n') else {
        // Truncated by a crash of the machine. PostgreSQL would refuse it.
        return fs::remove_file(&path).map_err(io(doing()));
    };
    // The directory belongs to the server's user, who could otherwise redirect root with a link.
    let open = OpenOptions::new()
        .write(true)
        .truncate(true)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(&path);
    open.and_then(|mut file| write!(file, "{}\n{rest}", std::process::id())).map_err(io(doing()))
}
