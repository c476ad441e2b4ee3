//! The flags that set the configuration, for every command.

use std::path::PathBuf;

/// Settings given on the command line, unchecked: [`super::Config::read`] reports their mistakes
/// together with those of the environment and the file.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Configuration")]
#[expect(clippy::doc_markdown, reason = "these comments are printed as help, backticks included")]
pub struct Flags {
    /// File with settings, in TOML [environment: DOSSIER_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address to listen on [environment: DOSSIER_LISTEN; default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Where the private PostgreSQL keeps its data [environment: DOSSIER_DATA_DIR]
    #[arg(long, global = true, value_name = "DIRECTORY")]
    pub data_dir: Option<String>,
    /// Database to use instead of a private PostgreSQL [environment: DATABASE_URL]
    ///
    /// Other users of the machine can see flags: prefer the variable if the URL has a password.
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// File with the certificates (PEM) that verify the database's [environment:
    /// DOSSIER_DATABASE_ROOT_CERT]
    #[arg(long, global = true, value_name = "FILE")]
    pub database_root_cert: Option<String>,
    /// Where the private PostgreSQL's programs are [environment: DOSSIER_PG_BIN_DIR]
    #[arg(long, global = true, value_name = "DIRECTORY")]
    pub pg_bin_dir: Option<String>,
    /// User that runs the private PostgreSQL if root starts it [environment: DOSSIER_PG_USER]
    #[arg(long, global = true, value_name = "USER")]
    pub pg_user: Option<String>,
    /// File with the key that signs the log's heads [environment: DOSSIER_LOG_KEY]
    #[arg(long, global = true, value_name = "FILE")]
    pub log_key: Option<String>,
    /// How log lines look, text or json [environment: DOSSIER_LOG_FORMAT; default: text]
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// What is logged, such as info or info,sqlx=warn [environment: DOSSIER_LOG; default: info]
    #[arg(long = "log", global = true, value_name = "FILTER")]
    pub log_filter: Option<String>,
    /// Database connections for reading [environment: DOSSIER_DATABASE_CONNECTIONS_MAX; default: 8]
    #[arg(long, global = true, value_name = "COUNT", hide_short_help = true)]
    pub database_connections_max: Option<String>,
    /// Database connections for searches and other reads that may take long
    /// [environment: DOSSIER_SEARCH_CONNECTIONS_MAX; default: 4]
    #[arg(long, global = true, value_name = "COUNT", hide_short_help = true)]
    pub search_connections_max: Option<String>,
    /// How long a search may take [environment: DOSSIER_SEARCH_SECONDS; default: 5]
    #[arg(long, global = true, value_name = "SECONDS", hide_short_help = true)]
    pub search_seconds: Option<String>,
    /// Database connections for writing [environment: DOSSIER_WRITER_CONNECTIONS_MAX; default: 3]
    #[arg(long, global = true, value_name = "COUNT", hide_short_help = true)]
    pub writer_connections_max: Option<String>,
    /// Workers that keep read models up to date, 0 to leave that to other instances
    /// [environment: DOSSIER_FOLLOWERS; default: 2]
    #[arg(long, global = true, value_name = "COUNT", hide_short_help = true)]
    pub followers: Option<String>,
    /// Commands of one tenant that wait [environment: DOSSIER_QUEUE_MAX; default: 1024]
    #[arg(long, global = true, value_name = "COUNT", hide_short_help = true)]
    pub queue_max: Option<String>,
    /// Commands in one commit [environment: DOSSIER_BATCH_MAX; default: 256]
    #[arg(long, global = true, value_name = "COUNT", hide_short_help = true)]
    pub batch_max: Option<String>,
    /// Memory for histories that were read last, in MiB, 0 for none
    /// [environment: DOSSIER_HISTORY_MEMORY_MIB; default: 64]
    #[arg(long, global = true, value_name = "MIB", hide_short_help = true)]
    pub history_memory_mib: Option<String>,
    /// How long answers to idempotent requests are kept, at least 24
    /// [environment: DOSSIER_IDEMPOTENCY_RETENTION_HOURS; default: 48]
    #[arg(long, global = true, value_name = "HOURS", hide_short_help = true)]
    pub idempotency_retention_hours: Option<String>,
    /// Answers kept under idempotency keys of one tenant
    /// [environment: DOSSIER_IDEMPOTENCY_KEYS_MAX; default: 1000000]
    #[arg(long, global = true, value_name = "COUNT", hide_short_help = true)]
    pub idempotency_keys_max: Option<String>,
    /// How long records of who read what are kept, 0 for ever
    /// [environment: DOSSIER_READ_AUDIT_RETENTION_DAYS; default: 365]
    #[arg(long, global = true, value_name = "DAYS", hide_short_help = true)]
    pub read_audit_retention_days: Option<String>,
    /// Records of reads of one tenant, with the customers in them
    /// [environment: DOSSIER_READ_AUDIT_MAX; default: 5000000]
    #[arg(long, global = true, value_name = "COUNT", hide_short_help = true)]
    pub read_audit_max: Option<String>,
    /// Proxies whose X-Forwarded-For is believed, as networks: 10.0.0.0/8,192.0.2.7
    /// [environment: DOSSIER_TRUSTED_PROXIES; default: none]
    #[arg(long, global = true, value_name = "NETWORKS", hide_short_help = true)]
    pub trusted_proxies: Option<String>,
    /// Open client connections [environment: DOSSIER_CONNECTIONS_MAX; default: 10000]
    #[arg(long, global = true, value_name = "COUNT", hide_short_help = true)]
    pub connections_max: Option<String>,
    /// Requests of all tenants under way at a time [environment: DOSSIER_REQUESTS_MAX; default: 1024]
    #[arg(long, global = true, value_name = "COUNT", hide_short_help = true)]
    pub requests_max: Option<String>,
    /// Requests of one tenant in the works at a time
    /// [environment: DOSSIER_TENANT_REQUESTS_MAX; default: 64]
    #[arg(long, global = true, value_name = "COUNT", hide_short_help = true)]
    pub tenant_requests_max: Option<String>,
    /// Memory for answers that the clients of all tenants have not read yet
    /// [environment: DOSSIER_UNSENT_ANSWERS_MIB; default: 256]
    #[arg(long, global = true, value_name = "MIB", hide_short_help = true)]
    pub unsent_answers_mib: Option<String>,
    /// The same for one tenant [environment: DOSSIER_TENANT_UNSENT_ANSWERS_MIB; default: 64]
    #[arg(long, global = true, value_name = "MIB", hide_short_help = true)]
    pub tenant_unsent_answers_mib: Option<String>,
    /// Requests per second of a key that has no rate of its own, 0 for any number
    /// [environment: DOSSIER_KEY_REQUESTS_PER_SECOND; default: 0]
    #[arg(long, global = true, value_name = "COUNT", hide_short_help = true)]
    pub key_requests_per_second: Option<String>,
    /// How long a stop waits for requests in flight
    /// [environment: DOSSIER_SHUTDOWN_SECONDS; default: 30]
    #[arg(long, global = true, value_name = "SECONDS", hide_short_help = true)]
    pub shutdown_seconds: Option<String>,
}
