//! Checks owners, modes and completeness of the directories before a start changes anything.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::account;
use super::error::PostgresError;
use super::home::Home;

/// Mode bits that allow other users to change a directory.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// Mode bits with which PostgreSQL refuses its directory.
const TOO_OPEN_FOR_POSTGRESQL: u32 = 0o027;

/// What PostgreSQL does not start without, or serves nothing without. A copy that was made only in part may lack it.
const NEEDED: [&str; 5] = ["global/pg_control", "base", "pg_wal", "pg_xact", "pg_multixact"];

/// Checks the owners and modes of the directories that exist. Changes nothing.
///
/// # Errors
///
/// [`PostgresError::Custody`] when a directory belongs to another user or cannot be read, and
/// [`PostgresError::Incomplete`] when there are files that are no complete PostgreSQL data.
pub(super) fn inspect(home: &Home) -> Result<(), PostgresError> {
    let us = rustix::process::geteuid();
    for directory in [home.data_dir(), home.path()] {
        check_directory(directory, us.as_raw(), WRITABLE_BY_OTHERS)?;
    }
    let data = home.data();
    // Root's server runs as another user: `account::choose` finds it by the owner of the data.
    if !us.is_root() {
        check_directory(&data, us.as_raw(), TOO_OPEN_FOR_POSTGRESQL)?;
    }
    if version_of(&data)?.is_none() {
        return Ok(());
    }
    let owner = fs::metadata(&data).map_err(|error| hidden(&data, &error))?.uid();
    // `account::choose` refuses data of root.
    if owner != 0 {
        check_directory(&data, owner, TOO_OPEN_FOR_POSTGRESQL)?;
        check_contents(&data, &data, owner, is_of_postgresql)?;
        check_contents(&data.join("base"), &data, owner, |_| true)?;
    }
    Ok(())
}

/// The names that PostgreSQL gives. A volume may have others, such as `lost+found`.
fn is_of_postgresql(name: &str) -> bool {
    ["base", "global"].contains(&name) || name.starts_with("pg_") || name.starts_with("PG_")
}

/// The major version that wrote the data in `data`, or `None` if the directory is missing or empty.
///
/// # Errors
///
/// Those of [`inspect`].
pub(super) fn version_of(data: &Path) -> Result<Option<String>, PostgresError> {
    match fs::symlink_metadata(data) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(hidden(data, &error)),
        Ok(_) => {}
    }
    // A link that leads nowhere is no empty directory: a volume is perhaps not mounted.
    let mut entries = fs::read_dir(data).map_err(|error| hidden(data, &error))?;
    let file = data.join("PG_VERSION");
    match fs::read_to_string(&file) {
        Ok(version) if !version.trim().is_empty() => Ok(Some(version.trim().to_owned())),
        Ok(_) => Err(incomplete(data, "has an empty PG_VERSION")),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(hidden(&file, &error)),
        Err(_) if entries.next().is_none() => Ok(None),
        Err(_) => Err(incomplete(data, "is not empty but has no PG_VERSION")),
    }
}

/// Checks that the data have the files and directories that PostgreSQL needs.
///
/// # Errors
///
/// [`PostgresError::Incomplete`] or [`PostgresError::Custody`].
pub(super) fn require_complete(data: &Path) -> Result<(), PostgresError> {
    for needed in NEEDED {
        let path = data.join(needed);
        match path.try_exists() {
            Ok(true) => {}
            Ok(false) => return Err(incomplete(data, &format!("has no {needed}"))),
            Err(error) => return Err(hidden(&path, &error)),
        }
    }
    Ok(())
}

/// Refuses data whose restore was not completed.
///
/// # Errors
///
/// [`PostgresError::Incomplete`].
pub(super) fn require_restored(home: &Home) -> Result<(), PostgresError> {
    if home.restoring().exists() {
        return Err(incomplete(home.path(), "is from a restore that failed or was killed"));
    }
    Ok(())
}

fn check_directory(directory: &Path, owner: u32, refused: u32) -> Result<(), PostgresError> {
    let found = match fs::metadata(directory) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(hidden(directory, &error)),
    };
    let path = directory.display();
    if !found.is_dir() {
        let problem = "is not a directory: name another with `--data-dir`, or move it away";
        return Err(custody(directory, problem.to_owned()));
    }
    if found.uid() != owner {
        let (theirs, ours) = (account::name_of(found.uid()), account::name_of(owner));
        return Err(custody(
            directory,
            format!(
                "belongs to {theirs} (mode {:04o}), and the service runs as {ours}; run \
                 `chown -R {ours} {path}`, or run the service as {theirs}",
                found.mode() & 0o7777
            ),
        ));
    }
    if found.mode() & refused != 0 {
        return Err(custody(
            directory,
            format!(
                "is open to others (mode {:04o}); run `chmod {:04o} {path}`",
                found.mode() & 0o7777,
                found.mode() & 0o7777 & !refused
            ),
        ));
    }
    Ok(())
}

/// Checks that the owner of `data` can use what is in `directory`, which is part of it.
fn check_contents(
    directory: &Path,
    data: &Path,
    owner: u32,
    checked: fn(&str) -> bool,
) -> Result<(), PostgresError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        // `require_complete` reports it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(hidden(directory, &error)),
    };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(checked)) {
        let path = entry.path();
        // Of a link, what it leads to.
        let Ok(found) = fs::metadata(&path) else { continue };
        let readable = found.is_file() && found.mode() & 0o004 != 0;
        if found.uid() != owner && !readable {
            let (theirs, ours) = (account::name_of(found.uid()), account::name_of(owner));
            let (mode, data) = (found.mode() & 0o7777, data.display());
            return Err(custody(
                &path,
                format!(
                    "belongs to {theirs} (mode {mode:04o}), and the data to {ours}; run \
                     `chown -R {ours} {data}`"
                ),
            ));
        }
    }
    Ok(())
}

/// What kept us from looking at `path`: the nearest directory whose owner and mode can be seen.
fn hidden(path: &Path, error: &io::Error) -> PostgresError {
    let ours = account::name_of(rustix::process::geteuid().as_raw());
    let seen = path.ancestors().find_map(|at| Some((at, fs::metadata(at).ok()?)));
    let by = seen.map_or_else(String::new, |(at, found)| {
        let (theirs, mode) = (account::name_of(found.uid()), found.mode() & 0o7777);
        let at = at.display();
        if found.uid() == rustix::process::geteuid().as_raw() {
            format!("; {at} has mode {mode:04o}: run `chmod u+rwX {at}`")
        } else {
            format!("; {at} belongs to {theirs} (mode {mode:04o}): run `chown -R {ours} {at}`")
        }
    });
    custody(path, format!("cannot be read by {ours}: {error}{by}"))
}

fn custody(path: &Path, problem: String) -> PostgresError {
    PostgresError::Custody { path: path.to_owned(), problem }
}

fn incomplete(data: &Path, problem: &str) -> PostgresError {
    PostgresError::Incomplete { data_dir: data.to_owned(), problem: problem.to_owned() }
}
