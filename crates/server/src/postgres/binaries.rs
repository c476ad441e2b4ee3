//! Finds the PostgreSQL that is installed on this machine and fits the data.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::custody;
use super::error::PostgresError;
use super::options::MAJOR_MIN;

/// The path of a shell without a `PATH`.
const PATH_DEFAULT: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// One installation of PostgreSQL.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Binaries {
    /// The directory with `postgres` and `initdb`. It is the real path: both find their other files relative
    /// to it.
    pub(super) dir: PathBuf,
    /// Its major version.
    pub(super) major: u32,
}

/// Where programs are searched for.
#[derive(Debug)]
pub(super) struct Search {
    /// As in the variable `PATH`.
    pub(super) path: OsString,
    /// A directory with a `<major>/bin` for each installed version, as on Debian.
    pub(super) versions: PathBuf,
}

impl Search {
    /// The usual places. `PATH` is read here and not in the configuration: it is where programs are, not how
    /// this service runs.
    pub(super) fn of_this_machine() -> Self {
        Self {
            path: std::env::var_os("PATH").unwrap_or_else(|| PATH_DEFAULT.into()),
            versions: "/usr/lib/postgresql".into(),
        }
    }

    /// The first program of this name on the path.
    pub(super) fn program(&self, name: &str) -> Option<PathBuf> {
        std::env::split_paths(&self.path).map(|dir| dir.join(name)).find(|file| executable(file))
    }

    /// The installation to use: the one in `bin_dir` if given; otherwise the one that wrote the data; otherwise
    /// the newest.
    ///
    /// # Errors
    ///
    /// [`PostgresError::NotFound`], [`PostgresError::WrongMajor`], or those of [`custody::inspect`].
    pub(super) fn binaries(
        &self,
        bin_dir: Option<&Path>,
        data_dir: &Path,
    ) -> Result<Binaries, PostgresError> {
        let (places, looked_in) = match bin_dir {
            Some(dir) => (vec![dir.to_owned()], dir.display().to_string()),
            None => (self.places(), format!("{} or on the PATH", self.versions.display())),
        };
        let mut found: Vec<_> = places.iter().filter_map(|dir| Binaries::of(dir)).collect();
        found.retain(|binaries| binaries.major >= MAJOR_MIN);
        found.sort_by_key(|binaries| Reverse(binaries.major));
        found.dedup();
        if found.is_empty() {
            return Err(PostgresError::NotFound { looked_in });
        }
        let installed =
            found.iter().map(|one| one.major.to_string()).collect::<Vec<_>>().join(", ");
        let Some(written_by) = custody::version_of(data_dir)? else {
            return found.into_iter().next().ok_or(PostgresError::NotFound { looked_in });
        };
        found.into_iter().find(|one| one.major.to_string() == written_by).ok_or_else(|| {
            PostgresError::WrongMajor { data_dir: data_dir.to_owned(), written_by, installed }
        })
    }

    fn places(&self) -> Vec<PathBuf> {
        let versions = fs::read_dir(&self.versions).into_iter().flatten().flatten();
        let on_path = std::env::split_paths(&self.path);
        versions.map(|entry| entry.path().join("bin")).chain(on_path).collect()
    }
}

impl Binaries {
    /// The program of this installation with this name.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn of(dir: &Path) -> Option<Self> {
        let postgres = fs::canonicalize(dir.join("postgres")).ok()?;
        let dir = postgres.parent()?.to_owned();
        if !executable(&postgres) || !executable(&dir.join("initdb")) {
            return None;
        }
        let output = Command::new(&postgres).arg("--version").current_dir("/").output().ok()?;
        let major = major(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { dir, major })
    }
}

/// The major version in a line like `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major(version: &str) -> Option<u32> {
    let (_, number) = version.split_once("(PostgreSQL) ")?;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
