//! Hand-written SQL for the same work: prepared statements, one commit for each command, and nothing
//! around them. What one command at a time cannot be much faster than.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::types::Json;
use sqlx::{Connection as _, PgConnection, query, query_as, query_scalar};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::load::Stack;
use crate::work::{Dice, Done, PAGE, instructions, metadata, new_id};

/// Connections for each program; more make it slower on few cores.
const CONNECTIONS: usize = 16;

/// The connections, and the customers.
pub(super) struct Bare {
    connections: Mutex<Vec<PgConnection>>,
    free: Semaphore,
    ids: Vec<Uuid>,
    /// Whether each customer's row is read and kept, rather than its events.
    viewed: bool,
}

impl Bare {
    /// Makes customers with so many events each, and opens the connections.
    pub(super) async fn make(
        database: &PgConnectOptions,
        customers: usize,
        events: u64,
        viewed: bool,
    ) -> Done<Arc<Self>> {
        let ids = set_up(database, customers, events).await?;
        let mut connections = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            connections.push(PgConnection::connect_with(database).await?);
        }
        let free = Semaphore::new(CONNECTIONS);
        Ok(Arc::new(Self { connections: Mutex::new(connections), free, ids, viewed }))
    }

    /// Does something with a connection that nobody else has.
    async fn with<T>(&self, work: impl AsyncFnOnce(&mut PgConnection) -> Done<T>) -> Done<T> {
        let _free = self.free.acquire().await?;
        let mut connection = self.connections().pop().ok_or("there is no connection")?;
        let done = work(&mut connection).await;
        self.connections().push(connection);
        done
    }

    fn connections(&self) -> MutexGuard<'_, Vec<PgConnection>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes customers with so many events each, all of them the first, then all the second.
async fn set_up(database: &PgConnectOptions, customers: usize, events: u64) -> Done<Vec<Uuid>> {
    let mut connection = PgConnection::connect_with(database).await?;
    let ids: Vec<Uuid> = (0..customers).map(|_| new_id().0).collect();
    let mut dice = Dice::new();
    query(
        "insert into events
         select id, sequence, $3, $4
           from generate_series(1, $2) as sequence, unnest($1::uuid[]) as id
          order by sequence",
    )
    .bind(&ids)
    .bind(events.cast_signed())
    .bind(payload(&mut dice))
    .bind(random_metadata(&mut dice))
    .execute(&mut connection)
    .await?;
    query("insert into customers select id, $2, $3 from unnest($1::uuid[]) as id")
        .bind(&ids)
        .bind(events.cast_signed())
        .bind(payload(&mut dice))
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(ids)
}

fn payload(dice: &mut Dice) -> Value {
    json!({ "ProfileUpdated": { "shipping": { "instructions": instructions(dice.next()) } } })
}

fn random_metadata(dice: &mut Dice) -> Value {
    metadata::<Vec<_>>(dice.next())
        .into_iter()
        .map(|(name, value)| (name, Value::from(value)))
        .collect()
}

impl Stack for Bare {
    async fn update(&self, dice: &mut Dice) -> Done<()> {
        let id = *dice.choose(&self.ids).ok_or("there is no customer")?;
        let (payload, metadata) = (payload(dice), random_metadata(dice));
        self.with(async |connection| {
            if self.viewed {
                let (version, _): (i64, Json<Value>) =
                    query_as("select version, profile from customers where customer_id = $1")
                        .bind(id)
                        .fetch_one(&mut *connection)
                        .await?;
                let changed = query(
                    "with appended as (insert into events values ($1, $2 + 1, $3, $4))
                     update customers set version = $2 + 1, profile = $3
                      where customer_id = $1 and version = $2",
                )
                .bind(id)
                .bind(version)
                .bind(payload)
                .bind(metadata)
                .execute(connection)
                .await?;
                return if changed.rows_affected() == 1 { Ok(()) } else { Err("conflict".into()) };
            }
            let events: Vec<Json<Value>> =
                query_scalar("select payload from events where customer_id = $1 order by sequence")
                    .bind(id)
                    .fetch_all(&mut *connection)
                    .await?;
            // Who else wrote the next event meanwhile, has its key.
            query("insert into events values ($1, $2, $3, $4)")
                .bind(id)
                .bind(i64::try_from(events.len())? + 1)
                .bind(payload)
                .bind(metadata)
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn create(&self, dice: &mut Dice) -> Done<()> {
        let (payload, metadata) = (payload(dice), random_metadata(dice));
        self.with(async |connection| {
            query("insert into events values ($1, 1, $2, $3)")
                .bind(new_id().0)
                .bind(payload)
                .bind(metadata)
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn history(&self, dice: &mut Dice) -> Done<()> {
        let id = *dice.choose(&self.ids).ok_or("there is no customer")?;
        self.with(async |connection| {
            let page = query(
                "select sequence, payload::text, metadata::text
                   from events where customer_id = $1 order by sequence desc limit $2",
            )
            .bind(id)
            .bind(i64::from(PAGE))
            .fetch_all(connection)
            .await?;
            if page.len() == usize::from(PAGE) { Ok(()) } else { Err("a page isn't full".into()) }
        })
        .await
    }
}
