//! The entries by which the audit finds events.

use crate::projections::cell;
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
    ],
    key: 1,
    replaces: false,
};

/// One row for each event.
pub(crate) struct AuditEntries;

impl Projection for AuditEntries {
    fn name(&self) -> &'static str {
        "audit_entries"
    }

    fn logic_version(&self) -> i32 {
        1
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
            ],
        );
        Ok(())
    }
}
