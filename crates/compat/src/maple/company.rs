//! Companies: what Maple calls a tenant.

use domain::{CustomerId, TenantId};
use http::Problem;
use http::auth::Caller;
use store::Reference;

use super::tables::ID;
use crate::ids;
use crate::ids::read_id;

/// The id of a tenant as Maple shows it.
pub(super) fn id(tenant: TenantId) -> String {
    ids::show("cmp_", tenant.0)
}

/// Requires that a path names the caller's own company.
///
/// # Errors
///
/// Any other, whether it is there or not.
pub(super) fn require(caller: &Caller, company: &str) -> Result<(), Problem> {
    let own = id(caller.tenant().id);
    if company == own { Ok(()) } else { Err(Problem::unknown_company(&own)) }
}

/// The customer that a path names in the caller's company: by its id, else by its identifier.
///
/// # Errors
///
/// What can be nobody's is answered as a customer that isn't there.
pub(super) fn customer(caller: &Caller, company: &str, named: &str) -> Result<Reference, Problem> {
    require(caller, company)?;
    if let Some(id) = read_id(ID, named) {
        return Ok(Reference::Id(CustomerId(id)));
    }
    http::reference::external(named)
}
