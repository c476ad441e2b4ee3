//! Who is told that something was written.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::partition::Partition;
use crate::projections::follow::Wakeups;

/// What a writer tells after each commit: the workers of this process, and through a task of its own
/// the other services. Cheap to clone, and never waits.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    wakeups: Arc<Wakeups>,
    others: mpsc::Sender<Partition>,
}

impl Written {
    pub(crate) fn new(wakeups: Arc<Wakeups>, others: mpsc::Sender<Partition>) -> Self {
        Self { wakeups, others }
    }

    /// Something was written to `partition`.
    pub(crate) fn tell(&self, partition: Partition) {
        self.wakeups.wake(partition);
        // When the channel is full, they are about to be told of something else, and they look by
        // themselves.
        let _ = self.others.try_send(partition);
    }
}
