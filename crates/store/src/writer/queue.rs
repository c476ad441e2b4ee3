//! One partition's queue, worked off batch by batch.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::query;
use tokio::sync::{mpsc, watch};

use super::append::append;
use super::connections::{Connections, Lane};
use super::decide::{Step, decide, foresee};
use super::head::{catch_up, lock, stored_after_all, unmoved};
use super::known::Known;
use super::load::load;
use super::rows::Columns;
use super::submission::{Answer, Queued};
use super::wants::Wants;
use super::working::{Remembered, Working};
use crate::clock::Clock;
use crate::error::{StoreError, timed_out};
use crate::partition::Partition;

/// How long an append may take before its connection is given up. Longer than the server's own
/// statement timeout, so it only ends what the network swallowed.
const APPEND_TIMEOUT: Duration = Duration::from_secs(15);
/// After this many lost races a writer takes the lock before it decides, so that it gets through.
const LOSSES_MAX: u32 = 2;
/// How often a batch is begun anew because the database failed before anything was sent to be stored.
const FAILURES_MAX: u32 = 1;

pub(crate) struct Queue {
    partition: Partition,
    receiver: mpsc::Receiver<Queued>,
    connections: Arc<Connections>,
    batch_max: usize,
    known: Option<Known>,
}

/// What is different about trying a batch again.
#[derive(Clone, Copy)]
struct Tries {
    /// How many submissions may share the batch.
    batch_max: usize,
    /// How often another writer was faster.
    losses: u32,
    /// Whether the idempotency keys must be looked up before deciding.
    look_up_keys: bool,
    failures: u32,
}

/// What became of a try.
enum Try {
    /// The answers of the first so many submissions of the batch.
    Answered(Vec<Answer>),
    /// Another writer has moved the head; nothing was stored.
    HeadMoved,
    /// An idempotency key was in use already; nothing was stored.
    KeyTaken,
    /// Whether it was stored was unknown for a while, and it wasn't.
    Lost,
    /// Nobody can tell whether it was stored. Decided again, commands without a key could happen
    /// twice, or be refused because they have happened.
    Unknown(StoreError),
}

impl Queue {
    pub(crate) fn new(
        partition: Partition,
        receiver: mpsc::Receiver<Queued>,
        connections: Arc<Connections>,
        batch_max: usize,
    ) -> Self {
        Self { partition, receiver, connections, batch_max, known: None }
    }

    /// Works until told to stop, and then until the queue is empty.
    pub(crate) async fn run(mut self, mut stopping: watch::Receiver<bool>) {
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                let next = tokio::select! {
                    next = self.receiver.recv() => next,
                    () = async { drop(stopping.wait_for(|stop| *stop).await) } => {
                        self.receiver.close();
                        self.receiver.recv().await
                    }
                };
                let Some(next) = next else { return };
                waiting.push_back(next);
            }
            while waiting.len() < self.batch_max {
                let Ok(next) = self.receiver.try_recv() else { break };
                waiting.push_back(next);
            }
            self.work(&mut waiting).await;
        }
    }

    /// Decides and stores a batch from the front of `waiting`, and answers it.
    async fn work(&mut self, waiting: &mut VecDeque<Queued>) {
        let mut tries =
            Tries { batch_max: self.batch_max, losses: 0, look_up_keys: false, failures: 0 };
        loop {
            match self.attempt(waiting, tries).await {
                Ok(Try::Answered(answers)) => {
                    for answer in answers {
                        if let Some(queued) = waiting.pop_front() {
                            // A caller who has hung up misses the answer, not the effect.
                            let _ = queued.reply.send(Ok(answer));
                        }
                    }
                    return;
                }
                Ok(Try::HeadMoved) => {
                    metrics::counter!("dossier_append_races_lost_total").increment(1);
                    tries.losses += 1;
                }
                Ok(Try::KeyTaken) => tries.look_up_keys = true,
                Ok(Try::Lost) => tries = Tries { look_up_keys: true, ..tries },
                Err(StoreError::Unavailable(_)) if tries.failures < FAILURES_MAX => {
                    self.forget();
                    tries.failures += 1;
                }
                // One command that the database can't take must not fail its neighbours.
                Err(StoreError::Refused(_) | StoreError::Unreadable { .. })
                    if tries.batch_max > 1 && waiting.len() > 1 =>
                {
                    self.forget();
                    tries.batch_max = 1;
                }
                Ok(Try::Unknown(error)) | Err(error) => {
                    self.forget();
                    fail(waiting, tries.batch_max, &error);
                    return;
                }
            }
        }
    }

    /// Forgets everything that a failure may have made wrong.
    fn forget(&mut self) {
        self.known = None;
        self.connections.forget_idle();
    }

    async fn attempt(
        &mut self,
        waiting: &VecDeque<Queued>,
        tries: Tries,
    ) -> Result<Try, StoreError> {
        let mut lane = self.connections.take().await?;
        let locked = tries.losses >= LOSSES_MAX;
        if locked {
            lock(&mut lane, self.partition).await?;
        }
        let known = match self.known.take() {
            Some(known) if tries.losses == 0 => known,
            known => catch_up(&mut lane, self.partition, known).await?,
        };
        let mut working = Working::new(self.partition, &known);
        let answers = decide_all(&mut lane, &mut working, waiting, tries).await?;
        let stored = self.store(lane, &working, &known, locked).await?;
        let remembered = working.into_remembered();
        Ok(self.conclude(stored, answers, remembered, known))
    }

    /// Remembers or forgets, as what became of the batch demands.
    fn conclude(
        &mut self,
        stored: Stored,
        answers: Vec<Answer>,
        remembered: Remembered,
        mut known: Known,
    ) -> Try {
        match stored {
            Stored::Yes(clock) => {
                remembered.put_into(&mut known);
                known.clock = clock.unwrap_or(known.clock);
                self.known = Some(known);
                Try::Answered(answers)
            }
            Stored::HeadMoved => {
                self.known = Some(known);
                Try::HeadMoved
            }
            Stored::KeyTaken => {
                self.known = Some(known);
                Try::KeyTaken
            }
            Stored::Lost => Try::Lost,
            Stored::Unknown(error) => Try::Unknown(error),
        }
    }

    /// Stores what the batch has changed, or, when it has changed nothing, makes sure that it was
    /// decided against the head as it still is.
    async fn store(
        &self,
        mut lane: Lane,
        working: &Working<'_>,
        known: &Known,
        locked: bool,
    ) -> Result<Stored, StoreError> {
        if working.is_empty() {
            let unmoved = locked || unmoved(&mut lane, self.partition, known).await?;
            if locked {
                query("rollback").execute(&mut *lane).await?;
            }
            self.connections.give_back(lane);
            return Ok(if unmoved { Stored::Yes(None) } else { Stored::HeadMoved });
        }
        let columns = Columns::of(working)?;
        let begun = Instant::now();
        let appended = async {
            let told = append(&mut lane, working, &known.head, &columns).await?;
            if locked {
                query("commit").execute(&mut *lane).await?;
            }
            Ok(told)
        };
        let appended = tokio::time::timeout(APPEND_TIMEOUT, appended).await;
        match appended.map_err(|_| timed_out()).and_then(|appended| appended) {
            Ok(Some(told)) => {
                metrics::histogram!("dossier_commit_seconds").record(begun.elapsed());
                self.connections.give_back(lane);
                Ok(Stored::Yes(Some(Clock::told(told))))
            }
            Ok(None) => {
                self.connections.give_back(lane);
                Ok(Stored::HeadMoved)
            }
            Err(error) if violates(&error, "command_results_pkey") => Ok(Stored::KeyTaken),
            Err(error) if is_definite(&error) => Err(error.into()),
            Err(error) => {
                tracing::warn!(
                    partition = self.partition.number(),
                    error = %error,
                    "the answer to an append was lost; looking whether it was stored"
                );
                match stored_after_all(&self.connections, lane, working).await {
                    Ok((stored, lane)) => {
                        self.connections.give_back(lane);
                        Ok(if stored { Stored::Yes(None) } else { Stored::Lost })
                    }
                    Err(error) => Ok(Stored::Unknown(StoreError::Unavailable(error))),
                }
            }
        }
    }
}

/// What became of an append.
enum Stored {
    /// It is in the log, and the database's clock was so.
    Yes(Option<Clock>),
    HeadMoved,
    KeyTaken,
    Lost,
    Unknown(StoreError),
}

/// Decides the submissions from the front of the queue, as many as can share a batch.
async fn decide_all(
    lane: &mut Lane,
    working: &mut Working<'_>,
    waiting: &VecDeque<Queued>,
    Tries { batch_max, look_up_keys, .. }: Tries,
) -> Result<Vec<Answer>, StoreError> {
    let batch = || waiting.iter().take(batch_max).map(|queued| &queued.submission);
    let mut wants = Wants::default();
    for submission in batch() {
        foresee(working, submission, &mut wants);
    }
    // Looking the keys up costs nothing when something must be loaded anyway; else the append finds
    // the few that were used before.
    if look_up_keys || !wants.is_empty() {
        for submission in batch() {
            if let Some(idempotency) = &submission.idempotency {
                wants.keys.insert((submission.tenant.id, idempotency.key.clone()));
            }
        }
        load(lane, working, wants).await?;
    }
    let mut answers = Vec::with_capacity(waiting.len().min(batch_max));
    for submission in batch() {
        loop {
            match decide(working, submission)? {
                Step::Decided(answer) => {
                    answers.push(answer);
                    break;
                }
                Step::Missing(wants) => load(lane, working, *wants).await?,
                Step::Later => return Ok(answers),
            }
        }
    }
    metrics::histogram!("dossier_batch_size").record(count(answers.len()));
    Ok(answers)
}

/// A count as a metric; counts here are far below where an `f64` gets coarse.
fn count(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}

/// Answers a whole batch with a fault. The queue stays bounded while the database is away.
fn fail(waiting: &mut VecDeque<Queued>, batch_max: usize, error: &StoreError) {
    let cause = error as &dyn std::error::Error;
    if let StoreError::Unavailable(_) = error {
        tracing::warn!(error = cause, "a batch of commands found no database");
    } else {
        tracing::error!(error = cause, "a batch of commands failed");
    }
    for queued in waiting.drain(..waiting.len().min(batch_max)) {
        let _ = queued.reply.send(Err(again(error)));
    }
}

/// The fault for one more caller; errors of the database can't be cloned.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(_) => StoreError::Unavailable(sqlx::Error::WorkerCrashed),
        StoreError::Busy => StoreError::Busy,
        StoreError::Stopping => StoreError::Stopping,
        StoreError::Refused(_) | StoreError::Unreadable { .. } | StoreError::Unfit(_) => {
            StoreError::Refused(sqlx::Error::WorkerCrashed)
        }
    }
}

fn violates(error: &sqlx::Error, constraint: &str) -> bool {
    error.as_database_error().is_some_and(|answer| answer.constraint() == Some(constraint))
}

/// Whether the server has said that the statement failed. An answer of class 57P (it is shutting
/// down, the session was ended) leaves open what became of the commit.
fn is_definite(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|answer| answer.code().is_none_or(|code| !code.starts_with("57P")))
}
