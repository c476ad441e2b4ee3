//! The configuration: read once, from flags, the environment, a file and defaults, in that order.

mod flags;
mod mistakes;
mod settings;
mod sources;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

pub use self::flags::Flags;
pub use self::mistakes::{BadConfig, Mistake};
use self::sources::Sources;
pub use self::sources::{Effective, Origin};

/// The shortest time for which answers to idempotent requests are kept, in hours: what vendors
/// promise their clients.
pub const IDEMPOTENCY_RETENTION_HOURS_MIN: u32 = 24;

const MIB: usize = 1 << 20;

/// Nobody but this machine, until someone decides otherwise.
const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// A line of text for people.
    Text,
    /// A line of JSON for programs.
    Json,
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

/// Blocks of addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(pub Vec<http::Network>);

impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let networks: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&networks.join(", "))
    }
}

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The value itself, to be given to whatever needs it and to nothing that prints.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// What the service runs with. The flags' help names each setting's flag; variables and keys of the
/// file are called alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The address to listen on. Default 127.0.0.1:8080.
    pub listen: SocketAddr,
    /// Where the private PostgreSQL keeps its data; absent, a place that depends on the user.
    pub data_dir: Option<PathBuf>,
    /// The database to use; absent, a private PostgreSQL is started.
    pub database_url: Option<Secret>,
    /// File with the certificates that the database's own must lead to, in PEM; absent, those of the
    /// system. With it, a URL that names no `sslmode` means `verify-full`.
    pub database_root_cert: Option<PathBuf>,
    /// Where the private PostgreSQL's programs are; absent, they are searched for.
    pub pg_bin_dir: Option<PathBuf>,
    /// Whom the private PostgreSQL runs as if the service is started by root; absent, it is chosen.
    pub pg_user: Option<String>,
    /// The file with the key that signs the log's heads; absent, `log-key` beside a private
    /// PostgreSQL's data, and none over a database of one's own.
    pub log_key: Option<PathBuf>,
    /// How log lines look. Default text.
    pub log_format: LogFormat,
    /// What is logged, in the syntax of `tracing`'s `EnvFilter`. Default `info`.
    pub log_filter: String,
    /// Connections for reading, 1 to 1,000. Default 8.
    pub database_connections_max: u32,
    /// Connections for searches and other reads that may take long, 1 to 1,000. Default 4.
    pub search_connections_max: u32,
    /// How long such a read may take, in seconds, 1 to 10. Default 5.
    pub search_seconds: u32,
    /// Connections for writing, 1 to 64. Default 3.
    pub writer_connections_max: u32,
    /// Workers that keep read models up to date, each with a connection of its own, 0 to 32; with 0
    /// other instances must. Default 2.
    pub followers: u32,
    /// Commands that wait in each partition, 1 to 1,000,000; beyond it: 503. Default 1,024.
    pub queue_max: u32,
    /// Commands in one commit, 1 to 10,000. Default 256.
    pub batch_max: u32,
    /// Memory for the newest events of customers whose history was read last, in MiB, to 65,536; 0 for
    /// none. Default 64.
    pub history_memory_mib: u32,
    /// How long answers to idempotent requests are kept, in hours, 24 to 8,760. Default 48.
    pub idempotency_retention_hours: u32,
    /// Answers kept under idempotency keys of one tenant, 10,000 to 100,000,000; beyond it new keys get a
    /// 429. Default 1,000,000.
    pub idempotency_keys_max: u32,
    /// How long records of who read what are kept, in days, to 36,500; 0 for ever. Default 365.
    pub read_audit_retention_days: u32,
    /// Records of reads of one tenant, each counted with the customers in it, 100,000 to 1,000,000,000; the
    /// oldest go first. Default 5,000,000.
    pub read_audit_max: u32,
    /// Proxies whose `X-Forwarded-For` is believed: networks in CIDR notation. Default none.
    pub trusted_proxies: Networks,
    /// Open client connections, 1 to 1,000,000. Default 10,000.
    pub connections_max: u32,
    /// Requests of all tenants under way at a time, 1 to 1,000,000; beyond it: 503. Default 1,024.
    pub requests_max: u32,
    /// Requests of one tenant in the works at a time, 1 to 1,000,000; a quarter of it while
    /// another tenant has some. Default 64.
    pub tenant_requests_max: u32,
    /// Bytes of answers that all tenants may leave unread, in MiB, 16 to 1,048,576; beyond it: 503. Default 256.
    pub unsent_answers_mib: u32,
    /// The same for one tenant, in MiB, 8 to 1,048,576; beyond it: 429. Default 64.
    pub tenant_unsent_answers_mib: u32,
    /// Requests per second of a key without a rate of its own, to 1,000,000; 0 for any number. Default 0.
    pub key_requests_per_second: u32,
    /// How long a stop waits for requests in flight, in seconds, 1 to 3,600. Default 30.
    pub shutdown_seconds: u32,
    effective: Vec<Effective>,
}

impl Config {
    /// Reads every setting: from `flags`, else from `lookup` (the environment), else from the file
    /// that `--config` or `DOSSIER_CONFIG` names, else its default. An empty variable counts as
    /// absent.
    ///
    /// # Errors
    ///
    /// [`BadConfig`] with every mistake there is, none of which repeats a value.
    pub fn read(flags: &Flags, lookup: impl Fn(&str) -> Option<String>) -> Result<Self, BadConfig> {
        let from = &mut Sources::open(flags, &lookup);
        let config = Self {
            listen: from.or(&settings::LISTEN, DEFAULT_ADDRESS, address),
            data_dir: from.optional(&settings::DATA_DIR, any).map(PathBuf::from),
            database_url: from.optional(&settings::DATABASE_URL, database_url),
            database_root_cert: from
                .optional(&settings::DATABASE_ROOT_CERT, any)
                .map(PathBuf::from),
            pg_bin_dir: from.optional(&settings::PG_BIN_DIR, any).map(PathBuf::from),
            pg_user: from.optional(&settings::PG_USER, any),
            log_key: from.optional(&settings::LOG_KEY, any).map(PathBuf::from),
            log_format: from.or(&settings::LOG_FORMAT, LogFormat::Text, log_format),
            log_filter: from.or(&settings::LOG_FILTER, "info".to_owned(), log_filter),
            database_connections_max: from.number(
                &settings::DATABASE_CONNECTIONS_MAX,
                8,
                1..=1_000,
            ),
            search_connections_max: from.number(&settings::SEARCH_CONNECTIONS_MAX, 4, 1..=1_000),
            search_seconds: from.number(&settings::SEARCH_SECONDS, 5, 1..=10),
            writer_connections_max: from.number(&settings::WRITER_CONNECTIONS_MAX, 3, 1..=64),
            followers: from.number(&settings::FOLLOWERS, 2, 0..=32),
            queue_max: from.number(&settings::QUEUE_MAX, 1_024, 1..=1_000_000),
            batch_max: from.number(&settings::BATCH_MAX, 256, 1..=10_000),
            history_memory_mib: from.number(&settings::HISTORY_MEMORY_MIB, 64, 0..=65_536),
            idempotency_retention_hours: from.number(
                &settings::IDEMPOTENCY_RETENTION_HOURS,
                48,
                IDEMPOTENCY_RETENTION_HOURS_MIN..=8_760,
            ),
            idempotency_keys_max: from.number(
                &settings::IDEMPOTENCY_KEYS_MAX,
                1_000_000,
                10_000..=100_000_000,
            ),
            read_audit_retention_days: from.number(
                &settings::READ_AUDIT_RETENTION_DAYS,
                365,
                0..=36_500,
            ),
            read_audit_max: from.number(
                &settings::READ_AUDIT_MAX,
                5_000_000,
                100_000..=1_000_000_000,
            ),
            trusted_proxies: from
                .optional(&settings::TRUSTED_PROXIES, networks)
                .unwrap_or_default(),
            connections_max: from.number(&settings::CONNECTIONS_MAX, 10_000, 1..=1_000_000),
            requests_max: from.number(&settings::REQUESTS_MAX, 1_024, 1..=1_000_000),
            tenant_requests_max: from.number(&settings::TENANT_REQUESTS_MAX, 64, 1..=1_000_000),
            unsent_answers_mib: from.number(&settings::UNSENT_ANSWERS_MIB, 256, 16..=1_048_576),
            tenant_unsent_answers_mib: from.number(
                &settings::TENANT_UNSENT_ANSWERS_MIB,
                64,
                8..=1_048_576,
            ),
            key_requests_per_second: from.number(
                &settings::KEY_REQUESTS_PER_SECOND,
                0,
                0..=1_000_000,
            ),
            shutdown_seconds: from.number(&settings::SHUTDOWN_SECONDS, 30, 1..=3_600),
            effective: Vec::new(),
        };
        let effective = from.finish()?;
        Ok(Self { effective, ..config })
    }

    /// Every setting with its value and origin, in the order of the fields, secrets hidden.
    #[must_use]
    pub fn effective(&self) -> &[Effective] {
        &self.effective
    }

    /// The limits of the listener that follow from the settings; the others are as by default.
    #[must_use]
    pub fn limits(&self) -> crate::listen::Limits {
        crate::listen::Limits {
            connections_max: count(self.connections_max),
            drain: Duration::from_secs(self.shutdown_seconds.into()),
            ..crate::listen::Limits::default()
        }
    }

    /// How much callers may ask at a time.
    #[must_use]
    pub fn request_limits(&self) -> http::RequestLimits {
        http::RequestLimits {
            of_key_per_second: NonZeroU32::new(self.key_requests_per_second),
            of_tenant: count(self.tenant_requests_max),
            of_all: count(self.requests_max),
            unsent_bytes_of_tenant: count(self.tenant_unsent_answers_mib).saturating_mul(MIB),
            unsent_bytes_of_all: count(self.unsent_answers_mib).saturating_mul(MIB),
        }
    }
}

/// As a count of things in memory.
pub(crate) fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The environment, for [`Config::read`]. A variable that is not UTF-8 counts as absent.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub fn environment(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

#[expect(clippy::unnecessary_wraps, reason = "other settings' values can be wrong")]
fn any(text: &str) -> Result<String, &'static str> {
    Ok(text.to_owned())
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "must be an IP address and a port: 127.0.0.1:8080")
}

fn database_url(text: &str) -> Result<Secret, &'static str> {
    let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
    if is_postgres && PgConnectOptions::from_str(text).is_ok() {
        Ok(Secret(text.to_owned()))
    } else {
        Err("must be a PostgreSQL URL: postgres://user:password@host/database")
    }
}

fn networks(text: &str) -> Result<Networks, &'static str> {
    let networks: Result<_, _> = text.split(',').map(|one| one.trim().parse()).collect();
    networks.map(Networks).map_err(|_| "must be IP addresses or networks: 10.0.0.0/8, 192.0.2.7")
}

fn log_format(text: &str) -> Result<LogFormat, &'static str> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be text or json"),
    }
}

fn log_filter(text: &str) -> Result<String, &'static str> {
    match tracing_subscriber::EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("must be a filter such as info or info,sqlx=warn"),
    }
}

#[cfg(test)]
mod tests;
