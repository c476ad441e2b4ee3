//! Runs PostgreSQL's own programs.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;

use crate::config::Config;
use crate::error::{CommandError, io};
use crate::postgres::tools::SuperuserLogin;
use crate::signals;

/// The variables of libpq that log in. Passwords never are arguments, which other users can see.
#[derive(Default)]
pub(crate) struct Login(Vec<(&'static str, OsString)>);

/// Parameters of a URL that sqlx reads and their names in libpq. Others are left out.
const PARAMETERS: [(&str, &str); 15] = [
    ("sslmode", "PGSSLMODE"),
    ("ssl-mode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("ssl-root-cert", "PGSSLROOTCERT"),
    ("ssl-ca", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("ssl-cert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("ssl-key", "PGSSLKEY"),
    ("host", "PGHOST"),
    ("hostaddr", "PGHOST"),
    ("port", "PGPORT"),
    ("dbname", "PGDATABASE"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
];

/// The system's certificates, where Debian has them. libpq doesn't look there by itself.
const SYSTEM_CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

impl Login {
    /// To a private server.
    pub(crate) fn private(login: SuperuserLogin) -> Self {
        let SuperuserLogin { socket_dir, name, password } = login;
        Self(vec![
            ("PGHOST", socket_dir.into()),
            ("PGPORT", "5432".into()),
            ("PGUSER", name.into()),
            ("PGDATABASE", name.into()),
            ("PGPASSWORD", password.into()),
            ("PGSSLMODE", "disable".into()),
        ])
    }

    /// To the configured database.
    pub(crate) fn configured(config: &Config) -> Self {
        let mut login = Self::default();
        if let Some(file) = &config.database_root_cert {
            login.set("PGSSLROOTCERT", file.as_os_str());
            login.set("PGSSLMODE", "verify-full");
        }
        let Some(url) = &config.database_url else { return login };
        let (_, rest) = url.expose().split_once("://").unwrap_or_default();
        let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = place.split_once('/').unwrap_or((place, ""));
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = user.split_once(':').unwrap_or((user, ""));
        let port = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
        let (host, port) = port.unwrap_or((host, ""));
        login.set("PGUSER", decoded(user));
        login.set("PGPASSWORD", decoded(password));
        login.set("PGHOST", decoded(host.trim_matches(['[', ']'])));
        login.set("PGPORT", port);
        login.set("PGDATABASE", decoded(database));
        for (name, value) in parameters.split('&').filter_map(|one| one.split_once('=')) {
            if let Some((_, variable)) = PARAMETERS.iter().find(|(known, _)| *known == name) {
                login.set(variable, decoded(value));
            }
        }
        let verifies = login.get("PGSSLMODE").is_some_and(|mode| mode.starts_with("verify"));
        if verifies && login.get("PGSSLROOTCERT").is_none() {
            login.set("PGSSLROOTCERT", SYSTEM_CERTIFICATES);
        }
        login
    }

    fn get(&self, variable: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(name, _)| *name == variable);
        found.and_then(|(_, value)| value.to_str())
    }

    /// The database.
    pub(crate) fn database(&self) -> &OsStr {
        OsStr::new(self.get("PGDATABASE").unwrap_or_default())
    }

    /// A later value replaces an earlier one. An empty one is none.
    fn set(&mut self, variable: &'static str, value: impl Into<OsString>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((variable, value));
        }
    }
}

/// A part of a URL without its percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        if let Some(byte) = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(b'%');
            rest = after;
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A program of PostgreSQL with its arguments.
pub(crate) struct Program {
    path: PathBuf,
    command: Command,
}

impl Program {
    pub(crate) fn new(path: PathBuf) -> Self {
        let mut command = Command::new(&path);
        // Its own group: Ctrl-C reaches this process alone, which then ends the program.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true).env("LC_ALL", "C");
        Self { path, command }
    }

    pub(crate) fn login(mut self, login: &Login) -> Self {
        // These two would replace values of the login.
        self.command.env_remove("PGSERVICE");
        if login.get("PGHOST").is_some() {
            self.command.env_remove("PGHOSTADDR");
        }
        self.command.envs(login.0.iter().map(|(name, value)| (name, value)));
        self
    }

    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    /// `name=path`, or the path alone if the name is empty.
    pub(crate) fn path(mut self, name: &str, path: &Path) -> Self {
        let mut argument = OsString::from(name);
        argument.push(path);
        self.command.arg(argument);
        self
    }

    /// Runs it to its end, which must be a success. SIGINT and SIGTERM end it.
    ///
    /// # Errors
    ///
    /// [`CommandError::Failed`] with what it wrote to standard error; [`CommandError::Interrupted`].
    pub(crate) async fn run(mut self, stopped: &str) -> Result<(), CommandError> {
        let name = self.path.display().to_string();
        let child = self.command.spawn().map_err(io(format!("start {name}")))?;
        let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let mut ended = std::pin::pin!(child.wait_with_output());
        let output = tokio::select! {
            output = &mut ended => output.map_err(io(format!("wait for {name}")))?,
            () = signals::stop_requested() => {
                if let Some(pid) = pid {
                    // It may have just ended.
                    let _ = kill_process(pid, Signal::TERM);
                }
                // It removes what it has made, and so do we.
                let _ = ended.await;
                return Err(CommandError::Interrupted(stopped.to_owned()));
            }
        };
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(CommandError::Failed(format!("{name} failed, {}: {}", output.status, said.trim())))
    }
}

#[cfg(test)]
mod tests {
    use super::Login;
    use crate::config::{Config, Flags};

    #[track_caller]
    fn check(url: &str, expected: &[(&str, &str)]) {
        let config = Config::read(&Flags::default().with("database_url", url), |_| None);
        let Login(found) = Login::configured(&config.expect("a configuration"));
        let found: std::collections::BTreeMap<_, _> =
            found.iter().map(|(name, value)| (*name, value.to_str().expect("UTF-8"))).collect();
        assert_eq!(found, expected.iter().copied().collect(), "{url}");
    }

    #[test]
    fn a_url_becomes_variables_of_libpq() {
        check(
            "postgres://ada:pa%3Ass@db.example:6432/shop?sslmode=verify-full&statement-cache-capacity=3",
            &[
                ("PGUSER", "ada"),
                ("PGPASSWORD", "pa:ss"),
                ("PGHOST", "db.example"),
                ("PGPORT", "6432"),
                ("PGDATABASE", "shop"),
                ("PGSSLMODE", "verify-full"),
                ("PGSSLROOTCERT", "/etc/ssl/certs/ca-certificates.crt"),
            ],
        );
        check(
            "postgresql://ada@localhost/shop?host=%2Frun%2Fpostgresql&ssl-root-cert=a.crt",
            &[
                ("PGUSER", "ada"),
                ("PGHOST", "/run/postgresql"),
                ("PGDATABASE", "shop"),
                ("PGSSLROOTCERT", "a.crt"),
            ],
        );
        check("postgres://[::1]:5433", &[("PGHOST", "::1"), ("PGPORT", "5433")]);
        check("postgres://db.example?hostaddr=10.0.0.5", &[("PGHOST", "10.0.0.5")]);
    }
}
