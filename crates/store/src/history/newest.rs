//! A cache of the newest events of customers whose history was read recently.
//!
//! Recorded events never change, so a first page is valid until its customer has another event.
//! Each read checks that in the database; see `Store::events`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use domain::{CustomerId, TenantId};
use hashlink::LruCache;

use super::events::{EventColumns, EventQuery};
use crate::model::{Current, TenantRef};
use crate::queries::Between;

/// The approximate size of an entry besides its events, in bytes.
const ENTRY_BYTES: usize = 256;

/// The first page of a history, newest events first, without a filter.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct FirstPage {
    tenant: TenantId,
    customer: CustomerId,
    limit: u16,
}

impl FirstPage {
    /// The key of the page, if the query asks for such a page.
    pub(crate) fn of(tenant: TenantRef, asked: &EventQuery) -> Option<Self> {
        let EventQuery { span, types } = asked;
        let first = span.newest_first && span.after.is_none();
        let whole = types.is_empty() && span.recorded == Between::default();
        let page = Self { tenant: tenant.id, customer: span.customer, limit: span.limit };
        (first && whole).then_some(page)
    }
}

/// Events that were the newest of a customer when they were read.
pub(crate) struct Newest {
    /// The version and time of the first event.
    made: (i64, DateTime<Utc>),
    pub(crate) events: EventColumns,
}

impl Newest {
    /// Whether `customer` has had no event since. Comparing times detects a database that was
    /// restored to an earlier state.
    pub(crate) fn is_of(&self, customer: &Current) -> bool {
        self.made == (customer.version, customer.updated_at())
    }

    /// Whether a reader limited to `version` may see all of them.
    pub(crate) const fn is_within(&self, version: i64) -> bool {
        self.made.0 <= version
    }

    /// The approximate memory, in bytes.
    fn bytes(&self) -> usize {
        self.events.bytes().saturating_add(ENTRY_BYTES)
    }
}

/// The most recently used first pages, with a maximum of bytes.
pub(crate) struct LastRead {
    bytes_max: usize,
    pages: Mutex<Pages>,
}

struct Pages {
    kept: LruCache<FirstPage, Arc<Newest>>,
    bytes: usize,
}

impl LastRead {
    pub(crate) fn new(bytes_max: usize) -> Self {
        let pages = Pages { kept: LruCache::new_unbounded(), bytes: 0 };
        Self { bytes_max, pages: Mutex::new(pages) }
    }

    pub(crate) fn get(&self, page: &FirstPage) -> Option<Arc<Newest>> {
        self.pages().kept.get(page).cloned()
    }

    /// Caches `page`, and evicts the least recently used ones.
    pub(crate) fn keep(&self, page: FirstPage, events: EventColumns) {
        let Some(made) = events.first() else { return };
        let newest = Newest { made, events };
        let bytes = newest.bytes();
        if bytes > self.bytes_max {
            return;
        }
        let mut pages = self.pages();
        let replaced = pages.kept.insert(page, Arc::new(newest));
        pages.bytes = pages.bytes.saturating_add(bytes);
        pages.give_up(replaced);
        while pages.bytes > self.bytes_max {
            let Some((_, oldest)) = pages.kept.remove_lru() else { return };
            pages.give_up(Some(oldest));
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn give_up(&mut self, newest: Option<Arc<Newest>>) {
        let bytes = newest.map_or(0, |newest| newest.bytes());
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

#[cfg(test)]
mod tests;
