//! `dossier verify` and `dossier head`.

use std::path::PathBuf;

use clap::Args;
use store::log::VERIFIERS_MAX;

/// Customers of each read model that are verified by default.
const VERIFIED_CUSTOMERS: u32 = 1_000;
/// Partitions that are verified in parallel by default.
pub(crate) const VERIFIERS: u16 = 2;

/// What to verify.
#[derive(Debug, Args)]
pub struct Verify {
    /// Compare what is served with rows made from the log
    #[arg(long)]
    pub views: bool,
    /// How many customers of each read model, chosen at random
    #[arg(long, value_name = "N", default_value_t = VERIFIED_CUSTOMERS, conflicts_with = "all",
          requires = "views", value_parser = clap::value_parser!(u32).range(1..))]
    pub sample: u32,
    /// All customers, and the answers kept under idempotency keys
    #[arg(long, requires = "views")]
    pub all: bool,
    /// Report kept answers without an authentication code of this service's key, instead of counting them
    ///
    /// Use it once all answers from before the upgrade are deleted: after `idempotency_retention_hours`.
    #[arg(long, requires = "all")]
    pub require_authenticated: bool,
    /// Only this read model
    #[arg(long, value_name = "NAME", requires = "views")]
    pub projection: Option<String>,
    /// File with kept heads: the log must be a continuation of the signed one
    ///
    /// Any number of heads, one after another, as `dossier head` and GET /v1/log/head print them.
    #[arg(long, value_name = "FILE", conflicts_with = "views")]
    pub against: Vec<PathBuf>,
    /// File with verifier keys, one per line; the service's own by default
    #[arg(long, value_name = "FILE", requires = "against")]
    pub key: Option<PathBuf>,
    /// How many partitions of the log are read in parallel
    #[arg(long, value_name = "N", default_value_t = VERIFIERS, conflicts_with = "views",
          value_parser = clap::value_parser!(u16).range(1..=i64::from(VERIFIERS_MAX)))]
    pub verifiers: u16,
}

/// What of the log's heads to print.
#[derive(Debug, Args)]
pub struct Head {
    /// Print the public keys that verify heads instead
    #[arg(long)]
    pub key: bool,
    /// Make a key that signs heads, for --log-key, and print it. Keep it secret
    #[arg(long, value_name = "NAME", conflicts_with = "key")]
    pub new_key: Option<String>,
}
