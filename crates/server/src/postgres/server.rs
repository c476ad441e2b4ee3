//! A running server, and how it is asked to end or to start again.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::watch;

/// How the server ended.
#[derive(Clone, Debug)]
pub(super) struct Exit {
    /// Its status and the end of its log.
    pub(super) how: String,
    /// Whether it shut down in order.
    pub(super) clean: bool,
}

/// A server that takes connections. Dropping it asks the server to end, without waiting.
#[derive(Debug)]
pub(super) struct Server {
    /// The directory of its socket.
    pub(super) socket_dir: PathBuf,
    /// The program that it was started from.
    pub(super) program: PathBuf,
    /// The file it writes to.
    pub(super) log: PathBuf,
    /// How it ended, once its directory is free again.
    pub(super) exit: watch::Receiver<Option<Exit>>,
    /// Shared with its thread and with all who wait for its end.
    pub(super) control: Arc<Control>,
}

/// Signals to a running server.
#[derive(Debug)]
pub(super) struct Control {
    /// `None` once it is reaped: then the number may be another process's.
    pub(super) pid: Mutex<Option<Pid>>,
    /// Whether it was asked to end.
    pub(super) asked: AtomicBool,
    /// Whether to start it again when it has ended.
    pub(super) restart: AtomicBool,
}

impl Control {
    /// Asks the server to end: SIGINT with a checkpoint, SIGQUIT without, SIGKILL at once.
    pub(super) fn end(&self, signal: Signal) {
        self.asked.store(true, Ordering::SeqCst);
        self.signal(signal);
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = *self.pid.lock().unwrap_or_else(PoisonError::into_inner) {
            // It may have just ended by itself, which is fine.
            let _ = kill_process(pid, signal);
        }
    }

    /// Restarts the server in the same place. Does nothing if it was asked to end.
    pub(super) fn restart(&self) {
        if self.asked() {
            return;
        }
        self.restart.store(true, Ordering::SeqCst);
        self.signal(Signal::INT);
    }

    /// Whether the server was asked to end.
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

/// Restarts a private PostgreSQL. Sessions end; the URL and the data stay.
#[derive(Clone, Debug)]
pub struct Restarter(pub(super) Arc<Control>);

impl Restarter {
    /// Shuts the server down and starts it again, in the background. If it doesn't start,
    /// [`super::Postgres::died`] reports it.
    pub fn restart(&self) {
        self.0.restart();
    }
}

/// Waits for the end of the server.
pub(super) async fn ended(mut exit: watch::Receiver<Option<Exit>>) -> Exit {
    let found = exit.wait_for(Option::is_some).await.ok().and_then(|exit| exit.clone());
    found.unwrap_or_else(|| Exit { how: "its thread ended".to_owned(), clean: false })
}
