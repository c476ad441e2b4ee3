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
}

impl Stop {
    pub(crate) fn at(event: &Logged, failure: &dyn std::error::Error) -> Self {
        let failure = std::iter::successors(Some(failure), |error| error.source())
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ");
        Self {
            sequence: event.sequence,
            position: event.position,
            event_type: event.event_type.clone(),
            failure,
        }
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
    let Some(first) = events.first() else { return Some(before) };
    let mut taking: Vec<&mut Share> = shares.iter_mut().filter(|share| share.takes(key)).collect();
    for share in &mut taking {
        share.rows.begin_customer(key);
    }
    let mut now = before;
    for event in events {
        match step(upcasters, key, &now, event, &mut taking) {
            Ok(next) => now = next,
            Err(unreadable) => {
                for share in taking {
                    show(share, key, &now, first);
                    let stop = Some(Stop::at(event, &unreadable));
                    share.stopped.entry(*key).or_insert(stop);
                }
                return None;
            }
        }
    }
    for share in taking {
        show(share, key, &now, first);
    }
    Some(now)
}

/// Applies one event to those shares that see events.
fn step(
    upcasters: &Upcasters,
    key: &Key,
    now: &Entry<Customer>,
    event: &Logged,
    taking: &mut Vec<&mut Share>,
) -> Result<Entry<Customer>, StoreError> {
    let read =
        read_customer_event(upcasters, &event.event_type, &event.event_version, &event.payload)?;
    let who = Who::read(&event.metadata)?;
    let after = now.state.clone().evolve(read.clone());
    let next = now.then(after, 1, event.recorded_at, who.by());
    let Some(made) = &next.envelope else { return Ok(next) };
    let fact = Fact {
        key,
        version: event.sequence,
        position: event.position,
        recorded_at: event.recorded_at,
        who: &who,
        event: &read,
        before: &now.state,
        after: &next.state,
        made,
    };
    for share in taking.iter_mut().filter(|share| share.projection.sees_events()) {
        if share.stopped.contains_key(key) {
            continue;
        }
        share.rows.begin_event();
        if let Err(failure) = share.projection.event(&fact, &mut share.rows) {
            share.rows.undo_event();
            share.stopped.insert(*key, Some(Stop::at(event, &failure)));
        }
    }
    Ok(next)
}

/// Shows a share the customer as it is now.
fn show(share: &mut Share, key: &Key, now: &Entry<Customer>, first: &Logged) {
    if !share.takes(key) {
        return;
    }
    if let Err(failure) = share.projection.customer(key, now, &mut share.rows) {
        share.rows.undo_customer();
        share.stopped.insert(*key, Some(Stop::at(first, &failure)));
    }
}
