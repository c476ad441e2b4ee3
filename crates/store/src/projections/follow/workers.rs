//! The workers that follow the log.

use std::sync::Arc;
use std::time::Duration;

use domain::upcast::Upcasters;
use sqlx::query_scalar;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::advance::Follower;
use super::notices::listen;
use super::pace::Paces;
use super::state_cache::StateCache;
use super::wakeups::Wakeups;
use crate::connect::{Role, as_role, statements_within};
use crate::connections::{Connections, in_time};
use crate::error::StoreError;
use crate::options::Options;
use crate::partition::Partition;
use crate::projections::registry::Projections;

/// How often workers poll for events without a notification.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// The pause after a failure in a partition.
const PAUSE: Duration = Duration::from_millis(500);

/// The workers of one process.
pub(crate) struct Followers {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    tasks: tokio::sync::Mutex<JoinSet<()>>,
}

pub(super) struct Shared {
    pub(super) connections: Connections,
    pub(super) wakeups: Arc<Wakeups>,
    pub(super) projections: Projections,
    pub(super) upcasters: Upcasters,
    pub(super) remembered: StateCache,
    pub(super) paces: Paces,
    /// Changes whenever this process moved a projection.
    pub(super) progress: watch::Sender<u64>,
}

impl Followers {
    /// Starts the workers, each with its own connection and a statement timeout. Writers wake them
    /// with [`Wakeups::wake`].
    pub(crate) fn start(options: &Options, wakeups: &Arc<Wakeups>) -> Self {
        let Options { database, projections, upcasters, .. } = options;
        let (workers, statement) = (options.followers, options.follow_timeout);
        let options = statements_within(as_role(database, Role::Projector), statement);
        let shared = Arc::new(Shared {
            connections: Connections::new(options.clone(), workers.saturating_add(2)),
            wakeups: Arc::clone(wakeups),
            projections: projections.clone(),
            upcasters: upcasters.clone(),
            remembered: StateCache::default(),
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
        tasks.spawn(listen(options, Arc::clone(wakeups), stopping));
        Self { shared, stop, tasks: tasks.into() }
    }

    /// Changes whenever this process moved a projection.
    pub(crate) fn progress(&self) -> watch::Receiver<u64> {
        self.shared.progress.subscribe()
    }

    /// Stops the workers. Unfinished work is done by others, or later.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let mut tasks = self.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
        self.shared.connections.close();
    }
}

/// Runs `work`, which never ends, until the service stops.
async fn until(mut stopping: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        _ = stopping.wait_for(|stop| *stop) => {}
    }
}

impl Shared {
    /// Processes partitions with new events.
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
            projections: self.projections.following(),
            only: None,
        };
        let mut connection = self.connections.take().await?;
        let advanced = follower.advance(&mut connection, partition).await?;
        self.connections.give_back(connection);
        if advanced.events > 0 {
            self.progress.send_modify(|count| *count = count.wrapping_add(1));
        }
        Ok(advanced.more)
    }

    /// Polls for partitions in which a projection is behind.
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
        let mut connection = self.connections.take().await?;
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
            .fetch_all(&mut *connection),
        )
        .await?;
        self.connections.give_back(connection);
        Ok(behind)
    }
}

fn warn(partition: Partition, error: &StoreError) {
    let error: &dyn std::error::Error = error;
    let number = partition.number();
    tracing::warn!(
        partition = number,
        error,
        "projections of partition {number} can't be moved; trying again"
    );
}
