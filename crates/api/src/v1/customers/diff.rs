//! What differs between two moments of a customer.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::Timestamp;
use domain::customer::{Customer, FieldChange, changes};
use http::auth::Caller;
use http::extract::{Path, Query};
use http::parameters::Parameters;
use http::read_audit::shows;
use http::{App, Problem, reference};
use serde::Serialize;
use serde_json::Value;
use store::{Current, StoreError};
use uuid::Uuid;

use self::json_patch::{Operation, patch};
use crate::v1::moment::Asked;

mod json_patch;

/// `GET /v1/customers/{ref}/diff`
pub(crate) async fn get_diff(
    State(app): State<App>,
    caller: Caller,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let reference = reference::read(&reference)?;
    let from = Asked::either(&mut parameters, "from")?;
    let from = from.ok_or_else(|| Problem::parameter("from", "must be there"))?;
    let to = Asked::either(&mut parameters, "to")?;
    parameters.finish()?;
    let now = reference::find(&app, tenant, &reference).await?;
    let before = from.of(&app, tenant, &now).await?;
    let after = match to {
        Some(to) => to.of(&app, tenant, &now).await?,
        None => now,
    };
    let shown = Json(Document::of(&before, &after)?).into_response();
    Ok(shows(shown, [after.id]))
}

/// The difference as callers see it.
#[derive(Serialize)]
struct Document {
    customer_id: Uuid,
    from: Side,
    to: Side,
    changes: Vec<Changed>,
    patch: Vec<Operation>,
}

/// One of the two moments: the version that the customer was at, and since when.
#[derive(Serialize)]
struct Side {
    version: i64,
    recorded_at: Timestamp,
}

/// A field that differs. A value that is absent wasn't there.
#[derive(Serialize)]
struct Changed {
    field: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<Value>,
}

impl Document {
    fn of(before: &Current, after: &Current) -> Result<Self, StoreError> {
        let side = |at: &Current| Side { version: at.version, recorded_at: at.updated_at().into() };
        let (old, new): (Customer, Customer) = (before.read()?, after.read()?);
        let changed = |FieldChange { field, old, new }| Changed { field, old, new };
        Ok(Self {
            customer_id: after.id,
            from: side(before),
            to: side(after),
            changes: changes(&old, &new).into_iter().map(changed).collect(),
            patch: patch(&before.to_value()?, &after.to_value()?),
        })
    }
}
