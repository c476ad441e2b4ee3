//! Many customers: lists by what is asked for, and the children of one.

use chrono::{DateTime, Utc};
use domain::CustomerId;
use sqlx::postgres::PgRow;
use sqlx::{FromRow as _, PgConnection, Row as _, query};
use uuid::Uuid;

use super::page::{After, Page, View, hold, one_more, position};
use super::{Current, as_tenant};
use crate::error::StoreError;
use crate::projections::customer_list::labels::{Field, label};
use crate::projections::customer_list::words::Search;
use crate::writer::submission::TenantRef;

/// What a list of customers is sorted by; customers of the same value are sorted by id.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Sort {
    /// When the customer was registered.
    #[default]
    CreatedAt,
    /// When its latest event was recorded.
    UpdatedAt,
    /// Its name in lower case, by code points.
    Name,
    /// Its main e-mail address, by code points; customers without one come first.
    Email,
    /// Its current external id, by code points; customers without one come first.
    ExternalId,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::CreatedAt, Self::UpdatedAt, Self::Name, Self::Email, Self::ExternalId];

    /// What it is called.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::Name => "name",
            Self::Email => "email",
            Self::ExternalId => "external_id",
        }
    }
}

/// A span of time; open where nothing is said.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Between {
    /// Not before this.
    pub from: Option<DateTime<Utc>>,
    /// Before this.
    pub until: Option<DateTime<Utc>>,
}

/// Which customers are asked for, and in which order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CustomerQuery {
    /// Values that a customer must have, all of them.
    pub filters: Vec<(Field, String)>,
    /// When it was registered.
    pub created: Between,
    /// When its latest event was recorded.
    pub updated: Between,
    /// Words that it must be found by, all of them.
    pub search: Option<Search>,
    /// The order.
    pub sort: Sort,
    /// Whether the order is the other way round.
    pub descending: bool,
    /// Only what comes after this.
    pub after: Option<After>,
    /// How many, at most.
    pub limit: u16,
}

/// The customers that the list says are asked for, as they are now.
///
/// The list follows the log, so a customer may have changed since it was listed.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn customers(
    connection: &mut PgConnection,
    tenant: TenantRef,
    asked: &CustomerQuery,
) -> Result<Page<Current>, StoreError> {
    let mut transaction = as_tenant(connection, tenant.id).await?;
    hold(&mut transaction, View::CustomerList).await?;
    // Before the list is read: the list may have come further, but never less far.
    let position = position(&mut transaction, tenant.partition, View::CustomerList).await?;
    let rows = listed(&mut transaction, tenant, asked).await?;
    transaction.rollback().await?;
    Ok(Page::of(rows, asked.limit, position))
}

/// The customers that the list says are asked for, as they are now, and where each stands in it: one
/// more than the limit, if there are so many.
pub(crate) async fn listed(
    connection: &mut PgConnection,
    tenant: TenantRef,
    asked: &CustomerQuery,
) -> sqlx::Result<Vec<(Current, After)>> {
    let labels = asked.filters.iter().map(|(field, value)| label(tenant.id, field, value));
    let labels = Some(labels.collect::<Vec<Uuid>>()).filter(|labels| !labels.is_empty());
    let rows = query(
        "select c.customer_id as id, c.version, c.state::text as state,
                c.created_at, c.created_by, c.updated_at, c.updated_by, l.sort_key
           from list_customers($1, $3, $4, $5, $6::text::tsquery, $7, $8, $9, $10, $11, $12, $13)
                with ordinality as l(customer_id, sort_key, nth)
           join customers as c on c.partition = $1 and c.tenant_id = $2
                              and c.customer_id = l.customer_id
          order by l.nth
          limit $13",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(asked.sort.as_str())
    .bind(asked.descending)
    .bind(labels)
    .bind(asked.search.as_ref().map(|search| search.query(tenant.id)))
    .bind(asked.created.from)
    .bind(asked.created.until)
    .bind(asked.updated.from)
    .bind(asked.updated.until)
    .bind(asked.after.as_ref().map(|after| after.key.as_str()))
    .bind(asked.after.as_ref().map(|after| after.id))
    .bind(one_more(asked.limit))
    .fetch_all(connection)
    .await?;
    let row = |row: &PgRow| {
        let current = Current::from_row(row)?;
        let after = After { key: row.try_get("sort_key")?, id: current.id };
        Ok((current, after))
    };
    rows.iter().map(row).collect()
}

/// The customers right below `parent`, as they are now, by id.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn children(
    connection: &mut PgConnection,
    tenant: TenantRef,
    parent: CustomerId,
    after: Option<Uuid>,
    limit: u16,
) -> Result<Page<Current>, StoreError> {
    let mut transaction = as_tenant(connection, tenant.id).await?;
    let rows = query(
        "select customer_id as id, version, state::text as state,
                created_at, created_by, updated_at, updated_by
           from customers
          where partition = $1 and tenant_id = $2 and parent_id = $3
            and customer_id > coalesce($4, '00000000-0000-0000-0000-000000000000')
          order by customer_id
          limit $5",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(parent.0)
    .bind(after)
    .bind(one_more(limit))
    .persistent(false)
    .fetch_all(&mut *transaction)
    .await?;
    transaction.rollback().await?;
    let listed = |row: &PgRow| {
        let current = Current::from_row(row)?;
        let after = After { key: String::new(), id: current.id };
        Ok((current, after))
    };
    let rows = rows.iter().map(listed).collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit, None))
}
