//! The unprivileged user that PostgreSQL runs as when the service was started by root.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use super::error::PostgresError;

/// Users to try, in this order, by default.
const USUAL: [&str; 2] = ["postgres", "nobody"];

/// A user of this machine.
#[derive(Clone, Debug)]
pub(super) struct Account {
    /// Its name, or its number if it has none.
    pub(super) name: String,
    /// Its number.
    pub(super) uid: u32,
    /// The number of its group.
    pub(super) gid: u32,
}

/// The user to run the server as. `None` is the service's own user, unless that is root.
///
/// The owner of existing data takes precedence over `user`: PostgreSQL refuses data of other users.
///
/// # Errors
///
/// [`PostgresError::User`] when there is no such user, or only root.
pub(super) fn choose(data: &Path, user: Option<&str>) -> Result<Option<Account>, PostgresError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    if let Ok(found) = fs::metadata(data) {
        let (uid, gid) = (found.uid(), found.gid());
        if uid == 0 {
            let problem = format!(
                "{0} belongs to root; give it to the user who owned it, as with \
                 `chown -R postgres {0}`",
                data.display()
            );
            return Err(PostgresError::User { problem });
        }
        let name = name_of(uid);
        if user.is_some_and(|wanted| wanted != name && wanted != uid.to_string()) {
            tracing::warn!(owner = name, "PostgreSQL runs as the owner of its data");
        }
        return Ok(Some(Account { name, uid, gid }));
    }
    let account = match user {
        Some(name) => look_up(name),
        None => USUAL.iter().find_map(|name| look_up(name)),
    };
    match account {
        Some(account) if account.uid != 0 => Ok(Some(account)),
        Some(_) => Err(PostgresError::User { problem: "root was named; name another".to_owned() }),
        None => {
            let names = user.map_or_else(|| USUAL.join(" or "), str::to_owned);
            let problem = format!("there is no {names}; create one or name another");
            Err(PostgresError::User { problem })
        }
    }
}

/// The name of a user, or the number of one without a name.
pub(super) fn name_of(uid: u32) -> String {
    look_up(&uid.to_string()).map_or_else(|| uid.to_string(), |known| known.name)
}

impl Account {
    /// Whether the mode of `directory` allows this user to enter it.
    ///
    /// An access control list can allow more than the mode.
    pub(super) fn may_enter(&self, directory: &fs::Metadata) -> bool {
        let bit = if directory.uid() == self.uid {
            0o100
        } else if directory.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        directory.permissions().mode() & bit != 0
    }
}

/// Asks the name service, not `/etc/passwd`: a directory service may have more users.
fn look_up(name: &str) -> Option<Account> {
    let output = Command::new("getent").args(["passwd", "--", name]).output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    let mut fields = line.trim().split(':');
    let name = fields.next().filter(|name| !name.is_empty())?.to_owned();
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some(Account { name, uid, gid })
}
