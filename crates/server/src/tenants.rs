//! Creating tenants.

use domain::TenantId;
use domain::tenant::{Command, CreateTenant};
use store::{
    Expected, Outcome, Partition, Refused, Rendered, Store, StoreError, Submission, Target,
    TenantRef,
};
use uuid::Uuid;

use crate::operator::by_operator;

/// Why a tenant was not created.
#[derive(Debug, thiserror::Error)]
pub enum NewTenantError {
    /// The name is not valid.
    #[error("the name {0}")]
    Name(String),
    /// A rule refused it.
    #[error("{0}")]
    Refused(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Creates a tenant, in the partition that follows from its id.
///
/// # Errors
///
/// A [`NewTenantError`]; nothing was created then, unless the database's answer was lost.
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

/// Renders the refusal as the answer's text; empty when there is none.
fn render(outcome: &Outcome) -> Rendered {
    let body = match outcome {
        Outcome::Committed(_) => String::new(),
        Outcome::Refused(Refused::Tenant { refusal, .. }) => refusal.to_string(),
        Outcome::Refused(refused) => format!("{refused:?}"),
    };
    Rendered { status: 0, version: None, position: None, body }
}

/// A new id. Later ones sort after earlier ones.
#[expect(clippy::disallowed_methods, reason = "commands of the operator arrive here")]
pub(crate) fn new_id() -> Uuid {
    Uuid::now_v7()
}
