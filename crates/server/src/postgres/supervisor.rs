//! The thread that starts the server, lives as long as it does, and reports how it ended.

use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};
use tokio::sync::{oneshot, watch};

use super::error::{PostgresError, io};
use super::options::Options;
use super::server::{Control, Exit, Server};
use super::site::{Passwords, Site};
use crate::explain::explain;

/// The server and its passwords, or why it did not start.
pub(super) type Started = Result<(Server, Passwords), PostgresError>;

/// How many of these threads there are in the process.
static THREADS: LazyLock<watch::Sender<usize>> = LazyLock::new(|| watch::Sender::new(0));

/// Counts a thread until it ends.
struct Counted;

impl Counted {
    fn new() -> Self {
        THREADS.send_modify(|threads| *threads = threads.saturating_add(1));
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        THREADS.send_modify(|threads| *threads = threads.saturating_sub(1));
    }
}

/// Waits until each server of this process has ended and each start that was given up is cleaned up.
pub(super) async fn all_ended() {
    // The sender is never dropped.
    let _ = THREADS.subscribe().wait_for(|threads| *threads == 0).await;
}

/// Starts a thread that starts the server and stays until it has ended.
///
/// The server gets a signal when the thread that started it ends. So it ends with a service that is
/// killed. A thread of the runtime could end at any time, hence a thread of its own.
///
/// # Errors
///
/// [`PostgresError::Io`] when the system has no thread left.
pub(super) fn supervise(options: Options) -> Result<oneshot::Receiver<Started>, PostgresError> {
    let (reply, started) = oneshot::channel();
    let counted = Counted::new();
    thread::Builder::new()
        .name("postgres".to_owned())
        .spawn(move || {
            let _counted = counted;
            run(&options, reply);
        })
        .map_err(io("start a thread for PostgreSQL"))?;
    Ok(started)
}

fn run(options: &Options, reply: oneshot::Sender<Started>) {
    let (mut site, passwords) = match Site::prepare(options, || reply.is_closed()) {
        Ok(prepared) => prepared,
        Err(error) => return drop(reply.send(Err(error))),
    };
    if reply.is_closed() {
        return;
    }
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
    // If nobody waits any more, the server is dropped here, which asks it to end.
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
        // This start also serves requests for a restart that came meanwhile.
        control.restart.store(false, Ordering::SeqCst);
        let pid = Pid::from_child(&child);
        *control.pid.lock().unwrap_or_else(PoisonError::into_inner) = Some(pid);
        if control.asked() {
            // Asked while there was no server.
            control.end(Signal::INT);
        }
        tracing::info!(pid = pid.as_raw_nonzero().get(), "PostgreSQL takes connections again");
    };
    if !control.asked() {
        tracing::error!(how = exit.how, "PostgreSQL ended unexpectedly");
    }
    // Frees the directory before the end is reported, so that a new start can follow.
    drop(site);
    ended.send_replace(Some(exit));
}

/// Waits until the server has ended, and reaps it.
fn wait(child: &mut Child, control: &Control) -> Option<ExitStatus> {
    // Waits without reaping first: its number stays its own until nobody can signal it any more.
    let pid = Pid::from_child(child);
    let watched = || waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
    while matches!(watched(), Err(rustix::io::Errno::INTR)) {}
    let mut held = control.pid.lock().unwrap_or_else(PoisonError::into_inner);
    let status = child.wait();
    *held = None;
    status.ok()
}
