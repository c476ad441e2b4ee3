//! Questions about current state, each under row-level security and one round trip.

mod current;

use domain::TenantId;
use sqlx::{Connection as _, PgConnection, Postgres, Transaction, query};

pub use current::{Current, Reference};
pub(crate) use current::{Envelope, customer, tenant};

/// A transaction that sees one tenant's rows and no others.
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
