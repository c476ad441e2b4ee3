//! The current state of each customer, as the append writes it.

use domain::customer::Customer;

use super::{CannotApply, Key, Projection, Rows, Table, cell};
use crate::entry::Entry;

const CUSTOMERS: Table = Table {
    name: "customers",
    columns: &[
        ("version", "bigint"),
        ("state", "json"),
        ("parent_id", "uuid"),
        ("created_at", "timestamptz"),
        ("created_by", "text"),
        ("updated_at", "timestamptz"),
        ("updated_by", "text"),
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

    fn customer(&self, _: &Key, now: &Entry<Customer>, rows: &mut Rows) -> Result<(), CannotApply> {
        let Some(made) = &now.envelope else { return Ok(()) };
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
