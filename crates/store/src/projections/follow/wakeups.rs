//! Wakeups: the partitions with new events.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Notify, watch};

use crate::partition::Partition;

/// Partitions to process. Each is given to one worker at a time.
#[derive(Debug, Default)]
pub(crate) struct Wakeups {
    state: Mutex<State>,
    changed: Notify,
    /// One for each partition. Changes when it may have new events.
    news: [watch::Sender<()>; 32],
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Partition>,
    busy: BTreeSet<Partition>,
}

impl Wakeups {
    /// Reports new events in `partition`.
    pub(crate) fn wake(&self, partition: Partition) {
        if let Some(news) = self.news.get(partition.index()) {
            news.send_replace(());
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.waiting.contains(&partition) {
            state.waiting.push_back(partition);
            self.changed.notify_one();
        }
    }

    /// Changes when `partition` may have new events.
    pub(crate) fn news(&self, partition: Partition) -> Option<watch::Receiver<()>> {
        self.news.get(partition.index()).map(watch::Sender::subscribe)
    }

    /// The partition that has waited longest and that no worker has. It must be given back.
    pub(crate) async fn next(&self) -> Partition {
        loop {
            if let Some(partition) = self.take() {
                return partition;
            }
            self.changed.notified().await;
        }
    }

    fn take(&self) -> Option<Partition> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { waiting, busy } = &mut *state;
        let place = waiting.iter().position(|partition| !busy.contains(partition))?;
        let partition = waiting.remove(place)?;
        busy.insert(partition);
        if !waiting.is_empty() {
            self.changed.notify_one();
        }
        Some(partition)
    }

    /// Gives a partition back.
    pub(crate) fn give_back(&self, partition: Partition) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.busy.remove(&partition);
        if !state.waiting.is_empty() {
            self.changed.notify_one();
        }
    }
}
