//! From commands to a vendor's answer.

use axum::http::StatusCode;
use axum::response::Response;
use domain::{customer, tenant};
use serde_json::Value;
use store::{
    Answer, Committed, Expected, Outcome, Reference, Refused, Render, Rendered, Submission, Target,
};

use super::Surface;
use super::members::{Member, place};
use super::surface::answer;
use crate::app::App;
use crate::commands::{Order, new_id, submission};
use crate::problem::Problem;

/// What a vendor answers.
pub(crate) struct Told {
    pub(crate) status: StatusCode,
    /// The body; nothing for an answer without one.
    pub(crate) body: Option<Value>,
}

impl Told {
    /// 200 with this body.
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Some(body) }
    }

    /// 200 without a body.
    pub(crate) const EMPTY: Self = Self { status: StatusCode::OK, body: None };
}

/// As [`submit`], of commands that were made by `table`: what refuses them is told with the member of
/// the request that it is about, where there is one.
///
/// # Errors
///
/// As for [`submit`].
pub(crate) async fn submit_by(
    app: &App,
    (surface, table): (&'static Surface, &'static [Member]),
    order: Order,
    reference: Reference,
    commands: Vec<customer::Command>,
    tell: impl Fn(&Value, &Committed) -> Result<Told, Problem> + Send + Sync + 'static,
) -> Result<Response, Problem> {
    let registers = matches!(commands.first(), Some(customer::Command::RegisterCustomer(_)));
    let expected = if registers { order.expected } else { Expected::Exists };
    let order = Order { expected, ..order };
    let render = render(surface, table, tell);
    let submission = submission(app, order, reference, commands, render).await?;
    send(app, Submission { shown: true, ..submission }).await
}

/// Sends commands on one customer. What comes of them is told from the customer's document as it is
/// then, and is kept under the request's idempotency key in the vendor's words.
///
/// # Errors
///
/// What refused them is in the response already; only faults are errors.
pub(crate) async fn submit(
    app: &App,
    surface: &'static Surface,
    order: Order,
    reference: Reference,
    commands: Vec<customer::Command>,
    tell: impl Fn(&Value, &Committed) -> Result<Told, Problem> + Send + Sync + 'static,
) -> Result<Response, Problem> {
    submit_by(app, (surface, &[]), order, reference, commands, tell).await
}

/// Sends a command on the caller's tenant.
///
/// # Errors
///
/// As for [`submit`].
pub(crate) async fn submit_to_tenant(
    app: &App,
    surface: &'static Surface,
    order: Order,
    mut command: tenant::Command,
    tell: impl Fn(&Value, &Committed) -> Result<Told, Problem> + Send + Sync + 'static,
) -> Result<Response, Problem> {
    command.fill_ids(new_id);
    let mut metadata = order.context.metadata;
    metadata.insert("command".to_owned(), command.name().to_owned());
    let submission = Submission {
        tenant: order.context.caller.tenant(),
        target: Target::Tenant { commands: vec![command] },
        expected: order.expected,
        idempotency: order.idempotency,
        metadata,
        dry_run: false,
        shown: true,
        render: render(surface, &[], tell),
    };
    send(app, submission).await
}

async fn send(app: &App, submission: Submission) -> Result<Response, Problem> {
    let Answer { rendered, .. } = app.store.submit(submission).await?;
    let status = StatusCode::from_u16(rendered.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Ok(answer(status, rendered.body))
}

fn render(
    surface: &'static Surface,
    table: &'static [Member],
    tell: impl Fn(&Value, &Committed) -> Result<Told, Problem> + Send + Sync + 'static,
) -> Render {
    Box::new(move |outcome| {
        let told = match outcome {
            Outcome::Committed(committed) => {
                let document = committed.current.as_ref().map(store::Current::to_value);
                let document = document.transpose().map_err(Problem::from);
                document.and_then(|document| tell(&document.unwrap_or_default(), committed))
            }
            Outcome::Refused(refused) => Err(placed(table, *refused)),
        };
        let (status, body) = match told {
            Ok(Told { status, body }) => (status, body),
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
fn placed(table: &[Member], refused: Refused) -> Problem {
    let member = match refused {
        Refused::Customer { refusal, .. } => refusal.member(),
        Refused::Unknown
        | Refused::VersionMismatch
        | Refused::KeyReused
        | Refused::Tenant { .. } => None,
    };
    let place = member.and_then(|member| place(table, member));
    place.into_iter().fold(refused.into(), Problem::at)
}
