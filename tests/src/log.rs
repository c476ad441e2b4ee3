//! Log lines in memory.

use std::io;
use std::mem::take;
use std::sync::{Arc, Mutex};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The log lines of a test. A writer for `tracing_subscriber`.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Captures what this thread logs, so all of a test's runtime, as long as the guard lives.
    /// `filter` has the syntax of [`EnvFilter`].
    pub fn start(filter: &str) -> (Self, impl Drop) {
        let log = Self::default();
        let writer = log.clone();
        let lines = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(filter))
            .with_ansi(false)
            .with_writer(move || writer.clone());
        (log, lines.finish().set_default())
    }

    /// The text since it was last taken.
    ///
    /// # Panics
    ///
    /// When the text isn't UTF-8.
    pub fn take(&self) -> String {
        let bytes = take(&mut *self.0.lock().expect("no panic while writing"));
        String::from_utf8(bytes).expect("UTF-8")
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic while writing").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
