//! Which partitions have something new.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Notify, watch};

use crate::partition::Partition;

/// Partitions to look at, each given to one worker at a time.
#[derive(Debug, Default)]
pub(crate) struct Wakeups {
    state: Mutex<State>,
    changed: Notify,
    /// One for each partition: moves when there may be something new in it.
    news: [watch::Sender<()>; 32],
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Partition>,
    busy: BTreeSet<Partition>,
}

impl Wakeups {
    /// There is something new in `partition`.
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

    /// Moves when there may be something new in `partition`.
    pub(crate) fn news(&self, partition: Partition) -> Option<watch::Receiver<()>> {
        self.news.get(partition.index()).map(watch::Sender::subscribe)
    }

    /// The partition that has waited longest among those that nobody is at. It must be given back.
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

    /// Whoever was at `partition` is no longer.
    pub(crate) fn give_back(&self, partition: Partition) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.busy.remove(&partition);
        if !state.waiting.is_empty() {
            self.changed.notify_one();
        }
    }
}
