//! One batch: the next events of a partition, applied to every projection that stands before them.

use std::time::{Duration, Instant};

use domain::customer::Customer;
use domain::upcast::Upcasters;
use sqlx::{Connection as _, PgConnection};

use super::claim::{Claim, claim, move_on};
use super::pace::{Batch, Paces};
use super::read::{Next, next};
use super::standings::{Standings, standings};
use crate::entry::Entry;
use crate::error::{StoreError, timed_out};
use crate::partition::Partition;
use crate::projections::fold::{Logged, Share, Stop, fold};
use crate::projections::{Key, Projection};

/// How long a batch may take, all its statements together. The server bounds each statement; this also
/// ends what the network swallowed.
pub(super) const BATCH_TIMEOUT: Duration = Duration::from_mins(1);

/// What following takes besides a connection.
#[derive(Clone, Copy)]
pub(crate) struct Follower<'a> {
    pub(crate) upcasters: &'a Upcasters,
    pub(crate) remembered: &'a Standings,
    pub(crate) paces: &'a Paces,
    pub(crate) projections: &'a [&'static dyn Projection],
    /// The one generation that is moved on; nothing for all.
    pub(crate) only: Option<i32>,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Advanced {
    /// How many events it had; none when nobody is behind, or others are at it.
    pub(crate) events: i64,
    /// How many streams were parked.
    pub(crate) parked: usize,
    /// Whether more is waiting.
    pub(crate) more: bool,
}

const NOTHING: Advanced = Advanced { events: 0, parked: 0, more: false };

/// How the rows of a batch are stored.
#[derive(Clone, Copy, Debug)]
enum Storing {
    /// All rows of a projection together.
    Together,
    /// In ever smaller parts, to find the rows that PostgreSQL refuses.
    InParts,
    /// The first customer's after the others', to find out whether only those take too long.
    Apart,
}

/// How far a batch came, for whoever says why it didn't come to its end.
#[derive(Debug, Default)]
struct Reached {
    /// How many events it has; none before they are read.
    events: i64,
    /// Whether they are several customers'.
    several: bool,
    /// The projection whose rows are being stored.
    projection: Option<&'static str>,
}

/// The events of a customer, and what it was before them.
pub(super) struct Stream {
    pub(super) key: Key,
    /// An error when its earlier events can't be read.
    pub(super) before: Result<Entry<Customer>, StoreError>,
    pub(super) events: Vec<Logged>,
}

impl Follower<'_> {
    /// Moves those projections on that are furthest behind in `partition`: their rows and their
    /// checkpoints in one transaction.
    ///
    /// After a batch that took too long the next one is smaller, down to one event.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] and others: nothing was changed.
    pub(crate) async fn advance(
        &self,
        connection: &mut PgConnection,
        partition: Partition,
    ) -> Result<Advanced, StoreError> {
        let batch = self.paces.next(partition);
        let mut reached = Reached::default();
        let began = Instant::now();
        let tried = self.try_batch(connection, partition, batch, &mut reached);
        let advanced = tokio::time::timeout(BATCH_TIMEOUT, tried).await;
        let advanced = advanced.unwrap_or_else(|_| Err(timed_out().into()));
        match &advanced {
            Ok(advanced) if advanced.events > 0 => {
                self.paces.stored(partition, advanced.events, began.elapsed());
            }
            Err(error) if error.took_too_long() => self.slow_down(partition, batch, &reached),
            Ok(_) | Err(_) => {}
        }
        advanced
    }

    async fn try_batch(
        &self,
        connection: &mut PgConnection,
        partition: Partition,
        batch: Batch,
        reached: &mut Reached,
    ) -> Result<Advanced, StoreError> {
        let storing = if batch.apart { Storing::Apart } else { Storing::Together };
        let events_max = batch.events_max;
        match self.attempt(&mut *connection, partition, events_max, storing, reached).await {
            Err(StoreError::Refused(_)) => {
                self.attempt(connection, partition, events_max, Storing::InParts, reached).await
            }
            advanced => advanced,
        }
    }

    /// Makes the next batch smaller, and says so.
    fn slow_down(&self, partition: Partition, batch: Batch, reached: &Reached) {
        let events = if reached.events > 0 { reached.events } else { batch.events_max };
        let storing = reached.projection.is_some();
        let projection = reached.projection.unwrap_or("reading");
        metrics::counter!("dossier_projection_timeouts_total", "projection" => projection)
            .increment(1);
        if batch.apart && !reached.several {
            self.paces.nobody_else(partition);
            return;
        }
        let next = self.paces.timed_out(partition, batch, events, storing);
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

    /// One try to read and store a batch.
    async fn attempt(
        &self,
        connection: &mut PgConnection,
        partition: Partition,
        events_max: i64,
        storing: Storing,
        reached: &mut Reached,
    ) -> Result<Advanced, StoreError> {
        let mut transaction = connection.begin().await?;
        let mut claims = claim(&mut transaction, partition, self.projections).await?;
        claims.retain(|claim| self.only.is_none_or(|only| claim.generation.number == only));
        let Some((claims, until, more)) = furthest_behind(claims) else {
            transaction.rollback().await?;
            return Ok(NOTHING);
        };
        let position = claims.first().map_or(0, |claim| claim.position);
        let next = next(&mut transaction, partition, position, until, events_max).await?;
        let (until, events) = (next.until, next.count);
        reached.events = events;
        let more = more || until < claims.first().map_or(0, |claim| claim.head);
        let mut shares = self.shares(&mut transaction, &claims, &next).await?;
        let streams = self.with_standings(&mut transaction, partition, &shares, next).await?;
        reached.several = streams.len() > 1;
        for stream in &streams {
            self.fold(stream, &mut shares);
        }
        let mut parked = 0;
        for (claim, share) in claims.iter().zip(&shares) {
            reached.projection = Some(share.projection.name());
            claim.enter(&mut transaction).await?;
            let taken = || streams.iter().filter(|stream| share.took(&stream.key)).collect();
            let stopped = match storing {
                Storing::Together => {
                    share.rows.store(&mut transaction).await?;
                    share.stops()
                }
                Storing::InParts => {
                    self.store_parts(&mut transaction, share.projection, taken()).await?
                }
                Storing::Apart => {
                    let taken: Vec<_> = taken();
                    self.store_apart(&mut transaction, share.projection, &taken).await?
                }
            };
            claim.leave(&mut transaction).await?;
            for (key, stop) in &stopped {
                claim.generation.park(&mut transaction, key, stop).await?;
                tell(claim.generation.projection.name(), key, stop);
            }
            parked = stopped.len().saturating_add(parked);
        }
        move_on(&mut transaction, partition, &claims, until).await?;
        transaction.commit().await?;
        for claim in &claims {
            let projection = claim.generation.projection.name();
            metrics::counter!("dossier_projection_events_total", "projection" => projection)
                .increment(events.unsigned_abs());
        }
        Ok(Advanced { events, parked, more })
    }

    /// A share for each claim, which knows whose streams are parked.
    async fn shares(
        &self,
        connection: &mut PgConnection,
        claims: &[Claim],
        next: &Next,
    ) -> Result<Vec<Share>, StoreError> {
        let keys: Vec<_> = next.streams.iter().map(|(key, _)| *key).collect();
        let mut shares = Vec::with_capacity(claims.len());
        for claim in claims {
            let mut share = Share::new(claim.generation.projection);
            let parked = claim.parked_among(&mut *connection, &keys).await?;
            share.stopped.extend(parked.into_iter().map(|key| (key, None)));
            shares.push(share);
        }
        Ok(shares)
    }

    /// The streams of those customers that any share takes, with what they were before.
    async fn with_standings(
        &self,
        connection: &mut PgConnection,
        partition: Partition,
        shares: &[Share],
        next: Next,
    ) -> Result<Vec<Stream>, StoreError> {
        let taken = |(key, _): &(Key, Vec<Logged>)| shares.iter().any(|share| share.takes(key));
        let streams: Vec<_> = next.streams.into_iter().filter(taken).collect();
        let before = |(key, events): &(Key, Vec<Logged>)| {
            (*key, events.first().map_or(0, |event| event.sequence.saturating_sub(1)))
        };
        let wanted: Vec<_> = streams.iter().map(before).collect();
        let remembered = Some(self.remembered);
        let found = standings(connection, self.upcasters, remembered, partition, &wanted).await?;
        let stream = |((key, events), before)| Stream { key, before, events };
        Ok(streams.into_iter().zip(found).map(stream).collect())
    }

    /// Folds a stream, and remembers what the customer is now.
    pub(super) fn fold(&self, stream: &Stream, shares: &mut [Share]) {
        let before = match &stream.before {
            Ok(before) => before.clone(),
            Err(failure) => {
                let Some(first) = stream.events.first() else { return };
                for share in shares {
                    let stop = || Some(Stop::at(first, failure));
                    share.stopped.entry(stream.key).or_insert_with(stop);
                }
                return;
            }
        };
        let now = fold(self.upcasters, &stream.key, before, &stream.events, shares);
        if let Some(now) = now {
            self.remembered.remember(stream.key, &now);
        }
    }
}

/// Those claims that are furthest behind, up to where they may go on together, and whether others
/// are behind as well.
fn furthest_behind(claims: Vec<Claim>) -> Option<(Vec<Claim>, i64, bool)> {
    let behind = claims.into_iter().filter(|claim| claim.position < claim.head);
    let mut behind: Vec<_> = behind.collect();
    let position = behind.iter().map(|claim| claim.position).min()?;
    let ahead = behind.iter().map(|claim| claim.position).filter(|&other| other > position).min();
    behind.retain(|claim| claim.position == position);
    let head = behind.first()?.head;
    Some((behind, ahead.unwrap_or(head), ahead.is_some()))
}

/// Says that a stream stopped.
fn tell(projection: &'static str, key: &Key, stop: &Stop) {
    let Stop { sequence, position, event_type, failure, timed_out } = stop;
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
