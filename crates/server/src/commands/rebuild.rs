//! `dossier rebuild`.

use store::operator_actions::Action;
use store::projections::rebuild;
use store::{Options, Role};

use super::read_models::{self, record, show_progress};
use crate::config::Config;
use crate::database::Database;
use crate::error::CommandError;
use crate::output::say;

pub(super) async fn run(
    config: &Config,
    projection: &str,
    workers: u16,
    detach: bool,
) -> Result<(), CommandError> {
    let database = Database::open(config).await?;
    let options = database.store_options(config);
    let done = Box::pin(begin(&options, projection, workers, detach)).await;
    database.close().await?;
    done
}

async fn begin(
    options: &Options,
    projection: &str,
    workers: u16,
    detach: bool,
) -> Result<(), CommandError> {
    let projection = read_models::find(options, projection)?;
    let mut connection = store::connect(&options.database, Role::Projector).await?;
    record(&mut connection, Some(projection), Action::Rebuild { workers }).await?;
    if detach {
        request(options, projection, workers).await
    } else {
        Box::pin(show_progress(options, projection, rebuild::rebuild(options, projection, workers)))
            .await
    }
}

async fn request(options: &Options, projection: &str, workers: u16) -> Result<(), CommandError> {
    let mut connection = store::connect(&options.database, Role::Projector).await?;
    let generation =
        rebuild::request(&mut connection, &options.projections, projection, workers).await?;
    say!("{projection}: generation {generation} is begun; a running service continues it")?;
    Ok(())
}
