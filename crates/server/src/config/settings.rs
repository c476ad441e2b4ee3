//! The names of every setting: its key in the file, its flag, its variable.

use super::sources::Setting;

macro_rules! settings {
    ($($name:ident = $key:ident, $flag:literal, $variable:literal;)*) => {
        $(pub(super) const $name: Setting = Setting {
            key: stringify!($key),
            flag: $flag,
            variable: $variable,
            given: |flags| flags.$key.as_deref(),
        };)*
    };
}

settings! {
    LISTEN = listen, "--listen", "DOSSIER_LISTEN";
    DATA_DIR = data_dir, "--data-dir", "DOSSIER_DATA_DIR";
    DATABASE_URL = database_url, "--database-url", "DATABASE_URL";
    DATABASE_ROOT_CERT = database_root_cert,
        "--database-root-cert", "DOSSIER_DATABASE_ROOT_CERT";
    PG_BIN_DIR = pg_bin_dir, "--pg-bin-dir", "DOSSIER_PG_BIN_DIR";
    PG_USER = pg_user, "--pg-user", "DOSSIER_PG_USER";
    LOG_KEY = log_key, "--log-key", "DOSSIER_LOG_KEY";
    LOG_FORMAT = log_format, "--log-format", "DOSSIER_LOG_FORMAT";
    LOG_FILTER = log_filter, "--log", "DOSSIER_LOG";
    DATABASE_CONNECTIONS_MAX = database_connections_max,
        "--database-connections-max", "DOSSIER_DATABASE_CONNECTIONS_MAX";
    SEARCH_CONNECTIONS_MAX = search_connections_max,
        "--search-connections-max", "DOSSIER_SEARCH_CONNECTIONS_MAX";
    SEARCH_SECONDS = search_seconds, "--search-seconds", "DOSSIER_SEARCH_SECONDS";
    WRITER_CONNECTIONS_MAX = writer_connections_max,
        "--writer-connections-max", "DOSSIER_WRITER_CONNECTIONS_MAX";
    FOLLOWERS = followers, "--followers", "DOSSIER_FOLLOWERS";
    QUEUE_MAX = queue_max, "--queue-max", "DOSSIER_QUEUE_MAX";
    BATCH_MAX = batch_max, "--batch-max", "DOSSIER_BATCH_MAX";
    HISTORY_MEMORY_MIB = history_memory_mib,
        "--history-memory-mib", "DOSSIER_HISTORY_MEMORY_MIB";
    IDEMPOTENCY_RETENTION_HOURS = idempotency_retention_hours,
        "--idempotency-retention-hours", "DOSSIER_IDEMPOTENCY_RETENTION_HOURS";
    IDEMPOTENCY_KEYS_MAX = idempotency_keys_max,
        "--idempotency-keys-max", "DOSSIER_IDEMPOTENCY_KEYS_MAX";
    READ_AUDIT_RETENTION_DAYS = read_audit_retention_days,
        "--read-audit-retention-days", "DOSSIER_READ_AUDIT_RETENTION_DAYS";
    READ_AUDIT_MAX = read_audit_max, "--read-audit-max", "DOSSIER_READ_AUDIT_MAX";
    TRUSTED_PROXIES = trusted_proxies, "--trusted-proxies", "DOSSIER_TRUSTED_PROXIES";
    CONNECTIONS_MAX = connections_max, "--connections-max", "DOSSIER_CONNECTIONS_MAX";
    REQUESTS_MAX = requests_max, "--requests-max", "DOSSIER_REQUESTS_MAX";
    TENANT_REQUESTS_MAX = tenant_requests_max,
        "--tenant-requests-max", "DOSSIER_TENANT_REQUESTS_MAX";
    UNSENT_ANSWERS_MIB = unsent_answers_mib,
        "--unsent-answers-mib", "DOSSIER_UNSENT_ANSWERS_MIB";
    TENANT_UNSENT_ANSWERS_MIB = tenant_unsent_answers_mib,
        "--tenant-unsent-answers-mib", "DOSSIER_TENANT_UNSENT_ANSWERS_MIB";
    KEY_REQUESTS_PER_SECOND = key_requests_per_second,
        "--key-requests-per-second", "DOSSIER_KEY_REQUESTS_PER_SECOND";
    SHUTDOWN_SECONDS = shutdown_seconds, "--shutdown-seconds", "DOSSIER_SHUTDOWN_SECONDS";
}
