//! The workloads of this service and of the stock cqrs-es and postgres-es stack, in one run on one
//! PostgreSQL: what counts is the ratio.

mod audit;
mod beside;
mod check;
mod counted;
mod cpu;
mod database;
mod flags;
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

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use mimalloc::MiMalloc;
use store::{Limits, Options};
use tokio::runtime::Builder;

use crate::database::Databases;
use crate::flags::{Flags, Part};
use crate::ours::Ours;
use crate::report::{head, say};
use crate::rounds::Bench;
use crate::stock::Stock;
use crate::work::{CUSTOMERS, Done, PRIOR_EVENTS};

/// That of the service, for both sides.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
        stock: Arc::new(Stock::best(&databases, time / 2).await?),
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
    counted::measure(&databases, &bench.stock, flags).await?;
    audit::measure(&databases, flags).await?;
    transfer::measure(&databases, flags).await?;
    bench.stock.close().await;
    databases.stop().await
}
