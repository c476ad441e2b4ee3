//! The queue of one partition. The next batch is decided while the last one is stored.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

use super::batch::{AppendOutcome, Batch};
use super::batch_state::{BatchEffects, BatchState, InFlightChanges};
use super::cache::{WriterCache, WriterGroup};
use super::decide_pending::{DecidedCommands, Loading};
use super::inbox::InboxReader;
use super::retries::{Retries, answer, fail, work};
use super::submission::{Answer, Queued};
use crate::clock::Clock;
use crate::connections::Connections;
use crate::error::StoreError;
use crate::partition::Partition;
use crate::written::CommitNotifier;

pub(crate) struct Queue {
    partition: Partition,
    inbox: InboxReader,
    stopping: watch::Receiver<bool>,
    connections: Arc<Connections>,
    group: WriterGroup,
    notifier: CommitNotifier,
    batch_max: usize,
    /// Submissions that are not answered and in no batch that is being stored.
    waiting: VecDeque<Queued>,
    /// The head and the states after `out` is stored.
    cache: Option<WriterCache>,
    /// The changes of `out`.
    in_flight: InFlightChanges,
    out: Option<Out>,
}

/// A batch that is being stored.
///
/// The task that stores the batch answers its callers. So they do not wait for the next batch to be
/// decided.
struct Out {
    storing: JoinHandle<Result<Option<Clock>, NotStored>>,
}

/// A batch that was not stored, with its callers and the reason.
struct NotStored {
    batch: Box<Batch>,
    queued: Vec<Queued>,
    why: Result<AppendOutcome, StoreError>,
}

/// How the batch that was being stored ended.
type Ended = Result<Result<Option<Clock>, NotStored>, JoinError>;

impl Queue {
    pub(crate) fn new(
        partition: Partition,
        inbox: InboxReader,
        stopping: watch::Receiver<bool>,
        connections: Arc<Connections>,
        group: WriterGroup,
        notifier: CommitNotifier,
        batch_max: usize,
    ) -> Self {
        Self {
            partition,
            inbox,
            stopping,
            connections,
            group,
            notifier,
            batch_max,
            waiting: VecDeque::new(),
            cache: None,
            in_flight: InFlightChanges::default(),
            out: None,
        }
    }

    /// Runs until the service stops, and then until the queue is empty.
    pub(crate) async fn run(mut self) {
        while self.wait().await {
            match self.cache.take() {
                Some(cache) if !self.waiting.is_empty() => self.advance(cache).await,
                Some(cache) => self.cache = Some(cache),
                None => self.begin(Retries::first(self.batch_max)).await,
            }
        }
    }

    /// Waits for submissions. Returns false when no more will come.
    async fn wait(&mut self) -> bool {
        self.inbox.begin_batch();
        loop {
            self.take_all();
            if !self.waiting.is_empty() {
                return true;
            }
            let Some(out) = &mut self.out else {
                let stopped = tokio::select! {
                    () = self.inbox.news() => false,
                    _ = self.stopping.wait_for(|stop| *stop) => true,
                };
                if stopped {
                    self.inbox.close();
                    self.take_all();
                    return !self.waiting.is_empty();
                }
                continue;
            };
            let ended = tokio::select! {
                ended = &mut out.storing => ended,
                () = self.inbox.news() => continue,
            };
            self.settle(ended).await;
        }
    }

    /// Takes the submissions whose turn it is, without waiting.
    fn take_all(&mut self) {
        self.inbox.take(&mut self.waiting, self.batch_max);
    }

    /// Decides and stores a batch without deciding ahead. No batch is being stored.
    async fn begin(&mut self, retries: Retries) {
        self.in_flight = InFlightChanges::default();
        let cache = self.cache.take();
        let Self { partition, connections, group, waiting, notifier, .. } = self;
        self.cache = work(*partition, connections, group, cache, waiting, retries, notifier).await;
    }

    /// Decides a batch on the state after the last one, for as long as that one is being stored,
    /// and then sends it.
    async fn advance(&mut self, cache: WriterCache) {
        let in_flight = std::mem::take(&mut self.in_flight);
        let mut batch_state = BatchState::new(self.partition, &cache, in_flight);
        let mut decided_commands = DecidedCommands::default();
        let (mut failed, mut ended) = (false, None);
        loop {
            let loading = Loading::AnyOf(&self.connections);
            let decided = decided_commands
                .decide_pending(&mut batch_state, loading, &self.waiting, self.batch_max, false)
                .await;
            failed |= decided.is_err();
            let Some(out) = &mut self.out else { break };
            if failed || decided_commands.full {
                ended = Some((&mut out.storing).await);
                break;
            }
            tokio::select! {
                biased;
                stored = &mut out.storing => ended = Some(stored),
                () = self.inbox.news() => {}
            }
            if ended.is_some() {
                break;
            }
            self.take_all();
        }
        let batch = if failed { None } else { Batch::close(batch_state).ok() };
        self.cache = Some(cache);
        if let Some(ended) = ended
            && !self.settle(ended).await
        {
            return;
        }
        match batch {
            Some((batch, effects)) if !decided_commands.answers.is_empty() => {
                self.send(batch, effects, decided_commands.answers);
            }
            // The failed command will fail again, and is handled there.
            _ => self.begin(Retries::first(self.batch_max)).await,
        }
    }

    /// Starts storing a batch, and continues as if it were stored.
    fn send(&mut self, batch: Batch, effects: BatchEffects, answers: Vec<Answer>) {
        if let Some(cache) = &mut self.cache {
            self.in_flight = effects.put_into(cache);
        }
        let connections = Arc::clone(&self.connections);
        let queued: Vec<_> = self.waiting.drain(..answers.len()).collect();
        let (notifier, partition) = (self.notifier.clone(), self.partition);
        let storing = tokio::spawn(async move {
            let stored = match connections.take().await {
                Ok(connection) => batch.store(&connections, connection, false).await,
                Err(error) => Err(error.into()),
            };
            match stored {
                Ok(AppendOutcome::Stored(clock)) => {
                    batch.hand_over(notifier.memory());
                    notifier.notify(partition);
                    answer(queued, answers);
                    Ok(clock)
                }
                why => Err(NotStored { batch: Box::new(batch), queued, why }),
            }
        });
        self.out = Some(Out { storing });
    }

    /// Continues after the batch that was being stored. If it was not stored, everything decided on
    /// top of it is void, and the batch is tried again at once; then this returns false.
    async fn settle(&mut self, ended: Ended) -> bool {
        self.out = None;
        let NotStored { batch, queued, why: stored } = match ended {
            Ok(Ok(clock)) => {
                if let (Some(cache), Some(clock)) = (&mut self.cache, clock) {
                    cache.clock = clock;
                }
                return true;
            }
            Ok(Err(not_stored)) => not_stored,
            // Its callers see their channels close: the outcome is unknown.
            Err(error) => {
                let partition = self.partition.number();
                tracing::error!(partition, error = %error, "the task that stored a batch ended without a result");
                self.cache = None;
                return false;
            }
        };
        if let Some(cache) = &mut self.cache {
            batch.undo(cache);
        }
        let first = Retries::first(self.batch_max);
        let catching_up = matches!(stored, Ok(AppendOutcome::HeadMoved | AppendOutcome::KeyTaken));
        self.cache = self.cache.take().filter(|_| catching_up);
        let next = if let Ok(stored) = stored {
            first.after(stored)
        } else {
            // The server reported that nothing was stored.
            self.connections.forget_idle();
            Ok(first)
        };
        match next {
            Ok(retries) => {
                for again in queued.into_iter().rev() {
                    self.waiting.push_front(again);
                }
                self.begin(retries).await;
            }
            Err(unknown) => fail(queued, &unknown),
        }
        false
    }
}
