//! The current state of each customer, as the append writes it.

use domain::customer::Customer;

use crate::model::{StreamKey, Versioned};
use crate::projections::cell;
use crate::projections::projection::{CannotApply, Projection};
use crate::projections::row::Type;
use crate::projections::rows::Rows;
use crate::projections::table::Table;

const CUSTOMERS: Table = Table {
    name: "customers",
    columns: &[
        ("version", Type::Bigint),
        ("state", Type::Json),
        ("parent_id", Type::Uuid),
        ("created_at", Type::Timestamptz),
        ("created_by", Type::Text),
        ("updated_at", Type::Timestamptz),
        ("updated_by", Type::Text),
    ],
    key: 0,
    replaces: false,
};

/// Current states.
pub(crate) struct Customers;

impl Projection for Customers {
    fn name(&self) -> &'static str {
        "customers"
    }

    fn logic_version(&self) -> i32 {
        1
    }

    fn tables(&self) -> &'static [&'static Table] {
        &[&CUSTOMERS]
    }

    fn sees_events(&self) -> bool {
        false
    }

    fn customer(
        &self,
        _: &StreamKey,
        now: &Versioned<Customer>,
        rows: &mut Rows,
    ) -> Result<(), CannotApply> {
        let Some(made) = &now.stamp else { return Ok(()) };
        rows.put(
            &CUSTOMERS,
            [
                cell::number(now.version),
                cell::json(&now.state)?,
                now.state.parent_customer_id.and_then(|parent| cell::id(parent.0)),
                cell::time(made.created_at),
                cell::text(&*made.created_by),
                cell::time(made.updated_at),
                cell::text(&*made.updated_by),
            ],
        );
        Ok(())
    }
}
