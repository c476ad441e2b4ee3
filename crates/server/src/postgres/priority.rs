//! The priority of a server's processes.

use std::fs;

use rustix::process::{Pid, setpriority_process};

/// The niceness. A process gets about a tenth of the processor time of another one that wants to run, too. It
/// gets all the time that nobody else wants.
const NICENESS: i32 = 10;

/// Lowers the priority of one of the server's processes. If that fails, it competes with the others.
pub(super) fn lower(process: i32) {
    let Some(pid) = Pid::from_raw(process) else { return };
    let lowered = setpriority_process(Some(pid), NICENESS);
    // Each of the server's processes is a session, and Linux may share the processor by session first.
    let _ = fs::write(format!("/proc/{process}/autogroup"), NICENESS.to_string());
    if let Err(error) = lowered {
        tracing::debug!(process, %error, "the priority of a database process can't be lowered");
    }
}
