//! The priority of a server's processes.

use std::fs;

use rustix::process::{Pid, setpriority_process};

/// How much a process yields to others: by the table of the scheduler it gets a tenth of what they get while
/// they want to run, and all that they leave.
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
