//! Preparing a directory for a server, and starting the server in it.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::account;
use super::binaries::{Binaries, Search};
use super::cluster::{self, NewCluster};
use super::custody;
use super::error::{PostgresError, io};
use super::home::Home;
use super::launcher::Launcher;
use super::leftover::{self, PidFile};
use super::machine::Machine;
use super::options::{Data, Options};
use super::server::Exit;
use super::settings;

/// How long a start waits for the children of a killed server to end.
const ORPHANS_PATIENCE: Duration = Duration::from_secs(30);

/// Part of PostgreSQL's message while they run.
const ORPHANS_MESSAGE: &str = "is still in use";

/// How often a slow start is reported. Recovery has no time limit: if the server is killed during
/// recovery, the next start begins it anew.
const PATIENCE_REPORT: Duration = Duration::from_secs(10);

/// The passwords of a private server's logins.
#[derive(Clone)]
pub(super) struct Passwords {
    /// The superuser's, who owns everything.
    pub(super) owner: String,
    /// The service's.
    pub(super) service: String,
}

/// Everything that a server needs to start. It holds the directory's lock until it is dropped.
pub(super) struct Site {
    pub(super) home: Home,
    pub(super) binaries: Binaries,
    launcher: Launcher,
    pub(super) socket_dir: PathBuf,
    _lock: File,
}

impl Site {
    /// Prepares the directory, and creates the data the first time. Once `abandoned`, initdb is ended and what it
    /// made is removed.
    pub(super) fn prepare(
        options: &Options,
        abandoned: impl Fn() -> bool,
    ) -> Result<(Self, Passwords), PostgresError> {
        let search = Search::of_this_machine();
        let home = Home::of(&options.data_dir);
        custody::inspect(&home)?;
        if options.data != Data::Restored {
            custody::require_restored(&home)?;
        }
        if options.data != Data::Created && custody::version_of(&home.data())?.is_none() {
            return Err(PostgresError::NoData { data_dir: options.data_dir.clone() });
        }
        let binaries = search.binaries(options.bin_dir.as_deref(), &home.data())?;
        let account = account::choose(&home.data(), options.user.as_deref())?;
        let launcher = Launcher::new(&search, account)?;

        let home = home.create()?;
        let lock = home.lock()?;
        // Checked again: a restore may have begun before we had the lock.
        if options.data != Data::Restored {
            custody::require_restored(&home)?;
        }
        if let Some(account) = &launcher.account {
            home.open_to(account)?;
        }
        let socket_dir = home.socket_dir(launcher.account.as_ref())?;
        for needed in [&home.join("run"), &socket_dir, &binaries.dir] {
            launcher.check_reachable(needed)?;
        }
        let durable = settings::durable(&options.settings);
        // Checked again: another service may have created the data before we had the lock.
        let owner = if custody::version_of(&home.data())?.is_some() {
            cluster::password(&home, &launcher)?
        } else {
            let new = NewCluster { binaries: &binaries, launcher: &launcher, durable };
            new.create(&home, abandoned)?
        };
        let passwords = Passwords { owner, service: cluster::service_password(&home)? };
        Ok((Self { home, binaries, launcher, socket_dir, _lock: lock }, passwords))
    }

    pub(super) fn start(
        &self,
        options: &Options,
        abandoned: impl Fn() -> bool,
    ) -> Result<Child, PostgresError> {
        let deadline = Instant::now() + ORPHANS_PATIENCE;
        loop {
            leftover::settle(&self.home.data())?;
            let mut child = self.command(options)?.spawn().map_err(io("start PostgreSQL"))?;
            let Some(status) = self.wait_until_ready(&mut child, &abandoned)? else {
                return Ok(child);
            };
            let exit = self.exit(Some(status));
            if !exit.how.contains(ORPHANS_MESSAGE) || Instant::now() >= deadline || abandoned() {
                return Err(PostgresError::NotStarted { how: exit.how });
            }
            leftover::end_orphans(&self.home.data());
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Starts the server again, with the programs that are installed now.
    pub(super) fn start_again(
        &mut self,
        options: &Options,
        abandoned: impl Fn() -> bool,
    ) -> Result<Child, PostgresError> {
        let search = Search::of_this_machine();
        self.binaries = search.binaries(options.bin_dir.as_deref(), &self.home.data())?;
        self.start(options, abandoned)
    }

    fn command(&self, options: &Options) -> Result<Command, PostgresError> {
        let log = self.home.new_log()?;
        let output = log.try_clone().map_err(io("share the log"))?;
        let mut command = self.launcher.command(&self.binaries.program("postgres"));
        command.arg("-D").arg(self.home.data()).stdout(output).stderr(log);
        let machine = Machine::look(self.home.path(), options.memory_mib);
        let compresses = self.compresses(options);
        for setting in settings::all(&self.socket_dir, machine, compresses, &options.settings) {
            command.arg("-c").arg(setting);
        }
        Ok(command)
    }

    /// Whether the server knows [`settings::COMPRESSION`]. Asks it, unless `options` have that setting.
    fn compresses(&self, options: &Options) -> bool {
        let (name, value) = settings::COMPRESSION;
        if options.settings.iter().any(|(known, _)| known == name) {
            return false;
        }
        let mut command = self.launcher.command(&self.binaries.program("postgres"));
        command.arg("-D").arg(self.home.data()).args(["-C", name, "-c"]);
        command.arg(format!("{name}={value}")).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// `None` when the server takes connections; otherwise how it ended.
    fn wait_until_ready(
        &self,
        child: &mut Child,
        abandoned: impl Fn() -> bool,
    ) -> Result<Option<ExitStatus>, PostgresError> {
        let ready = PidFile { pid: Pid::from_child(child).as_raw_nonzero().get(), ready: true };
        let begun = Instant::now();
        let mut reported = 0;
        loop {
            if let Some(status) = child.try_wait().map_err(io("wait for PostgreSQL"))? {
                return Ok(Some(status));
            }
            if PidFile::read(&self.home.data()).is_some_and(|found| found == ready) {
                return Ok(None);
            }
            if abandoned() {
                // Repeated until it ends: before it is PostgreSQL it may ignore the signal, like
                // everything that a shell starts in the background.
                let _ = kill_process(Pid::from_child(child), Signal::INT);
            }
            let waited_s = begun.elapsed().as_secs();
            if waited_s.checked_div(PATIENCE_REPORT.as_secs()).is_some_and(|due| due > reported) {
                reported = reported.saturating_add(1);
                tracing::warn!(waited_s, "PostgreSQL is still starting, probably recovering");
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub(super) fn exit(&self, status: Option<ExitStatus>) -> Exit {
        let status_text = status.map_or_else(|| "unknown status".to_owned(), |it| it.to_string());
        Exit {
            how: format!(
                "{status_text}; its log ends: {}{}",
                self.home.log_tail(),
                self.home.disk_problem()
            ),
            clean: status.is_some_and(|status| status.success()),
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.home.remove_socket_dir(&self.socket_dir);
    }
}
