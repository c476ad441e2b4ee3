//! `dossier tenant` and `dossier key`.

use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use store::api_keys::Scope;
use uuid::Uuid;

/// What to do with tenants.
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Create a tenant, and print its id
    Create {
        /// The tenant's name, for people
        #[arg(long)]
        name: String,
        /// The tenant's id; a new one by default
        #[arg(long, value_name = "UUID")]
        id: Option<Uuid>,
    },
    /// List all tenants
    List,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Create a key, and print it. It is not shown again
    Create {
        /// The id of the tenant whose data the key may access
        #[arg(long, value_name = "UUID")]
        tenant: Uuid,
        /// What the key is for
        #[arg(long)]
        name: String,
        /// What the key may do, separated by commas. `operator`, which operates the service for all
        /// tenants, can't be combined
        #[arg(long, required = true, value_delimiter = ',', value_name = "SCOPES", value_parser = scope())]
        scopes: Vec<Scope>,
        /// An actor that requests with the key may name in X-Actor; repeat it for each. Any by default
        #[arg(long = "actor", value_name = "ACTOR")]
        actors: Vec<String>,
        /// When the key expires, such as 2030-01-31T00:00:00Z; never by default
        #[arg(long, value_name = "TIME", value_parser = time)]
        expires_at: Option<DateTime<Utc>>,
        /// Requests per second at each instance; the setting `key_requests_per_second` by default
        #[arg(long, value_name = "COUNT")]
        requests_per_second: Option<NonZeroU32>,
    },
    /// List a tenant's keys, without their secrets
    List {
        /// The id of the tenant
        #[arg(long, value_name = "UUID")]
        tenant: Uuid,
    },
    /// Revoke a key: it stops working at once and for ever
    Revoke {
        /// The key's id, as `dossier key list` shows it; not the key itself
        #[arg(value_name = "KEYID")]
        key_id: String,
    },
}

fn scope() -> impl TypedValueParser<Value = Scope> {
    PossibleValuesParser::new(Scope::ALL.map(Scope::as_str)).try_map(|name| name.parse::<Scope>())
}

fn time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| "must be a date, a time and an offset: 2030-01-31T00:00:00Z")
}
