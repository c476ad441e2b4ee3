//! Current and former holders of an id in another system.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use super::page::{After, Page, View, hold, one_more, position};
use crate::error::StoreError;
use crate::model::TenantRef;
use crate::queries::scope::as_tenant;

/// A customer that holds, or held, an id in another system.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub struct IntegrationLink {
    /// The customer.
    pub customer_id: Uuid,
    /// The kind of entity there.
    pub entity_type: Option<String>,
    /// The customer's version that set the link.
    pub from_version: i64,
    /// When it was set.
    pub from_time: DateTime<Utc>,
    /// Who set it.
    pub actor: String,
    /// The customer's version that removed or replaced it; nothing while it holds.
    pub until_version: Option<i64>,
    /// When it was removed or replaced.
    pub until_time: Option<DateTime<Utc>>,
    position: i64,
}

/// A query for the holders of an id, in the order in which they got it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LinkQuery {
    /// The system.
    pub provider_type: String,
    /// The id.
    pub provider_entity_id: String,
    /// Only holders after this position.
    pub after: Option<After>,
    /// The maximum.
    pub limit: u16,
}

/// The current and former holders of the id.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn integration_links(
    connection: &mut PgConnection,
    tenant: TenantRef,
    asked: &LinkQuery,
) -> Result<Page<IntegrationLink>, StoreError> {
    let after = asked.after.as_ref().map_or(Some(0), |after| after.key.parse::<i64>().ok());
    let mut transaction = as_tenant(connection, tenant.id).await?;
    hold(&mut transaction, View::IntegrationLinks).await?;
    let position = position(&mut transaction, tenant.partition, View::IntegrationLinks).await?;
    let rows: Vec<IntegrationLink> = query_as(
        "select l.customer_id, l.entity_type, l.version as from_version,
                l.recorded_at as from_time, l.actor, n.version as until_version,
                n.recorded_at as until_time, l.position
           from integration_links as l
           left join lateral (
                select version, recorded_at
                  from integration_links as n
                 where n.partition = l.partition and n.tenant_id = l.tenant_id
                   and n.customer_id = l.customer_id and n.version > l.version
                   and n.provider_type = l.provider_type
                   and n.provider_entity_id = l.provider_entity_id
                 order by n.version
                 limit 1) as n on true
          where l.partition = $1 and l.tenant_id = $2
            and l.provider_type = $3 and l.provider_entity_id = $4
            and l.mapped and l.position > $5
          order by l.position
          limit $6",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(&asked.provider_type)
    .bind(&asked.provider_entity_id)
    .bind(after.unwrap_or(i64::MAX))
    .bind(one_more(asked.limit))
    .persistent(false)
    .fetch_all(&mut *transaction)
    .await?;
    transaction.rollback().await?;
    let listed = |row: IntegrationLink| {
        let after = After { key: row.position.to_string(), id: row.customer_id };
        (row, after)
    };
    Ok(Page::of(rows.into_iter().map(listed).collect(), asked.limit, position))
}
