//! Connections: as whom, with which limits, and to which databases not at all.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, query_as};

use crate::error::{StoreError, timed_out};

/// How long the service waits for a connection to be made.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The database role that a session works as. None but [`Role::Owner`] owns a table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// Whoever logged in: makes the tables and roles. Used by migrations only.
    Owner,
    /// Appends, keeps current state, sees all tenants.
    Writer,
    /// Creates and revokes API keys, with the entries of the log that tell of it. No role of `serve`.
    KeyAdmin,
    /// Moves projections on: reads the log and writes views, of all tenants.
    Projector,
    /// A projector that may also make temporary tables: compares views with the log. No role of `serve`.
    Verifier,
    /// Reads, one tenant at a time, under row-level security.
    Reader,
}

impl Role {
    /// What is set on a session of this role, as it starts.
    ///
    /// All statements reach rows by an index, so tables are neither scanned nor hashed or merged in joins. A plan
    /// that was made while the tables were small, or before they were analysed, stays good when they are large.
    /// Lists come in the order of an index, so readers don't sort either, where there is such an index.
    /// Plans of the writer and the projector are made once: planning the array statements anew each
    /// time costs more than running them.
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

/// `options` for a session that works as `role`.
pub(crate) fn as_role(options: &PgConnectOptions, role: Role) -> PgConnectOptions {
    options.clone().application_name("dossier").options(role.settings())
}

/// `options` for a session whose statements may take `limit` long.
pub(crate) fn statements_within(options: PgConnectOptions, limit: Duration) -> PgConnectOptions {
    options.options([("statement_timeout", format!("{}ms", limit.as_millis()))])
}

/// A connection of its own that works as `role`.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when none is made within 5 seconds, [`StoreError::Refused`] when the
/// server won't have us.
pub async fn connect(options: &PgConnectOptions, role: Role) -> Result<PgConnection, StoreError> {
    Ok(open(&as_role(options, role)).await?)
}

/// A connection with exactly these options, within [`CONNECT_TIMEOUT`].
pub(crate) async fn open(options: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    tokio::time::timeout(CONNECT_TIMEOUT, PgConnection::connect_with(options))
        .await
        .map_err(|_| timed_out())?
}

/// Refuses a server that could forget what it has acknowledged.
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
