//! The state of each customer at every 64th version.

use crate::projections::cell;
use crate::projections::event_context::EventContext;
use crate::projections::projection::{CannotApply, Projection};
use crate::projections::row::Type;
use crate::projections::rows::Rows;
use crate::projections::table::Table;

/// The number of versions between two snapshots.
pub(crate) const INTERVAL: i64 = 64;

const CUSTOMER_SNAPSHOTS: Table = Table {
    name: "customer_snapshots",
    columns: &[
        ("version", Type::Bigint),
        ("state", Type::Json),
        ("created_at", Type::Timestamptz),
        ("created_by", Type::Text),
        ("updated_at", Type::Timestamptz),
        ("updated_by", Type::Text),
    ],
    key: 1,
    replaces: false,
};

/// Snapshots, so that no state is far from a stored one.
pub(crate) struct CustomerSnapshots;

impl Projection for CustomerSnapshots {
    fn name(&self) -> &'static str {
        "customer_snapshots"
    }

    fn logic_version(&self) -> i32 {
        1
    }

    fn tables(&self) -> &'static [&'static Table] {
        &[&CUSTOMER_SNAPSHOTS]
    }

    fn event(&self, fact: &EventContext<'_>, rows: &mut Rows) -> Result<(), CannotApply> {
        if fact.version % INTERVAL != 0 {
            return Ok(());
        }
        rows.put(
            &CUSTOMER_SNAPSHOTS,
            [
                cell::number(fact.version),
                cell::json(fact.after)?,
                cell::time(fact.made.created_at),
                cell::text(&*fact.made.created_by),
                cell::time(fact.made.updated_at),
                cell::text(&*fact.made.updated_by),
            ],
        );
        Ok(())
    }
}
