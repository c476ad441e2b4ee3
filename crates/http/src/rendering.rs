//! Large answers, which take long to write.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::problem::Problem;

/// Writes large answers on threads of their own, so that the threads that serve requests stay free.
/// At most half as many threads as there are cores write at a time.
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
            write()
        });
        written.await.map_err(|error| match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => Problem::internal(),
        })
    }
}
