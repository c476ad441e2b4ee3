//! Why the database can't serve, by SQLSTATE, in one table.

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// Why the database is unavailable. The cause is neither the service's code nor the caller, and it
/// may pass while the service runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OutageCause {
    /// No connection, or it broke.
    Unreachable,
    /// It is starting or stopping, or it ended the session.
    Restarting,
    /// A statement or a wait took too long, or was cancelled.
    TimedOut,
    /// Another session holds a lock.
    Locked,
    /// Transactions conflicted.
    Conflict,
    /// The login or its session is refused.
    LoginRefused,
    /// The database isn't there.
    NoDatabase,
    /// All connections are in use, or the role may have none.
    NoConnections,
    /// It is read-only.
    ReadOnly,
    /// The disk is full.
    DiskFull,
    /// It lacks memory or something else.
    NoResources,
    /// The role lacks a grant.
    NoGrant,
    /// It can't load libraries or open files. Usually they were replaced while it ran.
    Files,
    /// It reports an internal error.
    Broken,
    /// It reports that stored data are damaged.
    Damaged,
    /// A session lost what was prepared on it.
    SessionLost,
}

impl OutageCause {
    /// A description without values or secrets.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Unreachable => "the database can't be reached",
            Self::Restarting => "the database is starting or stopping",
            Self::TimedOut => "the database did not answer in time",
            Self::Locked => "another session holds a lock in the database that the service needs",
            Self::Conflict => "transactions of others keep the database from storing this",
            Self::LoginRefused => {
                "the database refuses the service's login: its password, its role or pg_hba.conf \
                 was changed"
            }
            Self::NoDatabase => "the service's database does not exist",
            Self::NoConnections => "the database has no connection left for the service's login",
            Self::ReadOnly => {
                "the database takes no writes: it is a standby, or default_transaction_read_only \
                 is on"
            }
            Self::DiskFull => "the database's disk is full",
            Self::NoResources => "the database lacks memory or another resource",
            Self::NoGrant => "the service's database role lacks a grant",
            Self::Files => {
                "the database can't load its libraries or files: it needs a restart if PostgreSQL \
                 was upgraded while it ran"
            }
            Self::Broken => "the database reports an internal error",
            Self::Damaged => "the database reports that stored data are damaged",
            Self::SessionLost => {
                "a database session lost its prepared statements: a pooler in transaction mode \
                 doesn't work"
            }
        }
    }

    /// Whether an operator must act. The other causes pass by themselves.
    #[must_use]
    pub const fn needs_operator(self) -> bool {
        match self {
            Self::Unreachable
            | Self::Restarting
            | Self::TimedOut
            | Self::Locked
            | Self::Conflict
            | Self::SessionLost => false,
            Self::LoginRefused
            | Self::NoDatabase
            | Self::NoConnections
            | Self::ReadOnly
            | Self::DiskFull
            | Self::NoResources
            | Self::NoGrant
            | Self::Files
            | Self::Broken
            | Self::Damaged => true,
        }
    }
}

/// Causes by the start of the SQLSTATE. The first match decides. Other codes are errors of the
/// service: its statements are wrong (class 42 except 42501, and 0A, 2x, 3x), or its data breaks a
/// rule of the schema (22, 23, 44, 54, P0).
const CAUSES: &[(&str, OutageCause)] = &[
    ("08", OutageCause::Unreachable),
    ("25006", OutageCause::ReadOnly),
    ("25P03", OutageCause::TimedOut),
    ("25P04", OutageCause::TimedOut),
    ("26000", OutageCause::SessionLost),
    ("28", OutageCause::LoginRefused),
    ("3D000", OutageCause::NoDatabase),
    ("40", OutageCause::Conflict),
    ("42501", OutageCause::NoGrant),
    ("42P05", OutageCause::SessionLost),
    ("53100", OutageCause::DiskFull),
    ("53300", OutageCause::NoConnections),
    ("53", OutageCause::NoResources),
    ("55006", OutageCause::Locked),
    ("55P03", OutageCause::Locked),
    ("57014", OutageCause::TimedOut),
    ("57", OutageCause::Restarting),
    ("58P01", OutageCause::Files),
    ("58", OutageCause::Broken),
    ("72", OutageCause::Conflict),
    ("F0", OutageCause::LoginRefused),
    ("XX001", OutageCause::Damaged),
    ("XX002", OutageCause::Damaged),
    ("XX", OutageCause::Broken),
];

/// Errors after which it is unknown whether the transaction was committed, by the start of the
/// SQLSTATE. A pooler or a coordinator reports the first when it loses the server that committed. A
/// server that stops or fails reports the others, also after its commit record reached the disk.
const UNKNOWN: &[&str] = &["08", "40003", "57P", "58030", "XX000"];

/// PostgreSQL's messages when a library does not fit the running server. The SQLSTATE varies.
const LIBRARY: [&str; 4] = [
    "could not load library",
    "could not access file \"$libdir",
    "undefined symbol",
    "incompatible library",
];

/// The cause of `error`, or `None` if it is an error of the service.
pub(crate) fn of(error: &sqlx::Error) -> Option<OutageCause> {
    let Some(answer) = error.as_database_error() else {
        if let sqlx::Error::Io(cause) = error
            && cause.kind() == std::io::ErrorKind::TimedOut
        {
            return Some(OutageCause::TimedOut);
        }
        let unreachable = matches!(
            error,
            sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
        );
        return unreachable.then_some(OutageCause::Unreachable);
    };
    if LIBRARY.iter().any(|said| answer.message().contains(said)) {
        return Some(OutageCause::Files);
    }
    if let Some(cause) = by_sqlstate(&answer.code().unwrap_or_default()) {
        return Some(cause);
    }
    // The session can't be started, for whatever reason.
    ended_session(answer).then_some(OutageCause::LoginRefused)
}

/// Whether it is unknown after this error of a commit, or of a statement that commits, whether the
/// transaction was committed.
pub(crate) fn leaves_outcome_unknown(error: &sqlx::Error) -> bool {
    let Some(answer) = error.as_database_error() else { return true };
    let code = answer.code().unwrap_or_default();
    ended_session(answer) || code.is_empty() || UNKNOWN.iter().any(|start| code.starts_with(start))
}

/// Whether the session ended with this error: the server says no more about what it did before.
fn ended_session(answer: &dyn DatabaseError) -> bool {
    let severity = answer.try_downcast_ref::<PgDatabaseError>().map(PgDatabaseError::severity);
    matches!(severity, Some(PgSeverity::Fatal | PgSeverity::Panic))
}

fn by_sqlstate(code: &str) -> Option<OutageCause> {
    let found = CAUSES.iter().find(|(start, _)| code.starts_with(start));
    found.map(|(_, cause)| *cause)
}

#[cfg(test)]
mod tests {
    use super::{OutageCause, by_sqlstate};

    #[track_caller]
    fn check(code: &str, expected: Option<OutageCause>) {
        assert_eq!(by_sqlstate(code), expected, "{code}");
    }

    #[test]
    fn what_an_operator_can_fix_is_a_condition_of_the_database() {
        check("28P01", Some(OutageCause::LoginRefused));
        check("28000", Some(OutageCause::LoginRefused));
        check("3D000", Some(OutageCause::NoDatabase));
        check("42501", Some(OutageCause::NoGrant));
        check("25006", Some(OutageCause::ReadOnly));
        check("53300", Some(OutageCause::NoConnections));
        check("53100", Some(OutageCause::DiskFull));
        check("53200", Some(OutageCause::NoResources));
        check("58P01", Some(OutageCause::Files));
        check("58030", Some(OutageCause::Broken));
        check("XX000", Some(OutageCause::Broken));
        check("XX001", Some(OutageCause::Damaged));
    }

    #[test]
    fn what_passes_by_itself_is_a_condition_of_the_database() {
        check("08006", Some(OutageCause::Unreachable));
        check("57P01", Some(OutageCause::Restarting));
        check("57P03", Some(OutageCause::Restarting));
        check("57014", Some(OutageCause::TimedOut));
        check("25P03", Some(OutageCause::TimedOut));
        check("55P03", Some(OutageCause::Locked));
        check("40P01", Some(OutageCause::Conflict));
        check("40001", Some(OutageCause::Conflict));
    }

    #[test]
    fn a_wrong_statement_and_a_broken_rule_are_faults_of_the_service() {
        for code in [
            "0A000", "21000", "22003", "22P02", "23505", "23514", "25001", "25P02", "2F000",
            "34000", "42601", "42703", "42883", "42P01", "42804", "44000", "54000", "P0001", "",
        ] {
            check(code, None);
        }
    }
}
