//! Notifications of commits.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::memory::ReadMemory;
use crate::partition::Partition;
use crate::projections::follow::Wakeups;

/// Notifies the workers of this process and, through a task of its own, the other services. Cheap
/// to clone, and never waits.
#[derive(Clone)]
pub(crate) struct CommitNotifier {
    wakeups: Arc<Wakeups>,
    others: mpsc::Sender<Partition>,
    memory: Arc<ReadMemory>,
}

impl CommitNotifier {
    pub(crate) fn new(
        wakeups: Arc<Wakeups>,
        others: mpsc::Sender<Partition>,
        memory: Arc<ReadMemory>,
    ) -> Self {
        Self { wakeups, others, memory }
    }

    /// The memory of reads, which learns of each commit.
    pub(crate) fn memory(&self) -> &ReadMemory {
        &self.memory
    }

    /// Notifies of a commit in `partition`.
    pub(crate) fn notify(&self, partition: Partition) {
        self.wakeups.wake(partition);
        // If the channel is full, the others are about to be notified anyway. They also poll.
        let _ = self.others.try_send(partition);
    }
}
