//! Makes the database the first time, so that a kill in between leaves nothing half made.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::path::Path;

use super::binaries::Binaries;
use super::custody;
use super::error::{PostgresError, io};
use super::home::Home;
use super::launcher::Launcher;
use crate::secret_file::{Links, create_secret, read_secret, remove, write_new_secret};

/// The superuser, and the database of the service.
pub(super) const NAME: &str = "dossier";

/// How the name of a directory begins in which initdb works.
const UNFINISHED: &str = "data.new-";

/// The password of the data in `home`.
///
/// # Errors
///
/// [`PostgresError::NoPassword`], [`PostgresError::Incomplete`] or [`PostgresError::Io`].
pub(super) fn password(home: &Home, launcher: &Launcher) -> Result<String, PostgresError> {
    custody::require_control_file(&home.data())?;
    existing_password(home, launcher)?
        .ok_or_else(|| PostgresError::NoPassword { file: home.password() })
}

/// Makes the data in `home`, and gives their password.
///
/// With `durable` false nothing is forced to the disk, for throwaway data. A password
/// that exists is used for the new data, too: nothing ever replaces one.
///
/// # Errors
///
/// [`PostgresError::Initdb`] or [`PostgresError::Io`]. There are no data then.
pub(super) fn create(
    home: &Home,
    binaries: &Binaries,
    launcher: &Launcher,
    durable: bool,
) -> Result<String, PostgresError> {
    remove_unfinished(home);
    let file = home.password();
    let existing = existing_password(home, launcher)?;
    let password = existing.clone().map_or_else(random_hex, Ok)?;
    // A name of its own, because an initdb that was interrupted removes its directory only later.
    let name = format!("{UNFINISHED}{}", random_hex()?);
    let unfinished = home.join(&name);
    // initdb reads the password as PostgreSQL's user, who may not read the file that stays.
    let copy = home.join(&format!("{name}.password"));
    let written = write_copy(&copy, &password, launcher);
    written.map_err(io(format!("write {}", copy.display())))?;
    let made = initdb(&unfinished, &copy, binaries, launcher, durable);
    let removed = remove(&copy).map_err(io(format!("remove {}", copy.display())));
    made.and(removed)?;
    if existing.is_none() {
        // An empty one says nothing.
        remove(&file)
            .and_then(|()| write_new_secret(&file, &password))
            .map_err(io(format!("write {}", file.display())))?;
    }
    let publish = || -> io::Result<()> {
        fs::rename(&unfinished, home.data())?;
        if durable { File::open(home.join("."))?.sync_all() } else { Ok(()) }
    };
    publish().map_err(io(format!("move {} into place", unfinished.display())))?;
    Ok(password)
}

/// The password of the service's own login, which is made the first time.
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

fn initdb(
    into: &Path,
    password: &Path,
    binaries: &Binaries,
    launcher: &Launcher,
    durable: bool,
) -> Result<(), PostgresError> {
    tracing::info!(directory = %into.display(), "making a new PostgreSQL database");
    DirBuilder::new()
        .mode(0o700)
        .create(into)
        .and_then(|()| match &launcher.account {
            Some(account) => chown(into, Some(account.uid), Some(account.gid)),
            None => Ok(()),
        })
        .map_err(io(format!("create {}", into.display())))?;
    let mut command = launcher.command(&binaries.program("initdb"));
    command.arg("--pgdata").arg(into).arg("--pwfile").arg(password);
    command.args(["--username", NAME, "--auth", "scram-sha-256", "--data-checksums"]);
    command.args(["--encoding", "UTF8", "--locale", "C", "--no-instructions"]);
    if !durable {
        command.arg("--no-sync");
    }
    let output = command.output().map_err(io("start initdb"))?;
    if output.status.success() {
        return Ok(());
    }
    let _ = fs::remove_dir_all(into);
    let said = [output.stderr, output.stdout].concat();
    let output = format!("{}; {}", output.status, String::from_utf8_lossy(&said).trim());
    Err(PostgresError::Initdb { output })
}

/// Clears what earlier, interrupted attempts left. What cannot be removed yet, the next start can.
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

/// 24 random bytes in hexadecimal, which need no quoting anywhere.
fn random_hex() -> Result<String, PostgresError> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes)
        .map_err(|error| io("get random bytes")(io::Error::other(error.to_string())))?;
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|four| char::from_digit(four.into(), 16));
    Ok(bytes.iter().flat_map(digits).flatten().collect())
}
