//! `dossier projections`.

mod table;

use domain::{CustomerId, TenantId};
use sqlx::PgConnection;
use store::operator_actions::Action;
use store::projections::{self, Parked, ParkedAt, Unparked, rebuild};
use store::{Options, Role};
use uuid::Uuid;

use super::read_models::{self, record, show_progress};
use crate::cli::ProjectionsCommand;
use crate::config::Config;
use crate::database::Database;
use crate::error::CommandError;
use crate::output::say;

/// Parked customers read at a time.
const PAGE: i64 = 1_000;

pub(super) async fn run(
    config: &Config,
    command: Option<ProjectionsCommand>,
) -> Result<(), CommandError> {
    let database = Database::open(config).await?;
    let options = database.store_options(config);
    let done = Box::pin(dispatch(&options, command.unwrap_or(ProjectionsCommand::List))).await;
    database.close().await?;
    done
}

async fn dispatch(options: &Options, command: ProjectionsCommand) -> Result<(), CommandError> {
    let mut connection = store::connect(&options.database, Role::Projector).await?;
    if let Some((projection, action)) = action(&command) {
        let projection = projection.map(|name| read_models::find(options, name)).transpose()?;
        record(&mut connection, projection, action).await?;
    }
    match command {
        ProjectionsCommand::List => {
            let found = projections::list(&mut connection).await?;
            for line in table::lines(&found, &options.projections) {
                say!("{line}")?;
            }
            Ok(())
        }
        ProjectionsCommand::Parked { projection } => {
            list_parked(options, &mut connection, projection.as_deref()).await
        }
        ProjectionsCommand::Unpark { projection, tenant, customer, all: _ } => {
            let one = tenant.zip(customer);
            unpark(options, &mut connection, &projection, one).await
        }
        ProjectionsCommand::Rollback { projection } => {
            Box::pin(show_progress(options, &projection, rebuild::rollback(options, &projection)))
                .await
        }
        ProjectionsCommand::Prune { projection } => {
            let dropped = match projection {
                Some(projection) => {
                    rebuild::prune_one(&mut connection, &options.projections, &projection).await?
                }
                None => rebuild::prune(&mut connection).await?,
            };
            if dropped.is_empty() {
                say!("nothing to drop")?;
            }
            for (name, generation) in dropped {
                say!("dropped generation {generation} of {name}")?;
            }
            Ok(())
        }
        ProjectionsCommand::Cancel { projection } => {
            if !rebuild::cancel(&mut connection, &options.projections, &projection).await? {
                return Err(CommandError::Failed(format!(
                    "no rebuild of {projection} is in progress"
                )));
            }
            say!("the rebuild of {projection} is cancelled")?;
            Ok(())
        }
    }
}

/// The action that a command records, and its read model.
fn action(command: &ProjectionsCommand) -> Option<(Option<&str>, Action)> {
    match command {
        ProjectionsCommand::List | ProjectionsCommand::Parked { .. } => None,
        ProjectionsCommand::Unpark { projection, tenant, customer, all: _ } => {
            let customer = tenant.zip(*customer);
            let customer = customer.map(|(tenant, id)| (TenantId(tenant), CustomerId(id)));
            Some((Some(projection), Action::Unpark { customer }))
        }
        ProjectionsCommand::Rollback { projection } => Some((Some(projection), Action::Rollback)),
        ProjectionsCommand::Prune { projection } => Some((projection.as_deref(), Action::Prune)),
        ProjectionsCommand::Cancel { projection } => Some((Some(projection), Action::Cancel)),
    }
}

async fn list_parked(
    options: &Options,
    connection: &mut PgConnection,
    projection: Option<&str>,
) -> Result<(), CommandError> {
    let names = match projection {
        Some(projection) => vec![read_models::find(options, projection)?],
        None => options.projections.names().collect(),
    };
    let mut none = true;
    for name in names {
        let mut after = None;
        while let Some(page) = page(connection, name, &mut after).await? {
            for parked in page {
                none = false;
                print(&parked)?;
            }
        }
    }
    if none {
        say!("no customer is parked")?;
    }
    Ok(())
}

fn print(parked: &Parked) -> Result<(), CommandError> {
    let Parked { projection, generation, tenant_id, customer_id, sequence, .. } = parked;
    let since = parked.parked_at.format("%Y-%m-%dT%H:%M:%SZ");
    let (event, failure) = (&parked.event_type, &parked.failure);
    say!("{projection} generation {generation}  tenant {tenant_id}  customer {customer_id}")?;
    say!("  stopped {since} at version {sequence}, {event}: {failure}")?;
    Ok(())
}

/// The next parked customers of a projection; nothing after the last.
async fn page(
    connection: &mut PgConnection,
    projection: &str,
    after: &mut Option<ParkedAt>,
) -> Result<Option<Vec<Parked>>, CommandError> {
    let page = projections::parked_in(connection, projection, *after, PAGE).await?;
    *after = page.last().map(Parked::at).or(*after);
    Ok((!page.is_empty()).then_some(page))
}

/// Unparks one customer, or all.
#[expect(clippy::arithmetic_side_effects, reason = "what is counted are rows of one database")]
async fn unpark(
    options: &Options,
    connection: &mut PgConnection,
    projection: &str,
    one: Option<(Uuid, Uuid)>,
) -> Result<(), CommandError> {
    let projection = read_models::find(options, projection)?;
    let (mut tried, mut stopped) = (0_u64, 0_u64);
    if let Some((tenant, customer)) = one {
        let (tenant, customer) = (TenantId(tenant), CustomerId(customer));
        let found = projections::parked_customer(connection, projection, tenant, customer).await?;
        for parked in found {
            tried += 1;
            stopped += u64::from(!try_unpark(options, &parked).await?);
        }
        if tried == 0 {
            return Err(CommandError::Unknown("parked customer"));
        }
    } else {
        let mut after = None;
        while let Some(page) = page(connection, projection, &mut after).await? {
            for parked in page {
                tried += 1;
                stopped += u64::from(!try_unpark(options, &parked).await?);
            }
        }
        say!("unparked {} of {tried} customers", tried - stopped)?;
    }
    if stopped == 0 {
        return Ok(());
    }
    Err(CommandError::Failed(format!("{stopped} of {tried} stay parked in {projection}")))
}

async fn try_unpark(options: &Options, parked: &Parked) -> Result<bool, CommandError> {
    let tried = projections::unpark(options, parked).await?;
    let (customer, generation) = (parked.customer_id, parked.generation);
    match tried {
        Unparked::Applied(events) => {
            say!("{customer} is unparked in generation {generation}: {events} events applied")?;
        }
        Unparked::StoppedAt(version) => {
            say!("{customer} is parked again in generation {generation}, at version {version}")?;
        }
        Unparked::NotParked => {
            say!("{customer} can't be unparked in generation {generation} by this version")?;
        }
    }
    Ok(matches!(tried, Unparked::Applied(_)))
}
