//! The command line of `dossier`.

mod keys;
mod log;
mod projections;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use store::projections::rebuild::WORKERS_MAX;
use uuid::Uuid;

pub use self::keys::{KeyCommand, TenantCommand};
pub(crate) use self::log::VERIFIERS;
pub use self::log::{Head, Verify};
pub use self::projections::ProjectionsCommand;
use crate::config::{Flags, shown_arguments};

/// Workers of a rebuild by default. The service needs the other cores.
const REBUILD_WORKERS: u16 = 2;

/// Keeps the configuration of customers, and its whole history.
///
/// Without any settings, `dossier serve` starts a private PostgreSQL and is ready to use. Settings come
/// from flags, else from the environment, else from the file that --config names. Every command accepts
/// them; `dossier serve --help` lists them.
#[derive(Debug, Parser)]
#[command(name = "dossier", version, propagate_version = true)]
pub struct Cli {
    /// The settings, which every command accepts.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the HTTP API until SIGTERM or SIGINT
    #[command(args = shown_arguments())]
    Serve,
    /// Migrate the database to this version, and exit
    Migrate,
    /// Create and list tenants
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Create, list and revoke API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// List what operators did to read models, newest first
    Audit {
        /// How many entries
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// List read models, roll them back, unpark customers
    Projections {
        /// What to do; `list` by default.
        #[command(subcommand)]
        command: Option<ProjectionsCommand>,
    },
    /// Rebuild a read model beside the live one, then replace the live one with it
    ///
    /// Meanwhile the live one answers reads and follows the log. Ctrl-C keeps the progress: a running
    /// service continues the rebuild within seconds. If no service runs, run this command again.
    /// `dossier projections cancel` ends the rebuild.
    Rebuild {
        /// The read model's name, as `dossier projections` lists it
        projection: String,
        /// How many customers' histories are folded in parallel
        #[arg(long, value_name = "N", default_value_t = REBUILD_WORKERS,
              value_parser = clap::value_parser!(u16).range(1..=i64::from(WORKERS_MAX)))]
        workers: u16,
        /// Leave the rebuild to the running service, and exit at once
        #[arg(long)]
        detach: bool,
    },
    /// Write a tenant's whole log to a file that `dossier import` reads
    ///
    /// Each event is compared with its hash in the chain. The file is signed with the log's key.
    Export {
        /// The id of the tenant
        #[arg(long, value_name = "UUID")]
        tenant: Uuid,
        /// The file; standard output by default and for `-`
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Write the file without a signature. An import can't prove where it came from
        #[arg(long)]
        unsigned: bool,
    },
    /// Import a tenant's log from a file or from a postgres-es table
    ///
    /// A signed file must be signed by the service's own key or by one of --key. The command prints whether
    /// the signature proves the file, and the tenant's history records it.
    ///
    /// The database must have nothing of the tenant yet. The import stores everything or nothing. Meanwhile,
    /// commands of tenants in the same partition of the log wait or get 503.
    Import(Import),
    /// Write a backup of the database to a new directory
    ///
    /// The service can run meanwhile. Of a private PostgreSQL, `pg_basebackup` copies the files, and
    /// `pg_verifybackup` verifies the copy. Of another database, `pg_dump` writes a dump, which needs the login of
    /// a superuser or of a role with bypassrls. The backup has the log's heads, against which a restore
    /// verifies the log. It does not have the keys `log-key` and `dev-key`.
    Backup {
        /// The directory, which must not exist
        directory: PathBuf,
    },
    /// Restore a backup into a new data directory, or into an empty database
    ///
    /// A backup of a private PostgreSQL is restored into --data-dir, a dump into `DATABASE_URL`. Nothing is ever
    /// replaced. The restored log is verified against the heads of the backup.
    Restore {
        /// The directory that `dossier backup` has written
        directory: PathBuf,
        /// File with verifier keys, one per line, as `dossier head --key` prints them; those in the backup by
        /// default, which reveal damage but no forgery
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// Verify that nobody changed the log
    ///
    /// Recomputes the hash chain of every partition. The service can run meanwhile. With --views, compares
    /// everything that is served with the log instead: read models, current state, tenants and reservations;
    /// with --views --all also the answers kept under idempotency keys.
    ///
    /// Exit code 1: something was changed. 2: the check could not be completed.
    Verify(Verify),
    /// Print the signed heads of the log, to keep elsewhere
    Head(Head),
    /// Verify offline the proof that an event is in the log
    ///
    /// Exit code 1: the event isn't in the signed log. 2: the check could not be completed.
    VerifyProof {
        /// The proof, as GET /v1/customers/{ref}/events/{version}/proof returns it
        proof: PathBuf,
        /// File with verifier keys, one per line, as `dossier head --key` prints them
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Print completions for a shell
    ///
    /// For bash: `dossier completions bash > /etc/bash_completion.d/dossier`
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man {
        /// Write a page for each command into this directory instead
        #[arg(long, value_name = "DIRECTORY")]
        directory: Option<PathBuf>,
    },
    /// Check and print the settings
    #[command(subcommand, args = shown_arguments())]
    Config(ConfigCommand),
}

/// What to import.
#[derive(Debug, Args)]
pub struct Import {
    /// A file that `dossier export` has written
    #[arg(value_name = "FILE", required_unless_present = "from_postgres_es")]
    pub file: Option<PathBuf>,
    /// File with verifier keys, one per line, as `dossier head --key` prints them where the file was exported
    ///
    /// With it, an unsigned file is refused.
    #[arg(long, value_name = "FILE", requires = "file")]
    pub key: Option<PathBuf>,
    /// Accept a file that no known key signed. The tenant's history records that it isn't proven
    #[arg(long, requires = "file")]
    pub unproven: bool,
    /// URL of a database with an `events` table of postgres-es
    #[arg(long, value_name = "URL", conflicts_with = "file", requires = "tenant")]
    pub from_postgres_es: Option<String>,
    /// Id of the tenant that the events go to
    #[arg(long, value_name = "UUID", conflicts_with = "file")]
    pub tenant: Option<Uuid>,
    /// The tenant's name, if the table has no events of the tenant itself
    #[arg(long, default_value = "imported", conflicts_with = "file")]
    pub name: String,
}

/// What to do with the settings.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting and where its value comes from, or all mistakes
    Check,
}

#[cfg(test)]
mod tests;
