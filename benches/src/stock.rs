//! The stock stack under load: cqrs-es and postgres-es with a view, as their documentation has it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::DateTime;
use cqrs_es::persist::{
    GenericQuery, PersistedEventRepository as _, QueryReplay, ViewRepository as _,
};
use cqrs_es::{EventEnvelope, Query, View};
use domain::CustomerId;
use domain::customer::{Command, Customer, DecisionContext, Event, decide};
use domain::tenant::Tenant;
use postgres_es::{PostgresCqrs, PostgresEventRepository, PostgresViewRepository, postgres_cqrs};
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, query, query_scalar};
use uuid::Uuid;

use crate::database::Databases;
use crate::load::{self, Stack, Work};
use crate::report::say;
use crate::work::{CUSTOMERS, Commands, Dice, Done, EVENTS, PAGE, PRIOR_EVENTS, metadata, new_id};

/// Customers per statement of the set-up, at most.
const SET_UP_CHUNK: usize = 1_000;
/// Events per statement of the set-up, about: what a statement carries is in memory several times.
const SET_UP_EVENTS: usize = 60_000;

/// Sizes of the pool, of which the stack gets the best.
const POOLS: [u32; 3] = [8, 16, 32];

/// The view: a customer as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CustomerView(Customer);

impl View<Customer> for CustomerView {
    fn update(&mut self, event: &EventEnvelope<Customer>) {
        self.0 = std::mem::take(&mut self.0).evolve(event.payload.clone());
    }
}

type Views = PostgresViewRepository<CustomerView, Customer>;

/// The stock stack, and the customers in it.
pub(crate) struct Stock {
    pub(crate) cqrs: PostgresCqrs<Customer>,
    views: Arc<Views>,
    pool: PgPool,
    ids: Arc<Vec<String>>,
    commands: Commands,
    context: DecisionContext,
    failed_views: Arc<AtomicU64>,
}

impl Stock {
    /// Opens the stack with a pool of `connections` over the customers `ids`.
    pub(crate) async fn open(
        database: &PgConnectOptions,
        connections: u32,
        ids: &Arc<Vec<String>>,
    ) -> Done<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .connect_with(database.clone())
            .await?;
        let views = Arc::new(Views::new("customer_view", pool.clone()));
        let failed_views = Arc::new(AtomicU64::new(0));
        let mut query = GenericQuery::new(Arc::clone(&views));
        let failed = Arc::clone(&failed_views);
        query.use_error_handler(Box::new(move |_| {
            failed.fetch_add(1, Ordering::Relaxed);
        }));
        // One context for all customers, so all are registered as this one; only the id in the
        // framework's own call tells them apart, and no event has it.
        let anyone = CustomerId(Uuid::nil());
        let context =
            DecisionContext::new(anyone, DateTime::UNIX_EPOCH, Arc::new(Tenant::default()));
        Ok(Self {
            cqrs: postgres_cqrs(pool.clone(), vec![Box::new(query)], context.clone()),
            views,
            pool,
            ids: Arc::clone(ids),
            commands: Commands::new()?,
            context,
            failed_views,
        })
    }

    /// The stack with customers, and with the pool that is best for it at 64 callers.
    pub(crate) async fn best(databases: &Databases, time: Duration) -> Done<Self> {
        let ids = make_ids(CUSTOMERS);
        let (mut best, mut best_rate) = (POOLS[0], 0.0);
        for (nth, connections) in POOLS.into_iter().enumerate() {
            let stock = Arc::new(Self::open(&databases.stock, connections, &ids).await?);
            if nth == 0 {
                stock.set_up(PRIOR_EVENTS).await?;
                databases.settle().await?;
            }
            let rate = load::run(&stock, Work::Update, 64, time).await?.rate();
            say(&format!("stock with a pool of {connections}: {rate:.0}/s at 64 callers"));
            if rate > best_rate {
                (best, best_rate) = (connections, rate);
            }
            stock.close().await;
        }
        say(&format!("stock gets a pool of {best}\n"));
        Self::open(&databases.stock, best, &ids).await
    }

    /// The same without a view, over the same pool.
    pub(crate) fn without_view(&self) -> Self {
        self.with(Vec::new(), &self.ids)
    }

    /// Other customers and queries, over the same pool.
    pub(crate) fn with(
        &self,
        queries: Vec<Box<dyn Query<Customer>>>,
        ids: &Arc<Vec<String>>,
    ) -> Self {
        Self {
            cqrs: postgres_cqrs(self.pool.clone(), queries, self.context.clone()),
            views: Arc::clone(&self.views),
            pool: self.pool.clone(),
            ids: Arc::clone(ids),
            commands: self.commands.clone(),
            context: self.context.clone(),
            failed_views: Arc::clone(&self.failed_views),
        }
    }

    /// Writes the customers' events, so many each, and views as the stack itself would have, only in
    /// bulk.
    pub(crate) async fn set_up(&self, events_each: u64) -> Done<()> {
        let mut dice = Dice::new();
        let customers = SET_UP_EVENTS / usize::try_from(events_each.max(1))?;
        for ids in self.ids.chunks(customers.clamp(1, SET_UP_CHUNK)) {
            let mut events: (Vec<&str>, Vec<i64>, Vec<String>, Vec<String>) = Default::default();
            let mut views = Vec::new();
            for id in ids {
                let mut state = Customer::default();
                for sequence in 1..=events_each {
                    let command = match sequence {
                        1 => self.commands.register(self.context.customer),
                        _ => Commands::update(dice.next())?,
                    };
                    for event in decide(&state, &self.context, command)? {
                        events.0.push(id);
                        events.1.push(sequence.cast_signed());
                        events.2.push(event.name().to_owned());
                        events.3.push(serde_json::to_string(&event)?);
                        state = state.evolve(event);
                    }
                }
                views.push(serde_json::to_string(&CustomerView(state))?);
            }
            let metadata: serde_json::Map<_, _> = metadata::<Vec<_>>(dice.next())
                .into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect();
            // As they happen, and as ours are stored: a customer's events don't lie side by side.
            query(
                "insert into events
                 select 'customer', e.id, e.sequence, e.type, $5, e.payload::json, $6
                   from unnest($1::text[], $2::bigint[], $3::text[], $4::text[])
                        as e(id, sequence, type, payload)
                  order by e.sequence",
            )
            .bind(events.0)
            .bind(events.1)
            .bind(events.2)
            .bind(events.3)
            .bind(Event::VERSION)
            .bind(serde_json::Value::from(metadata))
            .execute(&self.pool)
            .await?;
            query(
                "insert into customer_view
                 select v.id, $3, v.payload::json from unnest($1::text[], $2::text[])
                        as v(id, payload)",
            )
            .bind(ids)
            .bind(views)
            .bind(events_each.cast_signed())
            .execute(&self.pool)
            .await?;
        }
        Ok(())
    }

    /// Has one command done.
    pub(crate) async fn execute(&self, id: &str, command: Command, fresh: u64) -> Done<()> {
        let executed = self.cqrs.execute_with_metadata(id, command, metadata(fresh)).await;
        executed.map_err(|error| error.to_string().into())
    }

    /// The view of a customer, if there is one.
    pub(crate) async fn read(&self, id: &str) -> Done<Option<CustomerView>> {
        Ok(self.views.load(id).await?)
    }

    /// Makes the view anew from the events of one customer after another, for about `time`, and says
    /// how many events that were.
    pub(crate) async fn replay(&self, time: Duration) -> Done<i64> {
        let views = Arc::new(Views::new("replayed_view", self.pool.clone()));
        let events = PostgresEventRepository::new(self.pool.clone());
        let replay = QueryReplay::new(events, GenericQuery::new(views));
        let begun = Instant::now();
        for id in self.ids.iter() {
            if begun.elapsed() > time {
                break;
            }
            replay.replay(id).await.map_err(|error| error.to_string())?;
        }
        let replayed = query_scalar("select coalesce(sum(version), 0)::bigint from replayed_view")
            .fetch_one(&self.pool)
            .await?;
        query("truncate replayed_view").execute(&self.pool).await?;
        Ok(replayed)
    }

    /// Registers the customers.
    pub(crate) async fn register(&self) -> Done<()> {
        let mut dice = Dice::new();
        for id in self.ids.iter() {
            let register = self.commands.register(self.context.customer);
            self.execute(id, register, dice.next()).await?;
        }
        Ok(())
    }

    /// Its connections.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The ids of the customers.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.ids.to_vec()
    }

    /// Tells how far views lag behind for ever, since nothing repairs them.
    pub(crate) async fn check(&self) -> Done<String> {
        let events: i64 = query_scalar("select count(*) from events").fetch_one(&self.pool).await?;
        let applied: i64 =
            query_scalar("select coalesce(sum(version), 0)::bigint from customer_view")
                .fetch_one(&self.pool)
                .await?;
        let failed = self.failed_views.load(Ordering::Relaxed);
        Ok(format!(
            "{events} events stored, {} never reached their view ({failed} failures seen since the \
             pool was chosen)",
            events - applied
        ))
    }

    /// Closes the pool.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// Ids for so many of the stock stack's customers.
pub(crate) fn make_ids(count: usize) -> Arc<Vec<String>> {
    Arc::new((0..count).map(|_| new_id().to_string()).collect())
}

impl Stack for Stock {
    async fn update(&self, dice: &mut Dice) -> Done<()> {
        let id = dice.choose(&self.ids).ok_or("there is no customer")?;
        let update = Commands::update(dice.next())?;
        self.execute(id, update, dice.next()).await
    }

    async fn create(&self, dice: &mut Dice) -> Done<()> {
        let register = self.commands.register(self.context.customer);
        self.execute(&new_id().to_string(), register, dice.next()).await
    }

    async fn history(&self, dice: &mut Dice) -> Done<()> {
        let id = dice.choose(&self.ids).ok_or("there is no customer")?;
        let before = usize::try_from(EVENTS)? - usize::from(PAGE);
        let events = PostgresEventRepository::new(self.pool.clone());
        let page = events.get_last_events::<Customer>(id, before).await;
        let page = page.map_err(|error| error.to_string())?;
        if page.len() == usize::from(PAGE) { Ok(()) } else { Err("a page isn't full".into()) }
    }
}
