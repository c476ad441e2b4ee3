//! Errors of the store, by what the caller does about them.

use std::fmt;
use std::time::Duration;

use crate::outage::{self, OutageCause};
use crate::remedy;

/// The login in a remedy, where its name isn't known.
const SERVICE: &str = "<login of the service>";

/// The code of a statement that was cancelled because of its timeout.
const QUERY_CANCELED: &str = "57014";

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The tenant's queue is full. Nothing was changed; try again in a moment.
    #[error("too many commands of the tenant are waiting")]
    Busy,

    /// The partition's queue is full. Nothing was changed; try again in a moment.
    #[error("too many commands of all tenants are waiting")]
    PartitionBusy,

    /// The tenant has as many stored answers as it may, and this idempotency key is new. Nothing
    /// was changed. Answers are deleted after their time.
    #[error("the tenant has used too many idempotency keys")]
    TooManyKeys,

    /// All connections for this kind of read are in use. Try again in a moment.
    #[error("too many reads wait for a connection")]
    ReadersBusy,

    /// The reader has as many reads running as it may. Try again when one of them has ended.
    #[error("the reader has as many reads running as it may")]
    ShareUsed,

    /// The read took too long. It would again: ask for less.
    #[error("the read took longer than {} s", .limit.as_secs())]
    TooCostly {
        /// How long such a read may take.
        limit: Duration,
    },

    /// The service is stopping. Nothing was changed; another instance will take the command.
    #[error("the service is stopping")]
    Stopping,

    /// The database is unavailable. It may be unknown whether a command was stored; sent again
    /// under the same idempotency key, it happens at most once.
    #[error(transparent)]
    Unavailable(#[from] Outage),

    /// PostgreSQL rejected a statement that should work. Nothing was changed; an operator must look
    /// at it.
    #[error("the database refused a statement")]
    Refused(#[source] sqlx::Error),

    /// Stored data can't be read. Nothing was changed; an operator must look at it.
    #[error("{what} can't be read")]
    Unreadable {
        /// What could not be read, without its content.
        what: &'static str,
        /// Why it can't be read.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The database is not fit for a log. Nothing was changed.
    #[error("{0}")]
    Unfit(String),
}

/// Why one of several callers failed. The log has the first error.
const ASKED_TOGETHER: &str = "the statement that it shared with other reads failed";

impl StoreError {
    /// The SQLSTATE, if the server gave one.
    pub(crate) fn sqlstate(&self) -> Option<std::borrow::Cow<'_, str>> {
        let error = match self {
            Self::Unavailable(outage) => &outage.source.error,
            Self::Refused(error) => error,
            Self::Busy
            | Self::PartitionBusy
            | Self::TooManyKeys
            | Self::ReadersBusy
            | Self::ShareUsed
            | Self::TooCostly { .. }
            | Self::Stopping
            | Self::Unreadable { .. }
            | Self::Unfit(_) => return None,
        };
        error.as_database_error()?.code()
    }

    pub(crate) fn unreadable(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unreadable { what, source: source.into() }
    }

    /// A session that could not be opened for `login`.
    pub(crate) fn of_session(error: sqlx::Error, login: &str) -> Self {
        let remedy = remedy::of(&error, login);
        let mut error = Self::from(error);
        if let Self::Unavailable(outage) = &mut error {
            outage.source.remedy = remedy;
        }
        error
    }

    /// Whether a timeout ended it: the server's for a statement, a lock or an idle transaction, or
    /// our own.
    pub(crate) fn took_too_long(&self) -> bool {
        let Self::Unavailable(outage) = self else { return false };
        [OutageCause::TimedOut, OutageCause::Locked].contains(&outage.cause)
    }

    /// The same error for one more caller.
    pub(crate) fn for_another(&self) -> Self {
        match self {
            Self::Busy => Self::Busy,
            Self::PartitionBusy => Self::PartitionBusy,
            Self::TooManyKeys => Self::TooManyKeys,
            Self::ReadersBusy => Self::ReadersBusy,
            Self::ShareUsed => Self::ShareUsed,
            Self::TooCostly { limit } => Self::TooCostly { limit: *limit },
            Self::Stopping => Self::Stopping,
            Self::Unavailable(outage) => Self::Unavailable(outage.for_another(ASKED_TOGETHER)),
            Self::Refused(_) => Self::Refused(broken_off(ASKED_TOGETHER)),
            Self::Unreadable { what, .. } => Self::unreadable(what, broken_off(ASKED_TOGETHER)),
            Self::Unfit(why) => Self::Unfit(why.clone()),
        }
    }

    /// Whether the query may work on a new connection. After a timeout or a lock it is not tried
    /// again.
    pub(crate) fn may_work_on_another_connection(&self) -> bool {
        let Self::Unavailable(outage) = self else { return false };
        !matches!(outage.cause, OutageCause::TimedOut | OutageCause::Locked)
    }

    /// The same for a costly read: if PostgreSQL cancelled it, it took longer than `limit`.
    pub(crate) fn of_costly(self, limit: Duration) -> Self {
        let canceled = self.sqlstate().is_some_and(|code| code == QUERY_CANCELED);
        if canceled { Self::TooCostly { limit } } else { self }
    }
}

/// An unavailable database.
#[derive(Debug, thiserror::Error)]
#[error("{}", .cause.describe())]
pub struct Outage {
    cause: OutageCause,
    #[source]
    source: Reported,
}

/// What PostgreSQL or its driver reported, and what to do about it if that is known.
#[derive(Debug)]
struct Reported {
    error: sqlx::Error,
    remedy: Option<String>,
}

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)?;
        match &self.remedy {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Reported {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // A refusal has no cause but itself.
        if self.remedy.is_some() { None } else { self.error.source() }
    }
}

impl Outage {
    pub(crate) fn new(cause: OutageCause, error: sqlx::Error) -> Self {
        let remedy = remedy::of(&error, SERVICE);
        Self { cause, source: Reported { error, remedy } }
    }

    /// What is wrong with the database.
    #[must_use]
    pub fn cause(&self) -> OutageCause {
        self.cause
    }

    /// The same outage for one more caller; errors of sqlx can't be cloned.
    pub(crate) fn for_another(&self, why: &'static str) -> Self {
        Self::new(self.cause, broken_off(why))
    }
}

/// Unknown errors count as an unreachable database.
impl From<sqlx::Error> for Outage {
    fn from(source: sqlx::Error) -> Self {
        Self::new(outage::of(&source).unwrap_or(OutageCause::Unreachable), source)
    }
}

/// Classifies an error of sqlx by `outage::of`.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match outage::of(&error) {
            Some(cause) => Self::Unavailable(Outage::new(cause, error)),
            None => Self::Refused(error),
        }
    }
}

/// A timeout. It counts as an unavailable database.
pub(crate) fn timed_out() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::TimedOut))
}

/// A failure that neither PostgreSQL nor its driver reported.
pub(crate) fn broken_off(why: &'static str) -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::other(why))
}
