//! Which events changed which fields. The values, and who and when, are in the log.

use std::collections::BTreeSet;

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

/// One row for each field that an event changed, and one for each object that contains such fields.
pub(crate) struct FieldChanges;

impl Projection for FieldChanges {
    fn name(&self) -> &'static str {
        "field_changes"
    }

    fn logic_version(&self) -> i32 {
        3
    }

    fn tables(&self) -> &'static [&'static Table] {
        &[&FIELD_CHANGES]
    }

    fn sees_who(&self) -> bool {
        false
    }

    fn event(&self, fact: &EventContext<'_>, rows: &mut Rows) -> Result<(), CannotApply> {
        let changed = changes(fact.before, fact.after);
        let fields: BTreeSet<&str> =
            changed.iter().flat_map(|change| with_those_above(&change.field)).collect();
        for field in fields {
            rows.put(
                &FIELD_CHANGES,
                [cell::text(field), cell::number(fact.version), cell::number(fact.position)],
            );
        }
        Ok(())
    }
}

/// A field, and what it is below: `/profile`, `/profile/address` and `/profile/address/city`.
fn with_those_above(field: &str) -> impl Iterator<Item = &str> {
    let ends = field.match_indices('/').map(|(at, _)| at).skip(1).chain([field.len()]);
    ends.filter_map(|end| field.get(..end))
}
