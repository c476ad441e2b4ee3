//! Creates the database the first time. A kill in between leaves nothing incomplete in place.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::binaries::Binaries;
use super::custody;
use super::error::{PostgresError, io};
use super::home::Home;
use super::launcher::Launcher;
use super::options::NAME;
use crate::secret_file::{Links, create_secret, read_secret, remove, write_new_secret};

/// The beginning of the name of a directory in which initdb works.
const UNFINISHED: &str = "data.new-";

/// How long initdb may clean up when the start is given up.
const INITDB_PATIENCE: Duration = Duration::from_secs(5);

/// The password of the data in `home`.
///
/// # Errors
///
/// [`PostgresError::NoPassword`], [`PostgresError::Incomplete`] or [`PostgresError::Io`].
pub(super) fn password(home: &Home, launcher: &Launcher) -> Result<String, PostgresError> {
    custody::require_complete(&home.data())?;
    existing_password(home, launcher)?
        .ok_or_else(|| PostgresError::NoPassword { file: home.password() })
}

/// How new data are created.
pub(super) struct NewCluster<'a> {
    pub(super) binaries: &'a Binaries,
    pub(super) launcher: &'a Launcher,
    /// If not, nothing is flushed to the disk.
    pub(super) durable: bool,
}

impl NewCluster<'_> {
    /// Creates the data in `home`, and returns their password.
    ///
    /// An existing password is used for the new data: a password is never replaced. Once `abandoned`, initdb is
    /// ended.
    ///
    /// # Errors
    ///
    /// [`PostgresError::Initdb`] or [`PostgresError::Io`]. There are no data then.
    pub(super) fn create(
        &self,
        home: &Home,
        abandoned: impl Fn() -> bool,
    ) -> Result<String, PostgresError> {
        remove_unfinished(home);
        let file = home.password();
        let existing = existing_password(home, self.launcher)?;
        let password = existing.clone().map_or_else(random_hex, Ok)?;
        // A new name each time: an interrupted initdb removes its directory only later.
        let name = format!("{UNFINISHED}{}", random_hex()?);
        let unfinished = home.join(&name);
        // initdb reads the password as PostgreSQL's user, who may not read the permanent file.
        let copy = home.join(&format!("{name}.password"));
        let written = write_copy(&copy, &password, self.launcher);
        written.map_err(io(format!("write {}", copy.display())))?;
        let made = self.initdb(&unfinished, &copy, abandoned);
        let removed = remove(&copy).map_err(io(format!("remove {}", copy.display())));
        made.and(removed)?;
        if existing.is_none() {
            // An empty file has no password.
            remove(&file)
                .and_then(|()| write_new_secret(&file, &password))
                .map_err(io(format!("write {}", file.display())))?;
        }
        let publish = || -> io::Result<()> {
            fs::rename(&unfinished, home.data())?;
            if self.durable { File::open(home.join("."))?.sync_all() } else { Ok(()) }
        };
        publish().map_err(io(format!("move {} into place", unfinished.display())))?;
        Ok(password)
    }

    fn initdb(
        &self,
        into: &Path,
        password: &Path,
        abandoned: impl Fn() -> bool,
    ) -> Result<(), PostgresError> {
        tracing::info!(directory = %into.display(), "creating a new PostgreSQL database");
        DirBuilder::new()
            .mode(0o700)
            .create(into)
            .and_then(|()| match &self.launcher.account {
                Some(account) => chown(into, Some(account.uid), Some(account.gid)),
                None => Ok(()),
            })
            .map_err(io(format!("create {}", into.display())))?;
        let mut command = self.launcher.command(&self.binaries.program("initdb"));
        command.arg("--pgdata").arg(into).arg("--pwfile").arg(password);
        command.args(["--username", NAME, "--auth", "scram-sha-256", "--data-checksums"]);
        command.args(["--encoding", "UTF8", "--locale", "C", "--no-instructions"]);
        if !self.durable {
            command.arg("--no-sync");
        }
        let output = output_unless(command, abandoned).map_err(io("start initdb"))?;
        if output.status.success() {
            return Ok(());
        }
        let _ = fs::remove_dir_all(into);
        let text = [output.stderr, output.stdout].concat();
        let output = format!("{}; {}", output.status, String::from_utf8_lossy(&text).trim());
        Err(PostgresError::Initdb { output })
    }
}

/// Runs a program that leads its process group, and writes less than a pipe holds. Once `abandoned`, ends it with
/// all its children.
fn output_unless(mut command: Command, abandoned: impl Fn() -> bool) -> io::Result<Output> {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let pid = Pid::from_child(&child);
    // Not reaped until the end, so that the group's number stays its own.
    let state = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    let mut abandoned_at = None;
    while !matches!(waitid(WaitId::Pid(pid), state), Ok(Some(_))) {
        if abandoned() {
            let since: &Instant = abandoned_at.get_or_insert_with(Instant::now);
            let patient = since.elapsed() < INITDB_PATIENCE;
            // Repeated: a child may have just been started. It may also have just ended.
            let _ = kill_process_group(pid, if patient { Signal::TERM } else { Signal::KILL });
        }
        thread::sleep(Duration::from_millis(10));
    }
    if abandoned_at.is_some() {
        let _ = kill_process_group(pid, Signal::KILL);
    }
    child.wait_with_output()
}

/// The password of the service's login. It is created the first time.
///
/// # Errors
///
/// [`PostgresError::Io`].
pub(super) fn service_password(home: &Home) -> Result<String, PostgresError> {
    let file = home.service_password();
    if let Some(password) = read_password(&file, None)? {
        return Ok(password);
    }
    let password = random_hex()?;
    remove(&file)
        .and_then(|()| write_new_secret(&file, &password))
        .map_err(io(format!("write {}", file.display())))?;
    Ok(password)
}

/// The password in its file. `None` if the file is missing or empty.
fn existing_password(home: &Home, launcher: &Launcher) -> Result<Option<String>, PostgresError> {
    // Earlier versions gave the file to PostgreSQL's user for a moment.
    read_password(&home.password(), launcher.account.as_ref().map(|account| account.uid))
}

fn read_password(file: &Path, also: Option<u32>) -> Result<Option<String>, PostgresError> {
    let text = read_secret(file, Links::Refused, also);
    let text = text.map_err(io(format!("read {}", file.display())))?;
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// Removes what interrupted attempts left. What cannot be removed yet is removed by the next start.
fn remove_unfinished(home: &Home) {
    for entry in fs::read_dir(home.join(".")).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let path = entry.path();
            let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
        }
    }
}

fn write_copy(file: &Path, password: &str, launcher: &Launcher) -> io::Result<()> {
    create_secret(file, password)?;
    match &launcher.account {
        Some(account) => chown(file, Some(account.uid), None),
        None => Ok(()),
    }
}

/// 24 random bytes in hexadecimal. They need no quoting.
fn random_hex() -> Result<String, PostgresError> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes)
        .map_err(|error| io("get random bytes")(io::Error::other(error.to_string())))?;
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|four| char::from_digit(four.into(), 16));
    Ok(bytes.iter().flat_map(digits).flatten().collect())
}
