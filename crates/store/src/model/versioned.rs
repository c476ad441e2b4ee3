//! A customer or tenant at a version.

use chrono::{DateTime, Utc};

use super::stamp::AuditStamp;

/// The state of a customer or tenant at a version.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Versioned<S> {
    pub(crate) state: S,
    /// 0 before the first event.
    pub(crate) version: i64,
    /// Nothing before the first event.
    pub(crate) stamp: Option<AuditStamp>,
    /// The maximum size of the state as JSON; nothing if unknown.
    pub(crate) bytes_max: Option<usize>,
}

/// More than the size of the state before the first event.
const UNREGISTERED_BYTES: usize = 4 * 1024;

impl<S: Default> Default for Versioned<S> {
    fn default() -> Self {
        let bytes_max = Some(UNREGISTERED_BYTES);
        Self { state: S::default(), version: 0, stamp: None, bytes_max }
    }
}

impl<S> Versioned<S> {
    /// The state after `count` more events that lead to `state`, recorded at `at` by `by`.
    pub(crate) fn then<T>(
        &self,
        state: T,
        count: i64,
        at: DateTime<Utc>,
        by: &str,
    ) -> Versioned<T> {
        let (created_at, created_by) = match &self.stamp {
            Some(made) => (made.created_at, made.created_by.clone()),
            None => (at, by.to_owned()),
        };
        let stamp =
            AuditStamp { created_at, created_by, updated_at: at, updated_by: by.to_owned() };
        let version = self.version.saturating_add(count);
        Versioned { state, version, stamp: Some(stamp), bytes_max: None }
    }
}

/// The actor that the caller named, or the key.
pub(crate) fn by<'a>(actor: Option<&'a str>, api_key: Option<&'a str>) -> &'a str {
    actor.or(api_key).unwrap_or_default()
}
