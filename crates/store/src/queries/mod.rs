//! Questions about current state, each under row-level security and one round trip.

mod current;

use domain::TenantId;
use sqlx::{PgPool, Postgres, Transaction, query};

pub use current::{Current, Reference};
pub(crate) use current::{Envelope, customer, tenant};

/// A transaction that sees one tenant's rows and no others.
///
/// To be used in a task of its own, which runs to its end whoever hangs up.
pub(crate) async fn as_tenant(
    pool: &PgPool,
    tenant: TenantId,
) -> sqlx::Result<Transaction<'_, Postgres>> {
    let mut transaction = pool.begin().await?;
    query("select set_config('app.tenant', $1, true)")
        .bind(tenant.to_string())
        .execute(&mut *transaction)
        .await?;
    Ok(transaction)
}
