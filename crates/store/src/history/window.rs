//! Which versions of a customer a page of its history is read from.

use chrono::{DateTime, Duration, Utc};
use domain::CustomerId;
use sqlx::{PgConnection, query_scalar};

use crate::error::StoreError;
use crate::queries::{After, Between};
use crate::writer::submission::TenantRef;

/// How many versions a page is looked for in, when not all that is there is asked for.
const LOOKED_AT_MAX: i64 = 10_000;

/// Which part of a customer's history is asked for, and in which order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Span {
    /// Whose.
    pub customer: CustomerId,
    /// The latest version that is read; the customer's own, if that is known.
    pub version: i64,
    /// When it was recorded.
    pub recorded: Between,
    /// Whether the newest comes first.
    pub newest_first: bool,
    /// Only what comes after this.
    pub after: Option<After>,
    /// How many, at most.
    pub limit: u16,
}

impl Span {
    /// The version that comes after `version` in this order.
    pub(super) fn beyond(&self, version: i64) -> i64 {
        version.saturating_add(if self.newest_first { -1 } else { 1 })
    }
}

/// Versions, both ends included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Window {
    pub(super) from: i64,
    pub(super) until: i64,
    /// The version that comes after those in the order that is asked for, if any does.
    beyond: Option<i64>,
}

impl Window {
    /// The versions that a page is read from, which begins at version `at` if one is said. Those who
    /// `filter` may have to look at many to find one, so they get a part; the rest is for the next page.
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

    /// Where a page goes on that found less than was asked for, if there is more to be looked at.
    pub(super) fn next(&self, customer: CustomerId) -> Option<After> {
        self.beyond.map(|version| Self::from_version(version, customer))
    }

    /// A page that begins at a version.
    pub(super) fn from_version(version: i64, customer: CustomerId) -> After {
        After { key: version.to_string(), id: customer.0 }
    }
}

/// The first and the last version that lie within the times.
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

/// The version that a customer had at an instant; 0 before its first.
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
