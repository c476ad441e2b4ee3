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
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::{Current, StoreError};
use uuid::Uuid;

use self::json_patch::{Operation, patch};
use crate::v1::moment::RequestedMoment;

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
    let from = RequestedMoment::either(&mut parameters, "from")?;
    let from = from.ok_or_else(|| Problem::parameter("from", "must be there"))?;
    let to = RequestedMoment::either(&mut parameters, "to")?;
    parameters.finish()?;
    let now = reference::find(&app, tenant, &reference).await?;
    let before = from.of(&app, tenant, &now).await?;
    let after = match to {
        Some(to) => to.of(&app, tenant, &now).await?,
        None => now,
    };
    let shown = Json(Diff::of(&before, &after)?).into_response();
    Ok(shows(shown, [after.id]))
}

/// The differences between two states of a customer.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Diff {
    /// The customer.
    customer_id: Uuid,
    /// The state that `from` names.
    from: Side,
    /// The state that `to` names.
    to: Side,
    /// The fields that differ.
    changes: Vec<Changed>,
    /// A JSON Patch (RFC 6902). It turns the document of `from`, with version and times, into that of `to`.
    #[schemars(with = "Vec<PatchOperation>")]
    patch: Vec<Operation>,
}

/// A version of the customer.
#[derive(Serialize, JsonSchema)]
struct Side {
    /// The version.
    #[schemars(range(min = 1))]
    version: i64,
    /// When its event was recorded.
    recorded_at: Timestamp,
}

/// A field that differs.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FieldDifference")]
struct Changed {
    /// The field: a JSON pointer into the customer. Items of lists that have an id are addressed by id,
    /// integrations by type and id.
    field: String,
    /// The earlier value, as JSON. Absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<Value>,
    /// The later value, as JSON. Absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<Value>,
}

/// A step of a JSON Patch.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it describes an `Operation`, which the domain keeps free of schemas")]
struct PatchOperation {
    /// What to do.
    op: PatchKind,
    /// Where: a JSON pointer.
    path: String,
    /// The new value. Absent for `remove`.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

/// What a step does.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes the tag of an `Operation`")]
enum PatchKind {
    Add,
    Remove,
    Replace,
}

impl Diff {
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
