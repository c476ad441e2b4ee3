//! Folds the events of one customer into rows, for several projections at once.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::customer::Customer;
use domain::upcast::Upcasters;
use sqlx::{FromRow, PgConnection};

use crate::error::StoreError;
use crate::log::read_customer_event;
use crate::model::{Attribution, StreamKey, Versioned};
use crate::projections::counts::Counts;
use crate::projections::event_context::EventContext;
use crate::projections::own_state;
use crate::projections::projection::{CannotApply, OwnState, Projection, StoredState};
use crate::projections::rows::Rows;

/// An event of a customer.
#[derive(Clone, Debug, FromRow)]
pub(crate) struct LoggedEvent {
    pub(crate) sequence: i64,
    pub(crate) position: i64,
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) payload: String,
    pub(crate) metadata: String,
    pub(crate) recorded_at: DateTime<Utc>,
}

/// Where a customer's stream stopped in a projection, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct StreamStop {
    pub(crate) sequence: i64,
    pub(crate) position: i64,
    pub(crate) event_type: String,
    pub(crate) failure: String,
    /// Whether storing its rows took too long. Then it is retried automatically.
    pub(crate) timed_out: bool,
}

impl StreamStop {
    pub(crate) fn at(event: &LoggedEvent, failure: &dyn std::error::Error) -> Self {
        Self::before(event).because(failure)
    }

    /// A stop at an event whose rows took too long.
    pub(crate) fn timed_out_at(event: &LoggedEvent, failure: &dyn std::error::Error) -> Self {
        Self { timed_out: true, ..Self::at(event, failure) }
    }

    /// A stop at an event, without a reason yet.
    fn before(event: &LoggedEvent) -> Self {
        let LoggedEvent { sequence, position, ref event_type, .. } = *event;
        let (event_type, failure) = (event_type.clone(), String::new());
        Self { sequence, position, event_type, failure, timed_out: false }
    }

    fn because(self, failure: &dyn std::error::Error) -> Self {
        let causes = std::iter::successors(Some(failure), |error| error.source());
        let failure = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
        Self { failure, ..self }
    }
}

/// The rows of a batch of events in one projection.
pub(crate) struct ProjectionBatch {
    pub(crate) projection: &'static dyn Projection,
    /// The rows.
    pub(crate) rows: Rows,
    /// The numbers of customers that change.
    counts: Counts,
    /// The status by which the current customer was counted before the events.
    counted_as: Result<Option<String>, CannotApply>,
    /// The rows that the current customer had before the events, if the projection only sees states.
    rows_before: Option<Rows>,
    /// The customers whose events are not applied: with nothing, those parked earlier; with a stop,
    /// those that stopped in this batch.
    pub(crate) stopped: BTreeMap<StreamKey, Option<StreamStop>>,
    /// The stored states of the customers, if the projection folds a state of its own.
    stored: HashMap<StreamKey, StoredState>,
    /// That state of the current customer.
    state: Option<Box<dyn OwnState>>,
}

impl ProjectionBatch {
    /// A batch of customers without stored states, unless [`Self::load`] loads them.
    pub(crate) fn new(projection: &'static dyn Projection) -> Self {
        let rows = Rows::new(projection.tables());
        Self {
            projection,
            rows,
            counts: Counts::default(),
            counted_as: Ok(None),
            rows_before: None,
            stopped: BTreeMap::new(),
            stored: HashMap::new(),
            state: None,
        }
    }

    /// Whether [`Self::load`] has anything to load.
    pub(crate) fn loads(&self) -> bool {
        self.projection.state_table().is_some()
    }

    /// Loads the stored states of these customers, if the projection folds a state of its own.
    pub(crate) async fn load(
        &mut self,
        connection: &mut PgConnection,
        keys: &[StreamKey],
    ) -> sqlx::Result<()> {
        if let Some(table) = self.projection.state_table() {
            self.stored = own_state::load(connection, table, keys).await?;
        }
        Ok(())
    }

    /// Stores all rows, and what they change in the numbers of customers.
    pub(crate) async fn store(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        self.rows.store(&mut *connection).await?;
        self.counts.store(connection).await
    }

    /// The events of this customer, who is in the state `before`, come next.
    fn begin(&mut self, key: &StreamKey, before: &Versioned<Customer>) {
        self.rows.begin_customer(key);
        self.counted_as = self.projection.counted_as(before);
        self.rows_before = self.rows_of(key, before);
        self.state = self.projection.own_state(self.stored.get(key));
    }

    fn event(
        &mut self,
        key: &StreamKey,
        event: &EventContext<'_>,
        metadata: &str,
    ) -> Result<(), CannotApply> {
        match &mut self.state {
            Some(state) => state.apply(key, event, metadata),
            None => self.projection.event(event, &mut self.rows),
        }
    }

    /// The rows of a customer in the state `before`, if it is registered and the projection only sees states.
    fn rows_of(&self, key: &StreamKey, before: &Versioned<Customer>) -> Option<Rows> {
        if self.projection.sees_events() || before.stamp.is_none() {
            return None;
        }
        let mut rows = Rows::new(self.projection.tables());
        rows.begin_customer(key);
        self.projection.customer(key, before, &mut rows).ok().map(|()| rows)
    }

    /// Adds the rows of the current customer's state after the events, except those that are stored already,
    /// and counts the customer.
    fn show(&mut self, key: &StreamKey, now: &Versioned<Customer>) -> Result<(), CannotApply> {
        let before = std::mem::replace(&mut self.counted_as, Ok(None))?;
        let after = self.projection.counted_as(now)?;
        self.projection.customer(key, now, &mut self.rows)?;
        if let Some(before) = self.rows_before.take() {
            self.rows.leave_out_same(&before);
        }
        self.counts.moved(key, before, after);
        Ok(())
    }

    /// Stops this customer at an event. The rows of the events before it are kept.
    fn stop(&mut self, key: &StreamKey, stop: StreamStop, first: Option<&StreamStop>) {
        let kept = self.state.take().map_or(Ok(()), |mut state| state.put(&mut self.rows));
        let stop = if let (Err(failure), Some(first)) = (kept, first) {
            self.rows.undo_customer();
            first.clone().because(&failure)
        } else {
            stop
        };
        self.stopped.insert(*key, Some(stop));
    }

    /// The streams that stopped in this batch.
    pub(crate) fn stops(&self) -> Vec<(StreamKey, StreamStop)> {
        let stops = self.stopped.iter();
        stops.filter_map(|(key, stop)| Some((*key, stop.clone()?))).collect()
    }

    /// Whether at least one of the customer's events was applied.
    pub(crate) fn took(&self, key: &StreamKey) -> bool {
        self.stopped.get(key).is_none_or(Option::is_some)
    }

    /// Whether the customer's events are applied here.
    pub(crate) fn takes(&self, key: &StreamKey) -> bool {
        !self.stopped.contains_key(key)
    }
}

/// Folds `events` of one customer, in order, onto the state `before`, and adds rows to every batch.
/// Returns the state after the last event; nothing if one can't be read.
///
/// A projection that can't apply an event stops there for this customer, and the others continue.
/// An event that can't be read stops all.
pub(crate) fn fold(
    upcasters: &Upcasters,
    key: &StreamKey,
    before: Versioned<Customer>,
    events: &[LoggedEvent],
    batches: &mut [ProjectionBatch],
) -> Option<Versioned<Customer>> {
    let mut folding = Folding::begin(upcasters, key, before, batches);
    for event in events {
        folding.apply(event, batches);
    }
    folding.end(batches)
}

/// Folds the events of a customer, one after the other. Every call gets the same batches.
pub(crate) struct Folding<'a> {
    upcasters: &'a Upcasters,
    pub(crate) key: StreamKey,
    now: Versioned<Customer>,
    /// The first event: projections that only see the final state stop here.
    first: Option<StreamStop>,
    unreadable: bool,
}

impl<'a> Folding<'a> {
    /// A customer in the state `before` the events.
    pub(crate) fn begin(
        upcasters: &'a Upcasters,
        key: &StreamKey,
        before: Versioned<Customer>,
        batches: &mut [ProjectionBatch],
    ) -> Self {
        for batch in batches.iter_mut().filter(|batch| batch.takes(key)) {
            batch.begin(key, &before);
        }
        Self { upcasters, key: *key, now: before, first: None, unreadable: false }
    }

    /// Applies the next event. Nothing is applied after one that can't be read.
    pub(crate) fn apply(&mut self, event: &LoggedEvent, batches: &mut [ProjectionBatch]) {
        if self.unreadable {
            return;
        }
        self.first.get_or_insert_with(|| StreamStop::before(event));
        if let Err(unreadable) = self.step(event, batches) {
            self.unreadable = true;
            for batch in batches {
                self.show(batch);
                let stop = || Some(StreamStop::at(event, &unreadable));
                batch.stopped.entry(self.key).or_insert_with(stop);
            }
        }
    }

    fn step(
        &mut self,
        event: &LoggedEvent,
        batches: &mut [ProjectionBatch],
    ) -> Result<(), StoreError> {
        let LoggedEvent { event_type, event_version, payload, .. } = event;
        let read = read_customer_event(self.upcasters, event_type, event_version, payload)?;
        let who = Attribution::read(&event.metadata)?;
        let key = self.key;
        let sees =
            |batch: &&mut ProjectionBatch| batch.projection.sees_events() && batch.takes(&key);
        let mut seeing: Vec<_> = batches.iter_mut().filter(sees).collect();
        if seeing.is_empty() {
            let state = std::mem::take(&mut self.now.state).evolve(read);
            self.now = self.now.then(state, 1, event.recorded_at, who.by());
            return Ok(());
        }
        let after = self.now.state.clone().evolve(read.clone());
        let next = self.now.then(after, 1, event.recorded_at, who.by());
        let before = std::mem::replace(&mut self.now, next);
        let Some(made) = &self.now.stamp else { return Ok(()) };
        let context = EventContext {
            tenant: key.tenant,
            version: event.sequence,
            position: event.position,
            recorded_at: event.recorded_at,
            who: &who,
            event: &read,
            before: &before.state,
            after: &self.now.state,
            made,
        };
        for batch in &mut seeing {
            batch.rows.begin_event();
            if let Err(failure) = batch.event(&key, &context, &event.metadata) {
                batch.rows.undo_event();
                batch.stop(&key, StreamStop::at(event, &failure), self.first.as_ref());
            }
        }
        Ok(())
    }

    /// The state after the last event; nothing if an event could not be read.
    pub(crate) fn end(self, batches: &mut [ProjectionBatch]) -> Option<Versioned<Customer>> {
        if self.unreadable {
            return None;
        }
        for batch in batches {
            self.show(batch);
        }
        Some(self.now)
    }

    /// Gives the current state to a projection.
    fn show(&self, batch: &mut ProjectionBatch) {
        let Some(first) = &self.first else { return };
        if !batch.takes(&self.key) {
            return;
        }
        let shown = match batch.state.take() {
            Some(mut state) => state.put(&mut batch.rows),
            None => batch.show(&self.key, &self.now),
        };
        if let Err(failure) = shown {
            batch.rows.undo_customer();
            batch.stopped.insert(self.key, Some(first.clone().because(&failure)));
        }
    }
}
