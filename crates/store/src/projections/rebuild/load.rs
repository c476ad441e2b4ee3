//! Loads a generation: workers fold chunks of customers. A chunk's rows are committed with the
//! record that it is done.

use std::sync::Arc;
use std::time::Duration;

use domain::upcast::Upcasters;
use futures::Stream;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::generations::{Chunk, building, checkpoints, chunks_left, claim_chunk, finish_chunk};
use super::read::{Events, events};
use crate::connect::open;
use crate::error::{StoreError, broken_off};
use crate::model::Versioned;
use crate::partition::{PARTITIONS, Partition};
use crate::projections::fold::{Folding, ProjectionBatch};
use crate::projections::generation::Generation;
use crate::projections::rows::Rows;

/// Rows are loaded once they have this many bytes.
const FLUSH_BYTES: usize = 256 * 1024;
/// How long an idle worker waits for the others.
const PAUSE: Duration = Duration::from_millis(50);

/// A load.
pub(super) struct Load {
    pub(super) options: PgConnectOptions,
    pub(super) upcasters: Upcasters,
    pub(super) generation: Generation,
    /// The position up to which the log is loaded, by partition. Later events are followed.
    until: Vec<i64>,
}

impl Load {
    pub(super) async fn new(
        connection: &mut PgConnection,
        options: &PgConnectOptions,
        upcasters: &Upcasters,
        generation: Generation,
    ) -> sqlx::Result<Self> {
        let mut until = vec![0; usize::from(PARTITIONS.unsigned_abs())];
        let Generation { projection, number } = generation;
        for (partition, position) in checkpoints(connection, projection.name(), number).await? {
            if let Some(partition) = Partition::new(partition)
                && let Some(until) = until.get_mut(partition.index())
            {
                *until = position;
            }
        }
        Ok(Self { options: options.clone(), upcasters: upcasters.clone(), generation, until })
    }

    /// Loads the remaining chunks. Also ends if the rebuild was cancelled.
    pub(super) async fn run(self, workers: usize) -> Result<(), StoreError> {
        let shared = Arc::new(self);
        let mut tasks = JoinSet::new();
        for _ in 0..workers {
            let shared = Arc::clone(&shared);
            tasks.spawn(async move { shared.work().await });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.map_err(|_| broken_off("a worker ended before its work"))??;
        }
        Ok(())
    }

    async fn work(&self) -> Result<(), StoreError> {
        let Generation { projection, number } = self.generation;
        let mut log = open(&self.options).await?;
        let mut rows = open(&self.options).await?;
        loop {
            let mut transaction = rows.begin().await?;
            if let Some(chunk) = claim_chunk(&mut transaction, projection.name(), number).await? {
                let events = self.load(&mut log, &mut transaction, &chunk).await?;
                let name = projection.name();
                if !finish_chunk(&mut transaction, name, number, chunk.number, events).await? {
                    return Ok(());
                }
                transaction.commit().await?;
                continue;
            }
            transaction.rollback().await?;
            let wanted = building(&mut rows, projection.name()).await?;
            let wanted = wanted.is_some_and(|building| building.generation == number);
            if !wanted || !chunks_left(&mut rows, projection.name(), number).await? {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Loads a chunk, and returns the number of its events.
    async fn load(
        &self,
        log: &mut PgConnection,
        rows: &mut PgConnection,
        chunk: &Chunk,
    ) -> Result<i64, StoreError> {
        let projection = self.generation.projection;
        self.generation.enter(&mut *rows).await?;
        let mut batch = [ProjectionBatch::new(projection)];
        let mut events = events(log, &chunk.range, projection.sees_who()).await?;
        let folder = Folder { upcasters: &self.upcasters, until: &self.until };
        let count = folder.fold(&mut events, &mut batch, &mut *rows).await?;
        let [batch] = batch;
        self.generation.leave(&mut *rows).await?;
        for (key, stop) in batch.stops() {
            self.generation.park(&mut *rows, &key, &stop).await?;
        }
        Ok(count)
    }
}

/// What folding many customers needs.
pub(crate) struct Folder<'a> {
    pub(crate) upcasters: &'a Upcasters,
    /// The position up to which the log is folded, by partition.
    pub(crate) until: &'a [i64],
}

impl Folder<'_> {
    /// Folds events and loads rows whenever there are many. Returns the number of events. While
    /// rows are loaded, the next events are read and folded.
    pub(crate) async fn fold<S, B>(
        &self,
        events: &mut Events<S>,
        batches: &mut [ProjectionBatch],
        connection: &mut PgConnection,
    ) -> Result<i64, StoreError>
    where
        S: Stream<Item = sqlx::Result<B>> + Unpin,
        B: AsRef<[u8]>,
    {
        let (full, mut loaded) = mpsc::channel::<Rows>(1);
        let load = async {
            while let Some(rows) = loaded.recv().await {
                rows.copy(&mut *connection).await?;
            }
            Ok(())
        };
        let (count, ()) = tokio::try_join!(self.fold_into(events, batches, full), load)?;
        Ok(count)
    }

    async fn fold_into<S, B>(
        &self,
        events: &mut Events<S>,
        batches: &mut [ProjectionBatch],
        full: mpsc::Sender<Rows>,
    ) -> Result<i64, StoreError>
    where
        S: Stream<Item = sqlx::Result<B>> + Unpin,
        B: AsRef<[u8]>,
    {
        let mut count: i64 = 0;
        let mut at_hand: Option<Folding<'_>> = None;
        while let Some((key, event)) = events.next().await? {
            if self.until.get(key.partition.index()).is_none_or(|until| event.position > *until) {
                continue;
            }
            count = count.saturating_add(1);
            if at_hand.as_ref().is_none_or(|folding| folding.key != key) {
                if let Some(ended) = at_hand.take() {
                    ended.end(batches);
                }
                flush(batches, &full, |rows| rows.bytes() > FLUSH_BYTES).await;
            }
            let begin = || Folding::begin(self.upcasters, &key, Versioned::default(), batches);
            at_hand.get_or_insert_with(begin).apply(&event, batches);
            // A customer's rows can be loaded before its end only if they are never replaced.
            flush(batches, &full, |rows| rows.bytes() > FLUSH_BYTES && rows.stay()).await;
        }
        if let Some(ended) = at_hand {
            ended.end(batches);
        }
        flush(batches, &full, |_| true).await;
        Ok(count)
    }
}

/// Sends rows to the loader. If that fails, the loader has the error.
async fn flush(
    batches: &mut [ProjectionBatch],
    full: &mpsc::Sender<Rows>,
    goes: impl Fn(&Rows) -> bool,
) {
    for batch in batches {
        if goes(&batch.rows) {
            let _ = full.send(batch.rows.take()).await;
        }
    }
}
