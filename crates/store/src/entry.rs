//! A customer or tenant at some place of the log.

use chrono::{DateTime, Utc};

use crate::queries::Envelope;

/// A customer or tenant after some of its events.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry<S> {
    pub(crate) state: S,
    /// 0 before the first event.
    pub(crate) version: i64,
    /// Nothing before the first event.
    pub(crate) envelope: Option<Envelope>,
    /// How many bytes the state has as JSON, at most; nothing when that is not known.
    pub(crate) bytes_max: Option<usize>,
}

/// More than the state has before the first event.
const UNREGISTERED_BYTES: usize = 4 * 1024;

impl<S: Default> Default for Entry<S> {
    fn default() -> Self {
        let bytes_max = Some(UNREGISTERED_BYTES);
        Self { state: S::default(), version: 0, envelope: None, bytes_max }
    }
}

impl<S> Entry<S> {
    /// The entry after `count` more events, recorded at `at` on behalf of `by`, that lead to `state`.
    pub(crate) fn then<T>(&self, state: T, count: i64, at: DateTime<Utc>, by: &str) -> Entry<T> {
        let (created_at, created_by) = match &self.envelope {
            Some(made) => (made.created_at, made.created_by.clone()),
            None => (at, by.to_owned()),
        };
        let envelope =
            Envelope { created_at, created_by, updated_at: at, updated_by: by.to_owned() };
        let version = self.version.saturating_add(count);
        Entry { state, version, envelope: Some(envelope), bytes_max: None }
    }
}

/// On whose behalf: the person that a key's owner named, else the key.
pub(crate) fn by<'a>(actor: Option<&'a str>, api_key: Option<&'a str>) -> &'a str {
    actor.or(api_key).unwrap_or_default()
}
