//! Sending commands: what every surface's requests have in common.

mod answer;
mod disclosure;
mod undo;

use std::collections::{BTreeMap, BTreeSet};

use domain::CustomerId;
use domain::customer::Command;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use store::{Expected, Idempotency, Reference, Render, Submission, Target};

pub use self::answer::{Success, render};
pub use self::disclosure::Shown;
use crate::app::App;
use crate::context::Context;
use crate::ids::new_id;
use crate::problem::Problem;

/// The header whose key makes a request happen once.
pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// What every command request carries beside its body.
#[derive(Clone, Debug)]
pub struct CommandRequest {
    /// Who sends it, why and how.
    pub context: Context,
    /// The version that it expects, if any.
    pub expected: Expected,
    /// The key under which it happens once, if there is one.
    pub idempotency: Option<Idempotency>,
    /// Whether it is only tried.
    pub dry_run: bool,
}

/// The hash of a request. Two requests are the same if method, path, query and body are.
pub fn request_hash(head: &[&str], body: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in head {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    digest.update(body);
    digest.finalize().into()
}

/// `{}`.
pub fn empty_object() -> Value {
    Value::Object(Map::new())
}

/// Reads the body of the command called `name`.
pub fn read_command(name: &str, body: Value) -> Result<Command, Problem> {
    let command = Command::read(name, body).ok_or_else(Problem::unknown_command)?;
    Ok(command?)
}

/// The submission of commands on one customer.
pub async fn submission(
    app: &App,
    request: CommandRequest,
    mut reference: Reference,
    mut commands: Vec<Command>,
    mut render: Render,
) -> Result<Submission, Problem> {
    let tenant = request.context.caller.tenant();
    for command in &mut commands {
        if let (Command::RegisterCustomer(register), Reference::Id(id)) =
            (&mut *command, &reference)
        {
            register.id.get_or_insert(*id);
        }
        if let Command::UpsertCustomer(upsert) = command {
            match &reference {
                Reference::Id(id) => upsert.id = Some(*id),
                Reference::External(key) => match key.parse() {
                    Ok(external_id) => upsert.external_id = Some(external_id),
                    // Customers keep ids from before today's rules, and are found by them.
                    Err(refused) if app.store.customer(tenant, &reference).await?.is_none() => {
                        return Err(Problem::from(refused.under("external_id")));
                    }
                    Err(_) => {}
                },
                // An alias alone makes nobody: it has to find the customer.
                Reference::Alias(_) => {}
            }
        }
        command.fill_ids(new_id);
    }
    let versions = |command: &Command| [command.past_version(), command.undone_version()];
    let versions: BTreeSet<u64> = commands.iter().flat_map(versions).flatten().collect();
    let mut past = BTreeMap::new();
    if !versions.is_empty() {
        // The past of exactly this customer, even if another one has the name at the commit. If
        // none has it, an answer may still be stored under the request's idempotency key.
        if let Some(current) = app.store.customer(tenant, &reference).await? {
            reference = Reference::Id(CustomerId(current.id));
            past = app.store.past(tenant, CustomerId(current.id), versions).await?;
            let since = undo::versions(app, tenant, &current, &commands, &past).await?;
            render = undo::naming(render, since);
        }
    }
    let mut metadata = request.context.metadata;
    let names: Vec<&str> = commands.iter().map(Command::name).collect();
    metadata.insert("command".to_owned(), names.join(","));
    Ok(Submission {
        tenant,
        target: Target::Customer { reference, commands, past },
        expected: request.expected,
        idempotency: request.idempotency,
        metadata,
        dry_run: request.dry_run,
        shown: false,
        render,
    })
}
