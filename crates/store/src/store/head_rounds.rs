//! Reads that have a document in memory and wait for a head that confirms it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::postgres::PgConnectOptions;
use tokio::sync::{Semaphore, oneshot};

use crate::connections::{Connections, Usage};
use crate::error::StoreError;
use crate::memory::Key;
use crate::model::{Document, Mark};
use crate::partition::Partition;

/// Connections that read missed events, at most.
const CATCHING_UP_MAX: usize = 2;

/// Reads that have a document in memory, and wait for a head that confirms it.
pub(super) struct HeadRounds {
    waiting: Mutex<Waiting>,
    /// One connection: one statement reads the heads for all.
    pub(super) heads: Connections,
    pub(super) events: Connections,
    /// Held while documents that were read wait for the memory to move on.
    pub(super) keeping: Arc<Semaphore>,
}

#[derive(Default)]
struct Waiting {
    reads: Vec<Remembered>,
    under_way: bool,
}

/// A read with the document that memory had when it arrived.
pub(super) struct Remembered {
    pub(super) partition: Partition,
    pub(super) key: Key,
    pub(super) mark: Mark,
    pub(super) document: Document,
    /// Where the confirmed document goes; nothing if the read must ask the database for it.
    pub(super) answer: oneshot::Sender<Result<Option<Document>, StoreError>>,
}

impl HeadRounds {
    /// With connections that may read the events of all tenants.
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self {
            waiting: Mutex::default(),
            heads: Connections::new(options.clone(), 1),
            events: Connections::new(options, CATCHING_UP_MAX),
            keeping: Arc::new(Semaphore::new(1)),
        }
    }

    /// How many connections of each kind are in use now.
    pub(super) fn usage(&self) -> [(&'static str, Usage); 2] {
        [("heads", self.heads.usage()), ("events", self.events.usage())]
    }

    /// Takes no more reads.
    pub(super) fn close(&self) {
        self.heads.close();
        self.events.close();
    }

    /// Adds a read, and returns whether a round must begin.
    pub(super) fn join(&self, read: Remembered) -> bool {
        let mut waiting = self.waiting();
        waiting.reads.push(read);
        !std::mem::replace(&mut waiting.under_way, true)
    }

    /// The reads for the next statement. If there are none, the round is over.
    pub(super) fn next(&self) -> Option<Vec<Remembered>> {
        let mut waiting = self.waiting();
        let reads = std::mem::take(&mut waiting.reads);
        waiting.under_way = !reads.is_empty();
        waiting.under_way.then_some(reads)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remembered {
    /// Answers with a document, or nothing. A caller that has gone misses the answer.
    pub(super) fn answer(self, document: Option<Document>) {
        drop(self.answer.send(Ok(document)));
    }

    pub(super) fn fail(self, error: &StoreError) {
        drop(self.answer.send(Err(error.for_another())));
    }
}

/// Lets another round begin if this one ends in a panic.
pub(super) struct Ending<'a>(pub(super) &'a HeadRounds);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *self.0.waiting() = Waiting::default();
        }
    }
}
