//! Follows how far a replica is.

use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::heads::PrimaryHeads;
use super::mark::{self, Lsn, Mark, Place};
use super::state::{ReplicaState, Seen};
use crate::connect::open;
use crate::error::{StoreError, timed_out};
use crate::outage::OutageCause;

/// How often an idle replica is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);
/// How often a replica is looked at that reads wait for.
const AWAITED_INTERVAL: Duration = Duration::from_millis(1);
/// How often a replica is looked at that is behind, or that could not answer because of replay.
const BEHIND_INTERVAL: Duration = Duration::from_millis(50);
/// How often a server is tried that can't be asked.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);
/// How long a replica may take to say where it is.
const LOOK_TIMEOUT: Duration = Duration::from_secs(1);

/// Follows a replica.
pub(super) struct Follower {
    pub(super) replica: PgConnectOptions,
    pub(super) heads: PrimaryHeads,
    pub(super) lag_max: Duration,
    pub(super) wanted: watch::Receiver<Lsn>,
    pub(super) seen: watch::Sender<Seen>,
}

/// Why a replica can't be followed now.
enum Lost {
    Because(ReplicaState),
    /// Replay cancelled the question.
    Cancelled,
}

impl From<StoreError> for Lost {
    fn from(error: StoreError) -> Self {
        let cause = match &error {
            StoreError::Unavailable(outage) => outage.cause(),
            StoreError::Busy
            | StoreError::PartitionBusy
            | StoreError::TooManyKeys
            | StoreError::ReadersBusy
            | StoreError::ShareUsed
            | StoreError::TooCostly { .. }
            | StoreError::Stopping
            | StoreError::Refused(_)
            | StoreError::Unreadable { .. }
            | StoreError::Unfit(_) => OutageCause::Broken,
        };
        if cause == OutageCause::Conflict {
            return Self::Cancelled;
        }
        let error: &dyn std::error::Error = &error;
        tracing::debug!(error, "the replica fails");
        Self::Because(ReplicaState::Unavailable(cause))
    }
}

impl From<sqlx::Error> for Lost {
    fn from(error: sqlx::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl Follower {
    /// Follows it until this is dropped.
    pub(super) async fn run(mut self) {
        loop {
            let pause = match self.follow().await {
                Err(Lost::Because(state)) => {
                    self.report(state);
                    RETRY_INTERVAL
                }
                Err(Lost::Cancelled) | Ok(()) => BEHIND_INTERVAL,
            };
            sleep(pause).await;
        }
    }

    /// Follows it until that fails.
    async fn follow(&mut self) -> Result<(), Lost> {
        let mut connection = open(&self.replica).await?;
        loop {
            let Some(mark) = self.heads.now().await else {
                // The primary can't be asked. Reads fail there.
                sleep(RETRY_INTERVAL).await;
                continue;
            };
            let begun = Instant::now();
            self.until_replayed(&mut connection, mark, begun).await?;
            let lag = begun.elapsed();
            lag_seconds(lag);
            // One that has come back counts only once it keeps up.
            if lag <= self.lag_max {
                self.report(ReplicaState::Serving);
            }
            self.until_wanted().await;
        }
    }

    /// Looks at the replica until it shows what the primary showed at `mark`.
    async fn until_replayed(
        &self,
        connection: &mut PgConnection,
        mark: Mark,
        begun: Instant,
    ) -> Result<(), Lost> {
        loop {
            let looked = timeout(LOOK_TIMEOUT, mark::place(connection)).await;
            let place = looked.map_err(|_| timed_out())??;
            if let Some(state) = unfit(&place, &mark) {
                return Err(Lost::Because(state));
            }
            self.seen.send_if_modified(|seen| {
                let moved = seen.replayed != place.replayed;
                seen.replayed = place.replayed;
                moved
            });
            if place.shows(&mark) {
                return Ok(());
            }
            let lag = begun.elapsed();
            if lag > self.lag_max {
                lag_seconds(lag);
                self.report(ReplicaState::Behind);
                sleep(BEHIND_INTERVAL).await;
            } else {
                sleep(AWAITED_INTERVAL).await;
            }
        }
    }

    /// Returns when a read waits for more than the replica has shown, and after a while in any case.
    async fn until_wanted(&mut self) {
        let replayed = self.seen.borrow().replayed;
        let wanted = self.wanted.wait_for(|wanted| *wanted > replayed);
        // In time or not.
        drop(timeout(LOOK_INTERVAL, wanted).await);
    }

    /// Says so if the state is another one.
    fn report(&self, state: ReplicaState) {
        let before = self.seen.borrow().state;
        metrics::gauge!("dossier_replica_serves").set(if state.serves() { 1.0 } else { 0.0 });
        if before == state {
            return;
        }
        self.seen.send_modify(|seen| seen.state = state);
        if state.serves() {
            tracing::info!("the replica serves reads");
        } else {
            let why = state.describe();
            tracing::warn!(why, "the replica is left out, the primary answers: {why}");
        }
    }
}

fn lag_seconds(lag: Duration) {
    metrics::gauge!("dossier_replica_lag_seconds").set(lag.as_secs_f64());
}

/// Why the server is not a replica of the primary, if it is not.
const fn unfit(place: &Place, mark: &Mark) -> Option<ReplicaState> {
    if !place.standby {
        return Some(ReplicaState::NoStandby);
    }
    if !place.is_of(mark) {
        return Some(ReplicaState::OtherDatabase);
    }
    if !place.has_timeline_of(mark) {
        return Some(ReplicaState::OtherTimeline);
    }
    None
}
