//! What set each field of a customer.

use domain::CustomerId;
use domain::customer::{Customer, changes};
use serde_json::Value;
use sqlx::{PgConnection, query_as};

use super::changes::Change;
use crate::error::StoreError;
use crate::queries::{Current, as_tenant};
use crate::writer::submission::TenantRef;

/// For each field that the customer has in this state, in the order of the fields, the change that made
/// it what it is. Nothing when the read model of changes doesn't know them all.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn blame(
    connection: &mut PgConnection,
    tenant: TenantRef,
    state: &Current,
) -> Result<Option<Vec<Change>>, StoreError> {
    // What a state has is what makes it differ from that of nobody.
    let fields = changes(&Customer::default(), &state.read()?);
    let mut transaction = as_tenant(connection, tenant.id).await?;
    let set: Vec<Change> = query_as(
        "select f.field, f.old_value::text as old_value, f.new_value::text as new_value, f.version,
                f.position, f.recorded_at, f.event_type, f.actor, f.reason
           from unnest($4::text[]) with ordinality as w(field, nth)
          cross join lateral (
                select field, old_value, new_value, version, position, recorded_at, event_type,
                       actor, reason
                  from field_changes as f
                 where f.partition = $1 and f.tenant_id = $2 and f.customer_id = $3
                   and f.field = w.field and f.version <= $5
                 order by f.version desc
                 limit 1) as f
          order by w.nth",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(state.id)
    .bind(fields.iter().map(|change| change.field.clone()).collect::<Vec<_>>())
    .bind(state.version)
    .fetch_all(&mut *transaction)
    .await?;
    transaction.rollback().await?;
    let value = |set: &Change| -> Option<Value> { set.new_value.as_deref()?.parse().ok() };
    let known = set.len() == fields.len()
        && set.iter().zip(&fields).all(|(set, field)| value(set) == field.new);
    Ok(known.then_some(set))
}

/// The position of the event that made a customer's version.
pub(crate) async fn position_of(
    connection: &mut PgConnection,
    tenant: TenantRef,
    customer: CustomerId,
    version: i64,
) -> Result<i64, StoreError> {
    let position = "select position from read_events($1, $2, $3, $4, $4, false, null, 1)";
    Ok(sqlx::query_scalar(position)
        .bind(tenant.partition.number())
        .bind(tenant.id.0)
        .bind(customer.0)
        .bind(version)
        .fetch_one(connection)
        .await?)
}
