//! Lists of customers, and the children of one.

use chrono::{DateTime, Utc};
use domain::CustomerId;
use sqlx::{FromRow as _, PgConnection, Row as _, query, query_scalar};
use uuid::Uuid;

use super::page::{After, Page, Part, View, hold, one_more, page_bytes, position};
use crate::error::StoreError;
use crate::model::{Current, TenantRef};
use crate::projections::customer_list::labels::{Field, label};
use crate::projections::customer_list::words::Search;
use crate::queries::scope::as_tenant;

/// The order of a list. Customers with equal values are sorted by id.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Sort {
    /// When the customer was registered.
    #[default]
    CreatedAt,
    /// When its latest event was recorded.
    UpdatedAt,
    /// Its name without case and accents, by code points.
    Name,
    /// Its main e-mail address without case, by code points; customers without one come first.
    Email,
    /// Its current external id, by code points; customers without one come first.
    ExternalId,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::CreatedAt, Self::UpdatedAt, Self::Name, Self::Email, Self::ExternalId];

    /// Its name.
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

/// A range of time, open where a bound is absent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Between {
    /// The start, inclusive.
    pub from: Option<DateTime<Utc>>,
    /// The end, exclusive.
    pub until: Option<DateTime<Utc>>,
}

/// A query of a list of customers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CustomerQuery {
    /// Values that a customer must have.
    pub filters: Vec<(Field, String)>,
    /// When it was registered.
    pub created: Between,
    /// When its latest event was recorded.
    pub updated: Between,
    /// Words that must match.
    pub search: Option<Search>,
    /// The order.
    pub sort: Sort,
    /// Whether the order is descending.
    pub descending: bool,
    /// Only customers after this.
    pub after: Option<After>,
    /// The maximum.
    pub limit: u16,
}

impl CustomerQuery {
    /// Whether a page may read many customers.
    pub(crate) fn is_costly(&self) -> bool {
        self.search.is_some() || self.filters.len() > 1
    }
}

/// The matching customers, as they are now.
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
    // Read before the list: the list may have advanced further, but never less.
    let position = position(&mut transaction, tenant.partition, View::CustomerList).await?;
    let part = listed(&mut transaction, tenant, asked).await?;
    transaction.rollback().await?;
    Ok(part.page(asked.limit, position))
}

/// Wraps the statement of a list, which gives customers with their number `nth`. Ends the list
/// early when the documents have too many bytes.
///
/// `least` is the minimum size of the previous documents, so that few documents are unpacked for
/// measuring. `offset 0` avoids measuring twice.
macro_rules! within_bytes {
    ($list:literal, $bytes:literal, $columns:literal) => {
        concat!(
            "select l.id, l.version, l.state::text as state, l.created_at, l.created_by,
                    l.updated_at, l.updated_by, l.listed",
            $columns,
            " from (select m.*, sum(m.bytes) over (order by m.nth) - m.bytes as before
                      from (select f.*, case when f.least < ",
            $bytes,
            "                                 then text_bytes(f.state)
                                              else pg_column_size(f.state) end as bytes
                              from (select f.*, count(*) over () as listed,
                                           sum(pg_column_size(f.state)) over (order by f.nth)
                                           - pg_column_size(f.state) as least
                                      from (",
            $list,
            ") as f) as f
                            offset 0) as m) as l
               where l.before < ",
            $bytes,
            " order by l.nth"
        )
    };
}
pub(super) use within_bytes;

/// What a list's filters ask for. Absent parts ask for nothing.
struct Filters {
    labels: Option<Vec<Uuid>>,
    /// The actors of the last change. They are no labels: every command changes them.
    updated_by: Option<Vec<String>>,
}

impl Filters {
    fn of(tenant: TenantRef, asked: &CustomerQuery) -> Self {
        let (mut labels, mut updated_by) = (Vec::new(), Vec::new());
        for (field, value) in &asked.filters {
            if *field == Field::UpdatedBy {
                updated_by.push(field.key(value).into_owned());
            } else {
                labels.push(label(tenant.id, field, value));
            }
        }
        Self {
            labels: Some(labels).filter(|labels| !labels.is_empty()),
            updated_by: Some(updated_by).filter(|actors| !actors.is_empty()),
        }
    }
}

/// The matching customers with their position in the list: one more than the limit, if there are as
/// many and they fit.
pub(crate) async fn listed(
    connection: &mut PgConnection,
    tenant: TenantRef,
    asked: &CustomerQuery,
) -> sqlx::Result<Part<Current>> {
    let Filters { labels, updated_by } = Filters::of(tenant, asked);
    let rows = query(within_bytes!(
        "select c.customer_id as id, c.version, c.state,
                c.created_at, c.created_by, c.updated_at, c.updated_by, l.sort_key, l.nth
           from list_customers($1, $3, $4, $5, $6::text::tsquery, $15, $7, $8, $9, $10, $11, $12, $13)
                with ordinality as l(customer_id, sort_key, nth)
          cross join lateral (
                select *
                  from customers as c
                 where c.partition = $1 and c.tenant_id = $2 and c.customer_id = l.customer_id
                 limit 1) as c",
        "$14",
        ", l.sort_key"
    ))
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
    .bind(page_bytes())
    .bind(updated_by)
    .fetch_all(connection)
    .await?;
    Part::of(&rows, |row| {
        let current = Current::from_row(row)?;
        let after = After { key: row.try_get("sort_key")?, id: current.id };
        Ok((current, after))
    })
}

/// How many customers match, wherever the query's page begins.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn count(
    connection: &mut PgConnection,
    tenant: TenantRef,
    asked: &CustomerQuery,
) -> Result<i64, StoreError> {
    /// More customers than a tenant has.
    const MOST: i32 = 200_000_000;
    let Filters { labels, updated_by } = Filters::of(tenant, asked);
    let mut transaction = as_tenant(connection, tenant.id).await?;
    let count = query_scalar(
        "select count(*)
           from list_customers($1, 'created_at', false, $2, $3::text::tsquery, $9, $4, $5, $6, $7, null, null,
                               $8)",
    )
    .bind(tenant.partition.number())
    .bind(labels)
    .bind(asked.search.as_ref().map(|search| search.query(tenant.id)))
    .bind(asked.created.from)
    .bind(asked.created.until)
    .bind(asked.updated.from)
    .bind(asked.updated.until)
    .bind(MOST)
    .bind(updated_by)
    .fetch_one(&mut *transaction)
    .await?;
    transaction.rollback().await?;
    Ok(count)
}

/// The direct children of `parent`, by id.
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
    let rows = query(within_bytes!(
        "select customer_id as id, version, state, created_at, created_by, updated_at, updated_by,
                customer_id as nth
           from customers
          where partition = $1 and tenant_id = $2 and parent_id = $3
            and customer_id > coalesce($4, '00000000-0000-0000-0000-000000000000')
          order by customer_id
          limit $5",
        "$6",
        ""
    ))
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(parent.0)
    .bind(after)
    .bind(one_more(limit))
    .bind(page_bytes())
    .persistent(false)
    .fetch_all(&mut *transaction)
    .await?;
    transaction.rollback().await?;
    let part = Part::of(&rows, |row| {
        let current = Current::from_row(row)?;
        let after = After { key: String::new(), id: current.id };
        Ok((current, after))
    })?;
    Ok(part.page(limit, None))
}
