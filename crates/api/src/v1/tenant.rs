//! The caller's tenant: its settings, and the commands that change them.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::tenant::Command;
use http::auth::Caller;
use http::commands::{Shown, Success, render};
use http::extract::{NoParameters, Path};
use http::ids::new_id;
use http::{App, Problem};
use store::{Submission, Target};

use super::command_request::JsonCommandRequest;
use super::document::document;

/// `GET /v1/tenant`
pub(crate) async fn get_tenant(
    State(app): State<App>,
    caller: Caller,
    _: NoParameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let current = app.store.tenant(caller.tenant()).await?;
    document(&current.ok_or_else(Problem::not_found)?, &headers).await
}

/// `POST /v1/tenant/commands/{command}`
pub(crate) async fn send_tenant_command(
    State(app): State<App>,
    Path(name): Path<String>,
    JsonCommandRequest { request, body }: JsonCommandRequest,
) -> Result<Response, Problem> {
    let tenant = request.context.caller.tenant();
    let shown = Shown::of_tenant(&request.context.caller);
    let mut command = Command::read(&name, body).ok_or_else(Problem::unknown_command)??;
    command.fill_ids(new_id);
    let mut metadata = request.context.metadata;
    metadata.insert("command".to_owned(), command.name().to_owned());
    let submission = Submission {
        tenant,
        target: Target::Tenant { commands: vec![command] },
        expected: request.expected,
        idempotency: request.idempotency,
        metadata,
        dry_run: request.dry_run,
        shown: false,
        render: render(request.context.request_id, Success::Done, false),
    };
    shown.respond(tenant.partition, app.store.submit(submission).await?)
}
