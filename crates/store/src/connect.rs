//! Connections: their role and their limits, and the databases that are refused.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, query_as};

use crate::error::{StoreError, timed_out};

/// How long connecting may take.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The database role of a session. Only [`Role::Owner`] owns tables.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// The login itself. Creates tables and roles. Used by migrations only.
    Owner,
    /// Appends, keeps current state, sees all tenants.
    Writer,
    /// Creates and revokes API keys, with their events. `serve` does not use this role.
    KeyAdmin,
    /// Creates and revokes keys of tenants, with their events; none with the scope `operator`. `serve` uses it
    /// for the console, where its login has it.
    KeyManager,
    /// Updates projections: reads the log and writes views, of all tenants.
    Projector,
    /// A projector that may also create temporary tables: compares views with the log. `serve` does
    /// not use this role.
    Verifier,
    /// Reads, one tenant at a time, under row-level security.
    Reader,
}

impl Role {
    /// The settings of a session of this role.
    ///
    /// All statements find rows by an index, so plans never scan tables, and never hash or merge
    /// joins. A plan that was made while tables were small, or without statistics, stays good when
    /// they grow. Lists follow the order of an index, so readers do not sort, either, where there
    /// is such an index. Plans of the writer and the projector are made once: planning the array
    /// statements each time costs more than running them.
    fn settings(self) -> Vec<(&'static str, &'static str)> {
        let mut settings = vec![
            ("TimeZone", "UTC"),
            ("statement_timeout", "10s"),
            ("lock_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "10s"),
        ];
        match self {
            Self::Owner => return vec![("TimeZone", "UTC")],
            Self::Writer => settings.push(("role", "dossier_writer")),
            Self::KeyAdmin => settings.push(("role", "dossier_key_admin")),
            Self::KeyManager => settings.push(("role", "dossier_key_manager")),
            Self::Projector => settings.push(("role", "dossier_projector")),
            Self::Verifier => settings.push(("role", "dossier_verifier")),
            Self::Reader => settings.push(("role", "dossier_reader")),
        }
        settings.push(("jit", "off"));
        settings.extend([
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
        ]);
        if self == Self::Reader {
            settings.push(("enable_sort", "off"));
        } else {
            settings.push(("plan_cache_mode", "force_generic_plan"));
        }
        settings
    }
}

/// `options` for a session with `role`.
pub(crate) fn as_role(options: &PgConnectOptions, role: Role) -> PgConnectOptions {
    options.clone().application_name("dossier").options(role.settings())
}

/// `options` for a session with this statement timeout.
pub(crate) fn statements_within(options: PgConnectOptions, limit: Duration) -> PgConnectOptions {
    options.options([("statement_timeout", format!("{}ms", limit.as_millis()))])
}

/// A new connection with this role.
///
/// # Errors
///
/// [`StoreError::Unavailable`] if it can't be made within 5 seconds, [`StoreError::Refused`] if the
/// server rejects the login.
pub async fn connect(options: &PgConnectOptions, role: Role) -> Result<PgConnection, StoreError> {
    let opened = open(&as_role(options, role)).await;
    opened.map_err(|error| StoreError::of_session(error, options.get_username()))
}

/// A connection with exactly these options, within [`CONNECT_TIMEOUT`].
pub(crate) async fn open(options: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    tokio::time::timeout(CONNECT_TIMEOUT, PgConnection::connect_with(options))
        .await
        .map_err(|_| timed_out())?
}

/// Refuses a server that could lose acknowledged commits.
pub(crate) async fn require_durability(connection: &mut PgConnection) -> Result<(), StoreError> {
    let settings: Vec<(String, String)> = query_as(
        "select name, setting from pg_settings
          where name in ('fsync', 'full_page_writes', 'synchronous_commit')
          order by name",
    )
    .fetch_all(connection)
    .await?;
    let off: Vec<_> =
        settings.iter().filter(|(_, setting)| setting == "off").map(|(name, _)| &**name).collect();
    if off.is_empty() {
        return Ok(());
    }
    Err(StoreError::Unfit(format!(
        "PostgreSQL runs with {} off: a crash could lose commands that were acknowledged; turn it on",
        off.join(", ")
    )))
}
