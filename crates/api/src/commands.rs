//! Commands on one customer: register it, one command, or several that happen together.

use std::collections::BTreeSet;

use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::CustomerId;
use domain::check::Violation;
use domain::customer::Command;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use store::{Expected, Idempotency, Reference, Render, Submission, Target};
use uuid::Uuid;

use crate::answer::render;
use crate::app::App;
use crate::disclosure::Shown;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::request::Context;
use crate::{body, headers, reference};

/// The header that makes a request happen once.
pub(crate) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// Commands that may happen together.
pub(crate) const TOGETHER_MAX: usize = 100;

/// What every command request carries beside its body.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) context: Context,
    pub(crate) expected: Expected,
    pub(crate) idempotency: Option<Idempotency>,
    pub(crate) dry_run: bool,
}

/// How the outcome of commands is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered {
    /// The status when they happened.
    pub(crate) success: StatusCode,
    /// Whether the caller sent several, and has to be told which one was refused.
    pub(crate) several: bool,
}

impl Answered {
    /// One command, answered with 200.
    pub(crate) const ONE: Self = Self { success: StatusCode::OK, several: false };
    /// A registration, answered with 201.
    pub(crate) const REGISTRATION: Self = Self { success: StatusCode::CREATED, several: false };

    /// What makes the answer to a request.
    pub(crate) fn render(self, context: &Context) -> Render {
        render(context.request_id.clone(), self.success, self.several)
    }
}

/// A command request whose body is JSON, read to its end.
pub(crate) struct JsonOrder {
    pub(crate) order: Order,
    pub(crate) body: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderQuery {
    #[serde(default)]
    pub(crate) dry_run: bool,
}

impl FromRequest<App> for JsonOrder {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let context = Context::from_request_parts(&mut parts, app).await?;
        let Query(OrderQuery { dry_run }) = Query::from_request_parts(&mut parts, app).await?;
        body::require_type(&parts.headers, &["application/json"])?;
        let expected = headers::expected(&parts.headers)?;
        let key = headers::idempotency_key(&parts.headers, IDEMPOTENCY_KEY)?;
        let bytes = body::read(body, app.settings).await?;
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        let idempotency = key.map(|key| Idempotency {
            key,
            request_hash: request_hash(&[parts.method.as_str(), target], &bytes),
        });
        let body = domain::json::parse(&bytes)?;
        // A dry run stores nothing, its answer neither.
        let idempotency = idempotency.filter(|_| !dry_run);
        Ok(Self { order: Order { context, expected, idempotency, dry_run }, body })
    }
}

/// What makes two requests the same: method, path and query, and each byte of the body.
pub(crate) fn request_hash(head: &[&str], body: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in head {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    digest.update(body);
    digest.finalize().into()
}

/// A new id, in the order of time.
#[expect(clippy::disallowed_methods, reason = "this is where requests arrive")]
pub(crate) fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// `POST /v1/customers`
pub(crate) async fn register_customer(
    State(app): State<App>,
    JsonOrder { order, body }: JsonOrder,
) -> Result<Response, Problem> {
    let command = read_command("register-customer", body)?;
    let id = if let Command::RegisterCustomer(register) = &command { register.id } else { None };
    let reference = Reference::Id(id.unwrap_or_else(|| CustomerId(new_id())));
    // What a dry run shows isn't there to be found.
    let how = if order.dry_run { Answered::ONE } else { Answered::REGISTRATION };
    send(&app, order, reference, vec![command], how).await
}

/// `POST /v1/customers/{ref}/commands/{command}`
pub(crate) async fn send_command(
    State(app): State<App>,
    Path((reference, name)): Path<(String, String)>,
    JsonOrder { order, body }: JsonOrder,
) -> Result<Response, Problem> {
    let reference = reference::read(&reference)?;
    let command = read_command(&name, body)?;
    send(&app, order, reference, vec![command], Answered::ONE).await
}

/// Several commands on one customer. All of them happen, or none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Together {
    /// 1 to 100 commands, in the order in which they are decided.
    #[schemars(length(min = 1, max = 100))]
    commands: Vec<Named>,
}

/// A command by its name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NamedCommand")]
struct Named {
    /// The command's name, as in its own path.
    command: String,
    /// The command's body, as its own path takes it.
    #[serde(default = "empty_object")]
    body: Value,
}

pub(crate) fn empty_object() -> Value {
    Value::Object(serde_json::Map::new())
}

/// `POST /v1/customers/{ref}/commands`
pub(crate) async fn send_commands(
    State(app): State<App>,
    Path(reference): Path<String>,
    JsonOrder { order, body }: JsonOrder,
) -> Result<Response, Problem> {
    let reference = reference::read(&reference)?;
    let Together { commands } = domain::json::read(body)?;
    if commands.is_empty() || commands.len() > TOGETHER_MAX {
        let asked = Violation::invalid(format!("must have 1 to {TOGETHER_MAX} commands"));
        return Err(asked.under("commands").into());
    }
    let commands = commands.into_iter().enumerate().map(|(nth, Named { command, body })| {
        let under = |violation: Violation| {
            violation.under("body").under(&nth.to_string()).under("commands")
        };
        match Command::read(&command, body) {
            Some(Ok(command)) => Ok(command),
            Some(Err(violations)) => {
                Err(Problem::from(violations.into_iter().map(under).collect::<Vec<_>>()))
            }
            None => {
                let unknown = Violation::invalid("is not the name of a command");
                Err(unknown.under("command").under(&nth.to_string()).under("commands").into())
            }
        }
    });
    let commands = commands.collect::<Result<_, Problem>>()?;
    send(&app, order, reference, commands, Answered { several: true, ..Answered::ONE }).await
}

/// Reads the body of the command called `name`.
pub(crate) fn read_command(name: &str, body: Value) -> Result<Command, Problem> {
    let command = Command::read(name, body).ok_or_else(Problem::unknown_command)?;
    Ok(command?)
}

/// Sends commands on one customer and answers after the commit.
async fn send(
    app: &App,
    order: Order,
    reference: Reference,
    commands: Vec<Command>,
    how: Answered,
) -> Result<Response, Problem> {
    let partition = order.context.caller.tenant().partition;
    let shown = Shown::of(&order.context.caller, &commands, order.dry_run);
    let render = how.render(&order.context);
    let submission = submission(app, order, reference, commands, render).await?;
    let answer = app.store.submit(submission).await?;
    shown.respond(partition, answer)
}

/// What is submitted for commands on one customer.
pub(crate) async fn submission(
    app: &App,
    order: Order,
    mut reference: Reference,
    mut commands: Vec<Command>,
    render: Render,
) -> Result<Submission, Problem> {
    let tenant = order.context.caller.tenant();
    for command in &mut commands {
        if let (Command::RegisterCustomer(register), Reference::Id(id)) =
            (&mut *command, &reference)
        {
            register.id.get_or_insert(*id);
        }
        command.fill_ids(new_id);
    }
    let versions: BTreeSet<u64> = commands.iter().filter_map(Command::past_version).collect();
    let mut past = std::collections::BTreeMap::new();
    if !versions.is_empty() {
        // The past of exactly this customer: whoever holds the name by the time of the commit. If
        // nobody holds it, the answer may still be kept under the request's idempotency key.
        if let Some(current) = app.store.customer(tenant, &reference).await? {
            reference = Reference::Id(CustomerId(current.id));
            past = app.store.past(tenant, CustomerId(current.id), versions).await?;
        }
    }
    let mut metadata = order.context.metadata;
    let names: Vec<&str> = commands.iter().map(Command::name).collect();
    metadata.insert("command".to_owned(), names.join(","));
    Ok(Submission {
        tenant,
        target: Target::Customer { reference, commands, past },
        expected: order.expected,
        idempotency: order.idempotency,
        metadata,
        dry_run: order.dry_run,
        shown: false,
        render,
    })
}
