//! What an audit asks for.

use domain::CustomerId;

use crate::projections::customer_list::words::Search;
use crate::queries::customers::Between;
use crate::queries::page::After;

/// Conditions on an event, all of which must hold. Absent ones match any event.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AuditConditions {
    /// The customer.
    pub customer: Option<CustomerId>,
    /// A changed field, as a JSON pointer. What lies below it counts, too.
    pub field: Option<String>,
    /// The actor.
    pub actor: Option<String>,
    /// The id of the API key.
    pub api_key: Option<String>,
    /// The event's name.
    pub event_type: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// The correlation id.
    pub correlation_id: Option<String>,
    /// The surface of the request.
    pub surface: Option<String>,
    /// The whole reason.
    pub reason: Option<String>,
    /// The beginning of the reason.
    pub reason_prefix: Option<String>,
    /// Beginnings of words of the reason.
    pub reason_search: Option<Search>,
    /// Whether a reason was given.
    pub has_reason: Option<bool>,
    /// When it was recorded.
    pub recorded: Between,
}

/// A query of the audit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditQuery {
    /// The conditions.
    pub asked: AuditConditions,
    /// Whether the newest come first.
    pub descending: bool,
    /// Only events after this position.
    pub after: Option<After>,
    /// The maximum of events.
    pub limit: u16,
}

impl AuditQuery {
    /// Whether a page may read many entries.
    pub(crate) fn is_costly(&self) -> bool {
        let AuditConditions {
            customer: _,
            recorded: _,
            field,
            actor,
            api_key,
            event_type,
            request_id,
            correlation_id,
            surface,
            reason,
            reason_prefix,
            reason_search,
            has_reason,
        } = &self.asked;
        let who = [actor, api_key, event_type, request_id, correlation_id, surface];
        let why = [field, reason, reason_prefix];
        who.into_iter().chain(why).any(Option::is_some)
            || reason_search.is_some()
            || has_reason.is_some()
    }
}

/// The positions of the next page: after the first, up to the second.
#[derive(Clone, Copy, Debug)]
pub(super) struct PositionRange {
    pub(super) after: i64,
    pub(super) until: i64,
}
