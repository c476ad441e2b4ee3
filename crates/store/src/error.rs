//! What can go wrong between the service and its database, by what the caller does about it.

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The partition's queue is full. Nothing was changed; try again in a moment.
    #[error("too many commands are waiting")]
    Busy,

    /// The service is stopping. Nothing was changed; another instance will take the command.
    #[error("the service is stopping")]
    Stopping,

    /// PostgreSQL can't be reached, or did not answer in time. For a command it may be unknown
    /// whether it was stored; sent again under the same idempotency key it happens at most once.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),

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

impl StoreError {
    pub(crate) fn unreadable(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unreadable { what, source: source.into() }
    }

    /// The same, for one more of those who asked for what failed.
    pub(crate) fn for_another(&self) -> Self {
        let asked_together = || broken_off("it was asked for together with others");
        match self {
            Self::Busy => Self::Busy,
            Self::Stopping => Self::Stopping,
            Self::Unavailable(_) => Self::Unavailable(asked_together()),
            Self::Refused(_) => Self::Refused(asked_together()),
            Self::Unreadable { what, .. } => Self::unreadable(what, asked_together()),
            Self::Unfit(why) => Self::Unfit(why.clone()),
        }
    }
}

/// Sorts what sqlx says by whether trying again can help.
///
/// Classes 08, 53, 57P0x, 40 and the codes of timeouts (55P03, 57014, 25P03) pass by themselves; any
/// other answer of the server is a defect here.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let passing = if let Some(answer) = error.as_database_error() {
            answer.code().is_some_and(|code| {
                ["08", "53", "57P", "40"].iter().any(|class| code.starts_with(class))
                    || ["55P03", "57014", "25P03"].contains(&code.as_ref())
            })
        } else {
            matches!(
                error,
                sqlx::Error::Io(_)
                    | sqlx::Error::Tls(_)
                    | sqlx::Error::Protocol(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::PoolClosed
            )
        };
        if passing { Self::Unavailable(error) } else { Self::Refused(error) }
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
