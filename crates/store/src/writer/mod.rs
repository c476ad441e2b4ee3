//! The writers: one queue and one task per partition of the log, many commands per commit.
//!
//! A writer takes all commands that wait, loads in one statement what it doesn't hold, decides each
//! in memory, appends everything in one call that compares the head with the one it knows, and
//! answers after the commit. A command that is queued runs to its end whether or not its caller
//! still waits.

mod append;
mod attempt;
mod batch;
mod conclude;
mod decide;
mod gather;
mod head;
pub(crate) mod import;
mod known;
mod load;
mod queue;
mod rows;
pub(crate) mod size;
pub mod submission;
mod wants;
mod working;

use std::sync::Arc;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use self::known::Sharers;
use self::queue::Queue;
pub(crate) use self::rows::to_json;
use self::submission::{Pending, Queued, Submission};
use crate::connect::{Role, as_role};
use crate::connections::Connections;
use crate::error::StoreError;
use crate::partition::Partition;
use crate::store::Options;
use crate::written::Written;

/// How writers are bounded.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Commands that may wait per partition.
    pub queue_max: usize,
    /// Commands per commit, at most.
    pub batch_max: usize,
    /// Connections that all writers share.
    pub connections_max: usize,
}

/// The queues' near end.
pub(crate) struct Writers {
    queues: Vec<mpsc::Sender<Queued>>,
    stop: watch::Sender<bool>,
    tasks: tokio::sync::Mutex<JoinSet<()>>,
}

impl Writers {
    /// Starts a writer for each partition. None connects before its first command.
    pub(crate) fn start(options: &Options, written: &Written) -> Self {
        let limits = options.writers;
        let connections = as_role(&options.database, Role::Writer);
        let connections = Arc::new(Connections::new(connections, limits.connections_max));
        let (stop, stopping) = watch::channel(false);
        let sharers = Sharers::new(options.answer_key.clone());
        let mut tasks = JoinSet::new();
        let queues = Partition::all()
            .map(|partition| {
                let (sender, receiver) = mpsc::channel(limits.queue_max);
                let connections = Arc::clone(&connections);
                let stopping = stopping.clone();
                let queue = Queue::new(
                    partition,
                    receiver,
                    stopping,
                    connections,
                    sharers.clone(),
                    written.clone(),
                    limits.batch_max,
                );
                tasks.spawn(queue.run());
                sender
            })
            .collect();
        Self { queues, stop, tasks: tasks.into() }
    }

    /// Queues a submission, or says at once that the queue is full.
    pub(crate) fn submit(&self, submission: Submission) -> Result<Pending, StoreError> {
        let (queued, pending) = Queued::new(submission);
        let queue = self.queue(queued.submission.tenant.partition)?;
        queue.try_send(queued).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Closed(_) => StoreError::Stopping,
        })?;
        Ok(pending)
    }

    /// Queues a submission as soon as there is room.
    pub(crate) async fn submit_patiently(
        &self,
        submission: Submission,
    ) -> Result<Pending, StoreError> {
        let (queued, pending) = Queued::new(submission);
        let queue = self.queue(queued.submission.tenant.partition)?;
        queue.send(queued).await.map_err(|_| StoreError::Stopping)?;
        Ok(pending)
    }

    /// The queue of `partition`. Closed to newcomers from the moment of the stop: a writer that is
    /// busy with a batch closes its end only afterwards.
    fn queue(&self, partition: Partition) -> Result<&mpsc::Sender<Queued>, StoreError> {
        if *self.stop.borrow() {
            return Err(StoreError::Stopping);
        }
        self.queues.get(partition.index()).ok_or(StoreError::Stopping)
    }

    /// How many commands wait in all queues.
    pub(crate) fn waiting(&self) -> usize {
        self.queues.iter().map(|queue| queue.max_capacity().saturating_sub(queue.capacity())).sum()
    }

    /// Takes no more commands, and returns when those that were queued are answered.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let mut tasks = self.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
    }
}
