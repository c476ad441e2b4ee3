//! Row-level security: a transaction for one tenant.

use domain::TenantId;
use sqlx::{Connection as _, PgConnection, Postgres, Transaction, query};

/// A transaction that only sees one tenant's rows.
pub(crate) async fn as_tenant(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> sqlx::Result<Transaction<'_, Postgres>> {
    let mut transaction = connection.begin().await?;
    query("select set_config('app.tenant', $1, true)")
        .bind(tenant.to_string())
        .execute(&mut *transaction)
        .await?;
    Ok(transaction)
}
