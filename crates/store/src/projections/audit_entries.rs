//! The entries by which the audit finds events.

use crate::projections::cell;
use crate::projections::customer_list::words::Words;
use crate::projections::event_context::EventContext;
use crate::projections::projection::{CannotApply, Projection};
use crate::projections::row::Type;
use crate::projections::rows::Rows;
use crate::projections::table::Table;

const AUDIT_ENTRIES: Table = Table {
    name: "audit_entries",
    columns: &[
        ("position", Type::Bigint),
        ("event_type", Type::Text),
        ("actor", Type::Text),
        ("api_key", Type::Text),
        ("request_id", Type::Text),
        ("correlation_id", Type::Text),
        ("surface", Type::Text),
        ("reason", Type::Text),
        ("reason_start", Type::Text),
        ("reason_words", Type::Tsvector),
    ],
    key: 1,
    replaces: false,
};

/// Characters of a reason in its index.
const START_CHARS: usize = 128;

/// One row for each event.
pub(crate) struct AuditEntries;

impl Projection for AuditEntries {
    fn name(&self) -> &'static str {
        "audit_entries"
    }

    fn logic_version(&self) -> i32 {
        2
    }

    fn tables(&self) -> &'static [&'static Table] {
        &[&AUDIT_ENTRIES]
    }

    fn event(&self, fact: &EventContext<'_>, rows: &mut Rows) -> Result<(), CannotApply> {
        let who = fact.who;
        rows.put(
            &AUDIT_ENTRIES,
            [
                cell::number(fact.position),
                cell::name(fact.event.name()),
                cell::maybe(who.actor.as_deref()),
                cell::maybe(who.api_key.as_deref()),
                cell::maybe(who.request_id.as_deref()),
                cell::maybe(who.correlation_id.as_deref()),
                cell::maybe(who.surface.as_deref()),
                cell::maybe(who.reason.as_deref()),
                cell::maybe(who.reason.as_deref().map(start)),
                who.reason.as_deref().and_then(|reason| {
                    let mut words = Words::of(fact.tenant);
                    words.add(reason);
                    cell::words(words.into_list())
                }),
            ],
        );
        Ok(())
    }
}

/// The part of a reason that an index has. The SQL functions use the same number of characters.
fn start(reason: &str) -> &str {
    let end = reason.char_indices().nth(START_CHARS).map_or(reason.len(), |(at, _)| at);
    reason.get(..end).unwrap_or(reason)
}
