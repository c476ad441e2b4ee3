//! The commands of `dossier`, as typed on the command line.

use chrono::{DateTime, Utc};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};
use store::api_keys::Scope;
use uuid::Uuid;

use crate::config::Flags;

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
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
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
        /// What the key is for; the history names it as the actor
        #[arg(long)]
        name: String,
        /// What the key allows, separated by commas; `operator`, for whoever operates the service for
        /// all tenants, stands alone
        #[arg(long, required = true, value_delimiter = ',', value_name = "SCOPES", value_parser = scope())]
        scopes: Vec<Scope>,
        /// When the key stops working, such as 2030-01-31T00:00:00Z; never if absent
        #[arg(long, value_name = "TIME", value_parser = time)]
        expires_at: Option<DateTime<Utc>>,
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
