//! The thread that starts the server, lives exactly as long as it, and says how it ended.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tokio::sync::{oneshot, watch};

use super::Options;
use super::account;
use super::binaries::{Binaries, Search};
use super::cluster;
use super::custody;
use super::error::{PostgresError, io};
use super::home::Home;
use super::launcher::Launcher;
use super::leftover::{self, PidFile};
use super::settings;
use crate::commands::explain;

/// How long a start waits for the children of a killed server to go.
const ORPHANS_PATIENCE: Duration = Duration::from_secs(30);

/// What PostgreSQL says while they are there.
const ORPHANS_SAID: &str = "is still in use";

/// How often it is said that a start takes long. Recovery has no limit: a server that is killed in
/// the middle of it has to do it all again.
const PATIENCE_REPORT: Duration = Duration::from_secs(10);

/// How the server ended.
#[derive(Clone, Debug)]
pub(super) struct Exit {
    /// Its status and the end of its log.
    pub(super) how: String,
    /// Whether it ended as one that was asked to shut down.
    pub(super) clean: bool,
}

/// A server that takes connections. Dropped, it is told to end, and nobody waits for it.
#[derive(Debug)]
pub(super) struct Server {
    /// The directory of its socket.
    pub(super) socket_dir: PathBuf,
    /// The program that it was started from.
    pub(super) program: PathBuf,
    /// The file it writes to.
    pub(super) log: PathBuf,
    /// How it ended, once it has and its directory is free again.
    pub(super) exit: watch::Receiver<Option<Exit>>,
    /// Shared with the thread and with those that wait for its end.
    pub(super) control: Arc<Control>,
}

/// What there is to do to a running server.
#[derive(Debug)]
pub(super) struct Control {
    /// `None` once it was reaped, after which the number may be another process's.
    pid: Mutex<Option<Pid>>,
    /// Whether its end was wanted.
    asked: AtomicBool,
    /// Whether it is to be started again when it has ended.
    restart: AtomicBool,
}

impl Control {
    /// Tells the server to end: SIGINT with a checkpoint, SIGQUIT without, SIGKILL at once.
    pub(super) fn end(&self, signal: Signal) {
        self.asked.store(true, Ordering::SeqCst);
        self.signal(signal);
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = *self.pid.lock().unwrap_or_else(PoisonError::into_inner) {
            // It may have ended by itself just now, which is what was wanted.
            let _ = kill_process(pid, signal);
        }
    }

    /// Has the server end as by SIGINT and start again, in the same place. Does nothing to one that
    /// was told to end.
    pub(super) fn restart(&self) {
        if self.asked() {
            return;
        }
        self.restart.store(true, Ordering::SeqCst);
        self.signal(Signal::INT);
    }

    /// Whether the server was told to end.
    pub(super) fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.exit.borrow().is_none() && !self.control.asked() {
            self.control.end(Signal::INT);
        }
    }
}

/// The server and its passwords, or why there is none.
pub(super) type Started = Result<(Server, Passwords), PostgresError>;

/// The passwords of a private server's logins.
#[derive(Clone)]
pub(super) struct Passwords {
    /// The superuser's, who owns everything.
    pub(super) owner: String,
    /// The service's.
    pub(super) service: String,
}

/// Starts a thread that starts the server and stays until it has ended.
///
/// A thread of its own, because the server is told to end when the thread that started it does:
/// that is what makes it end with a service that was killed, and one of the runtime's threads could
/// end at any time.
///
/// # Errors
///
/// [`PostgresError::Io`] when the system has no thread left.
pub(super) fn supervise(options: Options) -> Result<oneshot::Receiver<Started>, PostgresError> {
    let (reply, started) = oneshot::channel();
    thread::Builder::new()
        .name("postgres".to_owned())
        .spawn(move || run(&options, reply))
        .map_err(io("start a thread for PostgreSQL"))?;
    Ok(started)
}

fn run(options: &Options, reply: oneshot::Sender<Started>) {
    let (mut site, passwords) = match Site::prepare(options) {
        Ok(prepared) => prepared,
        Err(error) => return drop(reply.send(Err(error))),
    };
    let mut child = match site.start(options, || reply.is_closed()) {
        Ok(child) => child,
        Err(error) => return drop(reply.send(Err(error))),
    };
    let control = Arc::new(Control {
        pid: Mutex::new(Some(Pid::from_child(&child))),
        asked: AtomicBool::new(false),
        restart: AtomicBool::new(false),
    });
    let (ended, exit) = watch::channel(None);
    let server = Server {
        socket_dir: site.socket_dir.clone(),
        program: site.binaries.program("postgres"),
        log: site.home.log(),
        exit,
        control: Arc::clone(&control),
    };
    // If nobody waits any more, the server comes back here, is dropped, and so is told to end.
    drop(reply.send(Ok((server, passwords))));

    let exit = loop {
        let exit = site.exit(wait(&mut child, &control));
        if control.asked() || !control.restart.swap(false, Ordering::SeqCst) {
            break exit;
        }
        tracing::info!("starting PostgreSQL again");
        match site.start_again(options, || control.asked()) {
            Ok(started) => child = started,
            Err(error) => {
                let how = format!("it could not be started again: {}", explain(&error));
                break Exit { how, clean: false };
            }
        }
        // Requests that came meanwhile are met by this start.
        control.restart.store(false, Ordering::SeqCst);
        let pid = Pid::from_child(&child);
        *control.pid.lock().unwrap_or_else(PoisonError::into_inner) = Some(pid);
        if control.asked() {
            // Asked while there was no server to tell.
            control.end(Signal::INT);
        }
        tracing::info!(pid = pid.as_raw_nonzero().get(), "PostgreSQL takes connections again");
    };
    if !control.asked() {
        tracing::error!(how = exit.how, "PostgreSQL ended without being asked to");
    }
    // The directory is free before anybody hears of the end, so that they can start again.
    drop(site);
    ended.send_replace(Some(exit));
}

/// Waits until the server has ended, and reaps it.
fn wait(child: &mut Child, control: &Control) -> Option<ExitStatus> {
    // Waits without reaping, so that its number stays its own until nobody can signal it any more.
    let pid = Pid::from_child(child);
    let watched = || waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
    while matches!(watched(), Err(rustix::io::Errno::INTR)) {}
    let mut held = control.pid.lock().unwrap_or_else(PoisonError::into_inner);
    let status = child.wait();
    *held = None;
    status.ok()
}

/// All that a server needs to start. The directory is held until this is dropped.
struct Site {
    home: Home,
    binaries: Binaries,
    launcher: Launcher,
    socket_dir: PathBuf,
    _lock: File,
}

impl Site {
    fn prepare(options: &Options) -> Result<(Self, Passwords), PostgresError> {
        let search = Search::of_this_machine();
        let home = Home::of(&options.data_dir);
        custody::inspect(&home)?;
        let binaries = search.binaries(options.bin_dir.as_deref(), &home.data())?;
        let account = account::choose(&home.data(), options.user.as_deref())?;
        let launcher = Launcher::new(&search, account)?;

        let home = home.create()?;
        let lock = home.lock()?;
        if let Some(account) = &launcher.account {
            home.open_to(account)?;
        }
        let socket_dir = home.socket_dir(launcher.account.as_ref())?;
        for needed in [&home.join("run"), &socket_dir, &binaries.dir] {
            launcher.check_reachable(needed)?;
        }
        let durable = settings::durable(&options.settings);
        // Looked at again, as another service may have made the data before we had the lock.
        let owner = if custody::version_of(&home.data())?.is_some() {
            cluster::password(&home, &launcher)?
        } else {
            cluster::create(&home, &binaries, &launcher, durable)?
        };
        let passwords = Passwords { owner, service: cluster::service_password(&home)? };
        Ok((Self { home, binaries, launcher, socket_dir, _lock: lock }, passwords))
    }

    fn start(
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
            if !exit.how.contains(ORPHANS_SAID) || Instant::now() >= deadline || abandoned() {
                return Err(PostgresError::NotStarted { how: exit.how });
            }
            leftover::end_orphans(&self.home.data());
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Starts a server after one that ended, with the programs that are installed now.
    fn start_again(
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
        for setting in settings::all(&self.socket_dir, &options.settings) {
            command.arg("-c").arg(setting);
        }
        Ok(command)
    }

    /// `None` when the server takes connections, or how it ended instead.
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
                // Told until it ends: as long as it isn't PostgreSQL yet, it may be deaf to that,
                // as everything is that a shell began in the background.
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

    fn exit(&self, status: Option<ExitStatus>) -> Exit {
        let said = status.map_or_else(|| "unknown status".to_owned(), |it| it.to_string());
        Exit {
            how: format!(
                "{said}; its log ends: {}{}",
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
