//! Records of reads.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::CustomerId;
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use super::names::names;
use super::page::{After, PAGE_BYTES_MAX, Page, one_more};
use crate::error::StoreError;
use crate::model::TenantRef;
use crate::queries::customers::Between;
use crate::queries::scope::as_tenant;

/// The size of an id in a JSON list.
const ID_BYTES: usize = 39;

/// An answer that showed personal data.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub struct ReadAuditEntry {
    /// Its id.
    pub id: Uuid,
    /// When it was recorded, right before the answer.
    pub read_at: DateTime<Utc>,
    /// The id of the API key.
    pub api_key: String,
    /// The key's name.
    #[sqlx(skip)]
    pub api_key_name: Option<String>,
    /// The actor.
    pub actor: Option<String>,
    /// The reason, as the caller stated it.
    pub reason: Option<String>,
    /// The route, as in the documentation.
    pub route: String,
    /// The request.
    pub request_id: String,
    /// The customers that were shown.
    pub customers: Vec<Uuid>,
}

/// A query of reads. The latest come first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ReadQuery {
    /// Those with this key.
    pub api_key: Option<String>,
    /// Those that showed this customer.
    pub customer: Option<CustomerId>,
    /// When they were recorded.
    pub read: Between,
    /// Only reads after this.
    pub after: Option<After>,
    /// The maximum.
    pub limit: u16,
}

/// The matching reads.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn reads(
    connection: &mut PgConnection,
    tenant: TenantRef,
    asked: &ReadQuery,
) -> Result<Page<ReadAuditEntry>, StoreError> {
    // Cursors are signed, so it has a time.
    let after = asked.after.as_ref().and_then(|after| {
        let time: DateTime<Utc> = after.key.parse().ok()?;
        Some((time, after.id))
    });
    let statement = match asked.customer {
        None => {
            "select id, read_at, api_key, actor, reason, route, request_id, customers
               from read_audit
              where partition = $1 and tenant_id = $2 and ($3::uuid is null)
                and ($4::text is null or api_key = $4)
                and ($5::timestamptz is null or read_at >= $5)
                and ($6::timestamptz is null or read_at < $6)
                and ($7::timestamptz is null or (read_at, id) < ($7, $8))
              order by read_at desc, id desc
              limit $9"
        }
        Some(_) => {
            "select r.id, r.read_at, r.api_key, r.actor, r.reason, r.route, r.request_id, r.customers
               from read_audit_customers as c
              cross join lateral (
                    select *
                      from read_audit as r
                     where r.partition = c.partition and r.tenant_id = c.tenant_id and r.id = c.id
                     limit 1) as r
              where c.partition = $1 and c.tenant_id = $2 and c.customer_id = $3
                and ($4::text is null or r.api_key = $4)
                and ($5::timestamptz is null or c.read_at >= $5)
                and ($6::timestamptz is null or c.read_at < $6)
                and ($7::timestamptz is null or (c.read_at, c.id) < ($7, $8))
              order by c.read_at desc, c.id desc
              limit $9"
        }
    };
    let mut transaction = as_tenant(connection, tenant.id).await?;
    let mut rows: Vec<ReadAuditEntry> = query_as(statement)
        .bind(tenant.partition.number())
        .bind(tenant.id.0)
        .bind(asked.customer.map(|customer| customer.0))
        .bind(&asked.api_key)
        .bind(asked.read.from)
        .bind(asked.read.until)
        .bind(after.map(|(time, _)| time))
        .bind(after.map(|(_, id)| id))
        .bind(one_more(asked.limit))
        .persistent(false)
        .fetch_all(&mut *transaction)
        .await?;
    transaction.rollback().await?;
    let mut bytes: usize = 0;
    let fit = rows.iter().take_while(|row| {
        let fits = bytes < PAGE_BYTES_MAX;
        bytes = row.customers.len().saturating_mul(ID_BYTES).saturating_add(bytes);
        fits
    });
    let fit = fit.count();
    let cut = fit < rows.len();
    rows.truncate(fit);
    let keys = rows.iter().map(|row| row.api_key.clone()).collect();
    let names = names(connection, tenant, BTreeSet::new(), keys).await?;
    for row in &mut rows {
        row.api_key_name = names.keys.get(&row.api_key).cloned();
    }
    let listed = |row: ReadAuditEntry| {
        let after = After { key: row.read_at.to_rfc3339(), id: row.id };
        (row, after)
    };
    Ok(Page::of_part(rows.into_iter().map(listed).collect(), cut, asked.limit, None))
}
