//! Loading what a batch needs and the writer doesn't hold.

use std::str::FromStr as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::customer::{Lineage, ParentStatus, Reservation, ReservationKind};
use domain::{CustomerId, TenantId};
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use super::submission::Rendered;
use super::wants::{LineageKey, Wants};
use super::working::{Kept, Working};
use crate::answers::{Authenticity, KeptAnswer};
use crate::entry::Entry;
use crate::error::StoreError;
use crate::queries::Envelope;

/// Puts everything of `wants` into `working`, in one statement, and one more for each lineage.
pub(crate) async fn load(
    connection: &mut PgConnection,
    working: &mut Working<'_>,
    wants: Wants,
) -> Result<(), StoreError> {
    let rows = found(connection, working, &wants).await?;
    for row in rows {
        row.put_into(working)?;
    }
    for key in &wants.lineages {
        let lineage = lineage(connection, working.partition.number(), *key).await?;
        working.loaded_lineage(*key, lineage);
    }
    absent(working, wants);
    Ok(())
}

/// What was looked for and not found is known, too.
fn absent(working: &mut Working<'_>, wants: Wants) {
    for tenant in wants.tenants {
        working.loaded_tenant(tenant, Arc::default());
    }
    for customer in wants.customers {
        working.loaded_customer(customer, Arc::default());
    }
    for claim in wants.claims.into_iter().chain(wants.references) {
        working.loaded_holder(claim, None);
    }
    for key in wants.keys {
        working.loaded_answer(key, None);
    }
}

/// A row of any of the four kinds; columns that a kind doesn't have are null.
#[derive(FromRow)]
struct Row {
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
    working: &Working<'_>,
    wants: &Wants,
) -> sqlx::Result<Vec<Row>> {
    let tenants: Vec<Uuid> = wants.tenants.iter().map(|tenant| tenant.0).collect();
    let customers = columns(wants.customers.iter().map(|(tenant, id)| (tenant, id.0)));
    let claims = claim_columns(&wants.claims);
    let references = claim_columns(&wants.references);
    let keys = columns(wants.keys.iter().map(|(tenant, key)| (tenant, key.clone())));
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
    .bind(working.partition.number())
    .bind(tenants)
    .bind(customers.0)
    .bind(customers.1)
    .bind(claims.0)
    .bind(claims.1)
    .bind(references.0)
    .bind(references.1)
    .bind(references.2)
    .bind(claims.2)
    .bind(keys.0)
    .bind(keys.1)
    .fetch_all(connection)
    .await
}

fn columns<'a, T>(pairs: impl Iterator<Item = (&'a TenantId, T)>) -> (Vec<Uuid>, Vec<T>) {
    pairs.map(|(tenant, value)| (tenant.0, value)).unzip()
}

fn claim_columns<'a>(
    claims: impl IntoIterator<Item = &'a (TenantId, Reservation)>,
) -> (Vec<Uuid>, Vec<String>, Vec<String>) {
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for (tenant, claim) in claims {
        columns.0.push(tenant.0);
        columns.1.push(claim.kind.as_str().to_owned());
        columns.2.push(claim.key.clone());
    }
    columns
}

impl Row {
    fn put_into(mut self, working: &mut Working<'_>) -> Result<(), StoreError> {
        let tenant = TenantId::from(self.tenant_id);
        let id = self.id.map(CustomerId::from);
        let (version, envelope) = (self.version(), self.envelope());
        let bytes_max = self.text.as_ref().map(String::len);
        match (&*self.what, id) {
            ("tenant", _) => {
                let state = Arc::new(read(self.text.as_deref())?);
                let entry = Entry { state, version, envelope, bytes_max };
                working.loaded_tenant(tenant, Arc::new(entry));
            }
            ("customer", Some(id)) => {
                let state = read(self.text.as_deref())?;
                let entry = Entry { state, version, envelope, bytes_max };
                working.loaded_customer((tenant, id), Arc::new(entry));
            }
            ("holder", holder) => {
                let kind = self.kind.as_deref().unwrap_or_default();
                let kind = ReservationKind::from_str(kind)
                    .map_err(|_| StoreError::unreadable("a reservation", "no such kind"))?;
                let claim = Reservation { kind, key: self.key.unwrap_or_default() };
                working.loaded_holder((tenant, claim), holder);
            }
            _ => {
                let key = (tenant, self.key.clone().unwrap_or_default());
                let mac = self.mac.clone();
                let kept = self.kept()?;
                require_authentic(working, &key, &kept, mac.as_deref())?;
                working.loaded_answer(key, Some(kept));
            }
        }
        Ok(())
    }

    fn version(&self) -> i64 {
        self.version.unwrap_or_default()
    }

    fn envelope(&mut self) -> Option<Envelope> {
        Some(Envelope {
            created_at: self.created_at?,
            created_by: self.created_by.take()?,
            updated_at: self.updated_at?,
            updated_by: self.updated_by.take()?,
        })
    }

    fn kept(self) -> Result<Kept, StoreError> {
        let hash = self.hash.and_then(|hash| hash.try_into().ok());
        Ok(Kept {
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

/// Refuses an answer that isn't the one that was kept. One without a code is taken: an instance without
/// the key may have kept it.
fn require_authentic(
    working: &Working<'_>,
    (tenant, key): &(TenantId, String),
    kept: &Kept,
    mac: Option<&[u8]>,
) -> Result<(), StoreError> {
    let Kept { request_hash, rendered } = kept;
    let (partition, tenant) = (working.partition, *tenant);
    let answer = KeptAnswer { partition, tenant, key, request_hash, rendered };
    let authenticity = working.answer_key().map(|signer| signer.check(&answer, mac));
    if authenticity == Some(Authenticity::Forged) {
        let why = "its authentication code doesn't fit: someone changed it in the database";
        return Err(StoreError::unreadable("a kept answer", why));
    }
    Ok(())
}

/// Reads a stored state.
fn read<S: serde::de::DeserializeOwned>(text: Option<&str>) -> Result<S, StoreError> {
    serde_json::from_str(text.unwrap_or("null"))
        .map_err(|error| StoreError::unreadable("a state", error))
}

/// The line of a parent's ancestors, and how deep the customer's own descendants go.
///
/// Both walks stop well past the depth that rules allow, so that even a cycle in the tables, which
/// the rules make impossible, would end.
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
