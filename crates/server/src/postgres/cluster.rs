//! Makes the database the first time, so that a kill in between leaves nothing half made.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, chown};
use std::path::Path;

use super::binaries::Binaries;
use super::error::{PostgresError, io};
use super::home::Home;
use super::launcher::Launcher;

/// The superuser, and the database of the service.
pub(super) const NAME: &str = "dossier";

/// How the name of a directory begins in which initdb works.
const UNFINISHED: &str = "data.new-";

/// The password of the data in `home`, which are made if there are none.
///
/// With `durable` false nothing is forced to the disk, for data that nobody will miss.
///
/// # Errors
///
/// [`PostgresError::NoPassword`], [`PostgresError::Initdb`] or [`PostgresError::Io`].
pub(super) fn password(
    home: &Home,
    binaries: &Binaries,
    launcher: &Launcher,
    durable: bool,
) -> Result<String, PostgresError> {
    let file = home.password();
    if home.data().join("PG_VERSION").exists() {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let password = text.trim();
        if password.is_empty() {
            return Err(PostgresError::NoPassword { file });
        }
        return Ok(password.to_owned());
    }
    remove_unfinished(home);
    let password = random_hex()?;
    write_password(&file, &password, launcher).map_err(io(format!("write {}", file.display())))?;
    // A name of its own, because an initdb that was interrupted removes its directory only later.
    let unfinished = home.join(&format!("{UNFINISHED}{}", random_hex()?));
    initdb(&unfinished, &file, binaries, launcher, durable)?;
    let publish = || -> io::Result<()> {
        fs::rename(&unfinished, home.data())?;
        // PostgreSQL has read it, so its user need not be able to any more.
        let us = rustix::process::geteuid().as_raw();
        chown(&file, Some(us), None)?;
        if durable { File::open(home.join("."))?.sync_all() } else { Ok(()) }
    };
    publish().map_err(io(format!("move {} into place", unfinished.display())))?;
    Ok(password)
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
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn write_password(file: &Path, password: &str, launcher: &Launcher) -> io::Result<()> {
    // Left by an interrupted attempt, perhaps with other rights.
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(open, "{password}")?;
    if let Some(account) = &launcher.account {
        chown(file, Some(account.uid), None)?;
    }
    open.sync_all()
}

/// 24 random bytes in hexadecimal, which need no quoting anywhere.
fn random_hex() -> Result<String, PostgresError> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes)
        .map_err(|error| io("get random bytes")(io::Error::other(error.to_string())))?;
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|four| char::from_digit(four.into(), 16));
    Ok(bytes.iter().flat_map(digits).flatten().collect())
}
