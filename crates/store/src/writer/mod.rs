//! The writers: one queue and one task per partition of the log, many commands per commit.
//!
//! A writer takes the commands that wait, in turns among tenants, loads in one statement what it doesn't hold, decides each
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
mod inbox;
mod known;
mod load;
mod queue;
pub(crate) mod record;
pub(crate) mod rows;
pub(crate) mod size;
pub mod submission;
mod wants;
mod working;

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use self::inbox::{Inbox, Outlet};
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
    /// Commands of one tenant that may wait. All tenants of a partition together may have four times as
    /// many.
    pub queue_max: usize,
    /// Commands per commit, at most.
    pub batch_max: usize,
    /// Connections that all writers share.
    pub connections_max: usize,
}

/// The queues' near end.
pub(crate) struct Writers {
    queues: Vec<Arc<Inbox>>,
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
                let inbox = Arc::new(Inbox::new(limits.queue_max));
                let connections = Arc::clone(&connections);
                let stopping = stopping.clone();
                let queue = Queue::new(
                    partition,
                    Outlet(Arc::clone(&inbox)),
                    stopping,
                    connections,
                    sharers.clone(),
                    written.clone(),
                    limits.batch_max,
                );
                tasks.spawn(queue.run());
                inbox
            })
            .collect();
        Self { queues, stop, tasks: tasks.into() }
    }

    /// Queues a submission, or says at once that its tenant's queue is full, or its partition's.
    pub(crate) fn submit(&self, submission: Submission) -> Result<Pending, StoreError> {
        let (queued, pending) = Queued::new(submission);
        self.queue(queued.submission.tenant.partition)?.push(queued)?;
        Ok(pending)
    }

    /// Queues a submission, and returns as soon as there is room for it.
    pub(crate) async fn submit_patiently(
        &self,
        submission: Submission,
    ) -> Result<Pending, StoreError> {
        let (queued, pending) = Queued::new(submission);
        self.queue(queued.submission.tenant.partition)?.push_patiently(queued).await?;
        Ok(pending)
    }

    /// The queue of `partition`. Closed to newcomers from the moment of the stop: a writer that is
    /// busy with a batch closes its end only afterwards.
    fn queue(&self, partition: Partition) -> Result<&Arc<Inbox>, StoreError> {
        if *self.stop.borrow() {
            return Err(StoreError::Stopping);
        }
        self.queues.get(partition.index()).ok_or(StoreError::Stopping)
    }

    /// How many commands wait in all queues.
    pub(crate) fn waiting(&self) -> usize {
        self.queues.iter().map(|queue| queue.waiting()).sum()
    }

    /// Takes no more commands, and returns when those that were queued are answered.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let mut tasks = self.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
    }
}
