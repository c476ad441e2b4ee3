//! What the commands of `dossier` do.
#![expect(clippy::print_stdout, reason = "these are answers to the person at the terminal")]

mod audit;
mod config;
mod database;
mod dev_key;
mod export;
mod head;
mod heal;
mod import;
mod keys;
mod projections;
mod rebuild;
mod serve;
mod tenants;
mod verify;
mod verify_proof;

use std::process::ExitCode;

use store::Metadata;
use store::transfer::TransferError;

use crate::cli::{Cli, Command, ConfigCommand};
use crate::config::{BadConfig, Config, environment};
use crate::postgres::PostgresError;

pub use self::database::{Database, DatabaseError};
pub use self::keys::{KeyLimits, NewKeyError, create_key};
pub use self::tenants::{NewTenantError, create_tenant};

/// The private PostgreSQL ended without being asked to: `EX_SOFTWARE` of sysexits.h.
const EXIT_DATABASE_DIED: u8 = 70;

/// Nothing can be said of what was to be verified.
const EXIT_UNVERIFIED: u8 = 2;

/// Stopped by Ctrl-C: what shells make of it.
const EXIT_INTERRUPTED: u8 = 130;

/// Why a command did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration has mistakes.
    #[error(transparent)]
    Config(#[from] BadConfig),
    /// There is no database to work on.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The private PostgreSQL could not be stopped.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// The store failed.
    #[error(transparent)]
    Store {
        /// How.
        #[from]
        error: store::StoreError,
    },
    /// The tenant could not be made.
    #[error(transparent)]
    NewTenant(#[from] NewTenantError),
    /// The key could not be made.
    #[error(transparent)]
    NewKey(#[from] NewKeyError),
    /// A read model was not rebuilt.
    #[error(transparent)]
    Rebuild(#[from] store::projections::rebuild::RebuildError),
    /// A key or a head isn't one.
    #[error(transparent)]
    Note(#[from] store::log::NoteError),
    /// A file has no key, or one that is damaged.
    #[error("the key in {file} can't be used")]
    KeyFile {
        /// The file.
        file: String,
        /// Why.
        #[source]
        error: store::log::NoteError,
    },
    /// A file has no proof that could be verified.
    #[error(transparent)]
    Proof(#[from] store::log::ProofError),
    /// There is no key that signs the log's heads.
    #[error(
        "there is no key that signs heads: make one with `dossier head --new-key NAME`, keep it in a \
         file and name that with --log-key"
    )]
    NoLogKey,
    /// Something that was looked at is not as it must be; what, was printed.
    #[error("{0}")]
    Amiss(String),
    /// A tenant was not exported or imported.
    #[error(transparent)]
    Transfer(TransferError),
    /// It could not be looked at, so nothing can be said of it.
    #[error("not verified")]
    Unverified(#[source] Box<Self>),
    /// Someone stopped the command before its end.
    #[error("stopped: {0}")]
    Interrupted(String),
    /// What was named isn't there.
    #[error("there is no such {0}")]
    Unknown(&'static str),
    /// The operating system refused something.
    #[error("cannot {doing}")]
    Io {
        /// What.
        doing: String,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// Logs or metrics could not be set up.
    #[error("telemetry can't be set up: {0}")]
    Telemetry(String),
    /// The private PostgreSQL ended while it was needed.
    #[error("PostgreSQL ended: {0}")]
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
            | Self::Amiss(_)
            | Self::Unknown(_)
            | Self::Io { .. }
            | Self::Telemetry(_) => ExitCode::FAILURE,
        }
    }
}

impl From<TransferError> for CommandError {
    fn from(error: TransferError) -> Self {
        if let TransferError::Store(error) = error {
            return Self::Store { error };
        }
        Self::Transfer(error)
    }
}

/// The metadata of what an operator does at the command line.
#[must_use]
pub fn by_operator(command: &str) -> Metadata {
    let entries = [("actor", "operator"), ("surface", "command line"), ("command", command)];
    entries.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
}

/// What kept a check from saying whether something is amiss, unless it says so.
fn unverified(error: CommandError) -> CommandError {
    if matches!(error, CommandError::Amiss(_) | CommandError::Interrupted(_)) {
        return error;
    }
    CommandError::Unverified(Box::new(error))
}

/// Turns what the operating system said into an error that says what was tried.
fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> CommandError {
    |error| CommandError::Io { doing: doing.into(), error }
}

/// An error and its causes in one line, each after a colon. A cause that the text before it ends
/// with is not repeated.
#[must_use]
pub fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    for cause in std::iter::successors(error.source(), |cause| cause.source()) {
        let cause = cause.to_string();
        if !text.ends_with(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// Does what the command line says.
///
/// # Errors
///
/// A [`CommandError`] whose text is for the person at the terminal.
pub async fn run(cli: Cli) -> Result<(), CommandError> {
    let verifies = matches!(cli.command, Command::Verify(_) | Command::VerifyProof { .. });
    let done = Box::pin(run_command(cli)).await;
    if verifies { done.map_err(unverified) } else { done }
}

async fn run_command(cli: Cli) -> Result<(), CommandError> {
    let config = Config::read(&cli.flags, environment)?;
    match cli.command {
        Command::Serve => serve::serve(config).await,
        Command::Migrate => {
            let database = Database::open(&config).await?;
            let migrated = database.migrate().await;
            database.close().await?;
            migrated?;
            println!("the schema is up to date");
            Ok(())
        }
        Command::Tenant(command) => tenants::run(&config, command).await,
        Command::Audit { limit } => audit::run(&config, limit).await,
        Command::Key(command) => keys::run(&config, command).await,
        Command::Projections { command } => projections::run(&config, command).await,
        Command::Rebuild { projection, workers, detach } => {
            rebuild::run(&config, &projection, workers, detach).await
        }
        Command::Export { tenant, output, unsigned } => {
            export::run(&config, tenant.into(), output.as_deref(), unsigned).await
        }
        Command::Import(what) => import::run(&config, what).await,
        Command::Verify(what) => verify::run(&config, &what).await,
        Command::Head(what) => head::run(&config, &what).await,
        Command::VerifyProof { proof, key } => verify_proof::run(&proof, &key),
        Command::Config(ConfigCommand::Check) => {
            config::check(&config);
            Ok(())
        }
    }
}
