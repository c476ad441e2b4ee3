//! One batch: the next events of a partition, applied to every projection that stands before them.

use domain::customer::Customer;
use domain::upcast::Upcasters;
use sqlx::{Connection as _, PgConnection};

use super::claim::{Claim, claim, move_on};
use super::read::{Next, next};
use super::standings::{Standings, standings};
use crate::entry::Entry;
use crate::error::StoreError;
use crate::partition::Partition;
use crate::projections::fold::{Logged, Share, Stop, fold};
use crate::projections::{Key, Projection};

/// What following takes besides a connection.
#[derive(Clone, Copy)]
pub(crate) struct Follower<'a> {
    pub(crate) upcasters: &'a Upcasters,
    pub(crate) remembered: &'a Standings,
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
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] and others: nothing was changed.
    pub(crate) async fn advance(
        &self,
        connection: &mut PgConnection,
        partition: Partition,
    ) -> Result<Advanced, StoreError> {
        match self.attempt(&mut *connection, partition, false).await {
            Err(StoreError::Refused(_)) => self.attempt(connection, partition, true).await,
            advanced => advanced,
        }
    }

    /// One try; a `careful` one finds out which rows it is that PostgreSQL refuses.
    async fn attempt(
        &self,
        connection: &mut PgConnection,
        partition: Partition,
        careful: bool,
    ) -> Result<Advanced, StoreError> {
        let mut transaction = connection.begin().await?;
        let mut claims = claim(&mut transaction, partition, self.projections).await?;
        claims.retain(|claim| self.only.is_none_or(|only| claim.generation.number == only));
        let Some((claims, until, more)) = furthest_behind(claims) else {
            transaction.rollback().await?;
            return Ok(NOTHING);
        };
        let position = claims.first().map_or(0, |claim| claim.position);
        let next = next(&mut transaction, partition, position, until).await?;
        let (until, events) = (next.until, next.count);
        let more = more || until < claims.first().map_or(0, |claim| claim.head);
        let mut shares = self.shares(&mut transaction, &claims, &next).await?;
        let streams = self.with_standings(&mut transaction, partition, &shares, next).await?;
        for stream in &streams {
            self.fold(stream, &mut shares);
        }
        let mut parked = 0;
        for (claim, share) in claims.iter().zip(&shares) {
            claim.enter(&mut transaction).await?;
            let stopped = if careful {
                let parts = streams.iter().filter(|stream| share.took(&stream.key)).collect();
                self.store_parts(&mut transaction, share.projection, parts).await?
            } else {
                share.rows.store(&mut transaction).await?;
                share.stops()
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
    fn fold(&self, stream: &Stream, shares: &mut [Share]) {
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

    /// Stores the rows of some streams, and says where those stopped that can't be stored.
    ///
    /// Rows that PostgreSQL refuses are tried in ever smaller parts, until those of one event are
    /// left: its customer's stream stops there, and all others go on.
    pub(super) async fn store_parts(
        &self,
        connection: &mut PgConnection,
        projection: &'static dyn Projection,
        streams: Vec<&Stream>,
    ) -> Result<Vec<(Key, Stop)>, StoreError> {
        let (mut parts, mut stopped) = (vec![streams], Vec::new());
        while let Some(mut part) = parts.pop() {
            let mut alone = Share::new(projection);
            for stream in &part {
                self.fold(stream, std::slice::from_mut(&mut alone));
            }
            let mut savepoint = connection.begin().await?;
            match alone.rows.store(&mut savepoint).await.map_err(StoreError::from) {
                Ok(()) => {
                    savepoint.commit().await?;
                    stopped.extend(alone.stops());
                }
                Err(StoreError::Refused(_)) => {
                    savepoint.rollback().await?;
                    if let [stream] = part[..] {
                        stopped
                            .extend(self.store_events(&mut *connection, projection, stream).await?);
                    } else {
                        let half = part.split_off(part.len() / 2);
                        parts.extend([part, half]);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(stopped)
    }

    /// Stores the rows of a stream event by event, up to the one that can't be stored.
    async fn store_events(
        &self,
        connection: &mut PgConnection,
        projection: &'static dyn Projection,
        stream: &Stream,
    ) -> Result<Option<(Key, Stop)>, StoreError> {
        let Ok(mut now) = stream.before.as_ref().cloned() else { return Ok(None) };
        for event in &stream.events {
            let mut alone = [Share::new(projection)];
            let events = std::slice::from_ref(event);
            let next = fold(self.upcasters, &stream.key, now, events, &mut alone);
            let [alone] = alone;
            if let Some(stop) = alone.stops().pop() {
                return Ok(Some(stop));
            }
            let mut savepoint = connection.begin().await?;
            if let Err(error) = alone.rows.store(&mut savepoint).await {
                savepoint.rollback().await?;
                let error = StoreError::from(error);
                if !matches!(error, StoreError::Refused(_)) {
                    return Err(error);
                }
                return Ok(Some((stream.key, Stop::at(event, &error))));
            }
            savepoint.commit().await?;
            let Some(next) = next else { return Ok(None) };
            now = next;
        }
        Ok(None)
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
    let Stop { sequence, position, event_type, failure } = stop;
    let (partition, customer) = (key.partition.number(), key.customer);
    metrics::counter!("dossier_projection_streams_parked_total", "projection" => projection)
        .increment(1);
    tracing::error!(
        projection, %customer, tenant = %key.tenant, partition, sequence, position,
        event_type, failure,
        "{projection} can't apply event {sequence} of customer {customer}: its stream is parked"
    );
}
