//! `dossier tenant`.

use domain::TenantId;
use domain::tenant::{Command, CreateTenant};
use store::{
    Expected, Outcome, Partition, Refused, Rendered, Role, Store, StoreError, Submission, Target,
    TenantRef,
};
use uuid::Uuid;

use super::{CommandError, Database, by_operator};
use crate::cli::TenantCommand;
use crate::config::Config;

/// Why a tenant was not made.
#[derive(Debug, thiserror::Error)]
pub enum NewTenantError {
    /// The name isn't one.
    #[error("the name {0}")]
    Name(String),
    /// A rule refused it.
    #[error("{0}")]
    Refused(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a tenant, in the partition that its id leads to.
///
/// # Errors
///
/// A [`NewTenantError`]; nothing was made then, unless the database's answer was lost.
pub async fn create_tenant(
    store: &Store,
    id: Uuid,
    name: &str,
) -> Result<TenantRef, NewTenantError> {
    let id = TenantId(id);
    let tenant = TenantRef { id, partition: Partition::of_new(id) };
    let name = name
        .parse()
        .map_err(|wrong: domain::check::Violation| NewTenantError::Name(wrong.to_string()))?;
    let submission = Submission {
        tenant,
        target: Target::Tenant { commands: vec![Command::CreateTenant(CreateTenant { name })] },
        expected: Expected::Any,
        idempotency: None,
        metadata: by_operator("create-tenant"),
        dry_run: false,
        shown: false,
        render: Box::new(render),
    };
    let answer = store.submit(submission).await?;
    let refusal = answer.rendered.body;
    if refusal.is_empty() { Ok(tenant) } else { Err(NewTenantError::Refused(refusal)) }
}

/// The answer is the text of the refusal, empty when there is none.
fn render(outcome: &Outcome) -> Rendered {
    let body = match outcome {
        Outcome::Committed(_) => String::new(),
        Outcome::Refused(Refused::Tenant { refusal, .. }) => refusal.to_string(),
        Outcome::Refused(refused) => format!("{refused:?}"),
    };
    Rendered { status: 0, version: None, position: None, body }
}

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
    println!("{}", made?.id);
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
            println!("{}  {}  {}", found.tenant.id, found.created_at.to_rfc3339(), found.name);
        }
    }
}

/// A new id, in the order of time.
#[expect(clippy::disallowed_methods, reason = "this is where the operator's requests arrive")]
pub(super) fn new_id() -> Uuid {
    Uuid::now_v7()
}
