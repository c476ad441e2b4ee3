//! Requests that carry commands, and how their outcome is answered.

use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::response::Response;
use domain::customer::Command;
use http::commands::{
    CommandRequest, IDEMPOTENCY_KEY, Shown, Success, render, request_hash, submission,
};
use http::context::Context;
use http::extract::Query;
use http::parameters::Parameters;
use http::{App, Problem, body, headers};
use serde_json::Value;
use store::{Idempotency, Reference, Render};

/// How the outcome of commands is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnswerForm {
    /// The status when they happened.
    pub(crate) success: Success,
    /// Whether the caller sent several, so that a refusal names one of them.
    pub(crate) several: bool,
}

impl AnswerForm {
    /// One command, answered with 200.
    pub(crate) const ONE: Self = Self { success: Success::Done, several: false };
    /// A registration, answered with 201.
    pub(crate) const REGISTRATION: Self = Self { success: Success::Created, several: false };

    /// The form of the answer to one command on a customer that is named.
    pub(crate) const fn of(command: &Command) -> Self {
        if matches!(command, Command::UpsertCustomer(_)) {
            Self { success: Success::CreatedIfNew, several: false }
        } else {
            Self::ONE
        }
    }

    /// What makes the answer to a request.
    pub(crate) fn render(self, context: &Context) -> Render {
        render(context.request_id.clone(), self.success, self.several)
    }
}

/// A command request whose body is JSON, read to its end.
pub(crate) struct JsonCommandRequest {
    pub(crate) request: CommandRequest,
    pub(crate) body: Value,
}

impl FromRequest<App> for JsonCommandRequest {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let context = Context::from_request_parts(&mut parts, app).await?;
        let Query(mut parameters) =
            Query::<Parameters>::from_request_parts(&mut parts, app).await?;
        let dry_run: Option<bool> = parameters.parsed("dry_run", "must be true or false")?;
        parameters.finish()?;
        let dry_run = dry_run.unwrap_or_default();
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
        // A dry run stores nothing, not even its answer.
        let idempotency = idempotency.filter(|_| !dry_run);
        Ok(Self { request: CommandRequest { context, expected, idempotency, dry_run }, body })
    }
}

/// Sends commands on one customer and answers after the commit.
pub(crate) async fn send(
    app: &App,
    request: CommandRequest,
    reference: Reference,
    commands: Vec<Command>,
    form: AnswerForm,
) -> Result<Response, Problem> {
    let partition = request.context.caller.tenant().partition;
    let shown = Shown::of(&request.context.caller, &commands, request.dry_run);
    let render = form.render(&request.context);
    let submission = submission(app, request, reference, commands, render).await?;
    let answer = app.store.submit(submission).await?;
    shown.respond(partition, answer)
}
