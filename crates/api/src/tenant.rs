//! The caller's tenant: its settings, and the commands that change them.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::tenant::Command;
use store::{Submission, Target};

use crate::answer::render;
use crate::app::App;
use crate::auth::Caller;
use crate::commands::{JsonOrder, new_id};
use crate::customers::{Nothing, document};
use crate::disclosure::Shown;
use crate::extract::{Path, Query};
use crate::problem::Problem;

/// `GET /v1/tenant`
pub(crate) async fn get_tenant(
    State(app): State<App>,
    caller: Caller,
    Query(Nothing {}): Query<Nothing>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let current = app.store.tenant(caller.tenant()).await?;
    document(&current.ok_or_else(Problem::not_found)?, &headers).await
}

/// `POST /v1/tenant/commands/{command}`
pub(crate) async fn send_tenant_command(
    State(app): State<App>,
    Path(name): Path<String>,
    JsonOrder { order, body }: JsonOrder,
) -> Result<Response, Problem> {
    let tenant = order.context.caller.tenant();
    let shown = Shown::of_tenant(&order.context.caller);
    let mut command = Command::read(&name, body).ok_or_else(Problem::unknown_command)??;
    command.fill_ids(new_id);
    let mut metadata = order.context.metadata;
    metadata.insert("command".to_owned(), command.name().to_owned());
    let submission = Submission {
        tenant,
        target: Target::Tenant { commands: vec![command] },
        expected: order.expected,
        idempotency: order.idempotency,
        metadata,
        dry_run: order.dry_run,
        shown: false,
        render: render(order.context.request_id, StatusCode::OK, false),
    };
    shown.respond(tenant.partition, app.store.submit(submission).await?)
}
