//! `dossier head`.

use store::log::{LogKey, tree};
use store::{Partition, Role};

use crate::cli::Head;
use crate::config::Config;
use crate::database::Database;
use crate::error::CommandError;
use crate::log_key;
use crate::output::say;

pub(super) async fn run(config: &Config, what: &Head) -> Result<(), CommandError> {
    if let Some(name) = &what.new_key {
        say!("{}", log_key::make(name)?.reveal())?;
        return Ok(());
    }
    let database = Database::open(config).await?;
    let done = print(config, &database, what).await;
    database.close().await?;
    done
}

async fn print(config: &Config, database: &Database, what: &Head) -> Result<(), CommandError> {
    let key = log_key::load(config, database)?.ok_or(CommandError::NoLogKey)?;
    if what.key {
        for verifier in log_key::verifiers(&key) {
            say!("{verifier}")?;
        }
        return Ok(());
    }
    heads(database, &key).await
}

/// Prints the heads of all partitions, an empty line after each.
async fn heads(database: &Database, key: &LogKey) -> Result<(), CommandError> {
    let mut connection = store::connect(database.options(), Role::Projector).await?;
    for partition in Partition::all() {
        let head = tree::head(&mut connection, partition).await?;
        say!("{}", key.sign(&head))?;
    }
    Ok(())
}
