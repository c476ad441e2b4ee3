//! The workloads of this service and of the stock cqrs-es and postgres-es stack, in one run on one
//! PostgreSQL: what counts is the ratio.

mod cpu;
mod database;
mod generator;
mod http;
mod load;
mod ours;
mod report;
mod stock;
mod work;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tokio::runtime::Builder;

use crate::cpu::Cpu;
use crate::database::Databases;
use crate::http::{CONNECTIONS, serve_ours, serve_stock};
use crate::load::{Stack, Work};
use crate::ours::Ours;
use crate::report::{Runs, head, row, say};
use crate::stock::Stock;
use crate::work::Done;

/// Callers, and the ratio to the stock stack that is the goal with so many.
const UPDATES: [(usize, f64); 3] = [(1, 2.0), (8, 2.5), (64, 6.0)];
const CREATE: (usize, f64) = (64, 4.0);
const COMMAND_OVER_HTTP: f64 = 4.0;
const READ_OVER_HTTP: f64 = 1.7;
/// Sizes of the stock stack's pool, of which it gets the best.
const POOLS: [u32; 3] = [8, 16, 32];

/// Measures this service against the stock stack.
#[derive(Debug, Parser)]
struct Flags {
    /// A server on which two databases, `dossier_bench_ours` and `dossier_bench_stock`, may be made
    /// anew. Without it a private server is started, with durable settings.
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
    /// Only rows whose name has this in it.
    #[arg(long, default_value = "")]
    only: String,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Loads a server as a plan on standard input says; the program starts this by itself.
    #[command(hide = true)]
    Generate,
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
    match flags.part {
        // One thread is enough for it and takes the least from the server that it loads.
        Some(Part::Generate) => {
            Builder::new_current_thread().enable_all().build()?.block_on(generate())
        }
        None => Builder::new_multi_thread().enable_all().build()?.block_on(measure(flags)),
    }
}

async fn generate() -> Done<()> {
    let run = generator::generate().await?;
    say(&serde_json::to_string(&run)?);
    Ok(())
}

async fn measure(flags: &Flags) -> Done<()> {
    // The service measures itself, so it does here.
    tokio::spawn(server::telemetry::upkeep(server::telemetry::install_metrics()?));
    let time = Duration::try_from_secs_f64(flags.seconds)?;
    let databases = Databases::make(flags.database_url.as_deref()).await?;
    let ours = Ours::set_up(&databases.ours, flags.tenants, flags.writer_connections).await?;
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
    say(&format!("\nours:  {}", bench.ours.check().await?));
    say(&format!("stock: {}", bench.stock.check().await?));
    bench.ours.store.close().await;
    bench.stock.close().await;
    databases.stop().await
}

/// The stock stack with its customers, and with the pool that is best for it at 64 callers.
async fn best_stock(databases: &Databases, time: Duration) -> Done<Stock> {
    let ids = stock::make_ids();
    let (mut best, mut best_rate) = (POOLS[0], 0.0);
    for (nth, connections) in POOLS.into_iter().enumerate() {
        let stock = Arc::new(Stock::open(&databases.stock, connections, &ids).await?);
        if nth == 0 {
            stock.set_up().await?;
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

/// Both stacks, ready to be measured.
struct Bench {
    ours: Arc<Ours>,
    stock: Arc<Stock>,
    postmaster: Option<u32>,
    time: Duration,
    repetitions: usize,
    only: String,
}

impl Bench {
    fn skips(&self, what: &str) -> bool {
        !what.contains(&self.only)
    }

    /// Runs `stack` once and adds what came of it to `runs`.
    async fn run<S: Stack>(
        &self,
        stack: &Arc<S>,
        work: Work,
        callers: usize,
        runs: &mut Runs,
    ) -> Done<()> {
        let before = Cpu::read(self.postmaster);
        let run = load::run(stack, work, callers, self.time).await?;
        runs.add(run, Cpu::read(self.postmaster).since(before));
        Ok(())
    }

    async fn in_process(&self) -> Done<()> {
        let updates = UPDATES.map(|(callers, goal)| ("W3 change", Work::Update, callers, goal));
        let create = ("W2 create", Work::Create, CREATE.0, CREATE.1);
        for (name, work, callers, goal) in updates.into_iter().chain([create]) {
            let what = format!("{name}, {callers} callers");
            if self.skips(&what) {
                continue;
            }
            let (mut ours, mut stock) = (Runs::default(), Runs::default());
            for _ in 0..self.repetitions {
                self.run(&self.ours, work, callers, &mut ours).await?;
                self.run(&self.stock, work, callers, &mut stock).await?;
            }
            row(&what, &ours, &stock, goal);
        }
        Ok(())
    }

    async fn over_http(&self) -> Done<()> {
        let command = ("HTTP command", Work::Update, COMMAND_OVER_HTTP);
        for (name, work, goal) in [command, ("W6 HTTP get", Work::Read, READ_OVER_HTTP)] {
            let what = format!("{name}, {CONNECTIONS} conns");
            if self.skips(&what) {
                continue;
            }
            let (our_server, their_server) =
                (serve_ours(&self.ours).await?, serve_stock(&self.stock).await?);
            let (mut ours, mut stock) = (Runs::default(), Runs::default());
            for _ in 0..self.repetitions {
                for (server, runs) in [(&our_server, &mut ours), (&their_server, &mut stock)] {
                    let before = Cpu::read(self.postmaster);
                    let run = server.load(work, self.time).await?;
                    runs.add(run, Cpu::read(self.postmaster).since(before));
                }
            }
            if work == Work::Update {
                self.ours.acknowledge(ours.done());
            }
            our_server.stop().await?;
            their_server.stop().await?;
            row(&what, &ours, &stock, goal);
        }
        Ok(())
    }
}
