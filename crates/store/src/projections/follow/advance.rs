//! A batch: the next events of a partition, applied to the projections that are furthest behind.

use std::time::{Duration, Instant};

use domain::customer::Customer;
use domain::upcast::Upcasters;
use sqlx::{Connection as _, PgConnection};

use super::lease::{CheckpointLease, lease_checkpoints, move_checkpoints};
use super::pace::{BatchSize, Paces};
use super::read::{Next, next};
use super::state_cache::{StateCache, states_before};
use crate::error::{StoreError, timed_out};
use crate::model::{StreamKey, Versioned};
use crate::partition::Partition;
use crate::projections::fold::{LoggedEvent, ProjectionBatch, StreamStop, fold};
use crate::projections::projection::Projection;

/// The maximum time of a batch with all its statements. The server limits each statement; this
/// limit applies when the network lost an answer.
pub(super) const BATCH_TIMEOUT: Duration = Duration::from_mins(1);

/// What following needs besides a connection.
#[derive(Clone, Copy)]
pub(crate) struct Follower<'a> {
    pub(crate) upcasters: &'a Upcasters,
    pub(crate) remembered: &'a StateCache,
    pub(crate) paces: &'a Paces,
    pub(crate) projections: &'a [&'static dyn Projection],
    /// The only generation that is moved; nothing for all.
    pub(crate) only: Option<i32>,
}

/// The result of a batch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Advanced {
    /// The number of its events. None if nothing is behind, or others work on it.
    pub(crate) events: i64,
    /// The number of streams that were parked.
    pub(crate) parked: usize,
    /// Whether more events are waiting.
    pub(crate) more: bool,
}

const NOTHING: Advanced = Advanced { events: 0, parked: 0, more: false };

/// How the rows of a batch are stored.
#[derive(Clone, Copy, Debug)]
enum Storing {
    /// All rows of a projection at once.
    Together,
    /// In smaller and smaller parts, to find rows that PostgreSQL rejects.
    InParts,
    /// The first customer's rows after the others, to find out whether only those are slow.
    Apart,
}

/// The progress of a batch, to report where it failed.
#[derive(Debug, Default)]
struct BatchProgress {
    /// The number of its events. 0 before they are read.
    events: i64,
    /// Whether they belong to several customers.
    several: bool,
    /// The projection whose rows are being stored.
    projection: Option<&'static str>,
}

/// The events of a customer, and its state before them.
pub(super) struct Stream {
    pub(super) key: StreamKey,
    /// An error if earlier events can't be read.
    pub(super) before: Result<Versioned<Customer>, StoreError>,
    pub(super) events: Vec<LoggedEvent>,
}

impl Follower<'_> {
    /// Moves the projections that are furthest behind in `partition`: their rows and checkpoints in
    /// one transaction.
    ///
    /// After a batch that took too long, the next one is smaller, down to one event.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] and others: nothing was changed.
    pub(crate) async fn advance(
        &self,
        connection: &mut PgConnection,
        partition: Partition,
    ) -> Result<Advanced, StoreError> {
        let size = self.paces.next(partition);
        let mut progress = BatchProgress::default();
        let began = Instant::now();
        let tried = self.try_batch(connection, partition, size, &mut progress);
        let advanced = tokio::time::timeout(BATCH_TIMEOUT, tried).await;
        let advanced = advanced.unwrap_or_else(|_| Err(timed_out().into()));
        match &advanced {
            Ok(advanced) if advanced.events > 0 => {
                self.paces.stored(partition, advanced.events, began.elapsed());
            }
            Err(error) if error.took_too_long() => self.slow_down(partition, size, &progress),
            Ok(_) | Err(_) => {}
        }
        advanced
    }

    async fn try_batch(
        &self,
        connection: &mut PgConnection,
        partition: Partition,
        size: BatchSize,
        progress: &mut BatchProgress,
    ) -> Result<Advanced, StoreError> {
        let storing = if size.apart { Storing::Apart } else { Storing::Together };
        let events_max = size.events_max;
        match self.attempt(&mut *connection, partition, events_max, storing, progress).await {
            Err(StoreError::Refused(_)) => {
                self.attempt(connection, partition, events_max, Storing::InParts, progress).await
            }
            advanced => advanced,
        }
    }

    /// Makes the next batch smaller, and logs it.
    fn slow_down(&self, partition: Partition, size: BatchSize, progress: &BatchProgress) {
        let events = if progress.events > 0 { progress.events } else { size.events_max };
        let storing = progress.projection.is_some();
        let projection = progress.projection.unwrap_or("reading");
        metrics::counter!("dossier_projection_timeouts_total", "projection" => projection)
            .increment(1);
        if size.apart && !progress.several {
            self.paces.nobody_else(partition);
            return;
        }
        let next = self.paces.timed_out(partition, size, events, storing);
        let number = partition.number();
        tracing::warn!(
            projection,
            partition = number,
            events,
            next_events_max = next,
            "{projection}: a batch of {events} events of partition {number} took too long; \
             the next has at most {next}"
        );
    }

    /// Tries once to read and store a batch.
    async fn attempt(
        &self,
        connection: &mut PgConnection,
        partition: Partition,
        events_max: i64,
        storing: Storing,
        progress: &mut BatchProgress,
    ) -> Result<Advanced, StoreError> {
        let mut transaction = connection.begin().await?;
        let mut leases = lease_checkpoints(&mut transaction, partition, self.projections).await?;
        leases.retain(|lease| self.only.is_none_or(|only| lease.generation.number == only));
        let Some((leases, until, more)) = furthest_behind(leases) else {
            transaction.rollback().await?;
            return Ok(NOTHING);
        };
        let position = leases.first().map_or(0, |lease| lease.position);
        let next = next(&mut transaction, partition, position, until, events_max).await?;
        let (until, events) = (next.until, next.count);
        progress.events = events;
        let more = more || until < leases.first().map_or(0, |lease| lease.head);
        let mut batches = self.batches(&mut transaction, &leases, &next).await?;
        let streams = self.with_states(&mut transaction, partition, &batches, next).await?;
        progress.several = streams.len() > 1;
        for stream in &streams {
            self.fold(stream, &mut batches);
        }
        let mut parked = 0;
        for (lease, batch) in leases.iter().zip(&batches) {
            progress.projection = Some(batch.projection.name());
            lease.enter(&mut transaction).await?;
            let taken = || streams.iter().filter(|stream| batch.took(&stream.key)).collect();
            let stopped = match storing {
                Storing::Together => {
                    batch.store(&mut transaction).await?;
                    batch.stops()
                }
                Storing::InParts => {
                    self.store_parts(&mut transaction, batch.projection, taken()).await?
                }
                Storing::Apart => {
                    let taken: Vec<_> = taken();
                    self.store_apart(&mut transaction, batch.projection, &taken).await?
                }
            };
            lease.leave(&mut transaction).await?;
            for (key, stop) in &stopped {
                lease.generation.park(&mut transaction, key, stop).await?;
                report_stop(lease.generation.projection.name(), key, stop);
            }
            parked = stopped.len().saturating_add(parked);
        }
        move_checkpoints(&mut transaction, partition, &leases, until).await?;
        transaction.commit().await?;
        for lease in &leases {
            let projection = lease.generation.projection.name();
            metrics::counter!("dossier_projection_events_total", "projection" => projection)
                .increment(events.unsigned_abs());
        }
        Ok(Advanced { events, parked, more })
    }

    /// A batch for each lease, with the parked streams.
    async fn batches(
        &self,
        connection: &mut PgConnection,
        leases: &[CheckpointLease],
        next: &Next,
    ) -> Result<Vec<ProjectionBatch>, StoreError> {
        let keys: Vec<_> = next.streams.iter().map(|(key, _)| *key).collect();
        let mut batches = Vec::with_capacity(leases.len());
        for lease in leases {
            let mut batch = ProjectionBatch::new(lease.generation.projection);
            let parked = lease.parked_among(&mut *connection, &keys).await?;
            batch.stopped.extend(parked.into_iter().map(|key| (key, None)));
            if batch.loads() {
                lease.enter(&mut *connection).await?;
                batch.load(&mut *connection, &keys).await?;
                lease.leave(&mut *connection).await?;
            }
            batches.push(batch);
        }
        Ok(batches)
    }

    /// The streams that any projection applies, with their states before.
    async fn with_states(
        &self,
        connection: &mut PgConnection,
        partition: Partition,
        batches: &[ProjectionBatch],
        next: Next,
    ) -> Result<Vec<Stream>, StoreError> {
        let taken =
            |(key, _): &(StreamKey, Vec<LoggedEvent>)| batches.iter().any(|batch| batch.takes(key));
        let streams: Vec<_> = next.streams.into_iter().filter(taken).collect();
        let before = |(key, events): &(StreamKey, Vec<LoggedEvent>)| {
            (*key, events.first().map_or(0, |event| event.sequence.saturating_sub(1)))
        };
        let wanted: Vec<_> = streams.iter().map(before).collect();
        let remembered = Some(self.remembered);
        let found =
            states_before(connection, self.upcasters, remembered, partition, &wanted).await?;
        let stream = |((key, events), before)| Stream { key, before, events };
        Ok(streams.into_iter().zip(found).map(stream).collect())
    }

    /// Folds a stream, and caches the state after it.
    pub(super) fn fold(&self, stream: &Stream, batches: &mut [ProjectionBatch]) {
        let before = match &stream.before {
            Ok(before) => before.clone(),
            Err(failure) => {
                let Some(first) = stream.events.first() else { return };
                for batch in batches {
                    let stop = || Some(StreamStop::at(first, failure));
                    batch.stopped.entry(stream.key).or_insert_with(stop);
                }
                return;
            }
        };
        let now = fold(self.upcasters, &stream.key, before, &stream.events, batches);
        if let Some(now) = now {
            self.remembered.remember(stream.key, &now);
        }
    }
}

/// The leases that are furthest behind, the position up to which they can move together, and
/// whether others are behind, too.
fn furthest_behind(leases: Vec<CheckpointLease>) -> Option<(Vec<CheckpointLease>, i64, bool)> {
    let behind = leases.into_iter().filter(|lease| lease.position < lease.head);
    let mut behind: Vec<_> = behind.collect();
    let position = behind.iter().map(|lease| lease.position).min()?;
    let ahead = behind.iter().map(|lease| lease.position).filter(|&other| other > position).min();
    behind.retain(|lease| lease.position == position);
    let head = behind.first()?.head;
    Some((behind, ahead.unwrap_or(head), ahead.is_some()))
}

/// Reports that a stream stopped.
fn report_stop(projection: &'static str, key: &StreamKey, stop: &StreamStop) {
    let StreamStop { sequence, position, event_type, failure, timed_out } = stop;
    let (partition, customer) = (key.partition.number(), key.customer);
    metrics::counter!("dossier_projection_streams_parked_total", "projection" => projection)
        .increment(1);
    if *timed_out {
        tracing::warn!(
            projection, %customer, tenant = %key.tenant, partition, sequence, position,
            event_type, failure,
            "{projection} can't store event {sequence} of customer {customer} in time, while it stores \
             others': its stream is set aside and tried again"
        );
        return;
    }
    tracing::error!(
        projection, %customer, tenant = %key.tenant, partition, sequence, position,
        event_type, failure,
        "{projection} can't apply event {sequence} of customer {customer}: its stream is parked"
    );
}
