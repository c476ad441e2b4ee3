//! The commands of `dossier`.

mod audit;
mod backup;
mod config;
mod dev_key;
mod export;
mod head;
mod import;
mod keys;
mod manual;
mod projections;
mod read_models;
mod rebuild;
mod restore;
mod serve;
mod tenants;
mod verify;
mod verify_proof;

use store::projections::Projections;

use crate::cli::{Cli, Command, ConfigCommand};
use crate::config::{Config, environment};
use crate::database::Database;
use crate::error::{CommandError, unverified};
use crate::output::say;

/// Runs a command.
///
/// # Errors
///
/// A [`CommandError`] whose text is for the person at the terminal.
pub async fn run(cli: Cli) -> Result<(), CommandError> {
    run_with(cli, Projections::default()).await
}

/// Runs a command of a program with read models of its own. `migrate` makes their tables, as does `serve`
/// with a private PostgreSQL.
///
/// # Errors
///
/// Those of [`run`].
pub async fn run_with(cli: Cli, projections: Projections) -> Result<(), CommandError> {
    let verifies = matches!(cli.command, Command::Verify(_) | Command::VerifyProof { .. });
    let done = Box::pin(run_command(cli, projections)).await;
    if verifies { done.map_err(unverified) } else { done }
}

async fn run_command(cli: Cli, projections: Projections) -> Result<(), CommandError> {
    // These need no valid settings.
    if let Some(printed) = manual::print(&cli.command) {
        return printed;
    }
    let mut config = Config::read(&cli.flags, environment)?;
    config.projections = projections;
    match cli.command {
        Command::Serve => serve::serve(config).await,
        Command::Migrate => {
            let database = Database::open_to_migrate(&config).await?;
            let migrated = database.migrate(&config).await;
            database.close().await?;
            migrated?;
            Ok(say!("the schema is up to date")?)
        }
        Command::Tenant(command) => tenants::run(&config, command).await,
        Command::Audit { limit } => audit::run(&config, limit).await,
        Command::Key(command) => keys::run(&config, command).await,
        Command::Projections { command } => Box::pin(projections::run(&config, command)).await,
        Command::Rebuild { projection, workers, detach } => {
            Box::pin(rebuild::run(&config, &projection, workers, detach)).await
        }
        Command::Export { tenant, output, unsigned } => {
            export::run(&config, tenant.into(), output.as_deref(), unsigned).await
        }
        Command::Import(what) => import::run(&config, what).await,
        Command::Backup { directory } => Box::pin(backup::run(&config, &directory)).await,
        Command::Restore { directory, key } => {
            Box::pin(restore::run(&config, &directory, key.as_deref())).await
        }
        Command::Completions { .. } | Command::Man { .. } => Ok(()),
        Command::Verify(what) => verify::run(&config, &what).await,
        Command::Head(what) => head::run(&config, &what).await,
        Command::VerifyProof { proof, key } => verify_proof::run(&proof, &key),
        Command::Config(ConfigCommand::Check) => config::check(&config),
    }
}
