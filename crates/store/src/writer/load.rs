//! Loads what a batch needs and the writer does not have.

use std::str::FromStr as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::customer::{Lineage, ParentStatus, Reservation, ReservationKind};
use domain::{CustomerId, TenantId};
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use super::batch_state::{BatchState, IdempotencyRecord};
use super::loads::{LineageKey, Loads};
use crate::error::StoreError;
use crate::model::{AuditStamp, Authenticity, Rendered, StoredAnswer, Versioned};

/// Loads `loads` into `batch_state` in one statement, plus one for each lineage.
pub(crate) async fn load(
    connection: &mut PgConnection,
    batch_state: &mut BatchState<'_>,
    loads: Loads,
) -> Result<(), StoreError> {
    let rows = found(connection, batch_state, &loads).await?;
    for row in rows {
        row.put_into(batch_state)?;
    }
    for key in &loads.lineages {
        let lineage = lineage(connection, batch_state.partition.number(), *key).await?;
        batch_state.loaded_lineage(*key, lineage);
    }
    absent(batch_state, loads);
    Ok(())
}

/// Records what was not found.
fn absent(batch_state: &mut BatchState<'_>, loads: Loads) {
    for tenant in loads.tenants {
        batch_state.loaded_tenant(tenant, Arc::default());
    }
    for customer in loads.customers {
        batch_state.loaded_customer(customer, Arc::default());
    }
    for reservation in loads.reservations.into_iter().chain(loads.references) {
        batch_state.loaded_holder(reservation, None);
    }
    for key in loads.keys {
        batch_state.loaded_answer(key, None);
    }
}

/// A row of any of the four kinds. Columns that a kind does not have are null.
#[derive(FromRow)]
struct LoadedRow {
    what: String,
    tenant_id: Uuid,
    id: Option<Uuid>,
    kind: Option<String>,
    key: Option<String>,
    hash: Option<Vec<u8>>,
    status: Option<i16>,
    version: Option<i64>,
    position: Option<i64>,
    text: Option<String>,
    mac: Option<Vec<u8>>,
    created_at: Option<DateTime<Utc>>,
    created_by: Option<String>,
    updated_at: Option<DateTime<Utc>>,
    updated_by: Option<String>,
}

async fn found(
    connection: &mut PgConnection,
    batch_state: &BatchState<'_>,
    loads: &Loads,
) -> sqlx::Result<Vec<LoadedRow>> {
    let tenants: Vec<Uuid> = loads.tenants.iter().map(|tenant| tenant.0).collect();
    let customers = columns(loads.customers.iter().map(|(tenant, id)| (tenant, id.0)));
    let reservations = reservation_columns(&loads.reservations);
    let references = reservation_columns(&loads.references);
    let keys = columns(loads.keys.iter().map(|(tenant, key)| (tenant, key.clone())));
    query_as(
        "with reference as (
             select r.tenant_id, r.kind, r.key, r.holder
               from unnest($7::uuid[], $8::text[], $9::text[]) as w(tenant_id, kind, key)
              cross join lateral (select * from reservations as r
                                   where r.partition = $1 and r.tenant_id = w.tenant_id
                                     and r.kind = w.kind and r.key = w.key limit 1) as r
         )
         select 'tenant' as what, t.tenant_id, null::uuid as id, null as kind, null as key,
                null::bytea as hash, null::smallint as status, t.version,
                null::bigint as position, t.state::text as text, null::bytea as mac,
                t.created_at, t.created_by, t.updated_at, t.updated_by
           from unnest($2::uuid[]) as w(tenant_id)
          cross join lateral (select * from tenants as t
                               where t.partition = $1 and t.tenant_id = w.tenant_id limit 1) as t
         union all
         select 'customer', c.tenant_id, c.customer_id, null, null, null, null, c.version, null,
                c.state::text, null, c.created_at, c.created_by, c.updated_at, c.updated_by
           from (select tenant_id, customer_id
                   from unnest($3::uuid[], $4::uuid[]) as u(tenant_id, customer_id)
                 union
                 select tenant_id, holder from reference) as w
          cross join lateral (select * from customers as c
                               where c.partition = $1 and c.tenant_id = w.tenant_id
                                 and c.customer_id = w.customer_id limit 1) as c
         union all
         select 'holder', tenant_id, holder, kind, key, null, null, null, null, null, null,
                null, null, null, null
           from reference
         union all
         select 'holder', r.tenant_id, r.holder, r.kind, r.key, null, null, null, null, null, null,
                null, null, null, null
           from unnest($5::uuid[], $6::text[], $10::text[]) as w(tenant_id, kind, key)
          cross join lateral (select * from reservations as r
                               where r.partition = $1 and r.tenant_id = w.tenant_id
                                 and r.kind = w.kind and r.key = w.key limit 1) as r
         union all
         select 'answer', a.tenant_id, null, null, a.idempotency_key, a.request_hash, a.status,
                a.version, a.position, a.body, a.mac, null, null, null, null
           from unnest($11::uuid[], $12::text[]) as w(tenant_id, key)
          cross join lateral (select * from command_results as a
                               where a.partition = $1 and a.tenant_id = w.tenant_id
                                 and a.idempotency_key = w.key limit 1) as a",
    )
    .bind(batch_state.partition.number())
    .bind(tenants)
    .bind(customers.0)
    .bind(customers.1)
    .bind(reservations.0)
    .bind(reservations.1)
    .bind(references.0)
    .bind(references.1)
    .bind(references.2)
    .bind(reservations.2)
    .bind(keys.0)
    .bind(keys.1)
    .fetch_all(connection)
    .await
}

fn columns<'a, T>(pairs: impl Iterator<Item = (&'a TenantId, T)>) -> (Vec<Uuid>, Vec<T>) {
    pairs.map(|(tenant, value)| (tenant.0, value)).unzip()
}

fn reservation_columns<'a>(
    reservations: impl IntoIterator<Item = &'a (TenantId, Reservation)>,
) -> (Vec<Uuid>, Vec<String>, Vec<String>) {
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for (tenant, reservation) in reservations {
        columns.0.push(tenant.0);
        columns.1.push(reservation.kind.as_str().to_owned());
        columns.2.push(reservation.key.clone());
    }
    columns
}

impl LoadedRow {
    fn put_into(mut self, batch_state: &mut BatchState<'_>) -> Result<(), StoreError> {
        let tenant = TenantId::from(self.tenant_id);
        let id = self.id.map(CustomerId::from);
        let (version, stamp) = (self.version(), self.stamp());
        let bytes_max = self.text.as_ref().map(String::len);
        match (&*self.what, id) {
            ("tenant", _) => {
                let state = Arc::new(read(self.text.as_deref())?);
                let entry = Versioned { state, version, stamp, bytes_max };
                batch_state.loaded_tenant(tenant, Arc::new(entry));
            }
            ("customer", Some(id)) => {
                let state = read(self.text.as_deref())?;
                let entry = Versioned { state, version, stamp, bytes_max };
                batch_state.loaded_customer((tenant, id), Arc::new(entry));
            }
            ("holder", holder) => {
                let kind = self.kind.as_deref().unwrap_or_default();
                let kind = ReservationKind::from_str(kind)
                    .map_err(|_| StoreError::unreadable("a reservation", "no such kind"))?;
                let reservation = Reservation { kind, key: self.key.unwrap_or_default() };
                batch_state.loaded_holder((tenant, reservation), holder);
            }
            _ => {
                let key = (tenant, self.key.clone().unwrap_or_default());
                let mac = self.mac.clone();
                let kept = self.kept()?;
                require_authentic(batch_state, &key, &kept, mac.as_deref())?;
                batch_state.loaded_answer(key, Some(kept));
            }
        }
        Ok(())
    }

    fn version(&self) -> i64 {
        self.version.unwrap_or_default()
    }

    fn stamp(&mut self) -> Option<AuditStamp> {
        Some(AuditStamp {
            created_at: self.created_at?,
            created_by: self.created_by.take()?,
            updated_at: self.updated_at?,
            updated_by: self.updated_by.take()?,
        })
    }

    fn kept(self) -> Result<IdempotencyRecord, StoreError> {
        let hash = self.hash.and_then(|hash| hash.try_into().ok());
        Ok(IdempotencyRecord {
            request_hash: hash.ok_or_else(|| StoreError::unreadable("a kept answer", "no hash"))?,
            rendered: Rendered {
                status: self.status.unwrap_or_default().cast_unsigned(),
                version: self.version,
                position: self.position,
                body: self.text.unwrap_or_default(),
            },
        })
    }
}

/// Rejects an answer that was changed in the database. An answer without a code is accepted: an
/// instance without the key may have stored it.
fn require_authentic(
    batch_state: &BatchState<'_>,
    (tenant, key): &(TenantId, String),
    kept: &IdempotencyRecord,
    mac: Option<&[u8]>,
) -> Result<(), StoreError> {
    let IdempotencyRecord { request_hash, rendered } = kept;
    let (partition, tenant) = (batch_state.partition, *tenant);
    let answer = StoredAnswer { partition, tenant, key, request_hash, rendered };
    let authenticity = batch_state.answer_key().map(|signer| signer.check(&answer, mac));
    if authenticity == Some(Authenticity::Forged) {
        let why = "its authentication code does not match: it was changed in the database";
        return Err(StoreError::unreadable("a kept answer", why));
    }
    Ok(())
}

/// Reads a stored state.
fn read<S: serde::de::DeserializeOwned>(text: Option<&str>) -> Result<S, StoreError> {
    serde_json::from_str(text.unwrap_or("null"))
        .map_err(|error| StoreError::unreadable("a state", error))
}

/// The ancestors of a parent, and the depth of the customer's own descendants.
///
/// Both walks are limited to well beyond the depth that the rules allow. So even a cycle in the
/// tables, which the rules prevent, would not loop forever.
async fn lineage(
    connection: &mut PgConnection,
    partition: i16,
    (tenant, customer, parent): LineageKey,
) -> Result<Lineage, StoreError> {
    let rows: Vec<(String, Option<Uuid>, i32, Option<String>)> = query_as(
        "with recursive up as (
             select c.customer_id, c.parent_id, 0 as level, c.state ->> 'status' as status
               from customers as c
              where c.partition = $1 and c.tenant_id = $2 and c.customer_id = $4
             union all
             select c.customer_id, c.parent_id, up.level + 1, null
               from up
              cross join lateral (
                    select *
                      from customers as c
                     where c.partition = $1 and c.tenant_id = $2 and c.customer_id = up.parent_id
                     limit 1) as c
              where up.level < 32
         ), down as (
             select c.customer_id, 1 as level
               from customers as c
              where c.partition = $1 and c.tenant_id = $2 and c.parent_id = $3
             union all
             select c.customer_id, down.level + 1
               from down
              cross join lateral (
                    select *
                      from customers as c
                     where c.partition = $1 and c.tenant_id = $2 and c.parent_id = down.customer_id
                    offset 0) as c
              where down.level < 32
         )
         select 'up' as way, customer_id, level, status from up
         union all
         select 'down', null, coalesce(max(level), 0), null from down
         order by way, level",
    )
    .bind(partition)
    .bind(tenant.0)
    .bind(customer.0)
    .bind(parent.0)
    .fetch_all(connection)
    .await?;
    let mut lineage =
        Lineage { parent, status: ParentStatus::Unknown, ancestors: Vec::new(), height_below: 0 };
    for (way, ancestor, level, status) in rows {
        match (&*way, ancestor, status.as_deref()) {
            ("down", ..) => lineage.height_below = level.unsigned_abs(),
            (_, _, Some("active")) => lineage.status = ParentStatus::Active,
            (_, _, Some(_)) => lineage.status = ParentStatus::Archived,
            (_, Some(ancestor), None) => lineage.ancestors.push(CustomerId::from(ancestor)),
            (_, None, None) => {}
        }
    }
    Ok(lineage)
}
