//! Which events changed which fields. The values, and who and when, are in the log.

use domain::customer::changes;

use crate::projections::cell;
use crate::projections::event_context::EventContext;
use crate::projections::projection::{CannotApply, Projection};
use crate::projections::row::Type;
use crate::projections::rows::Rows;
use crate::projections::table::Table;

const FIELD_CHANGES: Table = Table {
    name: "field_changes",
    columns: &[("field", Type::Text), ("version", Type::Bigint), ("position", Type::Bigint)],
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
        2
    }

    fn tables(&self) -> &'static [&'static Table] {
        &[&FIELD_CHANGES]
    }

    fn sees_who(&self) -> bool {
        false
    }

    fn event(&self, fact: &EventContext<'_>, rows: &mut Rows) -> Result<(), CannotApply> {
        for change in changes(fact.before, fact.after) {
            rows.put(
                &FIELD_CHANGES,
                [cell::text(change.field), cell::number(fact.version), cell::number(fact.position)],
            );
        }
        Ok(())
    }
}
