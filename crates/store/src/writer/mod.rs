//! The writers: one queue and one task for each partition of the log, and many commands per commit.
//!
//! A writer takes waiting commands, with turns among tenants. It loads what it does not have in one
//! statement, decides each command in memory, and appends all events in one call. That call
//! compares the head with the one that the writer knows. The writer answers after the commit. A
//! queued command runs to its end, even if its caller stops waiting.

mod aggregate;
mod append;
mod batch;
mod batch_state;
mod cache;
mod commit;
mod decide;
mod decide_pending;
mod event_row;
mod head;
pub(crate) mod import;
mod inbox;
mod load;
mod loads;
mod measure;
mod outcome;
mod queue;
pub(crate) mod record;
mod retries;
pub(crate) mod rows;
pub(crate) mod size;
pub mod submission;

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use self::cache::WriterGroup;
use self::inbox::{Inbox, InboxReader};
use self::queue::Queue;
use self::submission::{Pending, Queued, Submission};
use crate::connect::{Role, as_role};
use crate::connections::{Connections, Usage};
use crate::error::StoreError;
use crate::options::Options;
use crate::partition::Partition;
use crate::written::CommitNotifier;

/// Sends commands to the writers.
pub(crate) struct Writers {
    queues: Vec<Arc<Inbox>>,
    connections: Arc<Connections>,
    stop: watch::Sender<bool>,
    tasks: tokio::sync::Mutex<JoinSet<()>>,
}

impl Writers {
    /// Starts a writer for each partition. A writer connects at its first command.
    pub(crate) fn start(options: &Options, notifier: &CommitNotifier) -> Self {
        let limits = options.writers;
        let connections = as_role(&options.database, Role::Writer);
        let connections = Arc::new(Connections::new(connections, limits.connections_max));
        let (stop, stopping) = watch::channel(false);
        let group = WriterGroup::new(options.answer_key.clone());
        let mut tasks = JoinSet::new();
        let queues = Partition::all()
            .map(|partition| {
                let inbox = Arc::new(Inbox::new(limits.queue_max));
                let connections = Arc::clone(&connections);
                let stopping = stopping.clone();
                let queue = Queue::new(
                    partition,
                    InboxReader(Arc::clone(&inbox)),
                    stopping,
                    connections,
                    group.clone(),
                    notifier.clone(),
                    limits.batch_max,
                );
                tasks.spawn(queue.run());
                inbox
            })
            .collect();
        Self { queues, connections, stop, tasks: tasks.into() }
    }

    /// Queues a submission. Fails at once if the queue of its tenant or partition is full.
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

    /// The queue of `partition`. It is closed when the service stops, even if the writer is busy
    /// with a batch.
    fn queue(&self, partition: Partition) -> Result<&Arc<Inbox>, StoreError> {
        if *self.stop.borrow() {
            return Err(StoreError::Stopping);
        }
        self.queues.get(partition.index()).ok_or(StoreError::Stopping)
    }

    /// The number of waiting commands in all queues.
    pub(crate) fn waiting(&self) -> usize {
        self.queues.iter().map(|queue| queue.waiting()).sum()
    }

    /// How many connections for writing are in use now.
    pub(crate) fn connections(&self) -> Usage {
        self.connections.usage()
    }

    /// Takes no more commands, and returns when all queued commands are answered.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let mut tasks = self.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
        self.connections.close();
    }
}
