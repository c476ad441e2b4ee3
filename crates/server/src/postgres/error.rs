//! Why the private PostgreSQL is not running, and what to do about it.

use std::io;
use std::path::PathBuf;

use super::options::MAJOR_MIN;

/// Why the private server could not be started, used or stopped.
///
/// Each text says what to do about it. None contains the password.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No usable installation. Nothing was changed on disk.
    #[error(
        "PostgreSQL {MAJOR_MIN} or newer was not found in {looked_in}; do one of three things: \
         install it (`apt-get install postgresql-{MAJOR_MIN}`), name the directory of its programs \
         with `--pg-bin-dir`, or set `DATABASE_URL` to use a running server"
    )]
    NotFound {
        /// The places that were searched, or the one that was named.
        looked_in: String,
    },
    /// The data belong to another major version. Nothing was changed on disk.
    #[error(
        "the data in {data_dir} were written by PostgreSQL {written_by}, but only {installed} is \
         installed; install postgresql-{written_by}, name the directory of its programs with \
         `--pg-bin-dir`, or upgrade the data with pg_upgrade"
    )]
    WrongMajor {
        /// The data directory of PostgreSQL.
        data_dir: PathBuf,
        /// The version in its `PG_VERSION`.
        written_by: String,
        /// The major versions found.
        installed: String,
    },
    /// There are no data, and this command creates none. Nothing was changed on disk.
    #[error(
        "there is no database in {data_dir}: run `dossier serve`, which creates one, or name another \
         directory with `--data-dir` or another database with `DATABASE_URL`"
    )]
    NoData {
        /// The service's directory.
        data_dir: PathBuf,
    },
    /// The program `setpriv` is missing. Nothing was changed on disk.
    #[error(
        "the program `setpriv` was not found on the PATH; install util-linux, or set \
         `DATABASE_URL` to use a running server"
    )]
    NoSetpriv,
    /// Another service holds the directory. Nothing was changed.
    #[error(
        "the directory {data_dir} is in use by another service (process {holder}); stop that service, \
         or choose another `--data-dir`"
    )]
    InUse {
        /// The service's directory.
        data_dir: PathBuf,
        /// The holder's process id, from its lock file.
        holder: String,
    },
    /// There is no usable unprivileged user to run as.
    #[error("PostgreSQL does not run as root and needs another user: {problem}")]
    User {
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The unprivileged user cannot reach a directory that it needs.
    #[error(
        "the user {user} cannot enter {directory}, which is on the way to {needed}; allow it \
         (`chmod o+x {directory}`) or choose another `--data-dir`"
    )]
    Unreachable {
        /// The user the server runs as.
        user: String,
        /// The directory that is closed to it.
        directory: PathBuf,
        /// What is behind that directory.
        needed: PathBuf,
    },
    /// A directory belongs to another user, or its mode is wrong. Nothing was changed on disk.
    #[error("{path} {problem}; nothing was changed")]
    Custody {
        /// The directory or file.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// There are files, but the data are incomplete. Nothing was changed on disk.
    #[error(
        "{data_dir} {problem}: it was restored or copied only in part; restore all of it, or move \
         it away to start with an empty database; nothing was changed"
    )]
    Incomplete {
        /// The data directory of PostgreSQL.
        data_dir: PathBuf,
        /// What is missing.
        problem: String,
    },
    /// The password of existing data is gone.
    #[error(
        "{file} is missing or empty: nobody can connect to the data beside it without this password; \
         restore the file from a backup, or move the data away to start with an empty database"
    )]
    NoPassword {
        /// Where the password should be.
        file: PathBuf,
    },
    /// There is no usable directory for the socket.
    #[error("no directory for the server's socket: {problem}")]
    SocketDir {
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A server left over from an earlier run does not end.
    #[error(
        "a PostgreSQL of an earlier run (process {pid}) still uses {data_dir} and does not end; end it, \
         then start again"
    )]
    LeftOver {
        /// Its process id.
        pid: i32,
        /// The data directory of PostgreSQL.
        data_dir: PathBuf,
    },
    /// The empty database could not be created. Nothing incomplete is left in place.
    #[error("initdb failed: {output}")]
    Initdb {
        /// The output of initdb.
        output: String,
    },
    /// The server ended before it was ready.
    #[error("PostgreSQL did not start: {how}")]
    NotStarted {
        /// How it ended, with the end of its log.
        how: String,
    },
    /// The server did not end cleanly. Its next start recovers from its log.
    #[error("PostgreSQL was not stopped cleanly and will recover at the next start: {how}")]
    NotStopped {
        /// How it ended, if it did.
        how: String,
    },
    /// The server is ready, but refuses the connection or the creation of the database.
    #[error("the private PostgreSQL refused the connection or the creation of its database")]
    Database(#[source] sqlx::Error),
    /// The operating system refused something.
    #[error("cannot {doing}")]
    Io {
        /// What was tried, with its path.
        doing: String,
        /// The operating system's error.
        source: io::Error,
    },
}

/// Makes a [`PostgresError::Io`] that says what was tried.
pub(super) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> PostgresError {
    |source| PostgresError::Io { doing: doing.into(), source }
}
