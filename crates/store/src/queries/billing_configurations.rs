//! Billing configurations: of one customer, or of all by provider and delivery method.

use chrono::{DateTime, Utc};
use domain::CustomerId;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::as_tenant;
use super::page::{After, Page, View, hold, one_more, position};
use crate::error::StoreError;
use crate::writer::submission::TenantRef;

/// A billing configuration and the customer that has it.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub struct BillingConfiguration {
    /// The configuration's id.
    pub id: Uuid,
    /// Whose it is.
    pub customer_id: Uuid,
    /// Who sends the invoices.
    pub provider: String,
    /// What the provider has to know: a JSON object.
    pub configuration: String,
    /// How documents get there, when it is not one of the tenant's delivery methods.
    pub delivery_method: Option<String>,
    /// The tenant's delivery method by which documents get there.
    pub delivery_method_id: Option<Uuid>,
    /// Who calculates taxes.
    pub tax_provider: Option<String>,
    /// The customer's version at which the configuration became what it is.
    pub version: i64,
    /// When that was.
    pub changed_at: DateTime<Utc>,
    /// Since when it is no longer used; nothing while it is.
    pub archived_at: Option<DateTime<Utc>>,
}

/// Which billing configurations are asked for. They come by customer, then by their own id.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BillingQuery {
    /// Those of this customer.
    pub customer: Option<CustomerId>,
    /// Those for this provider.
    pub provider: Option<String>,
    /// Those in which the provider calls the customer so.
    pub provider_customer_id: Option<String>,
    /// Those whose documents go this way.
    pub delivery_method: Option<String>,
    /// Those whose documents go by this delivery method of the tenant.
    pub delivery_method_id: Option<Uuid>,
    /// Those that are archived, or those that aren't.
    pub archived: Option<bool>,
    /// Only what comes after this: a customer's id, and a configuration's.
    pub after: Option<After>,
    /// How many, at most.
    pub limit: u16,
}

/// The configurations that are asked for.
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
    let rows: Vec<BillingConfiguration> = statement(tenant, asked)
        .build_query_as()
        .persistent(false)
        .fetch_all(&mut *transaction)
        .await?;
    transaction.rollback().await?;
    let listed = |row: BillingConfiguration| {
        let after = After { key: row.customer_id.to_string(), id: row.id };
        (row, after)
    };
    Ok(Page::of(rows.into_iter().map(listed).collect(), asked.limit, position))
}

/// The statement that asks for just that, so that it is planned for just that.
fn statement(tenant: TenantRef, asked: &BillingQuery) -> QueryBuilder<'_, Postgres> {
    let mut query = QueryBuilder::new(
        "select billing_config_id as id, customer_id, provider,
                configuration::text as configuration, delivery_method, delivery_method_id,
                tax_provider, version, changed_at, archived_at
           from billing_configurations
          where partition = ",
    );
    query.push_bind(tenant.partition.number());
    query.push(" and tenant_id = ").push_bind(tenant.id.0);
    if let Some(customer) = asked.customer {
        query.push(" and customer_id = ").push_bind(customer.0);
    }
    if let Some(provider) = &asked.provider {
        query.push(" and provider = ").push_bind(provider);
    }
    if let Some(id) = &asked.provider_customer_id {
        query.push(" and provider_customer_id = ").push_bind(id);
    }
    if let Some(method) = &asked.delivery_method {
        query.push(" and delivery_method = ").push_bind(method);
    }
    if let Some(id) = asked.delivery_method_id {
        query.push(" and delivery_method_id = ").push_bind(id);
    }
    match asked.archived {
        Some(true) => query.push(" and archived_at is not null"),
        Some(false) => query.push(" and archived_at is null"),
        None => &mut query,
    };
    if let Some(After { key, id }) = &asked.after {
        query.push(" and (customer_id, billing_config_id) > (").push_bind(key);
        query.push("::uuid, ").push_bind(id).push(")");
    }
    query.push(" order by customer_id, billing_config_id limit ");
    query.push_bind(one_more(asked.limit));
    query
}
