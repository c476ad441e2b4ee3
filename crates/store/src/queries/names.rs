//! The names of what ids in an answer stand for.

use std::collections::{BTreeSet, HashMap};

use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use crate::model::TenantRef;
use crate::queries::scope::as_tenant;

/// What people call a customer.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub struct CustomerNames {
    /// Its name.
    pub name: String,
    /// The tenant's own id of it.
    pub external_id: Option<String>,
}

/// The names of some customers and API keys of a tenant.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) customers: HashMap<Uuid, CustomerNames>,
    pub(crate) keys: HashMap<String, String>,
}

/// The names of these customers, as lists have them now, and of these API keys.
pub(crate) async fn names(
    connection: &mut PgConnection,
    tenant: TenantRef,
    customers: BTreeSet<Uuid>,
    keys: BTreeSet<String>,
) -> sqlx::Result<Names> {
    let mut transaction = as_tenant(connection, tenant.id).await?;
    let mut names = Names::default();
    if !customers.is_empty() {
        let found: Vec<(Uuid, String, Option<String>)> = query_as(
            "select l.customer_id, l.name, nullif(l.external_id, '')
               from unnest($3::uuid[]) as w(customer_id)
              cross join lateral (
                    select customer_id, name, external_id
                      from customer_list as l
                     where l.partition = $1 and l.tenant_id = $2
                       and l.customer_id >= w.customer_id and l.customer_id <= w.customer_id
                     -- Only the primary key has this order.
                     order by l.customer_id
                     limit 1) as l",
        )
        .bind(tenant.partition.number())
        .bind(tenant.id.0)
        .bind(customers.into_iter().collect::<Vec<_>>())
        .fetch_all(&mut *transaction)
        .await?;
        let found = found.into_iter();
        names.customers = found
            .map(|(id, name, external_id)| (id, CustomerNames { name, external_id }))
            .collect();
    }
    if !keys.is_empty() {
        let found: Vec<(String, String)> = query_as("select key_id, name from api_key_names($1)")
            .bind(keys.into_iter().collect::<Vec<_>>())
            .fetch_all(&mut *transaction)
            .await?;
        names.keys = found.into_iter().collect();
    }
    transaction.rollback().await?;
    Ok(names)
}
