//! What can go wrong between the service and its database, by what the caller does about it.

use std::time::Duration;

use crate::outage::{self, OutageCause};

/// The code of a statement that PostgreSQL ended because of its time.
const QUERY_CANCELED: &str = "57014";

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// As many commands of the tenant wait as may. Nothing was changed; try again in a moment.
    #[error("too many commands of the tenant are waiting")]
    Busy,

    /// As many commands of all tenants of the partition wait as may. Nothing was changed; try again in a
    /// moment.
    #[error("too many commands of all tenants are waiting")]
    PartitionBusy,

    /// The tenant has as many answers kept under idempotency keys as it may, and this key is new. Nothing was
    /// changed; answers are forgotten after their time.
    #[error("the tenant has used too many idempotency keys")]
    TooManyKeys,

    /// All connections for this kind of read are in use. Try again in a moment.
    #[error("too many reads wait for a connection")]
    ReadersBusy,

    /// The reader has as many reads under way as its share of the connections allows. Try again when
    /// one of them has ended.
    #[error("the reader's share of the connections is in use")]
    ShareUsed,

    /// The read took longer than a read of its kind may. Asked again, it will again: ask for less.
    #[error("the read took longer than {} s", .limit.as_secs())]
    TooCostly {
        /// How long such a read may take.
        limit: Duration,
    },

    /// The service is stopping. Nothing was changed; another instance will take the command.
    #[error("the service is stopping")]
    Stopping,

    /// The database can't be used as it is now. For a command it may be unknown whether it was
    /// stored; sent again under the same idempotency key it happens at most once.
    #[error(transparent)]
    Unavailable(#[from] Outage),

    /// PostgreSQL refused what should have worked. Nothing was changed; someone must look at it.
    #[error("the database refused a statement")]
    Refused(#[source] sqlx::Error),

    /// What is stored can't be read. Nothing was changed; someone must look at it.
    #[error("{what} can't be read")]
    Unreadable {
        /// What it was, in words, without its content.
        what: &'static str,
        /// Why it can't be read.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The database isn't fit to keep a log. Nothing was changed.
    #[error("{0}")]
    Unfit(String),
}

/// Why one of several callers failed, where the log tells of the first.
const ASKED_TOGETHER: &str = "it was asked for together with others";

impl StoreError {
    /// The SQLSTATE, if the server has given one.
    pub(crate) fn sqlstate(&self) -> Option<std::borrow::Cow<'_, str>> {
        let error = match self {
            Self::Unavailable(outage) => &outage.source,
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

    /// Whether a limit of time ended it: the server's for a statement, a lock or an idle transaction, or
    /// our own.
    pub(crate) fn took_too_long(&self) -> bool {
        let Self::Unavailable(outage) = self else { return false };
        [OutageCause::TimedOut, OutageCause::Locked].contains(&outage.cause)
    }

    /// The same, for one more of those who asked for what failed.
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

    /// Whether the same may work on a new connection. What ended because of its time or a lock took long
    /// enough.
    pub(crate) fn may_work_on_another_connection(&self) -> bool {
        let Self::Unavailable(outage) = self else { return false };
        !matches!(outage.cause, OutageCause::TimedOut | OutageCause::Locked)
    }

    /// The same for a read that may ask for too much: what PostgreSQL ended after `limit`, did.
    pub(crate) fn of_costly(self, limit: Duration) -> Self {
        let canceled = self.sqlstate().is_some_and(|code| code == QUERY_CANCELED);
        if canceled { Self::TooCostly { limit } } else { self }
    }
}

/// A database that can't be used as it is now.
#[derive(Debug, thiserror::Error)]
#[error("{}", .cause.describe())]
pub struct Outage {
    cause: OutageCause,
    #[source]
    source: sqlx::Error,
}

impl Outage {
    pub(crate) fn new(cause: OutageCause, source: sqlx::Error) -> Self {
        Self { cause, source }
    }

    /// What is wrong with the database.
    #[must_use]
    pub fn cause(&self) -> OutageCause {
        self.cause
    }

    /// The same outage for one more caller; errors of sqlx can't be cloned.
    pub(crate) fn for_another(&self, why: &'static str) -> Self {
        Self { cause: self.cause, source: broken_off(why) }
    }
}

/// What isn't known to be a condition of the database is as if it couldn't be reached.
impl From<sqlx::Error> for Outage {
    fn from(source: sqlx::Error) -> Self {
        let cause = outage::of(&source).unwrap_or(OutageCause::Unreachable);
        Self { cause, source }
    }
}

/// Sorts what sqlx says by whether the database is at fault: `outage::of` decides.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match outage::of(&error) {
            Some(cause) => Self::Unavailable(Outage::new(cause, error)),
            None => Self::Refused(error),
        }
    }
}

/// A step that took longer than it may, told as the database being away.
pub(crate) fn timed_out() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::TimedOut))
}

/// What kept a step from its end without being said by PostgreSQL or its driver.
pub(crate) fn broken_off(why: &'static str) -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::other(why))
}
