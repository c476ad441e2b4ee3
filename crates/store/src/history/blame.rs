//! Blame: the event that set each field of a customer.

use std::collections::BTreeMap;

use domain::CustomerId;
use domain::customer::{Customer, Event, changes};
use domain::upcast::Upcasters;
use serde_json::Value;
use sqlx::{PgConnection, query_as, query_scalar};

use super::cause::Cause;
use crate::error::StoreError;
use crate::log::customer_stream;
use crate::model::{Current, Recorded, TenantRef};
use crate::queries::as_tenant;

/// A field of a customer, and the event that set it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SetField {
    /// The field: a JSON pointer into the document. Members of lists go by their id, if they have
    /// one.
    pub field: String,
    /// Its value.
    pub value: Option<Value>,
    /// The event.
    pub cause: Cause,
}

/// For each field of the customer in this state, in the order of the fields, the event that set it.
/// Nothing if the read model of changes does not have all of them.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn blame(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    tenant: TenantRef,
    state: &Current,
) -> Result<Option<Vec<SetField>>, StoreError> {
    // The fields of a state are its differences from an empty one.
    let fields = changes(&Customer::default(), &state.read()?);
    let mut transaction = as_tenant(connection, tenant.id).await?;
    let versions: Vec<i64> = query_scalar(
        "select f.version
           from unnest($4::text[]) with ordinality as w(field, nth)
          cross join lateral (
                select version
                  from field_changes as f
                 where f.partition = $1 and f.tenant_id = $2 and f.customer_id = $3
                   and f.field = w.field and f.version <= $5
                 order by f.version desc
                 limit 1) as f
          where not exists (select
                              from parked_streams as s
                              join projections as p
                                on p.name = s.projection and p.generation = s.generation
                             where s.partition = $1 and s.projection = 'field_changes'
                               and s.tenant_id = $2 and s.customer_id = $3
                               and s.sequence <= $5 and p.state = 'live')
          order by w.nth",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(state.id)
    .bind(fields.iter().map(|change| change.field.clone()).collect::<Vec<_>>())
    .bind(state.version)
    .fetch_all(&mut *transaction)
    .await?;
    if versions.len() < fields.len() {
        transaction.rollback().await?;
        return Ok(None);
    }
    let customer = CustomerId(state.id);
    let causes = causes(&mut transaction, upcasters, tenant, customer, &versions).await?;
    transaction.rollback().await?;
    let set = fields.into_iter().zip(versions).map(|(change, version)| {
        let cause = causes.get(&version)?.clone();
        Some(SetField { field: change.field, value: change.new, cause })
    });
    Ok(set.collect())
}

/// The events of some versions of a customer.
async fn causes(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    tenant: TenantRef,
    customer: CustomerId,
    versions: &[i64],
) -> Result<BTreeMap<i64, Cause>, StoreError> {
    let events: Vec<Recorded> = query_as(
        "select $3::uuid as customer_id, e.sequence as version, e.position, e.recorded_at,
                e.event_type, e.event_version,
                case when e.event_version = $5 then '' else e.payload::text end as payload,
                e.metadata::text as metadata
           from events as e
          where e.aggregate_type = 'customer' and e.aggregate_id = $2
            and e.sequence = any ($4) and e.partition = $1",
    )
    .bind(tenant.partition.number())
    .bind(customer_stream(tenant.id, customer))
    .bind(customer.0)
    .bind(versions)
    // An older event's name depends on its content.
    .bind(Event::VERSION)
    .fetch_all(connection)
    .await?;
    let cause = |event: Recorded| Ok((event.version, Cause::of(event, upcasters)?));
    events.into_iter().map(cause).collect()
}

/// The position of the event that made a version.
pub(crate) async fn position_of(
    connection: &mut PgConnection,
    tenant: TenantRef,
    customer: CustomerId,
    version: i64,
) -> Result<i64, StoreError> {
    let position = "select position from read_events($1, $2, $3, $4, $4, false, null, 1)";
    Ok(query_scalar(position)
        .bind(tenant.partition.number())
        .bind(tenant.id.0)
        .bind(customer.0)
        .bind(version)
        .fetch_one(connection)
        .await?)
}
