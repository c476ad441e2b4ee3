//! Verifies the reservations against the customers' histories.
//!
//! A key of an exclusive kind belongs to the customer whose state claims it. A former external id
//! belongs to the customer that gave it up last, so the order of events counts.

use domain::customer::{Customer, ReservationKind};
use futures::TryStreamExt as _;
use sqlx::{FromRow, PgConnection, query, query_as, query_scalar};
use uuid::Uuid;

use crate::error::StoreError;
use crate::model::{StreamKey, Versioned};
use crate::partition::Partition;
use crate::projections::cell;
use crate::projections::event_context::EventContext;
use crate::projections::projection::{CannotApply, Projection};
use crate::projections::row::Type;
use crate::projections::rows::Rows;
use crate::projections::table::Table;
use crate::projections::verify::tables::VerifiedTable;

/// The claims that the events make, in a temporary table. Exclusive kinds: the claims of the last
/// state, without a position. Former external ids: each time that a customer takes one, or no
/// longer has it.
const CLAIMS: Table = Table {
    name: "reservation_claims",
    columns: &[
        ("kind", Type::Text),
        ("key", Type::Text),
        ("position", Type::Bigint),
        ("recorded_at", Type::Timestamptz),
        ("taken", Type::Boolean),
    ],
    key: 0,
    replaces: false,
};

/// The claims, folded like a read model.
struct Reservations;

pub(super) const RESERVATIONS: &dyn Projection = &Reservations;

impl Projection for Reservations {
    fn name(&self) -> &'static str {
        "reservations"
    }

    fn logic_version(&self) -> i32 {
        1
    }

    fn tables(&self) -> &'static [&'static Table] {
        &[&CLAIMS]
    }

    fn sees_who(&self) -> bool {
        false
    }

    fn event(&self, fact: &EventContext<'_>, rows: &mut Rows) -> Result<(), CannotApply> {
        let EventContext { before, after, .. } = fact;
        let names = |customer: &Customer| (customer.status, customer.external_id.clone());
        if names(before) == names(after) && before.former_external_ids == after.former_external_ids
        {
            return Ok(());
        }
        let (before, after) = (before.reservations(), after.reservations());
        for claim in before.symmetric_difference(&after) {
            if !claim.kind.exclusive() {
                rows.put(
                    &CLAIMS,
                    [
                        cell::name(claim.kind.as_str()),
                        cell::text(&*claim.key),
                        cell::number(fact.position),
                        cell::time(fact.recorded_at),
                        cell::truth(after.contains(claim)),
                    ],
                );
            }
        }
        Ok(())
    }

    fn customer(
        &self,
        _: &StreamKey,
        now: &Versioned<Customer>,
        rows: &mut Rows,
    ) -> Result<(), CannotApply> {
        for claim in now.state.reservations() {
            if claim.kind.exclusive() {
                let kind = cell::name(claim.kind.as_str());
                rows.put(&CLAIMS, [kind, cell::text(claim.key), None, None, cell::truth(true)]);
            }
        }
        Ok(())
    }
}

/// Creates the temporary table.
pub(super) async fn begin(connection: &mut PgConnection) -> sqlx::Result<()> {
    query(
        r#"create temporary table reservation_claims (
             partition smallint, tenant_id uuid, customer_id uuid, kind text collate "C",
             key text collate "C", position bigint, recorded_at timestamptz, taken boolean)
           on commit delete rows"#,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A reservation that differs from the log.
#[derive(FromRow)]
struct Differing {
    kind: String,
    holder: Option<Uuid>,
    claimant: Option<Uuid>,
}

/// Compares a tenant's reservations with the folded claims, in the caller's snapshot. Customers in
/// `without` have later events and are left out. `only` names the folded customers, if not all
/// were.
pub(super) async fn compare(
    snapshot: &mut PgConnection,
    whose: (Partition, Uuid),
    without: &[Uuid],
    only: Option<&[Uuid]>,
    found: &mut VerifiedTable,
) -> Result<(), StoreError> {
    let rows: i64 = query_scalar(
        "select count(*) from public.reservations
          where partition = $1 and tenant_id = $2 and ($3::uuid[] is null or holder = any ($3))",
    )
    .bind(whose.0.number())
    .bind(whose.1)
    .bind(only)
    .fetch_one(&mut *snapshot)
    .await?;
    found.rows = found.rows.saturating_add(rows.unsigned_abs());
    exclusive(&mut *snapshot, whose, without, only, found).await?;
    if only.is_none() {
        former(snapshot, whose, without, found).await?;
    }
    Ok(())
}

impl Differing {
    fn put_into(self, whose: (Partition, Uuid), found: &mut VerifiedTable) {
        let Self { kind, holder, claimant } = self;
        let (customer, what) = match (holder, claimant) {
            (Some(holder), Some(claimant)) => {
                (claimant, format!("a reservation of kind {kind} names customer {holder} instead"))
            }
            (None, Some(claimant)) => {
                (claimant, format!("a reservation of kind {kind} is missing"))
            }
            (Some(holder), None) => {
                (holder, format!("a reservation of kind {kind} isn't the customer's"))
            }
            (None, None) => return,
        };
        found.find(whose, Some(customer), what);
    }
}

/// Exclusive keys.
async fn exclusive(
    snapshot: &mut PgConnection,
    whose: (Partition, Uuid),
    without: &[Uuid],
    only: Option<&[Uuid]>,
    found: &mut VerifiedTable,
) -> sqlx::Result<()> {
    let mut differing = query_as::<_, Differing>(
        "with live as (
             select kind, key, holder from public.reservations
              where partition = $1 and tenant_id = $2 and kind <> $3
         ), made as (
             select kind, key, customer_id from pg_temp.reservation_claims where kind <> $3
         )
         select kind, l.holder, m.customer_id as claimant
           from live as l
           full join made as m using (kind, key)
          where l.holder is distinct from m.customer_id
            and coalesce(l.holder <> all ($4), true)
            and coalesce(m.customer_id <> all ($4), true)
            and ($5::uuid[] is null or m.customer_id is not null or l.holder = any ($5))
          order by kind, key",
    )
    .bind(whose.0.number())
    .bind(whose.1)
    .bind(ReservationKind::FormerExternalId.as_str())
    .bind(without)
    .bind(only)
    .fetch(snapshot);
    while let Some(row) = differing.try_next().await? {
        row.put_into(whose, found);
    }
    Ok(())
}

/// Former external ids.
///
/// Events of one customer with the same time belong to one request. The log does not say which
/// command made which event, and a key taken and given up within one command does not count. So a
/// key taken last by one customer may also name another that took it later within a request.
async fn former(
    snapshot: &mut PgConnection,
    whose: (Partition, Uuid),
    without: &[Uuid],
    found: &mut VerifiedTable,
) -> sqlx::Result<()> {
    let mut differing = query_as::<_, Differing>(
        "with live as (
             select key, holder from public.reservations
              where partition = $1 and tenant_id = $2 and kind = $3
         ), together as (
             select customer_id, key, max(position) filter (where taken) as at,
                    (array_agg(taken order by position))[1]
                    and (array_agg(taken order by position desc))[1] as surely
               from pg_temp.reservation_claims
              where kind = $3
              group by customer_id, key, recorded_at
         ), sure as (
             select distinct on (key) key, customer_id, at
               from together where surely
              order by key, at desc
         ), possible as (
             select t.key, t.customer_id
               from together as t
               left join sure as s on s.key = t.key
              where s.at is null or t.at >= s.at
              group by t.key, t.customer_id
         ), later as (
             select distinct key from together where customer_id = any ($4)
         )
         select $3 as kind, l.holder, s.customer_id as claimant
           from live as l
           full join sure as s on s.key = l.key
           left join possible as p on p.key = l.key and p.customer_id = l.holder
           left join later as w on w.key = coalesce(l.key, s.key)
          where p.key is null and w.key is null and coalesce(l.holder <> all ($4), true)
          order by coalesce(l.key, s.key)",
    )
    .bind(whose.0.number())
    .bind(whose.1)
    .bind(ReservationKind::FormerExternalId.as_str())
    .bind(without)
    .fetch(snapshot);
    while let Some(row) = differing.try_next().await? {
        row.put_into(whose, found);
    }
    Ok(())
}
