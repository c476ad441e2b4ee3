//! `dossier tenant`.

use store::{Role, Store};
use uuid::Uuid;

use crate::cli::TenantCommand;
use crate::config::Config;
use crate::database::Database;
use crate::error::CommandError;
use crate::output::say;
use crate::tenants::{create_tenant, new_id};

pub(super) async fn run(config: &Config, command: TenantCommand) -> Result<(), CommandError> {
    let database = Database::open(config).await?;
    let done = match command {
        TenantCommand::Create { name, id } => create(config, &database, &name, id).await,
        TenantCommand::List => list(&database).await,
    };
    database.close().await?;
    done
}

async fn create(
    config: &Config,
    database: &Database,
    name: &str,
    id: Option<Uuid>,
) -> Result<(), CommandError> {
    let store = Store::open(&database.store_options(config)).await?;
    let made = create_tenant(&store, id.unwrap_or_else(new_id), name).await;
    store.close().await;
    say!("{}", made?.id)?;
    Ok(())
}

async fn list(database: &Database) -> Result<(), CommandError> {
    let mut connection = store::connect(database.options(), Role::Writer).await?;
    let mut after = None;
    loop {
        let page = store::tenants::list(&mut connection, after).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.tenant.id);
        for found in page {
            say!("{}  {}  {}", found.tenant.id, found.created_at.to_rfc3339(), found.name)?;
        }
    }
}
