//! The commands of `dossier`, as typed on the command line.

use std::num::NonZeroU32;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use store::api_keys::Scope;
use store::log::VERIFIERS_MAX;
use store::projections::rebuild::WORKERS_MAX;
use uuid::Uuid;

use crate::config::Flags;

/// Workers of a rebuild, unless told otherwise: the service needs the other cores.
const REBUILD_WORKERS: u16 = 2;
/// Customers of each read model that are verified, unless told otherwise.
const VERIFIED_CUSTOMERS: u32 = 1_000;
/// Partitions that are verified at the same time, unless told otherwise.
const VERIFIERS: u16 = 2;

/// Keeps the configuration of customers, and the whole history of it.
///
/// Without any configuration, `dossier serve` starts a PostgreSQL of its own and is ready to use.
/// Settings come from flags, else from the environment, else from the file named by --config.
#[derive(Debug, Parser)]
#[command(name = "dossier", version, propagate_version = true)]
pub struct Cli {
    /// The settings that hold for every command.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the HTTP API until told to stop
    Serve,
    /// Bring the database's tables up to date, and exit
    Migrate,
    /// Create and list tenants
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Create, list and revoke the keys with which a tenant's services authenticate
    #[command(subcommand)]
    Key(KeyCommand),
    /// List what operators did about read models, the newest first
    Audit {
        /// How many
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Look at read models, go back to an earlier one, let parked customers go on
    Projections {
        /// What to do; `list` if absent.
        #[command(subcommand)]
        command: Option<ProjectionsCommand>,
    },
    /// Rebuild a read model beside the live one, and put it in its place
    ///
    /// The live one is read and follows the log meanwhile. Ctrl-C leaves the rebuild as far as it has
    /// come: a service that runs goes on with it within seconds, and without one this command does
    /// when it is given again. `dossier projections cancel` ends it.
    Rebuild {
        /// Which one, as `dossier projections` calls it
        projection: String,
        /// How many customers' histories are folded at the same time
        #[arg(long, value_name = "N", default_value_t = REBUILD_WORKERS,
              value_parser = clap::value_parser!(u16).range(1..=i64::from(WORKERS_MAX)))]
        workers: u16,
        /// Leave it to the service that runs, and exit at once
        #[arg(long)]
        detach: bool,
    },
    /// Write a tenant's whole log to a file, from which `dossier import` brings it back
    ///
    /// The file is signed with the log's key. Each event is first compared with its hash in the chain.
    Export {
        /// The id of the tenant
        #[arg(long, value_name = "UUID")]
        tenant: Uuid,
        /// The file; standard output if absent or `-`
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Write it without a signature: an import can't prove anything of it
        #[arg(long)]
        unsigned: bool,
    },
    /// Bring a tenant's log from a file, or from a table of postgres-es, into this database
    ///
    /// A signed file must be signed by the service's own key or by one of --key. What was proven is said,
    /// and kept in the tenant's history.
    ///
    /// There must be nothing of the tenant in the database yet. All of it comes, or nothing. While it comes, commands
    /// of the tenants that share its partition of the log wait, or are answered with 503.
    Import(Import),
    /// Verify that nobody changed the log: exit code 1 when somebody did, 2 when that can't be said
    ///
    /// Recomputes the chain of every partition, while the service goes on. With --views all that is
    /// served is compared with the log instead: read models, current state, tenants and reservations.
    /// With --views --all the answers kept under idempotency keys, too.
    Verify(Verify),
    /// Print the signed heads of the log, to be kept elsewhere
    Head(Head),
    /// Verify the proof that an event is in the log, without asking anybody
    ///
    /// Exit code 1 when the event isn't in the log that was signed, 2 when that can't be said.
    VerifyProof {
        /// The proof, as GET /v1/customers/{ref}/events/{version}/proof gives it
        proof: PathBuf,
        /// File with verifier keys, one a line, as `dossier head --key` prints them
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}

/// What to import.
#[derive(Debug, Args)]
pub struct Import {
    /// A file that `dossier export` has written
    #[arg(value_name = "FILE", required_unless_present = "from_postgres_es")]
    pub file: Option<PathBuf>,
    /// File with verifier keys, one a line, as `dossier head --key` prints them where the file was exported
    ///
    /// An unsigned file is refused then.
    #[arg(long, value_name = "FILE", requires = "file")]
    pub key: Option<PathBuf>,
    /// Import a file that no known key has signed; the tenant's history says that it isn't proven
    #[arg(long, requires = "file")]
    pub unproven: bool,
    /// The URL of a database with an `events` table of postgres-es
    #[arg(long, value_name = "URL", conflicts_with = "file", requires = "tenant")]
    pub from_postgres_es: Option<String>,
    /// The id of the tenant that the table becomes
    #[arg(long, value_name = "UUID", conflicts_with = "file")]
    pub tenant: Option<Uuid>,
    /// The tenant's name, unless the table has events of the tenant itself
    #[arg(long, default_value = "imported", conflicts_with = "file")]
    pub name: String,
}

/// What to do with read models.
#[derive(Debug, Subcommand)]
pub enum ProjectionsCommand {
    /// List them: generations, how far each is behind the log, how far a rebuild is
    List,
    /// List the customers whose events a read model can't apply, and why
    Parked {
        /// Which read model; all if absent
        projection: Option<String>,
    },
    /// Let parked customers go on from where they stopped; exit code 1 when one stops again
    Unpark {
        /// The read model
        projection: String,
        /// The id of the customer's tenant
        #[arg(long, value_name = "UUID", requires = "customer", required_unless_present = "all")]
        tenant: Option<Uuid>,
        /// The id of the customer
        #[arg(long, value_name = "UUID", requires = "tenant")]
        customer: Option<Uuid>,
        /// All customers that are parked in it
        #[arg(long, conflicts_with_all = ["tenant", "customer"])]
        all: bool,
    },
    /// Put the generation before the live one back in its place, once it has caught up
    Rollback {
        /// The read model
        projection: String,
    },
    /// Drop retired and cancelled generations; after that there is nothing to roll back to
    Prune {
        /// Of which read model; of all if absent
        projection: Option<String>,
    },
    /// End the rebuild or rollback that is under way; what is live stays
    Cancel {
        /// The read model
        projection: String,
    },
}

/// What to verify.
#[derive(Debug, Args)]
pub struct Verify {
    /// What is served: make the rows again from the log, and compare
    #[arg(long)]
    pub views: bool,
    /// How many customers of each read model, chosen by chance
    #[arg(long, value_name = "N", default_value_t = VERIFIED_CUSTOMERS, conflicts_with = "all",
          requires = "views", value_parser = clap::value_parser!(u32).range(1..))]
    pub sample: u32,
    /// All customers, and the answers kept under idempotency keys
    #[arg(long, requires = "views")]
    pub all: bool,
    /// Report kept answers that carry no authentication code of this service's key, instead of counting them
    ///
    /// For use when all answers from before the upgrade have gone: after `idempotency_retention_hours`.
    #[arg(long, requires = "all")]
    pub require_authenticated: bool,
    /// Only this read model
    #[arg(long, value_name = "NAME", requires = "views")]
    pub projection: Option<String>,
    /// A file with heads that were kept: the log must be the one that was signed, and more
    ///
    /// Any number of heads, one after another, as `dossier head` and GET /v1/log/head print them.
    #[arg(long, value_name = "FILE", conflicts_with = "views")]
    pub against: Vec<PathBuf>,
    /// File with verifier keys, one a line; the service's own if absent
    #[arg(long, value_name = "FILE", requires = "against")]
    pub key: Option<PathBuf>,
    /// How many partitions of the log are read at the same time
    #[arg(long, value_name = "N", default_value_t = VERIFIERS, conflicts_with = "views",
          value_parser = clap::value_parser!(u16).range(1..=i64::from(VERIFIERS_MAX)))]
    pub verifiers: u16,
}

/// What of the log's heads to print.
#[derive(Debug, Args)]
pub struct Head {
    /// Print the public keys that verify heads, instead
    #[arg(long)]
    pub key: bool,
    /// Make a key that signs heads, for --log-key, and print it: keep it secret
    #[arg(long, value_name = "NAME", conflicts_with = "key")]
    pub new_key: Option<String>,
}

/// What to do with tenants.
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Create a tenant, and print its id
    Create {
        /// The tenant's name, for people
        #[arg(long)]
        name: String,
        /// The tenant's id; a new one is made if absent
        #[arg(long, value_name = "UUID")]
        id: Option<Uuid>,
    },
    /// List all tenants
    List,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Create a key, and print it: this is the only time that it is shown
    Create {
        /// The id of the tenant whose data the key opens
        #[arg(long, value_name = "UUID")]
        tenant: Uuid,
        /// What the key is for
        #[arg(long)]
        name: String,
        /// What the key allows, separated by commas; `operator`, for whoever operates the service for
        /// all tenants, stands alone
        #[arg(long, required = true, value_delimiter = ',', value_name = "SCOPES", value_parser = scope())]
        scopes: Vec<Scope>,
        /// An actor that requests with the key may name in X-Actor, again for each; any if absent
        #[arg(long = "actor", value_name = "ACTOR")]
        actors: Vec<String>,
        /// When the key stops working, such as 2030-01-31T00:00:00Z; never if absent
        #[arg(long, value_name = "TIME", value_parser = time)]
        expires_at: Option<DateTime<Utc>>,
        /// Requests that it may send in a second at each instance, instead of as many as the service
        /// is set to allow
        #[arg(long, value_name = "COUNT")]
        requests_per_second: Option<NonZeroU32>,
    },
    /// List a tenant's keys, without their secrets
    List {
        /// The id of the tenant
        #[arg(long, value_name = "UUID")]
        tenant: Uuid,
    },
    /// Revoke a key: it stops working at once, for ever
    Revoke {
        /// The key's id, as `key list` shows it; not the key itself
        #[arg(value_name = "KEYID")]
        key_id: String,
    },
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting and where it comes from, secrets hidden; fail if there are mistakes
    Check,
}

fn scope() -> impl TypedValueParser<Value = Scope> {
    PossibleValuesParser::new(Scope::ALL.map(Scope::as_str)).try_map(|name| name.parse::<Scope>())
}

fn time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| "must be a date, a time and an offset: 2030-01-31T00:00:00Z")
}

#[cfg(test)]
mod tests;
