//! What customers are called.

use domain::CustomerId;
use domain::customer::Customer;
use http::{App, Problem};
use store::{Current, Reference, TenantRef};
use uuid::Uuid;

/// The parent as the head names it.
pub(super) struct Named {
    pub(super) id: Uuid,
    pub(super) name: String,
}

/// The parent of a customer, if it has one.
pub(super) async fn parent(
    app: &App,
    tenant: TenantRef,
    state: &Customer,
) -> Result<Option<Named>, Problem> {
    let Some(parent) = state.parent_customer_id else { return Ok(None) };
    let found: Option<Current> = app.store.customer(tenant, &Reference::Id(parent)).await?;
    let name = found.map(|parent| Ok::<_, Problem>(name_of(&parent.read()?))).transpose()?;
    let CustomerId(id) = parent;
    Ok(Some(Named { id, name: name.unwrap_or_else(|| id.to_string()) }))
}

/// What a customer is called.
pub(super) fn name_of(state: &Customer) -> String {
    let name = state.profile.name.as_ref().map(ToString::to_string);
    name.unwrap_or_else(|| "Customer without a name".to_owned())
}
