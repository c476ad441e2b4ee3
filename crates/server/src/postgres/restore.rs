//! Puts the data of a backup in their place, for a first start that verifies them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, chown};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::account::{self, Account};
use super::binaries::Search;
use super::custody;
use super::error::{PostgresError, io};
use super::home::Home;
use super::launcher::Launcher;
use super::options::Options;
use crate::secret_file::{create_secret, remove, write_new_secret};

/// Copies `data`, which PostgreSQL's programs have verified, into `options.data_dir`. Until
/// [`complete`] is called, only a start with [`super::Data::Restored`] accepts them.
///
/// `stop` ends it early. After any failure, the data that it has copied are removed.
///
/// # Errors
///
/// [`PostgresError::Custody`] when there are data already, and those of a start.
pub fn place(
    options: &Options,
    data: &Path,
    password: &str,
    stop: &AtomicBool,
) -> Result<(), PostgresError> {
    let home = Home::of(&options.data_dir);
    custody::inspect(&home)?;
    refuse_existing(&home)?;
    let search = Search::of_this_machine();
    let binaries = search.binaries(options.bin_dir.as_deref(), data)?;
    let launcher = Launcher::new(&search, account::choose(&home.data(), options.user.as_deref())?)?;
    let home = home.create()?;
    let _lock = home.lock()?;
    // Checked again: a service may have created data before we had the lock.
    refuse_existing(&home)?;
    let placed = put(&home, &launcher, &binaries.dir, data, password, stop);
    if placed.is_err() {
        // The error to report is the one before.
        let _ = fs::remove_dir_all(home.data());
        let _ = remove(&home.password());
        // Data that can't be removed stay refused.
        if home.data().symlink_metadata().is_err() {
            let _ = remove(&home.restoring());
        }
    }
    placed
}

/// Refuses a home with data, a password, or an earlier restore.
fn refuse_existing(home: &Home) -> Result<(), PostgresError> {
    for path in [home.data(), home.password(), home.restoring()] {
        if path.symlink_metadata().is_ok() {
            let problem = "is there already: restore into another directory, or move it away";
            return Err(PostgresError::Custody { path, problem: problem.to_owned() });
        }
    }
    Ok(())
}

/// Writes everything into a home that has nothing yet.
fn put(
    home: &Home,
    launcher: &Launcher,
    programs: &Path,
    data: &Path,
    password: &str,
    stop: &AtomicBool,
) -> Result<(), PostgresError> {
    let account = launcher.account.as_ref();
    if let Some(account) = account {
        home.open_to(account)?;
    }
    let run = home.join("run");
    for needed in [run.as_path(), programs] {
        launcher.check_reachable(needed)?;
    }
    let write = || -> io::Result<()> {
        create_secret(&home.restoring(), "This restore is not complete.")?;
        copy_directory(data, &home.data(), account, stop)?;
        write_new_secret(&home.password(), password)?;
        File::open(home.path())?.sync_all()
    };
    write().map_err(io(format!("copy {} to {}", data.display(), home.data().display())))
}

/// Makes restored data usable for every start.
///
/// # Errors
///
/// [`PostgresError::Io`].
pub fn complete(data_dir: &Path) -> Result<(), PostgresError> {
    let home = Home::of(data_dir);
    let remove = || {
        fs::remove_file(home.restoring())?;
        File::open(home.path())?.sync_all()
    };
    remove().map_err(io(format!("remove {}", home.restoring().display())))
}

/// Copies a directory with all that is in it, for `account`, with the modes that PostgreSQL wants.
fn copy_directory(
    from: &Path,
    to: &Path,
    account: Option<&Account>,
    stop: &AtomicBool,
) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, source, target) = (entry.file_type()?, entry.path(), to.join(entry.file_name()));
        if stop.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if kind.is_dir() {
            copy_directory(&source, &target, account, stop)?;
        } else if kind.is_file() {
            let mut open = OpenOptions::new();
            let open = open.write(true).create_new(true).mode(0o600);
            let mut file = open.open(&target)?;
            io::copy(&mut File::open(&source)?, &mut file)?;
            file.sync_all()?;
            give(&target, account)?;
        } else {
            let problem = format!("{} is neither a file nor a directory", source.display());
            return Err(io::Error::other(problem));
        }
    }
    File::open(to)?.sync_all()?;
    // Last: until then, PostgreSQL's user can't put a link into it.
    give(to, account)
}

fn give(path: &Path, account: Option<&Account>) -> io::Result<()> {
    match account {
        Some(account) => chown(path, Some(account.uid), Some(account.gid)),
        None => Ok(()),
    }
}
