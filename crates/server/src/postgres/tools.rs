//! Programs of PostgreSQL that back up and restore, and how they log in.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::binaries::Search;
use super::error::PostgresError;
use super::home::Home;
use super::options::{NAME, Options};

/// How a program of PostgreSQL logs in to a private server as its superuser.
pub struct SuperuserLogin {
    /// The directory of its socket.
    pub socket_dir: PathBuf,
    /// The user, and the database.
    pub name: &'static str,
    /// The password.
    pub password: String,
}

/// The login of the server that runs in `data_dir`, if one runs there.
#[must_use]
pub fn superuser_login(data_dir: &Path) -> Option<SuperuserLogin> {
    let home = Home::of(&fs::canonicalize(data_dir).ok()?);
    let password = fs::read_to_string(home.password()).ok()?.trim().to_owned();
    Some(SuperuserLogin { socket_dir: home.existing_socket_dir()?, name: NAME, password })
}

/// The program of this name that fits the private server's data.
///
/// # Errors
///
/// [`PostgresError::NotFound`] or [`PostgresError::WrongMajor`].
pub fn program_for_data(
    options: &Options,
    data: Option<&Path>,
    name: &str,
) -> Result<PathBuf, PostgresError> {
    let own = Home::of(&options.data_dir).data();
    let search = Search::of_this_machine();
    Ok(search.binaries(options.bin_dir.as_deref(), data.unwrap_or(&own))?.program(name))
}

/// The newest program of this name. Packages with PostgreSQL's clients have it without a server.
///
/// # Errors
///
/// [`PostgresError::NotFound`].
pub fn newest_program(bin_dir: Option<&Path>, name: &str) -> Result<PathBuf, PostgresError> {
    let search = Search::of_this_machine();
    if let Some(dir) = bin_dir {
        let program = dir.join(name);
        let looked_in = || PostgresError::NotFound { looked_in: dir.display().to_string() };
        return program.exists().then_some(program).ok_or_else(looked_in);
    }
    let versions = fs::read_dir(&search.versions).into_iter().flatten().flatten();
    let major = |directory: &OsStr| directory.to_str()?.parse::<u32>().ok();
    let newest = versions
        .filter_map(|entry| Some((major(&entry.file_name())?, entry.path().join("bin").join(name))))
        .filter(|(_, program)| program.exists())
        .max_by_key(|(major, _)| *major);
    newest.map(|(_, program)| program).or_else(|| search.program(name)).ok_or_else(|| {
        PostgresError::NotFound {
            looked_in: format!("{} or on the PATH ({name})", search.versions.display()),
        }
    })
}
