//! What one command costs: statements, write-ahead log, and CPU on each side; and how that grows with the
//! history of a customer and with the number of customers.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, query_as};
use store::{Options, Store};

use crate::cpu::Cpu;
use crate::database::Databases;
use crate::flags::Flags;
use crate::load::{self, Stack, Work};
use crate::ours::Ours;
use crate::report::{Runs, say};
use crate::stock::{self, Stock};
use crate::work::Done;

/// Customers, and the events that each has before.
const SIZES: [(usize, u64); 4] = [(1_000, 5), (1_000, 50), (1_000, 500), (100_000, 5)];
/// Callers at once: alone, and so many that they share commits where a stack lets them.
const CALLERS: [usize; 2] = [1, 64];
/// The stock stack's pool: the middle one of those it is usually best with.
const POOL: u32 = 16;

/// What a command cost in one run.
pub(super) struct Cost {
    stack: &'static str,
    customers: usize,
    events: u64,
    callers: usize,
    rate: f64,
    /// Unknown where PostgreSQL doesn't count statements.
    statements: Option<f64>,
    wal_bytes: f64,
    /// Whole pages among that, which go into the log when they change the first time after a
    /// checkpoint. Unknown like statements.
    wal_pages: Option<f64>,
    /// CPU microseconds of the service.
    own_us: f64,
    /// CPU microseconds of PostgreSQL.
    postgres_us: f64,
}

impl Cost {
    /// A line of the page's table.
    pub(super) fn line(&self) -> String {
        let Self { stack, customers, events, callers, rate, .. } = self;
        let Self { wal_bytes, own_us, postgres_us, .. } = self;
        let known = |value: Option<f64>| value.map_or("?".to_owned(), |it| format!("{it:.2}"));
        let (statements, pages) = (known(self.statements), known(self.wal_pages));
        format!(
            "| {customers} | {events} | {callers} | {stack} | {rate:.0} | {statements} | {wal_bytes:.0} \
             | {pages} | {own_us:.0} | {postgres_us:.0} |"
        )
    }
}

/// Measures both stacks at each size.
pub(super) async fn measure(flags: &Flags) -> Done<Vec<Cost>> {
    let mut costs = Vec::new();
    let what = |(customers, events): &(usize, u64)| {
        format!("cost, {customers} customers of {events} events")
    };
    let wanted: Vec<_> =
        SIZES.into_iter().filter(|size| what(size).contains(&flags.only)).collect();
    if wanted.is_empty() {
        return Ok(costs);
    }
    // A server of its own: to count statements costs a little, which no other figure should have.
    let counting = [("shared_preload_libraries", "pg_stat_statements")];
    let databases = Databases::make(flags.database_url.as_deref(), &counting).await?;
    let time = Duration::try_from_secs_f64(flags.seconds)?;
    for size in wanted {
        let (customers, events) = size;
        say(&what(&size));
        let options = Options::new(databases.ours.clone());
        let ours = Ours::set_up(&options, 1, customers, events).await?;
        ours.store.close().await;
        let ids = stock::make_ids(customers);
        let stock = Stock::open(&databases.stock, POOL, &ids).await?;
        stock.set_up(events).await?;
        stock.close().await;
        databases.settle().await?;
        for callers in CALLERS {
            let loaded = Arc::new(Ours::over(Store::open(&options).await?, &ours));
            let meter = Meter::open(&databases, &databases.ours).await?;
            let cost = meter.run("Dossier", &loaded, size, callers, time).await?;
            loaded.store.close().await;
            say(&cost.line());
            costs.push(cost);
            let loaded = Arc::new(Stock::open(&databases.stock, POOL, &ids).await?);
            let meter = Meter::open(&databases, &databases.stock).await?;
            let cost = meter.run("cqrs-es", &loaded, size, callers, time).await?;
            loaded.close().await;
            say(&cost.line());
            costs.push(cost);
        }
    }
    databases.stop().await?;
    Ok(costs)
}

/// Reads what PostgreSQL counts in one database.
struct Meter {
    connection: PgConnection,
    postmaster: Option<u32>,
    /// Whether PostgreSQL counts statements.
    counts: bool,
}

/// What has been spent so far.
struct Reading {
    statements: i64,
    pages: i64,
    wal_bytes: i64,
    cpu: Cpu,
}

impl Meter {
    async fn open(databases: &Databases, database: &PgConnectOptions) -> Done<Self> {
        let mut connection = PgConnection::connect_with(database).await?;
        let extension = "create extension if not exists pg_stat_statements";
        // A server that was given may not have it loaded: then it answers no question below.
        let counts = connection.execute(extension).await.is_ok()
            && connection.execute("select 1 from pg_stat_statements limit 1").await.is_ok();
        Ok(Self { connection, postmaster: databases.postmaster, counts })
    }

    async fn read(&mut self) -> Done<Reading> {
        let (statements, pages) = if self.counts {
            query_as(
                "select coalesce(sum(calls), 0)::bigint, coalesce(sum(wal_fpi), 0)::bigint
                   from pg_stat_statements as s
                   join pg_database as d on d.oid = s.dbid
                  where d.datname = current_database()",
            )
            .fetch_one(&mut self.connection)
            .await?
        } else {
            (0, 0)
        };
        let (wal_bytes,): (i64,) =
            query_as("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")
                .fetch_one(&mut self.connection)
                .await?;
        Ok(Reading { statements, pages, wal_bytes, cpu: Cpu::read(self.postmaster) })
    }

    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^52 of each")]
    async fn run<S: Stack>(
        mut self,
        name: &'static str,
        stack: &Arc<S>,
        (customers, events): (usize, u64),
        callers: usize,
        time: Duration,
    ) -> Done<Cost> {
        // Connections open and statements are prepared before anything counts.
        load::run(stack, Work::Update, callers, time / 4).await?;
        let before = self.read().await?;
        let run = load::run(stack, Work::Update, callers, time).await?;
        let after = self.read().await?;
        let mut runs = Runs::default();
        runs.add(run, after.cpu.since(before.cpu));
        let median = runs.median();
        let per = |spent: i64| spent as f64 / run.done.max(1) as f64;
        // The two that the first reading itself took are not the commands'.
        let statements = after.statements - before.statements - 2;
        Ok(Cost {
            stack: name,
            customers,
            events,
            callers,
            rate: median.rate,
            statements: self.counts.then(|| per(statements)),
            wal_bytes: per(after.wal_bytes - before.wal_bytes),
            wal_pages: self.counts.then(|| per(after.pages - before.pages)),
            own_us: median.own_us,
            postgres_us: median.postgres_us,
        })
    }
}
