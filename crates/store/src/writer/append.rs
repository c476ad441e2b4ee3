//! The statement that appends a batch to the log.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, query_scalar};

use super::batch::Batch;
use super::rows::Columns;
use crate::writer::event_row::EventRow;

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
    let rows: Vec<Option<DateTime<Utc>>> = query_scalar(
        "select append_authenticated_batch($1, $2, $3, $4, $5, $6,
                             $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                             $17, $18, $19, $20, $21, $22, $23, $24, $25,
                             $26, $27, $28, $29, $30, $31, $32,
                             $33, $34, $35,
                             $36, $37, $38, $39,
                             $40, $41, $42, $43, $44, $45, $46, $47)",
    )
    .bind(partition.number())
    .bind(base.position)
    .bind(base.fence)
    .bind(head.position)
    .bind(&head.hash[..])
    .bind(head.recorded_at)
    .bind(column(events, |event| event.aggregate_type))
    .bind(column(events, |event| &*event.aggregate_id))
    .bind(column(events, |event| event.sequence))
    .bind(column(events, |event| &*event.event_type))
    .bind(column(events, |event| &*event.event_version))
    .bind(column(events, |event| &*event.payload))
    .bind(column(events, |event| &*event.metadata))
    .bind(column(events, |event| event.tenant.0))
    .bind(column(events, |event| event.recorded_at))
    .bind(column(events, |event| &event.hash[..]))
    .bind(&customers.tenants)
    .bind(&customers.ids)
    .bind(&customers.versions)
    .bind(&customers.states)
    .bind(&customers.parents)
    .bind(&customers.created_at)
    .bind(&customers.created_by)
    .bind(&customers.updated_at)
    .bind(&customers.updated_by)
    .bind(&tenants.tenants)
    .bind(&tenants.versions)
    .bind(&tenants.states)
    .bind(&tenants.created_at)
    .bind(&tenants.created_by)
    .bind(&tenants.updated_at)
    .bind(&tenants.updated_by)
    .bind(&given_up.tenants)
    .bind(&given_up.kinds)
    .bind(&given_up.keys)
    .bind(&reserved.tenants)
    .bind(&reserved.kinds)
    .bind(&reserved.keys)
    .bind(holders)
    .bind(&answers.tenants)
    .bind(&answers.keys)
    .bind(&answers.request_hashes)
    .bind(&answers.statuses)
    .bind(&answers.versions)
    .bind(&answers.positions)
    .bind(&answers.bodies)
    .bind(&answers.macs)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().next().flatten())
}

/// One column of the events, as an array.
fn column<'a, T>(events: &'a [EventRow], of: impl Fn(&'a EventRow) -> T) -> Vec<T> {
    events.iter().map(of).collect()
}
