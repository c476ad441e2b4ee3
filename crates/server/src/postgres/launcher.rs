//! Starts programs as the server's user, in such a way that they end with the service.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::account::Account;
use super::binaries::Search;
use super::error::PostgresError;

/// Ends at once if the service, whose process id is `$0`, is no longer the parent: it was killed
/// before the parent death signal was set, which then would never come.
const UNLESS_ORPHANED: &str = r#"test "$PPID" = "$0" && exec "$@""#;

/// How programs are started.
///
/// `setpriv` does what would otherwise need unsafe code between fork and exec: it changes the user
/// and then, because a change of user clears it, sets the parent death signal.
#[derive(Debug)]
pub(super) struct Launcher {
    /// Where `setpriv` is.
    setpriv: PathBuf,
    /// The user to run as; `None` is the service's own.
    pub(super) account: Option<Account>,
}

impl Launcher {
    /// A launcher that runs programs as `account`.
    ///
    /// # Errors
    ///
    /// [`PostgresError::NoSetpriv`].
    pub(super) fn new(search: &Search, account: Option<Account>) -> Result<Self, PostgresError> {
        let setpriv = search.program("setpriv").ok_or(PostgresError::NoSetpriv)?;
        Ok(Self { setpriv, account })
    }

    /// A command that runs `program`, and that gets SIGINT when the calling *thread* ends.
    ///
    /// It inherits none of our environment, which may hold secrets that the other user could read
    /// in `/proc`, and variables like `PGPORT` that would change what the server does. Its process
    /// group is its own, so that Ctrl-C reaches the service first.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(&self.setpriv);
        command.args(["--pdeathsig", "INT"]);
        if let Some(account) = &self.account {
            command.args(["--reuid", &account.uid.to_string()]);
            command.args(["--regid", &account.gid.to_string(), "--clear-groups"]);
        }
        command
            .args(["--", "/bin/sh", "-c", UNLESS_ORPHANED, &std::process::id().to_string()])
            .arg(program)
            .env_clear()
            .envs([("PATH", "/usr/bin:/bin"), ("LC_ALL", "C"), ("TZ", "UTC")])
            // PostgreSQL goes back to where it was started, which may be closed to its user.
            .current_dir("/")
            .stdin(Stdio::null())
            .process_group(0);
        command
    }

    /// Makes sure that the server's user can get to `needed`.
    ///
    /// # Errors
    ///
    /// [`PostgresError::Unreachable`] names the first directory that is closed to it.
    pub(super) fn check_reachable(&self, needed: &Path) -> Result<(), PostgresError> {
        let Some(account) = &self.account else { return Ok(()) };
        let mut way: Vec<_> = needed.ancestors().collect();
        way.reverse();
        let closed = way.into_iter().find(|directory| !self.can_enter(account, directory));
        closed.map_or(Ok(()), |directory| {
            Err(PostgresError::Unreachable {
                user: account.name.clone(),
                directory: directory.to_owned(),
                needed: needed.to_owned(),
            })
        })
    }

    /// By the mode; if that denies it, the user tries, because an access control list may allow it.
    fn can_enter(&self, account: &Account, directory: &Path) -> bool {
        let by_mode = fs::metadata(directory).is_ok_and(|found| account.may_enter(&found));
        let test = || {
            let mut command = self.command(Path::new("test"));
            command.args([OsStr::new("-x"), directory.as_os_str()]).status()
        };
        by_mode || test().is_ok_and(|status| status.success())
    }
}
