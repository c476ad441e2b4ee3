//! W5: pages of histories, beside the stock stack's read of a stream and one bare statement.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, query};
use store::{Options, Store, TenantRef};

use crate::cpu::Cpu;
use crate::database::Databases;
use crate::flags::Flags;
use crate::load::{self, Stack, Work};
use crate::ours::Ours;
use crate::report::{Runs, row, say};
use crate::stock::{self, Stock};
use crate::work::{Dice, Done, EVENTS, PAGE};

/// Customers with a history.
const CUSTOMERS: usize = 1_000;
/// Callers at once.
const CALLERS: usize = 8;
/// What the ratio to the stock stack has to be.
const GOAL: f64 = 3.0;

/// Gives both stacks customers with a history, and measures pages of it.
pub(crate) async fn measure(databases: &Databases, flags: &Flags) -> Done<()> {
    let what = format!("W5 history, {CALLERS} callers");
    if !what.contains(&flags.only) {
        return Ok(());
    }
    let options = Options::new(databases.ours.clone());
    let ours = Arc::new(Ours::set_up(&options, 1, CUSTOMERS, EVENTS).await?);
    let ids = stock::make_ids(CUSTOMERS);
    let stock = Stock::open(&databases.stock, u32::try_from(CALLERS)?, &ids).await?;
    stock.set_up(EVENTS).await?;
    let stock = Arc::new(stock);
    let bare = Arc::new(Bare::open(&databases.ours, &ours).await?);
    let forgetful = Store::open(&Options { last_read_bytes: 0, ..options.clone() }).await?;
    let unread = Arc::new(Ours::over(forgetful, &ours));
    databases.settle().await?;
    let time = Duration::try_from_secs_f64(flags.seconds)?;
    let (mut our_runs, mut their_runs) = (Runs::default(), Runs::default());
    let (mut unread_runs, mut bare_runs) = (Runs::default(), Runs::default());
    for _ in 0..flags.repetitions.max(1) {
        run(databases, &ours, time, &mut our_runs).await?;
        run(databases, &unread, time, &mut unread_runs).await?;
        run(databases, &stock, time, &mut their_runs).await?;
        run(databases, &bare, time, &mut bare_runs).await?;
    }
    row(&what, &our_runs, &their_runs, GOAL);
    let of_bare = |runs: &Runs| runs.rate() / bare_runs.rate() * 100.0;
    say(&format!(
        "  one bare prepared select: {:.0}/s; ours is {:.0}% of it",
        bare_runs.rate(),
        of_bare(&our_runs)
    ));
    say(&format!(
        "  pages that were not read before: {:.0}/s, {:.2} times stock, {:.0}% of a bare select",
        unread_runs.rate(),
        unread_runs.rate() / their_runs.rate(),
        of_bare(&unread_runs)
    ));
    ours.store.close().await;
    unread.store.close().await;
    stock.close().await;
    bare.pool.close().await;
    Ok(())
}

async fn run<S: Stack>(
    databases: &Databases,
    stack: &Arc<S>,
    time: Duration,
    runs: &mut Runs,
) -> Done<()> {
    let before = Cpu::read(databases.postmaster);
    let run = load::run(stack, Work::History, CALLERS, time).await?;
    runs.add(run, Cpu::read(databases.postmaster).since(before));
    Ok(())
}

/// What no page can be faster than: one statement, prepared once, as the tables' owner.
struct Bare {
    pool: PgPool,
    tenant: TenantRef,
    ids: Vec<String>,
}

impl Bare {
    async fn open(database: &PgConnectOptions, ours: &Ours) -> Done<Self> {
        // The pool asks nothing of a connection that it hands out.
        let pool = PgPoolOptions::new().max_connections(u32::try_from(CALLERS)?);
        let pool = pool.test_before_acquire(false).connect_with(database.clone()).await?;
        let tenant = *ours.tenants.first().ok_or("there is no tenant")?;
        Ok(Self { pool, tenant, ids: ours.ids() })
    }
}

impl Stack for Bare {
    async fn update(&self, _: &mut Dice) -> Done<()> {
        Err("only histories are read so".into())
    }

    async fn create(&self, _: &mut Dice) -> Done<()> {
        Err("only histories are read so".into())
    }

    async fn history(&self, dice: &mut Dice) -> Done<()> {
        let id = dice.choose(&self.ids).ok_or("there is no customer")?;
        let rows = query(
            "select sequence, position, recorded_at, event_type, event_version, payload::text,
                    metadata::text
               from events
              where aggregate_type = 'customer' and aggregate_id = $1 and partition = $2
              order by sequence desc
              limit $3",
        )
        .bind(format!("{}/{id}", self.tenant.id))
        .bind(self.tenant.partition.number())
        .bind(i64::from(PAGE))
        .fetch_all(&self.pool)
        .await?;
        if rows.len() == usize::from(PAGE) { Ok(()) } else { Err("a page isn't full".into()) }
    }
}
