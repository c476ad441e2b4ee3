//! Billing configurations: of one customer, or by provider and delivery method.

use chrono::{DateTime, Utc};
use domain::CustomerId;
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use super::page::{After, Page, View, hold, one_more, position};
use crate::error::StoreError;
use crate::model::TenantRef;
use crate::queries::scope::as_tenant;

/// A billing configuration and the customer that has it.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub struct BillingConfiguration {
    /// The matching configurations.
    pub id: Uuid,
    /// The customer.
    pub customer_id: Uuid,
    /// The provider that sends invoices.
    pub provider: String,
    /// The provider's settings: a JSON object.
    pub configuration: String,
    /// The delivery method, if it is not one of the tenant's.
    pub delivery_method: Option<String>,
    /// The tenant's delivery method.
    pub delivery_method_id: Option<Uuid>,
    /// The tax provider.
    pub tax_provider: Option<String>,
    /// The customer's version that last changed the configuration.
    pub version: i64,
    /// When it was changed.
    pub changed_at: DateTime<Utc>,
    /// When it was archived; nothing while it is in use.
    pub archived_at: Option<DateTime<Utc>>,
}

/// A query of billing configurations. They come by customer, then by their id.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BillingQuery {
    /// Those of this customer.
    pub customer: Option<CustomerId>,
    /// Those for this provider.
    pub provider: Option<String>,
    /// Those with this id of the customer at the provider.
    pub provider_customer_id: Option<String>,
    /// Those with this delivery method.
    pub delivery_method: Option<String>,
    /// Those with this delivery method of the tenant.
    pub delivery_method_id: Option<Uuid>,
    /// Those that are archived, or those that aren't.
    pub archived: Option<bool>,
    /// Only those after this customer and configuration.
    pub after: Option<After>,
    /// The maximum.
    pub limit: u16,
}

/// The matching configurations.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn billing_configurations(
    connection: &mut PgConnection,
    tenant: TenantRef,
    asked: &BillingQuery,
) -> Result<Page<BillingConfiguration>, StoreError> {
    let mut transaction = as_tenant(connection, tenant.id).await?;
    hold(&mut transaction, View::BillingConfigurations).await?;
    let position =
        position(&mut transaction, tenant.partition, View::BillingConfigurations).await?;
    let after = asked.after.as_ref();
    // Cursors are signed, so it has an id.
    let after = after.and_then(|after| Some((after.key.parse::<Uuid>().ok()?, after.id)));
    let rows: Vec<BillingConfiguration> = query_as(
        "select b.billing_config_id as id, b.customer_id, b.provider,
                b.configuration::text as configuration, b.delivery_method, b.delivery_method_id,
                b.tax_provider, b.version, b.changed_at, b.archived_at
           from list_billing_configurations($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                with ordinality as l(place, nth)
          cross join lateral (
                select * from billing_configurations as b where b.ctid = l.place limit 1) as b
          order by l.nth",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(asked.customer.map(|customer| customer.0))
    .bind(&asked.provider)
    .bind(&asked.provider_customer_id)
    .bind(&asked.delivery_method)
    .bind(asked.delivery_method_id)
    .bind(asked.archived)
    .bind(after.map(|(customer, _)| customer))
    .bind(after.map(|(_, id)| id))
    .bind(one_more(asked.limit))
    .fetch_all(&mut *transaction)
    .await?;
    transaction.rollback().await?;
    let listed = |row: BillingConfiguration| {
        let after = After { key: row.customer_id.to_string(), id: row.id };
        (row, after)
    };
    Ok(Page::of(rows.into_iter().map(listed).collect(), asked.limit, position))
}
