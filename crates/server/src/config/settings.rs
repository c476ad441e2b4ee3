//! Every setting: its key, flag, variable, unit, default, range and description, each once.

use std::net::SocketAddr;
use std::path::PathBuf;

use oidc::{ActorClaim, Address, Roles};
use store::projections::Projections;

use super::mistakes::BadConfig;
use super::setting::{Setting, number, optional, optional_number, text};
use super::sources::{Effective, Sources};
use super::values::{LogFilter, LogFormat, Networks, Secret};

/// Makes [`Config`] with a field for each setting, and [`SETTINGS`].
macro_rules! settings {
    ($($(#[doc = $description:literal])+ $key:ident: $type:ty = $setting:expr;)+) => {
        const COUNT: usize = [$(stringify!($key)),+].len();

        /// All settings, in the order of their declaration.
        pub static SETTINGS: [Setting; COUNT] = [$(
            Setting {
                key: stringify!($key),
                description: concat!($($description),+).trim_ascii(),
                ..$setting
            }
        ),+];

        /// What the service runs with.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Config {
            $($(#[doc = $description])+ pub $key: $type,)+
            /// The read models of the program: those of the service unless it adds its own.
            pub projections: Projections,
            effective: Vec<Effective>,
        }

        impl Config {
            /// Every setting, or every mistake.
            pub(super) fn from_sources(mut sources: Sources<'_>) -> Result<Self, BadConfig> {
                let [$($key),+] = &SETTINGS;
                $(let $key = sources.find::<$type>($key);)+
                let (effective, mistakes) = sources.finish();
                let (true, $(Some($key)),+) = (mistakes.is_empty(), $($key),+) else {
                    return Err(BadConfig { mistakes });
                };
                Ok(Self { $($key,)+ projections: Projections::default(), effective })
            }

            /// Every setting with its value and origin, in the order of declaration, secrets hidden.
            #[must_use]
            pub fn effective(&self) -> &[Effective] {
                &self.effective
            }
        }
    };
}

settings! {
    /// Address and port to listen on.
    listen: SocketAddr = text("--listen", "DOSSIER_LISTEN", "ADDRESS", "127.0.0.1:8080");
    /// Directory for the data of the private PostgreSQL, for `dev-key` and for `log-key`.
    data_dir: Option<PathBuf> = optional(
        "--data-dir", "DOSSIER_DATA_DIR", "DIRECTORY",
        "`/var/lib/dossier` for root, else `$XDG_DATA_HOME/dossier` or `~/.local/share/dossier`",
    );
    /// URL of a PostgreSQL server to use instead of the private one. If the URL has a password, prefer the
    /// variable: other users of the machine can see flags.
    database_url: Option<Secret> =
        optional("--database-url", "DATABASE_URL", "URL", "the private PostgreSQL");
    /// File with the certificates (PEM) that verify the database server. With it, a URL without `sslmode` means
    /// `verify-full`.
    database_root_cert: Option<PathBuf> = optional(
        "--database-root-cert", "DOSSIER_DATABASE_ROOT_CERT", "FILE", "the system's certificates",
    );
    /// URL of a streaming standby of that server, which answers lists, histories, the audit and the feed when it
    /// shows what the server shows. Needs `database_url`.
    database_replica_url: Option<Secret> =
        optional("--database-replica-url", "DATABASE_REPLICA_URL", "URL", "none");
    /// How long the standby may take to show what the server shows. Beyond it, the server answers.
    database_replica_lag_ms: u32 = number(
        "--database-replica-lag-ms", "DOSSIER_DATABASE_REPLICA_LAG_MS", "MILLISECONDS", "250",
        10..=60_000,
    );
    /// Directory with the programs `postgres` and `initdb` of the private PostgreSQL.
    pg_bin_dir: Option<PathBuf> =
        optional("--pg-bin-dir", "DOSSIER_PG_BIN_DIR", "DIRECTORY", "searched for");
    /// User that runs the private PostgreSQL if root starts the service.
    pg_user: Option<String> = optional(
        "--pg-user", "DOSSIER_PG_USER", "USER", "the owner of the data, else `postgres`, else `nobody`",
    );
    /// Memory of the machine, for the settings of the private PostgreSQL. Set less if other programs need much of it.
    pg_memory_mib: Option<u32> = optional_number(
        "--pg-memory-mib", "DOSSIER_PG_MEMORY_MIB", "MIB",
        "that of the machine, or the limit of its control group", 64..=4_194_304,
    );
    /// File with the key that signs the log's heads.
    log_key: Option<PathBuf> = optional(
        "--log-key", "DOSSIER_LOG_KEY", "FILE",
        "`log-key` in the data directory; none with `database_url`",
    );
    /// Format of log lines: `text` or `json`.
    log_format: LogFormat = text("--log-format", "DOSSIER_LOG_FORMAT", "FORMAT", "text");
    /// What is logged, in the syntax of `tracing`'s `EnvFilter`. `info,http=debug` logs each request.
    log_filter: LogFilter = text("--log", "DOSSIER_LOG", "FILTER", "info");
    /// Database connections for lists and histories.
    database_connections_max: u32 = number(
        "--database-connections-max", "DOSSIER_DATABASE_CONNECTIONS_MAX", "COUNT", "8", 1..=1_000,
    );
    /// Database connections for searches and other slow reads.
    search_connections_max: u32 = number(
        "--search-connections-max", "DOSSIER_SEARCH_CONNECTIONS_MAX", "COUNT", "4", 1..=1_000,
    );
    /// Time limit of a search or another slow read. Beyond it: 400 `query_too_costly`.
    search_seconds: u32 =
        number("--search-seconds", "DOSSIER_SEARCH_SECONDS", "SECONDS", "5", 1..=10);
    /// Database connections for writing. More is slower.
    writer_connections_max: u32 =
        number("--writer-connections-max", "DOSSIER_WRITER_CONNECTIONS_MAX", "COUNT", "3", 1..=64);
    /// Workers that keep read models up to date, each with a connection. 0 leaves that to other instances.
    followers: u32 = number("--followers", "DOSSIER_FOLLOWERS", "COUNT", "2", 0..=32);
    /// Commands of one tenant that may wait. Beyond it: 429. All tenants of a partition together may have four
    /// times as many.
    queue_max: u32 = number("--queue-max", "DOSSIER_QUEUE_MAX", "COUNT", "1024", 1..=1_000_000);
    /// Commands per commit.
    batch_max: u32 = number("--batch-max", "DOSSIER_BATCH_MAX", "COUNT", "256", 1..=10_000);
    /// Memory for the newest events of the customers whose history was read last. 0 for none.
    history_memory_mib: u32 =
        number("--history-memory-mib", "DOSSIER_HISTORY_MEMORY_MIB", "MIB", "64", 0..=65_536);
    /// Memory for customers that are read by id. 0 for none.
    read_memory_mib: u32 =
        number("--read-memory-mib", "DOSSIER_READ_MEMORY_MIB", "MIB", "64", 0..=65_536);
    /// How long answers are kept under idempotency keys.
    idempotency_retention_hours: u32 = number(
        "--idempotency-retention-hours", "DOSSIER_IDEMPOTENCY_RETENTION_HOURS", "HOURS", "48",
        // Vendors promise their clients a day.
        24..=8_760,
    );
    /// Answers kept under idempotency keys of one tenant. Beyond it, new keys get 429.
    idempotency_keys_max: u32 = number(
        "--idempotency-keys-max", "DOSSIER_IDEMPOTENCY_KEYS_MAX", "COUNT", "1000000",
        10_000..=100_000_000,
    );
    /// How long records of who read what are kept. 0 for ever.
    read_audit_retention_days: u32 = number(
        "--read-audit-retention-days", "DOSSIER_READ_AUDIT_RETENTION_DAYS", "DAYS", "365",
        0..=36_500,
    );
    /// Records of reads of one tenant. Each customer in a record counts. The oldest are deleted first.
    read_audit_max: u32 = number(
        "--read-audit-max", "DOSSIER_READ_AUDIT_MAX", "COUNT", "5000000", 100_000..=1_000_000_000,
    );
    /// Proxies whose `X-Forwarded-For` is trusted: addresses or networks such as `10.0.0.0/8`, separated by
    /// commas.
    trusted_proxies: Networks =
        optional("--trusted-proxies", "DOSSIER_TRUSTED_PROXIES", "NETWORKS", "none");
    /// Address of this service in browsers. Needed for sign-in by an identity provider.
    console_url: Option<Address> = optional(
        "--console-url", "DOSSIER_CONSOLE_URL", "URL", "none",
    );
    /// Issuer of the OIDC identity provider by which people sign in at the console, exactly as its tokens
    /// name it.
    console_oidc_issuer: Option<Address> = optional(
        "--console-oidc-issuer", "DOSSIER_CONSOLE_OIDC_ISSUER", "URL",
        "none: people sign in with API keys only",
    );
    /// Name of this service at the identity provider.
    console_oidc_client_id: Option<String> = optional(
        "--console-oidc-client-id", "DOSSIER_CONSOLE_OIDC_CLIENT_ID", "NAME", "none",
    );
    /// File with the secret of this service at the identity provider.
    console_oidc_client_secret: Option<PathBuf> = optional(
        "--console-oidc-client-secret", "DOSSIER_CONSOLE_OIDC_CLIENT_SECRET", "FILE",
        "none: the service is a public client",
    );
    /// Scopes that are requested of the identity provider, separated by spaces.
    console_oidc_scopes: String = text(
        "--console-oidc-scopes", "DOSSIER_CONSOLE_OIDC_SCOPES", "SCOPES", "openid email",
    );
    /// Claim that names the person in what they do: `email`, which must be verified, or `sub`.
    console_oidc_actor_claim: ActorClaim = text(
        "--console-oidc-actor-claim", "DOSSIER_CONSOLE_OIDC_ACTOR_CLAIM", "CLAIM", "email",
    );
    /// Claim with the person's roles: a name, or a JSON pointer such as `/realm_access/roles`.
    console_oidc_roles_claim: String = text(
        "--console-oidc-roles-claim", "DOSSIER_CONSOLE_OIDC_ROLES_CLAIM", "CLAIM", "roles",
    );
    /// Roles with the ids of the API keys that their people act by: `admin=0123456789abcdef, support=…`. The first
    /// role that a person has counts.
    console_oidc_roles: Roles = optional(
        "--console-oidc-roles", "DOSSIER_CONSOLE_OIDC_ROLES", "ROLES", "none",
    );
    /// Open client connections. More wait.
    connections_max: u32 =
        number("--connections-max", "DOSSIER_CONNECTIONS_MAX", "COUNT", "10000", 1..=1_000_000);
    /// Requests in progress, all tenants together. Beyond it: 503.
    requests_max: u32 =
        number("--requests-max", "DOSSIER_REQUESTS_MAX", "COUNT", "1024", 1..=1_000_000);
    /// Requests in progress of one tenant; a quarter of it while another tenant has some. Three times as many
    /// may wait. Beyond that: 429.
    tenant_requests_max: u32 = number(
        "--tenant-requests-max", "DOSSIER_TENANT_REQUESTS_MAX", "COUNT", "64", 1..=1_000_000,
    );
    /// Memory for answers over 64 KiB that clients have not read yet, all tenants together. Beyond it: 503.
    unsent_answers_mib: u32 =
        number("--unsent-answers-mib", "DOSSIER_UNSENT_ANSWERS_MIB", "MIB", "256", 16..=1_048_576);
    /// Memory for answers over 64 KiB that clients of one tenant have not read yet. Beyond it: 429.
    tenant_unsent_answers_mib: u32 = number(
        "--tenant-unsent-answers-mib", "DOSSIER_TENANT_UNSENT_ANSWERS_MIB", "MIB", "64",
        8..=1_048_576,
    );
    /// Requests per second of a key without a rate of its own, at each instance. 0 for any number.
    key_requests_per_second: u32 = number(
        "--key-requests-per-second", "DOSSIER_KEY_REQUESTS_PER_SECOND", "COUNT", "0", 0..=1_000_000,
    );
    /// How long a stop waits for requests in progress.
    shutdown_seconds: u32 =
        number("--shutdown-seconds", "DOSSIER_SHUTDOWN_SECONDS", "SECONDS", "30", 1..=3_600);
}
