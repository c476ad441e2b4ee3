//! Projections that fold a state of their own: the next row of a customer depends on the last one.

use std::collections::HashMap;

use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use super::projection::StoredState;
use super::row::Type;
use super::table::Table;
use crate::model::StreamKey;

/// The columns of such a projection's table: the version of the state, and the state.
pub(crate) const COLUMNS: &[(&str, Type)] = &[("version", Type::Bigint), ("payload", Type::Json)];

#[derive(FromRow)]
struct Row {
    nth: i64,
    version: i64,
    payload: String,
}

/// The stored rows of customers, which are all of one partition.
pub(super) async fn load(
    connection: &mut PgConnection,
    table: &Table,
    keys: &[StreamKey],
) -> sqlx::Result<HashMap<StreamKey, StoredState>> {
    let Some(first) = keys.first() else { return Ok(HashMap::new()) };
    let statement = format!(
        "select w.nth, s.version, s.payload
           from unnest($2::uuid[], $3::uuid[]) with ordinality as w(tenant_id, customer_id, nth)
          cross join lateral (
                select version, payload::text as payload
                  from {} as s
                 where s.partition = $1 and s.tenant_id = w.tenant_id
                   and s.customer_id = w.customer_id
                 limit 1) as s",
        table.name
    );
    let rows: Vec<Row> = query_as(&statement)
        .bind(first.partition.number())
        .bind(keys.iter().map(|key| key.tenant.0).collect::<Vec<Uuid>>())
        .bind(keys.iter().map(|key| key.customer.0).collect::<Vec<Uuid>>())
        .fetch_all(connection)
        .await?;
    let stored = |Row { nth, version, payload }| {
        let index = usize::try_from(nth).ok()?.checked_sub(1)?;
        Some((*keys.get(index)?, StoredState { version, payload }))
    };
    Ok(rows.into_iter().filter_map(stored).collect())
}
