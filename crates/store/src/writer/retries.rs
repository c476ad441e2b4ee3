//! Tries a batch until it is stored or fails: what a queue does when it has no cache or something
//! went wrong.

use std::collections::VecDeque;
use std::sync::Arc;

use super::batch::{AppendOutcome, Batch};
use super::batch_state::{BatchState, InFlightChanges};
use super::cache::{WriterCache, WriterGroup};
use super::decide_pending::{DecidedCommands, Loading};
use super::head::{catch_up, lock};
use super::measure;
use super::submission::{Answer, Queued};
use crate::connections::{Connections, in_time};
use crate::error::{StoreError, broken_off};
use crate::memory::ReadMemory;
use crate::partition::Partition;
use crate::written::CommitNotifier;

/// After this many lost races a writer locks the head before it decides, so that it gets through.
const LOSSES_MAX: u32 = 2;
/// How often a batch is started again because the database failed before the append.
const FAILURES_MAX: u32 = 1;

/// How often a batch is tried again after its append was lost.
const LOST_MAX: u32 = 10;

/// The state of trying a batch again.
#[derive(Clone, Copy)]
pub(crate) struct Retries {
    /// The maximum of submissions in the batch.
    batch_max: usize,
    /// How often another writer was faster.
    losses: u32,
    /// Whether the idempotency keys must be looked up before deciding.
    look_up_keys: bool,
    failures: u32,
    lost: u32,
}

impl Retries {
    /// The first try.
    pub(crate) fn first(batch_max: usize) -> Self {
        Self { batch_max, losses: 0, look_up_keys: false, failures: 0, lost: 0 }
    }

    /// The next try after `stored`, or the error if there must be none.
    pub(crate) fn after(mut self, stored: AppendOutcome) -> Result<Self, StoreError> {
        match stored {
            AppendOutcome::Stored(_) => {}
            AppendOutcome::HeadMoved => {
                metrics::counter!("dossier_append_races_lost_total").increment(1);
                self.losses = self.losses.saturating_add(1);
            }
            AppendOutcome::KeyTaken => self.look_up_keys = true,
            AppendOutcome::Lost if self.lost < LOST_MAX => {
                self.look_up_keys = true;
                self.lost = self.lost.saturating_add(1);
            }
            // The batch breaks every connection.
            AppendOutcome::Lost => {
                return Err(StoreError::Unavailable(
                    broken_off("every connection broke on it").into(),
                ));
            }
            AppendOutcome::Unknown(error) => return Err(error),
        }
        Ok(self)
    }
}

/// Decides, stores and answers a batch from the front of `waiting`. Returns the cache after it, or
/// nothing if the head must be read again.
pub(crate) async fn work(
    partition: Partition,
    connections: &Arc<Connections>,
    group: &WriterGroup,
    mut cache: Option<WriterCache>,
    waiting: &mut VecDeque<Queued>,
    mut retries: Retries,
    notifier: &CommitNotifier,
) -> Option<WriterCache> {
    while !waiting.is_empty() {
        let memory = notifier.memory();
        let attempted =
            attempt(partition, connections, group, &mut cache, waiting, retries, memory).await;
        let error = match attempted {
            Ok((AppendOutcome::Stored(_), answers)) => {
                notifier.notify(partition);
                answer(waiting.drain(..answers.len()), answers);
                return cache;
            }
            // An unknown outcome is not tried again.
            Ok((stored, _)) => match retries.after(stored) {
                Ok(next) => {
                    retries = next;
                    continue;
                }
                Err(unknown) => unknown,
            },
            Err(StoreError::Unavailable(_)) if retries.failures < FAILURES_MAX => {
                connections.forget_idle();
                cache = None;
                retries.failures = retries.failures.saturating_add(1);
                continue;
            }
            // One command that the database rejects must not fail the others.
            Err(StoreError::Refused(_) | StoreError::Unreadable { .. })
                if retries.batch_max > 1 && waiting.len() > 1 =>
            {
                cache = None;
                retries.batch_max = 1;
                continue;
            }
            Err(error) => error,
        };
        connections.forget_idle();
        fail(waiting.drain(..waiting.len().min(retries.batch_max)), &error);
        return None;
    }
    cache
}

async fn attempt(
    partition: Partition,
    connections: &Arc<Connections>,
    group: &WriterGroup,
    cache: &mut Option<WriterCache>,
    waiting: &VecDeque<Queued>,
    retries: Retries,
    memory: &ReadMemory,
) -> Result<(AppendOutcome, Vec<Answer>), StoreError> {
    let mut connection = connections.take().await?;
    let locked = retries.losses >= LOSSES_MAX;
    if locked {
        in_time(lock(&mut connection, partition)).await?;
    }
    let mut current = match cache.take() {
        Some(cache) if retries.losses == 0 => cache,
        cache => in_time(catch_up(&mut connection, partition, cache, group)).await?,
    };
    let mut batch_state = BatchState::new(partition, &current, InFlightChanges::default());
    let mut decided_commands = DecidedCommands::default();
    let Retries { batch_max, look_up_keys, .. } = retries;
    let loading = Loading::On(&mut connection);
    decided_commands
        .decide_pending(&mut batch_state, loading, waiting, batch_max, look_up_keys)
        .await?;
    let (batch, effects) = Batch::close(batch_state)?;
    let stored = batch.store(connections, connection, locked).await?;
    match &stored {
        AppendOutcome::Stored(clock) => {
            batch.hand_over(memory);
            effects.put_into(&mut current);
            current.clock = clock.unwrap_or(current.clock);
            *cache = Some(current);
        }
        AppendOutcome::HeadMoved | AppendOutcome::KeyTaken => *cache = Some(current),
        AppendOutcome::Lost | AppendOutcome::Unknown(_) => {}
    }
    Ok((stored, decided_commands.answers))
}

/// Answers the submissions of a stored batch.
pub(crate) fn answer(queued: impl IntoIterator<Item = Queued>, answers: Vec<Answer>) {
    let size = u32::try_from(answers.len()).unwrap_or(u32::MAX);
    metrics::histogram!("dossier_batch_size").record(size);
    for (queued, answer) in queued.into_iter().zip(answers) {
        measure::answered(&queued, &answer);
        // A caller that hung up misses the answer, not the effect.
        let _ = queued.reply.send(Ok(answer));
    }
}

/// Answers a whole batch with an error. So the queue stays bounded while the database is
/// unavailable.
pub(crate) fn fail(queued: impl IntoIterator<Item = Queued>, error: &StoreError) {
    let cause: &dyn std::error::Error = error;
    if let StoreError::Unavailable(_) = error {
        tracing::warn!(error = cause, "a batch of commands failed: the database is unavailable");
    } else {
        tracing::error!(error = cause, "a batch of commands failed");
    }
    for queued in queued {
        measure::failed(&queued);
        let _ = queued.reply.send(Err(again(error)));
    }
}

/// Why one caller's command failed. The log has the error of the batch.
const WITH_OTHERS: &str = "the batch that it was in failed";

/// The error for one more caller. Errors of sqlx can't be cloned.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(outage) => StoreError::Unavailable(outage.for_another(WITH_OTHERS)),
        StoreError::Busy
        | StoreError::PartitionBusy
        | StoreError::TooManyKeys
        | StoreError::Stopping
        | StoreError::ReadersBusy
        | StoreError::ShareUsed
        | StoreError::TooCostly { .. } => error.for_another(),
        StoreError::Refused(_) | StoreError::Unreadable { .. } | StoreError::Unfit(_) => {
            StoreError::Refused(broken_off(WITH_OTHERS))
        }
    }
}
