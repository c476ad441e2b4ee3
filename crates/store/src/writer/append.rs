//! The statement that appends a batch to the log.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, query_scalar};

use super::batch::Batch;
use super::rows::Columns;
use crate::writer::event_row::EventRow;

/// A call of a function with named arguments. Each name stands beside its value.
macro_rules! call {
    ($function:ident($($name:ident: $value:expr,)+)) => {{
        static STATEMENT: LazyLock<String> = LazyLock::new(|| {
            let names = [$(stringify!($name)),+];
            let arguments = (1_usize..).zip(names).map(|(nth, name)| format!("{name} => ${nth}"));
            let arguments = arguments.collect::<Vec<_>>().join(", ");
            format!("select {}({arguments})", stringify!($function))
        });
        query_scalar(&STATEMENT)$(.bind($value))+
    }};
}

/// Stores a batch if the head has not moved, and returns the database's time. Returns nothing if
/// another writer moved the head; then nothing is stored.
///
/// The answer is read to its end. PostgreSQL sends the row before it commits, so only the message
/// after the row confirms the commit.
pub(crate) async fn append(
    connection: &mut PgConnection,
    Batch { partition, base, head, events, columns, .. }: &Batch,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    let Columns { customers, tenants, given_up, reserved, holders, answers } = columns;
    let rows: Vec<Option<DateTime<Utc>>> = call!(
        append_authenticated_batch(
            p_partition: partition.number(),
            p_known_position: base.position,
            p_known_fence: base.fence,
            p_position: head.position,
            p_hash: &head.hash[..],
            p_recorded_at: head.recorded_at,
            e_aggregate_types: column(events, |event| event.aggregate_type),
            e_aggregate_ids: column(events, |event| &*event.aggregate_id),
            e_sequences: column(events, |event| event.sequence),
            e_types: column(events, |event| &*event.event_type),
            e_versions: column(events, |event| &*event.event_version),
            e_payloads: column(events, |event| &*event.payload),
            e_metadata: column(events, |event| &*event.metadata),
            e_tenants: column(events, |event| event.tenant.0),
            e_recorded_at: column(events, |event| event.recorded_at),
            e_hashes: column(events, |event| &event.hash[..]),
            c_tenants: &customers.tenants,
            c_customers: &customers.ids,
            c_versions: &customers.versions,
            c_states: &customers.states,
            c_parents: &customers.parents,
            c_created_at: &customers.created_at,
            c_created_by: &customers.created_by,
            c_updated_at: &customers.updated_at,
            c_updated_by: &customers.updated_by,
            t_tenants: &tenants.tenants,
            t_versions: &tenants.versions,
            t_states: &tenants.states,
            t_created_at: &tenants.created_at,
            t_created_by: &tenants.created_by,
            t_updated_at: &tenants.updated_at,
            t_updated_by: &tenants.updated_by,
            d_tenants: &given_up.tenants,
            d_kinds: &given_up.kinds,
            d_keys: &given_up.keys,
            r_tenants: &reserved.tenants,
            r_kinds: &reserved.kinds,
            r_keys: &reserved.keys,
            r_holders: holders,
            a_tenants: &answers.tenants,
            a_keys: &answers.keys,
            a_request_hashes: &answers.request_hashes,
            a_statuses: &answers.statuses,
            a_versions: &answers.versions,
            a_positions: &answers.positions,
            a_bodies: &answers.bodies,
            a_macs: &answers.macs,
        )
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().next().flatten())
}

/// One column of the events, as an array.
fn column<'a, T>(events: &'a [EventRow], of: impl Fn(&'a EventRow) -> T) -> Vec<T> {
    events.iter().map(of).collect()
}
