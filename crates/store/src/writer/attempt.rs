//! A batch tried until it is stored or can't be: what a queue does when nothing is known of the
//! head, and when something went wrong.

use std::collections::VecDeque;
use std::sync::Arc;

use super::batch::{Batch, Stored};
use super::gather::{Gathered, Loading};
use super::head::{catch_up, lock};
use super::known::{Known, Sharers};
use super::submission::{Answer, Queued};
use super::working::{Carried, Working};
use crate::connections::{Connections, in_time};
use crate::error::{StoreError, broken_off};
use crate::partition::Partition;
use crate::written::Written;

/// After this many lost races a writer takes the lock before it decides, so that it gets through.
const LOSSES_MAX: u32 = 2;
/// How often a batch is begun anew because the database failed before anything was sent to be stored.
const FAILURES_MAX: u32 = 1;

/// How often a batch is tried whose append was lost on the way.
const LOST_MAX: u32 = 10;

/// What is different about trying a batch again.
#[derive(Clone, Copy)]
pub(crate) struct Tries {
    /// How many submissions may share the batch.
    batch_max: usize,
    /// How often another writer was faster.
    losses: u32,
    /// Whether the idempotency keys must be looked up before deciding.
    look_up_keys: bool,
    failures: u32,
    lost: u32,
}

impl Tries {
    /// The first try.
    pub(crate) fn first(batch_max: usize) -> Self {
        Self { batch_max, losses: 0, look_up_keys: false, failures: 0, lost: 0 }
    }

    /// The next try after `stored`; the error when there must be none.
    pub(crate) fn after(mut self, stored: Stored) -> Result<Self, StoreError> {
        match stored {
            Stored::Yes(_) => {}
            Stored::HeadMoved => {
                metrics::counter!("dossier_append_races_lost_total").increment(1);
                self.losses = self.losses.saturating_add(1);
            }
            Stored::KeyTaken => self.look_up_keys = true,
            Stored::Lost if self.lost < LOST_MAX => {
                self.look_up_keys = true;
                self.lost = self.lost.saturating_add(1);
            }
            // It breaks each connection that it is sent on.
            Stored::Lost => {
                return Err(StoreError::Unavailable(
                    broken_off("each connection broke on it").into(),
                ));
            }
            Stored::Unknown(error) => return Err(error),
        }
        Ok(self)
    }
}

/// Decides and stores a batch from the front of `waiting`, and answers it. Gives what is known of the
/// head then; nothing when that must be read again.
pub(crate) async fn work(
    partition: Partition,
    connections: &Arc<Connections>,
    sharers: &Sharers,
    mut known: Option<Known>,
    waiting: &mut VecDeque<Queued>,
    mut tries: Tries,
    written: &Written,
) -> Option<Known> {
    while !waiting.is_empty() {
        let attempted = attempt(partition, connections, sharers, &mut known, waiting, tries).await;
        let error = match attempted {
            Ok((Stored::Yes(_), answers)) => {
                written.tell(partition);
                answer(waiting.drain(..answers.len()), answers);
                return known;
            }
            // What is unknown is not tried again.
            Ok((stored, _)) => match tries.after(stored) {
                Ok(next) => {
                    tries = next;
                    continue;
                }
                Err(unknown) => unknown,
            },
            Err(StoreError::Unavailable(_)) if tries.failures < FAILURES_MAX => {
                connections.forget_idle();
                known = None;
                tries.failures = tries.failures.saturating_add(1);
                continue;
            }
            // One command that the database can't take must not fail its neighbours.
            Err(StoreError::Refused(_) | StoreError::Unreadable { .. })
                if tries.batch_max > 1 && waiting.len() > 1 =>
            {
                known = None;
                tries.batch_max = 1;
                continue;
            }
            Err(error) => error,
        };
        connections.forget_idle();
        fail(waiting.drain(..waiting.len().min(tries.batch_max)), &error);
        return None;
    }
    known
}

async fn attempt(
    partition: Partition,
    connections: &Arc<Connections>,
    sharers: &Sharers,
    known: &mut Option<Known>,
    waiting: &VecDeque<Queued>,
    tries: Tries,
) -> Result<(Stored, Vec<Answer>), StoreError> {
    let mut lane = connections.take().await?;
    let locked = tries.losses >= LOSSES_MAX;
    if locked {
        in_time(lock(&mut lane, partition)).await?;
    }
    let mut current = match known.take() {
        Some(known) if tries.losses == 0 => known,
        known => in_time(catch_up(&mut lane, partition, known, sharers)).await?,
    };
    let mut working = Working::new(partition, &current, Carried::default());
    let mut gathered = Gathered::default();
    let Tries { batch_max, look_up_keys, .. } = tries;
    let loading = Loading::On(&mut lane);
    gathered.gather(&mut working, loading, waiting, batch_max, look_up_keys).await?;
    let (batch, remembered) = Batch::close(working)?;
    let stored = batch.store(connections, lane, locked).await?;
    match &stored {
        Stored::Yes(clock) => {
            remembered.put_into(&mut current);
            current.clock = clock.unwrap_or(current.clock);
            *known = Some(current);
        }
        Stored::HeadMoved | Stored::KeyTaken => *known = Some(current),
        Stored::Lost | Stored::Unknown(_) => {}
    }
    Ok((stored, gathered.answers))
}

/// Answers those whose commands were decided and stored.
pub(crate) fn answer(queued: impl IntoIterator<Item = Queued>, answers: Vec<Answer>) {
    let size = u32::try_from(answers.len()).unwrap_or(u32::MAX);
    metrics::histogram!("dossier_batch_size").record(size);
    for (queued, answer) in queued.into_iter().zip(answers) {
        // A caller who has hung up misses the answer, not the effect.
        let _ = queued.reply.send(Ok(answer));
    }
}

/// Answers a whole batch with a fault. The queue stays bounded while the database is away.
pub(crate) fn fail(queued: impl IntoIterator<Item = Queued>, error: &StoreError) {
    let cause: &dyn std::error::Error = error;
    if let StoreError::Unavailable(_) = error {
        tracing::warn!(error = cause, "a batch of commands found no database");
    } else {
        tracing::error!(error = cause, "a batch of commands failed");
    }
    for queued in queued {
        let _ = queued.reply.send(Err(again(error)));
    }
}

/// Why one caller's command failed, where the log tells of the batch.
const WITH_OTHERS: &str = "the batch that it was in broke off";

/// The fault for one more caller; errors of the database can't be cloned.
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
