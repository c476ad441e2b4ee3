//! Following the log: workers that move projections on as soon as something is written.
//!
//! Whoever holds the lock of a checkpoint's row moves that projection on in that partition, so any
//! number of services share the work and none waits for another. Workers are woken by the writers of
//! their own process and by notifications of the others, and look by themselves now and then, so that a
//! lost notification costs time and nothing else.

pub(crate) mod advance;
mod apart;
mod claim;
mod notices;
pub(crate) mod pace;
mod parts;
mod read;
pub(crate) mod replay;
mod retry;
pub(crate) mod standings;
mod wakeups;

use std::sync::Arc;
use std::time::Duration;

use domain::upcast::Upcasters;
use sqlx::postgres::PgConnectOptions;
use sqlx::query_scalar;
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::advance::Follower;
use self::notices::listen;
pub(crate) use self::notices::notify;
use self::pace::Paces;
use self::standings::Standings;
pub(crate) use self::wakeups::Wakeups;
use super::FOLLOWING;
use crate::connect::{Role, as_role, statements_within};
use crate::connections::{Connections, in_time};
use crate::error::StoreError;
use crate::partition::Partition;

/// How often workers look for events that nobody told them of.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// How long a worker leaves a partition alone after a failure.
const PAUSE: Duration = Duration::from_millis(500);

/// The workers of one process.
pub(crate) struct Followers {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    tasks: tokio::sync::Mutex<JoinSet<()>>,
}

struct Shared {
    connections: Connections,
    wakeups: Arc<Wakeups>,
    upcasters: Upcasters,
    remembered: Standings,
    paces: Paces,
    /// Moves whenever a projection was moved on here.
    progress: watch::Sender<u64>,
}

impl Followers {
    /// Starts `workers`, each with a connection of its own, whose statements may take `statement` long.
    /// Those that wake them call [`Wakeups::wake`].
    pub(crate) fn start(
        database: &PgConnectOptions,
        upcasters: &Upcasters,
        wakeups: &Arc<Wakeups>,
        workers: usize,
        statement: Duration,
    ) -> Self {
        let options = statements_within(as_role(database, Role::Projector), statement);
        let shared = Arc::new(Shared {
            connections: Connections::new(options.clone(), workers.saturating_add(2)),
            wakeups: Arc::clone(wakeups),
            upcasters: upcasters.clone(),
            remembered: Standings::default(),
            paces: Paces::new(statement),
            progress: watch::Sender::new(0),
        });
        let (stop, stopping) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for _ in 0..workers {
            tasks.spawn(until(stopping.clone(), Arc::clone(&shared).work()));
        }
        tasks.spawn(until(stopping.clone(), Arc::clone(&shared).look()));
        tasks.spawn(until(stopping.clone(), Arc::clone(&shared).retry()));
        tasks.spawn(until(stopping, listen(options, Arc::clone(wakeups))));
        Self { shared, stop, tasks: tasks.into() }
    }

    /// Moves whenever a projection was moved on in this process.
    pub(crate) fn progress(&self) -> watch::Receiver<u64> {
        self.shared.progress.subscribe()
    }

    /// Ends the workers. What they were at is done by another, or later.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let mut tasks = self.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
        self.shared.connections.close();
    }
}

/// Does `work`, which has no end, until told to stop.
async fn until(mut stopping: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        _ = stopping.wait_for(|stop| *stop) => {}
    }
}

impl Shared {
    /// Moves on whichever partition has something new.
    async fn work(self: Arc<Self>) {
        loop {
            let partition = self.wakeups.next().await;
            let more = self.advance(partition).await;
            self.wakeups.give_back(partition);
            match more {
                Ok(true) => self.wakeups.wake(partition),
                Ok(false) => {}
                Err(error) => {
                    warn(partition, &error);
                    self.connections.forget_idle();
                    tokio::time::sleep(PAUSE).await;
                    self.wakeups.wake(partition);
                }
            }
        }
    }

    async fn advance(&self, partition: Partition) -> Result<bool, StoreError> {
        let follower = Follower {
            upcasters: &self.upcasters,
            remembered: &self.remembered,
            paces: &self.paces,
            projections: FOLLOWING,
            only: None,
        };
        let mut lane = self.connections.take().await?;
        let advanced = follower.advance(&mut lane, partition).await?;
        self.connections.give_back(lane);
        if advanced.events > 0 {
            self.progress.send_modify(|count| *count = count.wrapping_add(1));
        }
        Ok(advanced.more)
    }

    /// Looks for partitions in which something is behind.
    async fn look(self: Arc<Self>) {
        loop {
            match self.behind().await {
                Ok(partitions) => {
                    for partition in partitions.into_iter().filter_map(Partition::new) {
                        self.wakeups.wake(partition);
                    }
                }
                Err(_) => self.connections.forget_idle(),
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    async fn behind(&self) -> Result<Vec<i16>, StoreError> {
        let mut lane = self.connections.take().await?;
        let behind = in_time(
            query_scalar(
                "select h.partition
                   from log_heads as h
                  where exists (select from checkpoints as c
                                  join projections as p
                                    on p.name = c.projection and p.generation = c.generation
                                 where c.partition = h.partition and c.position < h.position
                                   and (p.state = 'live' or p.phase in ('following', 'comparing')))
                  order by h.partition",
            )
            .fetch_all(&mut *lane),
        )
        .await?;
        self.connections.give_back(lane);
        Ok(behind)
    }
}

fn warn(partition: Partition, error: &StoreError) {
    let error: &dyn std::error::Error = error;
    let number = partition.number();
    tracing::warn!(
        partition = number,
        error,
        "projections of partition {number} can't be moved on; trying again"
    );
}
