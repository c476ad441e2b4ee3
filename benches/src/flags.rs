//! What the program is asked to measure.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Measures this service against the stock stack.
#[derive(Debug, Parser)]
pub(crate) struct Flags {
    /// A server on which databases whose names begin with `dossier_bench_` may be made anew. Without it a private server is started, with durable settings.
    #[arg(long)]
    pub(crate) database_url: Option<String>,
    /// How long each run takes.
    #[arg(long, default_value_t = 2.0)]
    pub(crate) seconds: f64,
    /// Runs per row and stack; medians are shown.
    #[arg(long, default_value_t = 3)]
    pub(crate) repetitions: usize,
    /// Number of tenants that share this service's customers.
    #[arg(long, default_value_t = 1)]
    pub(crate) tenants: usize,
    /// Connections that this service's writers share.
    #[arg(long, default_value_t = 3)]
    pub(crate) writer_connections: usize,
    /// Events of the log that read models are made of, ten for each customer.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) events: usize,
    /// Events of the long log that the audit is asked about.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) audit_events: usize,
    /// Only rows whose name has this in it.
    #[arg(long, default_value = "")]
    pub(crate) only: String,
    /// Seed of the choice of customers and of the written values; chosen and printed if absent.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Measures the peers too, and what a command costs, and nothing else. `make peers` installs them.
    #[arg(long)]
    pub(crate) peers: bool,
    /// The page into which the tables of the peers go, between its marks; the chart goes beside it.
    #[arg(long, requires = "peers", conflicts_with = "only")]
    pub(crate) write: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) part: Option<Part>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Part {
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
