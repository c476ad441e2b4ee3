//! This service's writer under load.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::customer::Command;
use domain::{CustomerId, TenantId, tenant};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::ApiKey;
use sqlx::postgres::PgConnectOptions;
use store::api_keys::NewKey;
use store::{
    Between, EventQuery, Expected, Idempotency, Options, Outcome, Partition, Reference, Rendered,
    Role, Span, Store, Submission, Target, TenantRef,
};
use uuid::Uuid;

use crate::load::Stack;
use crate::work::{Commands, Dice, Done, PAGE, metadata, new_id};

/// Callers during the set-up.
const SET_UP_CALLERS: usize = 256;

/// This service: its store, and the customers in it.
pub(crate) struct Ours {
    pub(crate) store: Store,
    pub(crate) database: PgConnectOptions,
    pub(crate) tenants: Vec<TenantRef>,
    /// Customers, each with its tenant.
    customers: Vec<(TenantRef, CustomerId)>,
    commands: Commands,
    /// Commands answered with success: so many events must be in the log.
    pub(crate) acknowledged: AtomicU64,
}

impl Ours {
    /// Opens the store, and gives the `customers` of `tenants` tenants `events` each: all of them the
    /// first, then all the second, as time would.
    pub(crate) async fn set_up(
        options: &Options,
        tenants: usize,
        customers: usize,
        events: u64,
    ) -> Done<Self> {
        let tenants = (0..tenants.max(1)).map(|_| {
            let id = TenantId(Uuid::new_v4());
            TenantRef { id, partition: Partition::of_new(id) }
        });
        let tenants: Vec<_> = tenants.collect();
        let customers = tenants.iter().cycle().take(customers).map(|tenant| (*tenant, new_id()));
        let mut ours = Self {
            store: Store::open(options).await?,
            database: options.database.clone(),
            customers: customers.collect(),
            tenants,
            commands: Commands::new()?,
            acknowledged: AtomicU64::new(0),
        };
        let customers = std::mem::take(&mut ours.customers);
        ours.register_all(&customers, events).await?;
        ours.customers = customers;
        Ok(ours)
    }

    /// The customers of `other`, over another store.
    pub(crate) fn over(store: Store, other: &Self) -> Self {
        Self {
            store,
            database: other.database.clone(),
            tenants: other.tenants.clone(),
            customers: other.customers.clone(),
            commands: other.commands.clone(),
            acknowledged: AtomicU64::new(0),
        }
    }

    async fn register_all(&self, customers: &[(TenantRef, CustomerId)], events: u64) -> Done<()> {
        for tenant in &self.tenants {
            let create = tenant::CreateTenant { name: "Bench".parse().map_err(|_| "no name")? };
            let commands = vec![tenant::Command::CreateTenant(create)];
            self.submit(*tenant, Target::Tenant { commands }, &mut Dice::new()).await?;
        }
        for nth in 0..events {
            stream::iter(customers)
                .map(|(tenant, id)| async move {
                    let mut dice = Dice::new();
                    let command = match nth {
                        0 => self.commands.register(*id),
                        _ => Commands::update(dice.next())?,
                    };
                    self.command(*tenant, *id, command, &mut dice).await.map(drop)
                })
                .buffer_unordered(SET_UP_CALLERS)
                .try_collect::<()>()
                .await?;
        }
        Ok(())
    }

    /// Changes a customer chosen at random, and says where in the log that is.
    pub(crate) async fn change(&self, dice: &mut Dice) -> Done<(TenantRef, i64)> {
        let (tenant, id) = *dice.choose(&self.customers).ok_or("there is no customer")?;
        let update = Commands::update(dice.next())?;
        let position = self.command(tenant, id, update, dice).await?;
        Ok((tenant, position.ok_or("nothing happened")?))
    }

    async fn command(
        &self,
        tenant: TenantRef,
        id: CustomerId,
        command: Command,
        dice: &mut Dice,
    ) -> Done<Option<i64>> {
        let (reference, commands) = (Reference::Id(id), vec![command]);
        let target = Target::Customer { reference, commands, past: BTreeMap::new() };
        self.submit(tenant, target, dice).await
    }

    /// Has something done, and says where in the log it is.
    async fn submit(
        &self,
        tenant: TenantRef,
        target: Target,
        dice: &mut Dice,
    ) -> Done<Option<i64>> {
        let fresh = dice.next();
        let mut request_hash = [0; 32];
        request_hash[..8].copy_from_slice(&fresh.to_be_bytes());
        let idempotency = Idempotency { key: format!("{fresh:016x}"), request_hash };
        let answer = self
            .store
            .submit(Submission {
                tenant,
                target,
                expected: Expected::Any,
                idempotency: Some(idempotency),
                metadata: metadata(fresh),
                dry_run: false,
                shown: false,
                render: Box::new(render),
            })
            .await?;
        if answer.rendered.status != 200 {
            return Err(format!("refused: {}", answer.rendered.body).into());
        }
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
        Ok(answer.rendered.position)
    }

    /// Counts acknowledged commands that others sent.
    pub(crate) fn acknowledge(&self, count: u64) {
        self.acknowledged.fetch_add(count, Ordering::Relaxed);
    }

    /// A key for the first tenant, as callers present it.
    pub(crate) async fn make_key(&self) -> Done<String> {
        let tenant = *self.tenants.first().ok_or("there is no tenant")?;
        let mut secret = [0; 32];
        secret[..16].copy_from_slice(Uuid::new_v4().as_bytes());
        let key = ApiKey::from_random(Dice::new().next().to_be_bytes(), secret);
        let created = serde_json::from_value(serde_json::json!({
            "key_id": key.id(), "name": "bench", "scopes": ["read", "write"]
        }))?;
        let new = NewKey { tenant, key: created, secret_hash: key.secret_hash() };
        let mut connection = store::connect(&self.database, Role::KeyAdmin).await?;
        store::api_keys::create(&mut connection, new, metadata(0)).await?;
        // A new key is an event, too.
        self.acknowledge(1);
        Ok(key.reveal())
    }

    /// The ids of the first tenant's customers.
    pub(crate) fn ids(&self) -> Vec<String> {
        let first = self.tenants.first();
        let of_first = self.customers.iter().filter(|(tenant, _)| Some(tenant) == first);
        of_first.map(|(_, id)| id.to_string()).collect()
    }
}

/// An answer of the size that the service's routes give.
fn render(outcome: &Outcome) -> Rendered {
    match outcome {
        Outcome::Committed(done) => Rendered {
            status: 200,
            version: Some(done.version),
            position: Some(done.position),
            body: format!(
                r#"{{"id":"{}","version":{},"position":"{}.{}","events":[{}]}}"#,
                done.id,
                done.version,
                done.partition,
                done.position,
                done.events.first().map_or("", |event| &event.payload),
            ),
        },
        Outcome::Refused(refused) => {
            Rendered { status: 409, version: None, position: None, body: format!("{refused:?}") }
        }
    }
}

impl Stack for Ours {
    async fn update(&self, dice: &mut Dice) -> Done<()> {
        self.change(dice).await.map(drop)
    }

    async fn create(&self, dice: &mut Dice) -> Done<()> {
        let tenant = *dice.choose(&self.tenants).ok_or("there is no tenant")?;
        let id = new_id();
        self.command(tenant, id, self.commands.register(id), dice).await.map(drop)
    }

    async fn history(&self, dice: &mut Dice) -> Done<()> {
        let (tenant, customer) = *dice.choose(&self.customers).ok_or("there is no customer")?;
        let span = Span {
            customer,
            version: i64::MAX,
            recorded: Between::default(),
            newest_first: true,
            after: None,
            limit: PAGE,
        };
        let page = self.store.events(tenant, &EventQuery { span, types: Vec::new() }).await?;
        if page.items.len() == usize::from(PAGE) { Ok(()) } else { Err("a page isn't full".into()) }
    }
}
