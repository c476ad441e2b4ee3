//! One view of cqrs-es under commands on the same few customers: kept by the stock `GenericQuery`, and as a
//! read model of this service. Which events does it lose, and how fast is it?

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cqrs_es::persist::GenericQuery;
use cqrs_es::{EventEnvelope, View};
use domain::customer::Customer;
use postgres_es::PostgresViewRepository;
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, query, query_scalar};
use store::Options;
use store::cqrs::{ViewProjection, make_view_tables};
use store::projections::Projections;

use crate::database::Databases;
use crate::flags::Flags;
use crate::load::{self, Work};
use crate::ours::Ours;
use crate::report::say;
use crate::stock::{Stock, make_ids};
use crate::views::median;
use crate::work::Done;

/// Customers that all callers change.
const CUSTOMERS: usize = 64;
/// Callers at once.
const CALLERS: usize = 16;
/// How many times faster than the stock stack it must be, with the view caught up.
const GOAL: f64 = 2.0;
/// Between two looks at how far the view is.
const LOOK_INTERVAL: Duration = Duration::from_millis(1);

/// A customer as it is, and how many events made it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Counted {
    events: u64,
    customer: Customer,
}

impl View<Customer> for Counted {
    fn update(&mut self, event: &EventEnvelope<Customer>) {
        self.events += 1;
        self.customer = std::mem::take(&mut self.customer).evolve(event.payload.clone());
    }
}

/// What the runs of one stack came to.
#[derive(Debug, Default)]
struct Kept {
    /// Commands acknowledged per second, until the view had them.
    rates: Vec<f64>,
    /// Commands acknowledged, and so events stored.
    acknowledged: u64,
    /// Commands that were answered with a conflict or another failure.
    failed: u64,
    /// Events that the view has, of those acknowledged.
    applied: u64,
}

impl Kept {
    #[expect(clippy::cast_precision_loss, reason = "a run has far fewer than 2^52 commands")]
    fn add(&mut self, run: load::Run, taken: Duration) {
        self.rates.push(run.done as f64 / taken.as_secs_f64());
        self.acknowledged += run.done;
        self.failed += run.failed;
    }

    fn say(&self, name: &str, rate: f64) {
        let Self { acknowledged, failed, applied, .. } = self;
        say(&format!(
            "  {name:<22} {rate:>7.0} commands/s with the view; {acknowledged} acknowledged, {failed} failed, \
             {} never in the view",
            acknowledged.saturating_sub(*applied)
        ));
    }
}

/// Runs both in turn, and says what the view has of what was acknowledged.
pub(crate) async fn measure(databases: &Databases, stock: &Stock, flags: &Flags) -> Done<()> {
    if !"views".contains(&flags.only) {
        return Ok(());
    }
    let time = Duration::try_from_secs_f64(flags.seconds)?;
    let (theirs, swallowed) = stock_with_view(stock).await?;
    let (ours, owner) = ours_with_view(databases).await?;
    databases.settle().await?;
    let mut kept = [Kept::default(), Kept::default()];
    let [our, their] = &mut kept;
    for _ in 0..flags.repetitions.max(1) {
        our_run(&ours, &owner, time, our).await?;
        let run = load::run(&theirs, Work::Update, CALLERS, time).await?;
        their.add(run, Duration::from_secs_f64(run.seconds));
    }
    let registered = u64::try_from(CUSTOMERS)?;
    our.applied = events_in(&owner, "view_counted").await? - registered;
    their.applied = events_in(theirs.pool(), "counted_view").await? - registered;
    say(&format!("\none view, {CUSTOMERS} customers, {CALLERS} callers"));
    let [our_rate, their_rate] = [our, their].map(|kept| median(kept.rates.clone()));
    let [our, their] = &kept;
    our.say("here", our_rate);
    their.say("stock GenericQuery", their_rate);
    let swallowed = swallowed.load(Ordering::Relaxed);
    let ratio = our_rate / their_rate;
    let verdict = if ratio >= GOAL { "reached" } else { "missed" };
    say(&format!(
        "  ratio {ratio:.2}, goal {GOAL:.1} {verdict}; GenericQuery dropped {swallowed} updates after conflicts"
    ));
    ours.store.close().await;
    owner.close().await;
    if our.applied == our.acknowledged { Ok(()) } else { Err("the view lost events".into()) }
}

/// The stock stack with the view, and how many updates of it were dropped.
async fn stock_with_view(stock: &Stock) -> Done<(Arc<Stock>, Arc<AtomicU64>)> {
    let table = "create table counted_view (
        view_id text primary key, version bigint not null, payload json not null)";
    query(table).execute(stock.pool()).await?;
    let views =
        PostgresViewRepository::<Counted, Customer>::new("counted_view", stock.pool().clone());
    let mut kept = GenericQuery::new(Arc::new(views));
    let dropped = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&dropped);
    kept.use_error_handler(Box::new(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    }));
    let stock = stock.with(vec![Box::new(kept)], &make_ids(CUSTOMERS));
    stock.register().await?;
    Ok((Arc::new(stock), dropped))
}

/// This service with the view, on a database of its own, and connections to that as its owner.
async fn ours_with_view(databases: &Databases) -> Done<(Arc<Ours>, PgPool)> {
    let database = databases.elsewhere().await?;
    let counted = ViewProjection::<Counted>::new("counted", 1)?;
    let projections = Projections::default().with(counted);
    make_view_tables(&database, &projections).await?;
    let options = Options { projections, followers: 2, ..Options::new(database.clone()) };
    let ours = Ours::set_up(&options, 1, CUSTOMERS, 1).await?;
    Ok((Arc::new(ours), PgPool::connect_with(database).await?))
}

/// A run that ends when the view has everything.
async fn our_run(ours: &Arc<Ours>, owner: &PgPool, time: Duration, kept: &mut Kept) -> Done<()> {
    let begun = Instant::now();
    let run = load::run(ours, Work::Update, CALLERS, time).await?;
    let behind = "select exists (select from log_heads as h
                                   join checkpoints as c on c.partition = h.partition
                                   join projections as p on p.name = c.projection
                                                        and p.generation = c.generation
                                  where p.name = 'counted' and p.state = 'live'
                                    and c.position < h.position)";
    while query_scalar(behind).fetch_one(owner).await? {
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    kept.add(run, begun.elapsed());
    Ok(())
}

/// The events that all views of a table have.
async fn events_in(pool: &PgPool, table: &str) -> Done<u64> {
    let count = format!("select sum((payload ->> 'events')::bigint)::bigint from {table}");
    let count: i64 = query_scalar(&count).fetch_one(pool).await?;
    Ok(count.unsigned_abs())
}
