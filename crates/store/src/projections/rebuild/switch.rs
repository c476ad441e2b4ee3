//! The last steps of a rebuild: catching up with the log, and replacing the live generation.

use std::time::Duration;

use domain::upcast::Upcasters;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, query, query_as};

use crate::connect::statements_within;
use crate::connections::Connections;
use crate::error::StoreError;
use crate::partition::Partition;
use crate::projections::follow::advance::Follower;
use crate::projections::follow::pace::Paces;
use crate::projections::follow::state_cache::StateCache;
use crate::projections::generation::Generation;
use crate::projections::projection::Projection;

/// A generation goes on to the next step when it is at most this many events behind.
const LAG_MAX: i64 = 1_024;
/// How long the switch waits for the tables. Readers wait meanwhile.
const TABLES_TIMEOUT: &str = "250ms";
/// How long the switch waits for checkpoints and heads.
const HOLD_TIMEOUT: &str = "2s";
/// How long a runner waits for locked checkpoints.
const PAUSE: Duration = Duration::from_millis(20);

/// What catching up needs besides a connection.
pub(super) struct Tail {
    upcasters: Upcasters,
    remembered: StateCache,
    paces: Paces,
    connections: Connections,
    workers: usize,
    generation: Generation,
}

impl Tail {
    pub(super) fn new(
        options: &PgConnectOptions,
        upcasters: &Upcasters,
        generation: Generation,
        workers: usize,
        statement: Duration,
    ) -> Self {
        let connections = Connections::new(statements_within(options.clone(), statement), workers);
        let (upcasters, remembered) = (upcasters.clone(), StateCache::default());
        let paces = Paces::new(statement);
        Self { upcasters, remembered, paces, connections, workers, generation }
    }

    /// Moves the generation until it is near the end of the log. Running services do so, too.
    pub(super) async fn catch_up(&self, control: &mut PgConnection) -> Result<(), StoreError> {
        loop {
            let behind = self.behind(&mut *control).await?;
            if behind.iter().map(|(_, lag)| lag).sum::<i64>() <= LAG_MAX {
                return Ok(());
            }
            let moved: i64 = stream::iter(behind)
                .map(|(partition, _)| self.advance(partition))
                .buffer_unordered(self.workers)
                .try_fold(0, async |sum: i64, moved| Ok(sum.saturating_add(moved)))
                .await?;
            if moved == 0 {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    async fn advance(&self, partition: Partition) -> Result<i64, StoreError> {
        let mut connection = self.connections.take().await?;
        let projections = [self.generation.projection];
        match self.follower(&projections).advance(&mut connection, partition).await {
            Ok(advanced) => {
                self.connections.give_back(connection);
                Ok(advanced.events)
            }
            // The next batch is smaller.
            Err(error) if error.took_too_long() => Ok(0),
            Err(error) => Err(error),
        }
    }

    fn follower<'a>(&'a self, projections: &'a [&'static dyn Projection]) -> Follower<'a> {
        Follower {
            upcasters: &self.upcasters,
            remembered: &self.remembered,
            paces: &self.paces,
            projections,
            only: Some(self.generation.number),
        }
    }

    /// The partitions in which the generation is behind, with the number of events.
    async fn behind(
        &self,
        connection: &mut PgConnection,
    ) -> Result<Vec<(Partition, i64)>, StoreError> {
        let rows: Vec<(i16, i64)> = query_as(
            "select h.partition, h.position - k.position
               from log_heads as h
               join checkpoints as k on k.partition = h.partition
               join projections as p on p.name = k.projection and p.generation = k.generation
              where k.projection = $1 and k.generation = $2 and k.position < h.position
                and p.state = 'building'
              order by h.partition",
        )
        .bind(self.generation.projection.name())
        .bind(self.generation.number)
        .fetch_all(connection)
        .await?;
        let row = |(number, lag)| Some((Partition::new(number)?, lag));
        Ok(rows.into_iter().filter_map(row).collect())
    }

    /// Replaces the live generation, in one transaction. Returns false if a long-running query
    /// holds the tables; then nothing changes.
    pub(super) async fn switch(&self, control: &mut PgConnection) -> Result<bool, StoreError> {
        let mut transaction = control.begin().await?;
        match self.try_switch(&mut transaction).await {
            Ok(()) => {
                transaction.commit().await?;
                Ok(true)
            }
            Err(error) if is_lock_timeout(&error) => {
                transaction.rollback().await?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    async fn try_switch(&self, transaction: &mut PgConnection) -> Result<(), StoreError> {
        let Generation { projection, number } = self.generation;
        set_lock_timeout(&mut *transaction, HOLD_TIMEOUT).await?;
        query("select hold_generation($1)")
            .bind(projection.name())
            .execute(&mut *transaction)
            .await?;
        let projections = [projection];
        let follower = self.follower(&projections);
        for (partition, _) in self.behind(&mut *transaction).await? {
            while follower.advance(&mut *transaction, partition).await?.more {}
        }
        set_lock_timeout(&mut *transaction, TABLES_TIMEOUT).await?;
        query("select switch_generation($1, $2)")
            .bind(projection.name())
            .bind(number)
            .execute(transaction)
            .await?;
        Ok(())
    }
}

async fn set_lock_timeout(connection: &mut PgConnection, timeout: &str) -> sqlx::Result<()> {
    query("select set_config('lock_timeout', $1, true)").bind(timeout).execute(connection).await?;
    Ok(())
}

/// Whether a lock was held by others.
pub(super) fn is_lock_timeout(error: &StoreError) -> bool {
    error.sqlstate().is_some_and(|code| code == "55P03" || code == "40P01")
}
