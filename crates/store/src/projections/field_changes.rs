//! Every change of every field.

use domain::customer::changes;

use super::{CannotApply, Fact, Projection, Rows, Table, Type, cell};

const FIELD_CHANGES: Table = Table {
    name: "field_changes",
    columns: &[
        ("version", Type::Bigint),
        ("field", Type::Text),
        ("old_value", Type::Text),
        ("new_value", Type::Text),
        ("position", Type::Bigint),
        ("event_type", Type::Text),
        ("recorded_at", Type::Timestamptz),
        ("actor", Type::Text),
        ("reason", Type::Text),
    ],
    key: 2,
    replaces: false,
};

/// One row for each field that an event changed.
pub(crate) struct FieldChanges;

impl Projection for FieldChanges {
    fn name(&self) -> &'static str {
        "field_changes"
    }

    fn logic_version(&self) -> i32 {
        1
    }

    fn tables(&self) -> &'static [&'static Table] {
        &[&FIELD_CHANGES]
    }

    fn event(&self, fact: &Fact<'_>, rows: &mut Rows) -> Result<(), CannotApply> {
        for change in changes(fact.before, fact.after) {
            rows.put(
                &FIELD_CHANGES,
                [
                    cell::number(fact.version),
                    cell::text(change.field),
                    change.old.and_then(|old| cell::text(old.to_string())),
                    change.new.and_then(|new| cell::text(new.to_string())),
                    cell::number(fact.position),
                    cell::name(fact.event.name()),
                    cell::time(fact.recorded_at),
                    cell::text(fact.who.by()),
                    cell::maybe(fact.who.reason.as_deref()),
                ],
            );
        }
        Ok(())
    }
}
