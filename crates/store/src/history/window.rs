//! The versions from which a page of a history is read.

use chrono::{DateTime, Duration, Utc};
use domain::CustomerId;
use sqlx::{PgConnection, query_scalar};

use crate::error::StoreError;
use crate::model::TenantRef;
use crate::queries::{After, Between};

/// The maximum of versions examined for a page with a filter.
const LOOKED_AT_MAX: i64 = 10_000;

/// A part of a customer's history, and its order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Span {
    /// The customer.
    pub customer: CustomerId,
    /// The latest version to read; the customer's own, if known.
    pub version: i64,
    /// When it was recorded.
    pub recorded: Between,
    /// Whether the newest comes first.
    pub newest_first: bool,
    /// Only versions after this.
    pub after: Option<After>,
    /// The maximum.
    pub limit: u16,
}

impl Span {
    /// The next version in this order.
    pub(super) fn beyond(&self, version: i64) -> i64 {
        version.saturating_add(if self.newest_first { -1 } else { 1 })
    }
}

/// A range of versions, both ends included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Window {
    pub(super) from: i64,
    pub(super) until: i64,
    /// The next version after the range, if any.
    beyond: Option<i64>,
}

impl Window {
    /// The versions of a page that begins at version `at`, if given. A `filter` may match rarely,
    /// so the page examines only a part; the rest is for the next page.
    pub(super) async fn of(
        connection: &mut PgConnection,
        tenant: TenantRef,
        span: &Span,
        at: Option<i64>,
        filter: bool,
    ) -> Result<Self, StoreError> {
        let bounds = bounds(connection, tenant, span).await?;
        Ok(Self::within(bounds, span.newest_first, at, filter))
    }

    fn within(
        (mut from, mut until): (i64, i64),
        newest: bool,
        at: Option<i64>,
        filter: bool,
    ) -> Self {
        let mut beyond = None;
        if newest {
            until = at.map_or(until, |at| until.min(at));
            let part = until.saturating_sub(LOOKED_AT_MAX - 1);
            if filter && part > from {
                from = part;
                beyond = Some(part.saturating_sub(1));
            }
        } else {
            from = at.map_or(from, |at| from.max(at));
            let part = from.saturating_add(LOOKED_AT_MAX - 1);
            if filter && part < until {
                until = part;
                beyond = Some(part.saturating_add(1));
            }
        }
        Self { from, until, beyond }
    }

    /// Where the next page begins if this one was not full and more is to be examined.
    pub(super) fn next(&self, customer: CustomerId) -> Option<After> {
        self.beyond.map(|version| Self::from_version(version, customer))
    }

    /// A page that begins at a version.
    pub(super) fn from_version(version: i64, customer: CustomerId) -> After {
        After { key: version.to_string(), id: customer.0 }
    }
}

/// The first and last version within the times.
async fn bounds(
    connection: &mut PgConnection,
    tenant: TenantRef,
    span: &Span,
) -> Result<(i64, i64), StoreError> {
    let Between { from, until } = span.recorded;
    let before = |at: DateTime<Utc>| at.checked_sub_signed(Duration::microseconds(1)).unwrap_or(at);
    let first = match from {
        Some(from) => {
            version_at(connection, tenant, span.customer, before(from)).await?.saturating_add(1)
        }
        None => 1,
    };
    let last = match until {
        Some(until) => version_at(connection, tenant, span.customer, before(until)).await?,
        None => span.version,
    };
    Ok((first, last.min(span.version)))
}

/// The version of a customer at an instant; 0 before its first.
pub(super) async fn version_at(
    connection: &mut PgConnection,
    tenant: TenantRef,
    customer: CustomerId,
    instant: DateTime<Utc>,
) -> sqlx::Result<i64> {
    query_scalar("select version_at($1, $2, $3, $4)")
        .bind(tenant.partition.number())
        .bind(tenant.id.0)
        .bind(customer.0)
        .bind(instant)
        .fetch_one(connection)
        .await
}

#[cfg(test)]
mod tests;
