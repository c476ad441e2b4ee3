//! Why a command failed, and the exit code of the process.

use std::io::ErrorKind;
use std::process::ExitCode;

use store::transfer::TransferError;

use crate::config::BadConfig;
use crate::database::DatabaseError;
use crate::keys::NewKeyError;
use crate::output::OutputError;
use crate::postgres::PostgresError;
use crate::tenants::NewTenantError;

/// The private PostgreSQL ended unexpectedly: `EX_SOFTWARE` of sysexits.h.
const EXIT_DATABASE_DIED: u8 = 70;

/// A check could not be completed.
const EXIT_UNVERIFIED: u8 = 2;

/// There is no database, or it lacks migrations.
const EXIT_NO_DATABASE: u8 = 3;

/// Stopped by Ctrl-C, as shells report it.
const EXIT_INTERRUPTED: u8 = 130;

/// Nobody read the output any more: SIGPIPE, as shells report it.
const EXIT_READER_GONE: u8 = 141;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration has mistakes.
    #[error(transparent)]
    Config(#[from] BadConfig),
    /// There is no database to work on.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The private PostgreSQL could not be stopped cleanly.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// The answer could not be printed.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The store failed.
    #[error(transparent)]
    Store {
        /// How.
        #[from]
        error: store::StoreError,
    },
    /// The tenant could not be created.
    #[error(transparent)]
    NewTenant(#[from] NewTenantError),
    /// The key could not be created.
    #[error(transparent)]
    NewKey(#[from] NewKeyError),
    /// A read model was not rebuilt.
    #[error(transparent)]
    Rebuild(#[from] store::projections::rebuild::RebuildError),
    /// A key or a head is not valid.
    #[error(transparent)]
    Note(#[from] store::log::NoteError),
    /// A file has no key, or a damaged one.
    #[error("the key in {file} is not valid")]
    KeyFile {
        /// The file.
        file: String,
        /// Why.
        #[source]
        error: store::log::NoteError,
    },
    /// A proof could not be verified.
    #[error(transparent)]
    Proof(#[from] store::log::ProofError),
    /// There is no key that signs the log's heads.
    #[error(
        "there is no key that signs heads: make one with `dossier head --new-key NAME`, write it to a \
         file, and name the file with --log-key"
    )]
    NoLogKey,
    /// The request can't be met, or a check found something. Details were printed.
    #[error("{0}")]
    Failed(String),
    /// A tenant was not exported or imported.
    #[error(transparent)]
    Transfer(TransferError),
    /// A check could not be completed.
    #[error("not verified: the check could not be completed")]
    Unverified(#[source] Box<Self>),
    /// SIGINT or SIGTERM stopped the command.
    #[error("stopped: {0}")]
    Interrupted(String),
    /// There is nothing of that name.
    #[error("there is no such {0}")]
    Unknown(&'static str),
    /// The operating system refused something.
    #[error("cannot {doing}")]
    Io {
        /// What was tried.
        doing: String,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// Logs or metrics could not be set up.
    #[error("logs or metrics can't be set up: {0}")]
    Telemetry(String),
    /// The private PostgreSQL ended while it was needed.
    #[error("PostgreSQL ended unexpectedly: {0}")]
    DatabaseDied(String),
}

impl CommandError {
    /// The process's exit code.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::DatabaseDied(_) => ExitCode::from(EXIT_DATABASE_DIED),
            Self::Interrupted(_) => ExitCode::from(EXIT_INTERRUPTED),
            Self::Unverified(_) => ExitCode::from(EXIT_UNVERIFIED),
            Self::Database(error) if error.is_no_database() => ExitCode::from(EXIT_NO_DATABASE),
            Self::Output(OutputError::ReaderGone) => ExitCode::from(EXIT_READER_GONE),
            Self::Config(_)
            | Self::Database(_)
            | Self::Postgres(_)
            | Self::Store { .. }
            | Self::NewTenant(_)
            | Self::NewKey(_)
            | Self::Rebuild(_)
            | Self::Transfer(_)
            | Self::Note(_)
            | Self::KeyFile { .. }
            | Self::Proof(_)
            | Self::NoLogKey
            | Self::Failed(_)
            | Self::Unknown(_)
            | Self::Io { .. }
            | Self::Output(OutputError::Io(_))
            | Self::Telemetry(_) => ExitCode::FAILURE,
        }
    }

    /// Whether nothing is said about it: the reader of the output has gone.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        matches!(self, Self::Output(OutputError::ReaderGone))
    }
}

impl From<TransferError> for CommandError {
    fn from(error: TransferError) -> Self {
        if let TransferError::Store(error) = error {
            return Self::Store { error };
        }
        // The file may be standard output.
        if let TransferError::Io(error) = &error
            && error.kind() == ErrorKind::BrokenPipe
        {
            return OutputError::ReaderGone.into();
        }
        Self::Transfer(error)
    }
}

/// A failure to complete a check. What a check found, an interruption, and what has an exit code of its own for
/// every command stay as they are.
pub(crate) fn unverified(error: CommandError) -> CommandError {
    let found = matches!(error, CommandError::Failed(_) | CommandError::Interrupted(_));
    let no_database = matches!(&error, CommandError::Database(cause) if cause.is_no_database());
    if found || no_database || error.is_quiet() {
        return error;
    }
    CommandError::Unverified(Box::new(error))
}

/// Adds to an error of the operating system what was tried.
pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> CommandError {
    |error| CommandError::Io { doing: doing.into(), error }
}
