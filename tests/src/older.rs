//! Events as another release would have stored them, with versions that this one doesn't write.

use chrono::{DateTime, Utc};
use domain::customer::Customer;
use domain::upcast::{Upcaster, Upcasters};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, query, query_as, query_scalar};
use store::log::{Hash, Link};
use uuid::Uuid;

use crate::TestApp;

/// Reads a `ProfileUpdated` of version 0.9, when the name was `full_name`.
#[must_use]
pub fn full_names() -> Upcasters {
    Upcasters::default().with(Upcaster {
        event_type: "ProfileUpdated",
        from: "0.9",
        to_type: "ProfileUpdated",
        to: "1.0",
        upcast: |data| json!({ "name": data["full_name"] }),
    })
}

/// Stores the next event of a customer as another instance would: in the chain and with the
/// resulting state. An event that `app` can't read changes only the state's version.
///
/// # Panics
///
/// When there is no such customer, or the database refuses it.
pub async fn store_behind(
    app: &TestApp,
    customer: Uuid,
    event_type: &str,
    event_version: &str,
    data: &Value,
) {
    let mut connection = app.database.connect().await;
    let mut transaction = connection.begin().await.expect("a transaction");
    let payload = json!({ "type": event_type, "data": data }).to_string();
    let (head, recorded_at) = lock_head(&mut transaction, app.tenant.partition.number()).await;
    let sequence = change_state(&mut transaction, app, customer, |state| {
        let event = app.upcasters.customer_event(event_type, event_version, &payload);
        event.map_or(state.clone(), |event| state.evolve(event))
    })
    .await;
    let link = Link {
        partition: app.tenant.partition.number(),
        position: head.0 + 1,
        tenant_id: app.tenant.id.0,
        aggregate_type: "customer",
        aggregate_id: &format!("{}/{customer}", app.tenant.id),
        sequence,
        event_type,
        event_version,
        payload: &payload,
        metadata: r#"{"actor":"another release"}"#,
        recorded_at,
    };
    append(&mut transaction, &link, &link.hash(&head.1)).await;
    transaction.commit().await.expect("a commit");
}

/// The head's position and hash, and the time of the next event.
async fn lock_head(connection: &mut PgConnection, partition: i16) -> ((i64, Hash), DateTime<Utc>) {
    let (position, hash, time): (i64, Vec<u8>, DateTime<Utc>) = query_as(
        "select position, hash, greatest(clock_timestamp(), recorded_at + interval '1 microsecond')
           from log_heads where partition = $1 for update",
    )
    .bind(partition)
    .fetch_one(connection)
    .await
    .expect("the head");
    ((position, hash.try_into().expect("a hash")), time)
}

/// Changes the stored state, and returns the new version.
async fn change_state(
    connection: &mut PgConnection,
    app: &TestApp,
    customer: Uuid,
    change: impl FnOnce(Customer) -> Customer,
) -> i64 {
    let state: String = query_scalar(
        "select state::text from customers
          where partition = $1 and tenant_id = $2 and customer_id = $3",
    )
    .bind(app.tenant.partition.number())
    .bind(app.tenant.id.0)
    .bind(customer)
    .fetch_one(&mut *connection)
    .await
    .expect("the customer");
    let state = change(serde_json::from_str(&state).expect("a state"));
    query_scalar(
        "update customers set state = $4::json, version = version + 1
          where partition = $1 and tenant_id = $2 and customer_id = $3
         returning version",
    )
    .bind(app.tenant.partition.number())
    .bind(app.tenant.id.0)
    .bind(customer)
    .bind(serde_json::to_string(&state).expect("JSON"))
    .fetch_one(connection)
    .await
    .expect("another state")
}

async fn append(connection: &mut PgConnection, link: &Link<'_>, hash: &Hash) {
    query(
        "insert into events (aggregate_type, aggregate_id, sequence, event_type, event_version,
                             payload, metadata, partition, position, tenant_id, recorded_at, hash)
         values ($1, $2, $3, $4, $5, $6::json, $7::json, $8, $9, $10, $11, $12)",
    )
    .bind(link.aggregate_type)
    .bind(link.aggregate_id)
    .bind(link.sequence)
    .bind(link.event_type)
    .bind(link.event_version)
    .bind(link.payload)
    .bind(link.metadata)
    .bind(link.partition)
    .bind(link.position)
    .bind(link.tenant_id)
    .bind(link.recorded_at)
    .bind(&hash[..])
    .execute(&mut *connection)
    .await
    .expect("an event");
    query("update log_heads set position = $2, hash = $3, recorded_at = $4 where partition = $1")
        .bind(link.partition)
        .bind(link.position)
        .bind(&hash[..])
        .bind(link.recorded_at)
        .execute(connection)
        .await
        .expect("another head");
}
