//! The newest events of customers whose history was read last, and how it is known that they still are
//! the newest.
//!
//! What was recorded never changes, so a first page is as it was until its customer has another event. What a
//! customer was last changed by is asked of the database at each read; see `Store::events`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use domain::{CustomerId, TenantId};
use hashlink::LruCache;

use super::events::{EventQuery, Together};
use crate::queries::{Between, Current};
use crate::writer::submission::TenantRef;

/// What an entry takes besides its events, about, in bytes.
const ENTRY_BYTES: usize = 256;

/// A first page of a history, the newest events first, without a filter.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct FirstPage {
    tenant: TenantId,
    customer: CustomerId,
    limit: u16,
}

impl FirstPage {
    /// What is asked for, if it is such a page.
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
    /// The version that the first of them made, and when.
    made: (i64, DateTime<Utc>),
    pub(crate) events: Together,
}

impl Newest {
    /// Whether `customer` has had no event since. Times tell events of one version apart, where a
    /// database was set back and went another way.
    pub(crate) fn is_of(&self, customer: &Current) -> bool {
        self.made == (customer.version, customer.updated_at())
    }

    /// Whether a reader who asks for what was up to `version` may see all of them.
    pub(crate) const fn is_within(&self, version: i64) -> bool {
        self.made.0 <= version
    }

    /// About how much memory it takes.
    fn bytes(&self) -> usize {
        self.events.bytes().saturating_add(ENTRY_BYTES)
    }
}

/// First pages, those that were asked for last, in so many bytes at most.
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

    /// Keeps what was just read as `page`, and forgets what was not asked for for longest.
    pub(crate) fn keep(&self, page: FirstPage, events: Together) {
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
