//! How requests name a customer, and what answers have in common.

use domain::CustomerId;
use http::Problem;
use serde_json::Value;
use store::Reference;

use crate::ids;

/// The customer that a path names.
pub(super) fn by_id(id: &str) -> Result<Reference, Problem> {
    let id = ids::read_id("", id).ok_or_else(Problem::unknown_customer)?;
    Ok(Reference::Id(CustomerId(id)))
}

/// What every success with a body has it under.
pub(super) fn data(data: Value) -> Value {
    Value::from_iter([("data", data)])
}
