//! A customer's changes, field by field.

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use serde::Serialize;
use serde_json::Value;
use store::{Cause, Change, ChangeQuery, Partition, View};

use super::span::{Asked, types, whose};
use crate::answer::token;
use crate::app::App;
use crate::at_least::AtLeast;
use crate::auth::Caller;
use crate::extract::{Path, Query};
use crate::lists::answer;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::reads::shows;
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
    let field = parameters.text("field")?;
    if field.as_ref().is_some_and(|field| !field.starts_with('/')) {
        return Err(Problem::parameter(
            "field",
            "must be a JSON pointer, which begins with a slash",
        ));
    }
    let (actor, types) = (parameters.text("actor")?, types(&mut parameters)?);
    let id = customer.0.0;
    let (span, list) = asked.span(&app, tenant, customer, "changes", &mut parameters).await?;
    parameters.finish()?;
    at_least.wait(&app, tenant, View::FieldChanges).await?;
    let page = app.store.changes(tenant, &ChangeQuery { span, field, actor, types }).await?;
    let partition = tenant.partition;
    let shown = |change: &_| document(partition, change);
    Ok(shows(answer(&app, tenant, &list, &page, shown).await?, [id]))
}

/// A changed field as callers see it.
#[derive(Serialize)]
struct Document<'a> {
    field: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<&'a Value>,
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
    pub(super) fn of(partition: Partition, cause: &'a Cause) -> Self {
        Self {
            version: cause.version,
            position: token(partition, cause.position),
            recorded_at: cause.recorded_at.into(),
            r#type: &cause.event_type,
            actor: &cause.actor,
            reason: cause.reason.as_deref(),
        }
    }
}

fn document(partition: Partition, change: &Change) -> String {
    let document = Document {
        field: &change.field,
        old: change.old.as_ref(),
        new: change.new.as_ref(),
        by: By::of(partition, &change.cause),
    };
    // A struct of texts and numbers always becomes JSON.
    serde_json::to_string(&document).unwrap_or_default()
}
