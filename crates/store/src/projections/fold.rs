//! From one customer's events to rows, for several projections at once.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::customer::Customer;
use domain::upcast::Upcasters;

use super::{Fact, Key, Projection, Rows, Who};
use crate::entry::Entry;
use crate::error::StoreError;
use crate::log::read_customer_event;

/// An event of a customer, as it is read for folding.
#[derive(Clone, Debug)]
pub(crate) struct Logged {
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
pub(crate) struct Stop {
    pub(crate) sequence: i64,
    pub(crate) position: i64,
    pub(crate) event_type: String,
    pub(crate) failure: String,
    /// Whether its rows took too long. Then it is tried again without being asked.
    pub(crate) timed_out: bool,
}

impl Stop {
    pub(crate) fn at(event: &Logged, failure: &dyn std::error::Error) -> Self {
        Place::of(event).stop(failure)
    }

    /// A stop at an event whose rows took too long.
    pub(crate) fn timed_out_at(event: &Logged, failure: &dyn std::error::Error) -> Self {
        Self { timed_out: true, ..Self::at(event, failure) }
    }
}

/// Which event of a stream.
struct Place {
    sequence: i64,
    position: i64,
    event_type: String,
}

impl Place {
    fn of(event: &Logged) -> Self {
        let Logged { sequence, position, ref event_type, .. } = *event;
        Self { sequence, position, event_type: event_type.clone() }
    }

    fn stop(&self, failure: &dyn std::error::Error) -> Stop {
        let failure = std::iter::successors(Some(failure), |error| error.source())
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ");
        let Self { sequence, position, ref event_type } = *self;
        let event_type = event_type.clone();
        Stop { sequence, position, event_type, failure, timed_out: false }
    }
}

/// What some events come to in one projection.
pub(crate) struct Share {
    pub(crate) projection: &'static dyn Projection,
    /// The rows they make.
    pub(crate) rows: Rows,
    /// The customers whose events are not applied here: those that stopped earlier (nothing), and
    /// those that stopped at one of these events.
    pub(crate) stopped: BTreeMap<Key, Option<Stop>>,
}

impl Share {
    pub(crate) fn new(projection: &'static dyn Projection) -> Self {
        let rows = Rows::new(projection.tables());
        Self { projection, rows, stopped: BTreeMap::new() }
    }

    /// The streams that stopped at one of these events.
    pub(crate) fn stops(&self) -> Vec<(Key, Stop)> {
        let stops = self.stopped.iter();
        stops.filter_map(|(key, stop)| Some((*key, stop.clone()?))).collect()
    }

    /// Whether the customer's events were applied here, at least up to one of these.
    pub(crate) fn took(&self, key: &Key) -> bool {
        self.stopped.get(key).is_none_or(Option::is_some)
    }

    /// Whether the customer's events are applied here.
    pub(crate) fn takes(&self, key: &Key) -> bool {
        !self.stopped.contains_key(key)
    }
}

/// Folds `events` of one customer, in order, onto what it was `before`, and gives every share its
/// rows. The answer is what the customer is after the last of them; nothing when one can't be read.
///
/// A share that can't apply an event stops there for this customer, the others go on; an event that
/// can't be read stops all.
pub(crate) fn fold(
    upcasters: &Upcasters,
    key: &Key,
    before: Entry<Customer>,
    events: &[Logged],
    shares: &mut [Share],
) -> Option<Entry<Customer>> {
    let mut folding = Folding::begin(upcasters, key, before, shares);
    for event in events {
        folding.apply(event, shares);
    }
    folding.end(shares)
}

/// A customer whose events are being folded, one after the other. Every step gets the same shares.
pub(crate) struct Folding<'a> {
    upcasters: &'a Upcasters,
    pub(crate) key: Key,
    now: Entry<Customer>,
    /// The first event: where those stop who only look at the customer as it is in the end.
    first: Option<Place>,
    unreadable: bool,
}

impl<'a> Folding<'a> {
    /// A customer that was so `before` the events that come.
    pub(crate) fn begin(
        upcasters: &'a Upcasters,
        key: &Key,
        before: Entry<Customer>,
        shares: &mut [Share],
    ) -> Self {
        for share in shares.iter_mut().filter(|share| share.takes(key)) {
            share.rows.begin_customer(key);
        }
        Self { upcasters, key: *key, now: before, first: None, unreadable: false }
    }

    /// Applies the next event. After one that can't be read nothing is applied.
    pub(crate) fn apply(&mut self, event: &Logged, shares: &mut [Share]) {
        if self.unreadable {
            return;
        }
        self.first.get_or_insert_with(|| Place::of(event));
        if let Err(unreadable) = self.step(event, shares) {
            self.unreadable = true;
            for share in shares {
                self.show(share);
                let stop = || Some(Stop::at(event, &unreadable));
                share.stopped.entry(self.key).or_insert_with(stop);
            }
        }
    }

    fn step(&mut self, event: &Logged, shares: &mut [Share]) -> Result<(), StoreError> {
        let Logged { event_type, event_version, payload, .. } = event;
        let read = read_customer_event(self.upcasters, event_type, event_version, payload)?;
        let who = Who::read(&event.metadata)?;
        let key = self.key;
        let sees = |share: &&mut Share| share.projection.sees_events() && share.takes(&key);
        let mut seeing: Vec<_> = shares.iter_mut().filter(sees).collect();
        if seeing.is_empty() {
            let state = std::mem::take(&mut self.now.state).evolve(read);
            self.now = self.now.then(state, 1, event.recorded_at, who.by());
            return Ok(());
        }
        let after = self.now.state.clone().evolve(read.clone());
        let next = self.now.then(after, 1, event.recorded_at, who.by());
        let before = std::mem::replace(&mut self.now, next);
        let Some(made) = &self.now.envelope else { return Ok(()) };
        let fact = Fact {
            version: event.sequence,
            position: event.position,
            recorded_at: event.recorded_at,
            who: &who,
            event: &read,
            before: &before.state,
            after: &self.now.state,
            made,
        };
        for share in &mut seeing {
            share.rows.begin_event();
            if let Err(failure) = share.projection.event(&fact, &mut share.rows) {
                share.rows.undo_event();
                share.stopped.insert(key, Some(Stop::at(event, &failure)));
            }
        }
        Ok(())
    }

    /// What the customer is after the last event; nothing when one couldn't be read.
    pub(crate) fn end(self, shares: &mut [Share]) -> Option<Entry<Customer>> {
        if self.unreadable {
            return None;
        }
        for share in shares {
            self.show(share);
        }
        Some(self.now)
    }

    /// Shows a share the customer as it is now.
    fn show(&self, share: &mut Share) {
        let Some(first) = &self.first else { return };
        if !share.takes(&self.key) {
            return;
        }
        if let Err(failure) = share.projection.customer(&self.key, &self.now, &mut share.rows) {
            share.rows.undo_customer();
            share.stopped.insert(self.key, Some(first.stop(&failure)));
        }
    }
}
