//! Looking at customers.

use axum::http::StatusCode;
use axum::response::Response;
use http::read_audit::shows;
use http::{App, Problem, reference};
use serde_json::Value;
use store::{Reference, TenantRef, View};
use uuid::Uuid;

use crate::surface::answer;

/// The customer that `reference` names, and its document.
pub(crate) async fn find(
    app: &App,
    tenant: TenantRef,
    reference: &Reference,
) -> Result<(Uuid, Value), Problem> {
    let current = reference::find(app, tenant, reference).await?;
    Ok((current.id, current.to_value()?))
}

/// The caller's tenant, as it is.
pub(crate) async fn tenant(app: &App, tenant: TenantRef) -> Result<Value, Problem> {
    let current = app.store.tenant(tenant).await?;
    Ok(current.ok_or_else(Problem::not_found)?.to_value()?)
}

/// Waits for a view to come to where the log is, so that callers see what they did; not for longer
/// than a moment, after which they see what there is.
pub(crate) async fn settled(app: &App, tenant: TenantRef, view: View) -> Result<(), Problem> {
    if !app.store.caught_up(view, tenant).await? {
        tracing::warn!(?view, "a list is answered from a view that is behind");
    }
    Ok(())
}

/// 200 with this body, which shows these customers.
pub(crate) fn shown(body: &Value, customers: impl IntoIterator<Item = Uuid>) -> Response {
    shown_text(body.to_string(), customers)
}

/// The same, with a body that is text already.
pub(crate) fn shown_text(body: String, customers: impl IntoIterator<Item = Uuid>) -> Response {
    shows(answer(StatusCode::OK, body), customers)
}
