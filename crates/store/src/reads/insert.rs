//! Storing records of reads.

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, query};
use uuid::Uuid;

use super::read::Read;
use crate::connect::open;
use crate::connections::in_time;
use crate::error::StoreError;

/// Stores a batch. Tries once more on a new connection if the idle one was closed.
pub(super) async fn insist(
    options: &PgConnectOptions,
    connection: &mut Option<PgConnection>,
    reads: &[Read],
) -> Result<(), StoreError> {
    let was_idle = connection.is_some();
    match attempt(options, connection, reads).await {
        Err(StoreError::Unavailable(_)) if was_idle => attempt(options, connection, reads).await,
        stored => stored,
    }
}

async fn attempt(
    options: &PgConnectOptions,
    connection: &mut Option<PgConnection>,
    reads: &[Read],
) -> Result<(), StoreError> {
    let mut connected = match connection.take() {
        Some(connected) => connected,
        None => open(options).await?,
    };
    in_time(store(&mut connected, reads)).await?;
    // A connection on which anything failed is not kept.
    *connection = Some(connected);
    Ok(())
}

/// Stores records. An existing record stays unchanged.
async fn store(connection: &mut PgConnection, reads: &[Read]) -> sqlx::Result<()> {
    let mut shown: Vec<(i64, Uuid)> = Vec::new();
    for (nth, read) in (1..).zip(reads) {
        shown.extend(read.customers.iter().map(|customer| (nth, *customer)));
    }
    let (places, customers): (Vec<i64>, Vec<Uuid>) = shown.into_iter().unzip();
    let mut transaction = connection.begin().await?;
    query(
        "with recorded as (
              insert into read_audit (partition, tenant_id, id, api_key, actor, route, request_id,
                                      reason, customers)
              select r.partition, r.tenant_id, r.id, r.api_key, r.actor, r.route, r.request_id,
                     r.reason,
                     array(select c.customer_id
                             from unnest($9::bigint[], $10::uuid[]) as c(nth, customer_id)
                            where c.nth = r.nth)
                from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[],
                            $6::text[], $7::text[], $8::text[])
                     with ordinality
                     as r(partition, tenant_id, id, api_key, actor, route, request_id, reason, nth)
                  on conflict on constraint read_audit_pkey do nothing
              returning partition, tenant_id, id, customers)
         insert into read_audit_customers (partition, tenant_id, customer_id, id)
         select n.partition, n.tenant_id, c.customer_id, n.id
           from recorded as n
          cross join lateral unnest(n.customers) as c(customer_id)",
    )
    .bind(reads.iter().map(|read| read.tenant.partition.number()).collect::<Vec<_>>())
    .bind(reads.iter().map(|read| read.tenant.id.0).collect::<Vec<_>>())
    .bind(reads.iter().map(|read| read.id).collect::<Vec<_>>())
    .bind(reads.iter().map(|read| read.api_key.clone()).collect::<Vec<_>>())
    .bind(reads.iter().map(|read| read.actor.clone()).collect::<Vec<_>>())
    .bind(reads.iter().map(|read| read.route.clone()).collect::<Vec<_>>())
    .bind(reads.iter().map(|read| read.request_id.clone()).collect::<Vec<_>>())
    .bind(reads.iter().map(|read| read.reason.clone()).collect::<Vec<_>>())
    .bind(places)
    .bind(customers)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}
