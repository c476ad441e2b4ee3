//! Large answers, which take long to write.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::available_parallelism;

use rustix::process::setpriority_process;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::problem::Problem;

/// The niceness of a thread that writes a large answer.
const NICENESS: i32 = 10;

/// Writes large answers on threads of their own, so that the threads that serve requests stay free.
/// At most half as many threads as there are cores write at a time. They have a low priority: threads
/// that serve requests go first.
pub struct Rendering(Arc<Semaphore>);

impl Default for Rendering {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, std::num::NonZero::get);
        Self(Arc::new(Semaphore::new(cores.div_ceil(2))))
    }
}

impl Rendering {
    /// Runs `write` on such a thread, when one is free.
    ///
    /// # Errors
    ///
    /// An internal error when the service ends before that.
    pub async fn run<T: Send + 'static>(
        &self,
        write: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = Arc::clone(&self.0).acquire_owned().await;
        let written = spawn_blocking(move || {
            let _permit = permit;
            // On Linux a thread has a priority of its own, and keeps it. Nothing urgent runs on these threads. If
            // this fails, the thread competes with the others.
            let _ = setpriority_process(None, NICENESS);
            write()
        });
        written.await.map_err(|error| match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => Problem::internal(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{NICENESS, Rendering};

    /// The niceness of the current thread (proc(5), field 19 of `stat`).
    fn niceness() -> i32 {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").expect("Linux");
        let (_, fields) = stat.rsplit_once(") ").expect("a name");
        fields.split(' ').nth(16).and_then(|field| field.parse().ok()).expect("a niceness")
    }

    #[tokio::test]
    async fn large_answers_are_written_when_other_threads_leave_time() {
        let before = niceness();
        let written = Rendering::default().run(niceness).await;
        assert_eq!(written.ok(), Some(NICENESS));
        assert_eq!(niceness(), before, "the threads of requests stay as they are");
    }
}
