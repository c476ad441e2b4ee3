//! Where the log has the events that an audit asks for.

use sqlx::{PgConnection, query_as};

use super::asked::{AuditQuery, PositionRange};
use crate::model::TenantRef;
use crate::projections::customer_list::words::{Search, Words};

/// The maximum of entries read for a page. A page with fewer matches is followed by another.
const SCAN_MAX: i32 = 2_000;

/// Positions on a page, in its order.
pub(super) struct FoundPositions {
    pub(super) positions: Vec<i64>,
    /// The last position that was read; nothing if there are no more.
    pub(super) next: Option<i64>,
}

/// The positions of a page, within `span`.
pub(super) async fn list(
    connection: &mut PgConnection,
    tenant: TenantRef,
    query: &AuditQuery,
    span: PositionRange,
) -> sqlx::Result<FoundPositions> {
    let AuditQuery { asked, descending, limit, .. } = query;
    let limit = i32::from(*limit);
    let customers: Vec<(i64, bool)> = query_as(
        "select position, listed
           from find_audit_entries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::tsquery,
                                   $14, $15, $16, $17, $18, $19)",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(asked.customer.map(|customer| customer.0))
    .bind(&asked.field)
    .bind(&asked.actor)
    .bind(&asked.api_key)
    .bind(&asked.event_type)
    .bind(&asked.request_id)
    .bind(&asked.correlation_id)
    .bind(&asked.surface)
    .bind(&asked.reason)
    .bind(&asked.reason_prefix)
    .bind(asked.reason_search.as_ref().map(|search| search.query(tenant.id)))
    .bind(asked.has_reason)
    .bind(span.after)
    .bind(span.until)
    .bind(descending)
    .bind(limit)
    .bind(SCAN_MAX)
    .fetch_all(&mut *connection)
    .await?;
    // Events of the tenant itself have no customer and no fields of one.
    let own = if asked.customer.is_some() || asked.field.is_some() {
        Vec::new()
    } else {
        own(connection, tenant, query, span).await?
    };
    Ok(merge([customers, own], query.descending, usize::from(query.limit)))
}

/// The same among the tenant's own events, whose words are not in an index.
async fn own(
    connection: &mut PgConnection,
    tenant: TenantRef,
    query: &AuditQuery,
    span: PositionRange,
) -> sqlx::Result<Vec<(i64, bool)>> {
    let AuditQuery { asked, descending, limit, .. } = query;
    // Words are looked for here, so the statement can't know when it has found enough.
    let limit = if asked.reason_search.is_some() { SCAN_MAX } else { i32::from(*limit) };
    let found: Vec<(i64, bool, Option<String>)> = query_as(
        "select position, listed, reason
           from find_tenant_audit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(&asked.actor)
    .bind(&asked.api_key)
    .bind(&asked.event_type)
    .bind(&asked.request_id)
    .bind(&asked.correlation_id)
    .bind(&asked.surface)
    .bind(&asked.reason)
    .bind(&asked.reason_prefix)
    .bind(asked.has_reason)
    .bind(span.after)
    .bind(span.until)
    .bind(descending)
    .bind(limit)
    .bind(SCAN_MAX)
    .fetch_all(connection)
    .await?;
    let Some(search) = &asked.reason_search else {
        return Ok(found.into_iter().map(|(position, listed, _)| (position, listed)).collect());
    };
    // The statement stopped at the most events that it lists.
    let full = i32::try_from(found.len()).is_ok_and(|found| found >= SCAN_MAX);
    let reached = found.last().filter(|_| full).map(|(position, _, _)| (*position, false));
    // One that is not listed says how far the search came, so it stays.
    let stays = |(_, listed, reason): &(i64, bool, Option<String>)| {
        !listed || reason.as_ref().is_some_and(|reason| matches(tenant, reason, search))
    };
    let found = found.into_iter().filter(stays);
    Ok(found.map(|(position, listed, _)| (position, listed)).chain(reached).collect())
}

fn matches(tenant: TenantRef, reason: &str, search: &Search) -> bool {
    let mut words = Words::of(tenant.id);
    words.add(reason);
    words.have(search)
}

/// Merges two searches into one page. Neither is read beyond the end of the other.
fn merge(searches: [Vec<(i64, bool)>; 2], descending: bool, limit: usize) -> FoundPositions {
    let order = |position: i64| if descending { position.saturating_neg() } else { position };
    let mut positions: Vec<i64> = Vec::new();
    let mut horizon: Option<i64> = None;
    for search in searches {
        let listed = search.iter().filter(|(_, listed)| *listed);
        let listed: Vec<i64> = listed.map(|(position, _)| *position).collect();
        if let Some((last, listed_last)) = search.last()
            && (listed.len() >= limit || !listed_last)
        {
            let nearer = horizon.is_none_or(|known| order(*last) < order(known));
            horizon = if nearer { Some(*last) } else { horizon };
        }
        positions.extend(listed);
    }
    positions.sort_by_key(|position| order(*position));
    if let Some(horizon) = horizon {
        positions.retain(|position| order(*position) <= order(horizon));
    }
    let more = positions.len() > limit;
    positions.truncate(limit);
    let next = if more { positions.last().copied() } else { horizon };
    FoundPositions { positions, next }
}

#[cfg(test)]
mod tests;
