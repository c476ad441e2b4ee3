//! A customer's changes, field by field.

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use store::{Change, ChangeQuery, Partition, View};

use super::span::{Asked, types, whose};
use crate::answer::token;
use crate::app::App;
use crate::at_least::AtLeast;
use crate::auth::Caller;
use crate::extract::{Path, Query};
use crate::lists::answer;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::reference;

/// `GET /v1/customers/{ref}/changes`
pub(crate) async fn list_changes(
    State(app): State<App>,
    caller: Caller,
    at_least: AtLeast,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let customer = whose(&app, tenant, &reference::read(&reference)?).await?;
    let asked = Asked::read(&mut parameters)?;
    let field = parameters.field()?;
    let (actor, types) = (parameters.text("actor")?, types(&mut parameters)?);
    let id = customer.0.0;
    let (span, list) = asked.span(&app, tenant, customer, "changes", &mut parameters).await?;
    parameters.finish()?;
    at_least.wait(&app, tenant, View::FieldChanges).await?;
    let page = app.store.changes(tenant, &ChangeQuery { span, field, actor, types }).await?;
    let partition = tenant.partition;
    let shown = |change: &_| document(partition, change);
    answer(&app, tenant, &list, &page, [id], shown).await
}

/// A changed field as callers see it.
#[derive(Serialize)]
struct Document<'a> {
    field: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<&'a RawValue>,
    #[serde(flatten)]
    by: By<'a>,
}

/// By which event a field became what it is, as callers see it.
#[derive(Serialize)]
pub(super) struct By<'a> {
    version: i64,
    position: String,
    recorded_at: Timestamp,
    r#type: &'a str,
    actor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> By<'a> {
    /// The event that made this change.
    pub(super) fn of(partition: Partition, change: &'a Change) -> Self {
        Self {
            version: change.version,
            position: token(partition, change.position),
            recorded_at: change.recorded_at.into(),
            r#type: &change.event_type,
            actor: &change.actor,
            reason: change.reason.as_deref(),
        }
    }
}

/// A value of a change, as it is stored.
pub(super) fn raw(value: Option<&str>) -> Option<&RawValue> {
    value.map(|json| serde_json::from_str(json).unwrap_or(RawValue::NULL))
}

fn document(partition: Partition, change: &Change) -> String {
    let document = Document {
        field: &change.field,
        old: raw(change.old_value.as_deref()),
        new: raw(change.new_value.as_deref()),
        by: By::of(partition, change),
    };
    // A struct of texts and numbers always becomes JSON.
    serde_json::to_string(&document).unwrap_or_default()
}
