//! The workloads of this service and of the stock cqrs-es and postgres-es stack, in one run on one
//! PostgreSQL: what counts is the ratio.

mod audit;
mod beside;
mod check;
mod cpu;
mod database;
mod generator;
mod history;
mod http;
mod load;
mod ours;
mod peers;
mod report;
mod rounds;
mod stock;
mod transfer;
mod views;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use store::{Limits, Options};
use tokio::runtime::Builder;

use crate::database::Databases;
use crate::load::Work;
use crate::ours::Ours;
use crate::report::{head, say};
use crate::rounds::Bench;
use crate::stock::Stock;
use crate::work::{CUSTOMERS, Done, PRIOR_EVENTS};

/// That of the service, for both sides.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Sizes of the stock stack's pool, of which it gets the best.
const POOLS: [u32; 3] = [8, 16, 32];

/// Measures this service against the stock stack.
#[derive(Debug, Parser)]
struct Flags {
    /// A server on which databases whose names begin with `dossier_bench_` may be made anew. Without it a private server is started, with durable settings.
    #[arg(long)]
    database_url: Option<String>,
    /// How long each run takes.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Runs per row and stack; medians are shown.
    #[arg(long, default_value_t = 3)]
    repetitions: usize,
    /// Tenants among whom this service's customers are divided.
    #[arg(long, default_value_t = 1)]
    tenants: usize,
    /// Connections that this service's writers share.
    #[arg(long, default_value_t = 3)]
    writer_connections: usize,
    /// Events of the log that read models are made of, ten for each customer.
    #[arg(long, default_value_t = 1_000_000)]
    events: usize,
    /// Events of the long log that the audit is asked about.
    #[arg(long, default_value_t = 1_000_000)]
    audit_events: usize,
    /// Only rows whose name has this in it.
    #[arg(long, default_value = "")]
    only: String,
    /// Seed of the choice of customers and of the written values; chosen and printed if absent.
    #[arg(long)]
    seed: Option<u64>,
    /// Measures the peers too, and what a command costs, and nothing else. `make peers` installs them.
    #[arg(long)]
    peers: bool,
    /// The page into which the tables of the peers go, between its marks; the chart goes beside it.
    #[arg(long, requires = "peers", conflicts_with = "only")]
    write: Option<PathBuf>,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Loads a server as a plan on standard input says; the program starts this by itself.
    #[command(hide = true)]
    Generate,
    /// Serves the stock stack, and a static page, for a load generator; `make load` starts this.
    #[command(hide = true)]
    Beside {
        /// An empty database.
        #[arg(long)]
        database_url: String,
        /// A file with the ids of the customers.
        #[arg(long)]
        ids: PathBuf,
    },
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    match run(&flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(flags: &Flags) -> Done<()> {
    match &flags.part {
        // One thread is enough for it and takes the least from the server that it loads.
        Some(Part::Generate) => {
            Builder::new_current_thread().enable_all().build()?.block_on(generate())
        }
        Some(Part::Beside { database_url, ids }) => Builder::new_multi_thread()
            .enable_all()
            .build()?
            .block_on(beside::serve(database_url, ids)),
        None => Builder::new_multi_thread().enable_all().build()?.block_on(async {
            tokio::select! {
                measured = measure(flags) => measured,
                // Dropping the rest ends the private server and removes its directory.
                _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
            }
        }),
    }
}

async fn generate() -> Done<()> {
    // Other numbers than those of the process that started this one.
    work::seed(uuid::Uuid::new_v4().as_u64_pair().0);
    let run = generator::generate().await?;
    say(&serde_json::to_string(&run)?);
    Ok(())
}

async fn measure(flags: &Flags) -> Done<()> {
    // The service measures itself, so it does here.
    tokio::spawn(server::telemetry::upkeep(server::telemetry::install_metrics()?));
    let seed = flags.seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0 >> 32);
    say(&format!("seed {seed}"));
    work::seed(seed);
    if flags.peers {
        return peers::measure(flags, seed).await;
    }
    let time = Duration::try_from_secs_f64(flags.seconds)?;
    let databases = Databases::make(flags.database_url.as_deref(), &[]).await?;
    let writers =
        Limits { queue_max: 1_024, batch_max: 256, connections_max: flags.writer_connections };
    let options = Options { writers, ..Options::new(databases.ours.clone()) };
    let ours = Ours::set_up(&options, flags.tenants, CUSTOMERS, PRIOR_EVENTS).await?;
    let bench = Bench {
        ours: Arc::new(ours),
        stock: Arc::new(best_stock(&databases, time / 2).await?),
        postmaster: databases.postmaster,
        time,
        repetitions: flags.repetitions.max(1),
        only: flags.only.clone(),
    };
    databases.settle().await?;
    head();
    bench.in_process().await?;
    bench.over_http().await?;
    say(&format!("\nours:  {}", check::check(&bench.ours).await?));
    say(&format!("stock: {}", bench.stock.check().await?));
    bench.ours.store.close().await;
    history::measure(&databases, flags).await?;
    views::measure(&databases, &bench.stock, flags).await?;
    audit::measure(&databases, flags).await?;
    transfer::measure(&databases, flags).await?;
    bench.stock.close().await;
    databases.stop().await
}

/// The stock stack with its customers, and with the pool that is best for it at 64 callers.
async fn best_stock(databases: &Databases, time: Duration) -> Done<Stock> {
    let ids = stock::make_ids(CUSTOMERS);
    let (mut best, mut best_rate) = (POOLS[0], 0.0);
    for (nth, connections) in POOLS.into_iter().enumerate() {
        let stock = Arc::new(Stock::open(&databases.stock, connections, &ids).await?);
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
    Stock::open(&databases.stock, best, &ids).await
}
