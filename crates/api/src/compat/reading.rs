//! Looking at customers.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use store::{Reference, TenantRef};
use uuid::Uuid;

use super::surface::answer;
use crate::app::App;
use crate::problem::Problem;
use crate::reads::shows;

/// The customer that `reference` names, and its document.
pub(crate) async fn find(
    app: &App,
    tenant: TenantRef,
    reference: &Reference,
) -> Result<(Uuid, Value), Problem> {
    let current = app.store.customer(tenant, reference).await?;
    let current = current.ok_or_else(Problem::unknown_customer)?;
    Ok((current.id, current.to_value()?))
}

/// 200 with this body, which shows these customers.
pub(crate) fn shown(body: &Value, customers: impl IntoIterator<Item = Uuid>) -> Response {
    shows(answer(StatusCode::OK, body.to_string()), customers)
}
