//! From commands to a vendor's answer.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use domain::{customer, tenant};
use http::commands::{CommandRequest, submission};
use http::ids::new_id;
use http::read_audit::shows;
use http::{App, Problem};
use serde_json::{Value, json};
use store::{
    Answer, Committed, Expected, Outcome, Reference, Refused, Render, Rendered, Submission, Target,
};
use uuid::Uuid;

use crate::ids::read_id;
use crate::members::Member;
use crate::places::place;
use crate::surface::Surface;
use crate::surface::answer;

/// What a vendor answers.
pub(crate) struct VendorResponse {
    pub(crate) status: StatusCode,
    /// The body; nothing for an answer without one.
    pub(crate) body: Option<Value>,
}

impl VendorResponse {
    /// 200 with this body.
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Some(body) }
    }

    /// 200 without a body.
    pub(crate) const EMPTY: Self = Self { status: StatusCode::OK, body: None };
}

/// What the answer to a request shows.
#[derive(Debug)]
pub(crate) enum Shows {
    /// The customer as it is stored.
    Customer,
    /// This part of a customer's document, which the request said, and ids: the key may not read.
    Said(Value),
    /// Nothing of a customer but its id.
    Nothing,
}

/// What an answer is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source<'a> {
    /// The document as it is stored, after this.
    Stored(&'a Committed),
    /// What the request said. The answer that a key with `read` would get has further ids.
    Said(&'a Value),
}

/// Like [`submit`], for commands that were made by `table`. A refusal names the member of
/// the request that it is about, if there is one.
///
/// # Errors
///
/// As for [`submit`].
pub(crate) async fn submit_by(
    app: &App,
    (surface, table): (&'static Surface, &'static [Member]),
    request: CommandRequest,
    reference: Reference,
    commands: Vec<customer::Command>,
    shown: Shows,
    respond: impl Fn(&Value, Source<'_>) -> Result<VendorResponse, Problem> + Send + Sync + 'static,
) -> Result<Response, Problem> {
    let registers = matches!(commands.first(), Some(customer::Command::RegisterCustomer(_)));
    let expected = if registers { request.expected } else { Expected::Exists };
    let request = CommandRequest { expected, ..request };
    let known = match &reference {
        Reference::Id(id) if !registers => Some(id.0),
        Reference::Id(_) | Reference::External(_) | Reference::Alias(_) => None,
    };
    let respond = Arc::new(respond);
    let render = render(surface, table, Arc::clone(&respond));
    let submission = submission(app, request, reference, commands, render).await?;
    let Answer { rendered, .. } =
        app.store.submit(Submission { shown: true, ..submission }).await?;
    let status = status_of(&rendered);
    if !status.is_success() || rendered.body.is_empty() {
        return Ok(answer(status, rendered.body));
    }
    match shown {
        Shows::Nothing => Ok(answer(status, rendered.body)),
        Shows::Customer => {
            let customer = match known {
                Some(customer) => Some(customer),
                None => subject(surface, &whole(&rendered)?),
            };
            Ok(shows(answer(status, rendered.body), customer))
        }
        Shows::Said(mut said) => {
            let whole = whole(&rendered)?;
            let customer = known.or_else(|| subject(surface, &whole));
            if let (Value::Object(said), Some(customer)) = (&mut said, customer) {
                said.insert("id".to_owned(), json!(customer));
            }
            let VendorResponse { status, body } = respond(&said, Source::Said(&whole))?;
            Ok(answer(status, body.map(|body| body.to_string()).unwrap_or_default()))
        }
    }
}

/// The answer as it is kept: what a key gets that may read.
fn whole(rendered: &Rendered) -> Result<Value, Problem> {
    serde_json::from_str(&rendered.body).map_err(|_| Problem::internal())
}

/// The customer that an answer is about.
fn subject(surface: &Surface, whole: &Value) -> Option<Uuid> {
    surface
        .subjects
        .iter()
        .find_map(|(pointer, prefix)| read_id(prefix, whole.pointer(pointer)?.as_str()?))
}

/// Sends commands on one customer. The answer is rendered from the customer's document after them,
/// and is stored under the request's idempotency key in the vendor's words. A key that may not read gets
/// the request's own values instead: the stored answer does not depend on the key.
///
/// # Errors
///
/// A refusal is a response; only failures are errors.
pub(crate) async fn submit(
    app: &App,
    surface: &'static Surface,
    request: CommandRequest,
    reference: Reference,
    commands: Vec<customer::Command>,
    shown: Shows,
    respond: impl Fn(&Value, Source<'_>) -> Result<VendorResponse, Problem> + Send + Sync + 'static,
) -> Result<Response, Problem> {
    submit_by(app, (surface, &[]), request, reference, commands, shown, respond).await
}

/// Sends a command on the caller's tenant. The answer shows nothing of the tenant but ids.
///
/// # Errors
///
/// As for [`submit`].
pub(crate) async fn submit_to_tenant(
    app: &App,
    surface: &'static Surface,
    request: CommandRequest,
    mut command: tenant::Command,
    respond: impl Fn(&Value, Source<'_>) -> Result<VendorResponse, Problem> + Send + Sync + 'static,
) -> Result<Response, Problem> {
    command.fill_ids(new_id);
    let mut metadata = request.context.metadata;
    metadata.insert("command".to_owned(), command.name().to_owned());
    let submission = Submission {
        tenant: request.context.caller.tenant(),
        target: Target::Tenant { commands: vec![command] },
        expected: request.expected,
        idempotency: request.idempotency,
        metadata,
        dry_run: false,
        shown: true,
        render: render(surface, &[], Arc::new(respond)),
    };
    let Answer { rendered, .. } = app.store.submit(submission).await?;
    Ok(answer(status_of(&rendered), rendered.body))
}

fn status_of(rendered: &Rendered) -> StatusCode {
    StatusCode::from_u16(rendered.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn render(
    surface: &'static Surface,
    table: &'static [Member],
    respond: Arc<
        impl Fn(&Value, Source<'_>) -> Result<VendorResponse, Problem> + Send + Sync + 'static,
    >,
) -> Render {
    Box::new(move |outcome| {
        let response = match outcome {
            Outcome::Committed(committed) => {
                let document = committed.current.as_ref().map(store::Current::to_value);
                let document = document.transpose().map_err(Problem::from);
                let source = Source::Stored(committed);
                document.and_then(|document| respond(&document.unwrap_or_default(), source))
            }
            Outcome::Refused(refused) => Err(placed(table, refused)),
        };
        let (status, body) = match response {
            Ok(VendorResponse { status, body }) => (status, body),
            Err(problem) => {
                let (status, body) = (surface.failure)(&problem);
                (status, Some(body))
            }
        };
        Rendered {
            status: status.as_u16(),
            version: None,
            position: None,
            body: body.map(|body| body.to_string()).unwrap_or_default(),
        }
    })
}

/// What refused a request that was read by this table.
fn placed(table: &[Member], refused: &Refused) -> Problem {
    let member = match refused {
        Refused::Customer { refusal, .. } => refusal.member(),
        Refused::Unknown
        | Refused::VersionMismatch { .. }
        | Refused::KeyReused
        | Refused::TooLarge { .. }
        | Refused::ChangedSince { .. }
        | Refused::Unattributed(_)
        | Refused::Tenant { .. } => None,
    };
    let place = member.and_then(|member| place(table, member));
    place.into_iter().fold(refused.clone().into(), Problem::at)
}
