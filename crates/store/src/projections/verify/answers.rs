//! Verifies the answers stored under idempotency keys.

use domain::TenantId;
use futures::TryStreamExt as _;
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use crate::error::StoreError;
use crate::model::{AnswerKey, Authenticity, Rendered, StoredAnswer};
use crate::partition::Partition;
use crate::projections::verify::tables::VerifiedTable;

#[derive(FromRow)]
struct AnswerRow {
    idempotency_key: String,
    request_hash: Vec<u8>,
    status: i16,
    version: Option<i64>,
    position: Option<i64>,
    body: String,
    mac: Option<Vec<u8>>,
}

/// Checks the authentication codes of a tenant's stored answers, in the caller's snapshot.
pub(super) async fn compare(
    snapshot: &mut PgConnection,
    whose: (Partition, Uuid),
    key: Option<&AnswerKey>,
    found: &mut VerifiedTable,
) -> Result<(), StoreError> {
    let mut rows = query_as::<_, AnswerRow>(
        "select idempotency_key, request_hash, status, version, position, body, mac
           from public.command_results
          where partition = $1 and tenant_id = $2
          order by idempotency_key",
    )
    .bind(whose.0.number())
    .bind(whose.1)
    .fetch(snapshot);
    while let Some(row) = rows.try_next().await? {
        found.rows = found.rows.saturating_add(1);
        match authenticity(whose, key, &row) {
            Authenticity::Authentic => {}
            Authenticity::Unknown => {
                found.unauthenticated = found.unauthenticated.saturating_add(1);
            }
            Authenticity::Forged => {
                let AnswerRow { idempotency_key, .. } = row;
                let what = format!(
                    "the answer under the idempotency key {idempotency_key:?} isn't the one that was kept"
                );
                found.find(whose, None, what);
            }
        }
    }
    Ok(())
}

fn authenticity(
    (partition, tenant): (Partition, Uuid),
    key: Option<&AnswerKey>,
    row: &AnswerRow,
) -> Authenticity {
    let Some(key) = key else { return Authenticity::Unknown };
    let Ok(request_hash) = row.request_hash.as_slice().try_into() else {
        return Authenticity::Forged;
    };
    let rendered = Rendered {
        status: row.status.cast_unsigned(),
        version: row.version,
        position: row.position,
        body: row.body.clone(),
    };
    let answer = StoredAnswer {
        partition,
        tenant: TenantId(tenant),
        key: &row.idempotency_key,
        request_hash,
        rendered: &rendered,
    };
    key.check(&answer, row.mac.as_deref())
}
