//! What operators did.

use axum::extract::State;
use axum::response::Json;
use chrono::{DateTime, Utc};
use http::auth::Caller;
use http::extract::Query;
use http::parameters::Parameters;
use http::{App, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::After;
use store::operator_actions::OperatorAction;
use uuid::Uuid;

use super::projections::time;

/// The list, as its cursors name it.
const LIST: &str = "/admin/audit";

/// Some of what operators did, the newest first.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct ActionsPage {
    /// The actions.
    items: Vec<Recorded>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// What an operator did, or tried to do.
#[derive(Debug, JsonSchema, Serialize)]
struct Recorded {
    /// Its number. Later ones have greater numbers; a refused one leaves a gap.
    id: i64,
    /// When it was recorded, right before it was tried.
    #[serde(serialize_with = "time")]
    recorded_at: DateTime<Utc>,
    /// What was done: `rebuild`, `cancel`, `rollback`, `prune` or `unpark`.
    action: String,
    /// The read model; absent when it was done about all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    projection: Option<String>,
    /// The login at the database of the process that did it.
    database_login: String,
    #[serde(flatten)]
    about: About,
    #[serde(flatten)]
    who: Who,
}

/// What else was asked.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default)]
struct About {
    /// How many workers a rebuild was to have.
    #[serde(skip_serializing_if = "Option::is_none")]
    workers: Option<u16>,
    /// The tenant of the customer that was to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_id: Option<Uuid>,
    /// The customer that was to go on; absent when it was all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<Uuid>,
}

/// Who, why and how, as far as it is known.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default)]
struct Who {
    /// The id of the API key with which it was done; absent at the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<String>,
    /// On whose behalf: `X-Actor`, as the caller claimed; `operator` at the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    /// Why: `X-Reason`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The request's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// How it came: `native` over HTTP, or `command line`.
    #[serde(skip_serializing_if = "Option::is_none")]
    surface: Option<String>,
    /// The address that the request came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_address: Option<String>,
}

impl From<OperatorAction> for Recorded {
    fn from(action: OperatorAction) -> Self {
        Self {
            id: action.id,
            recorded_at: action.recorded_at,
            action: action.action,
            projection: action.projection,
            database_login: action.login,
            about: serde_json::from_str(&action.about).unwrap_or_default(),
            who: serde_json::from_str(&action.metadata).unwrap_or_default(),
        }
    }
}

/// `GET /admin/audit`
pub(crate) async fn list_actions(
    State(app): State<App>,
    caller: Caller,
    Query(mut parameters): Query<Parameters>,
) -> Result<Json<ActionsPage>, Problem> {
    let list = parameters.list(LIST);
    let (cursors, tenant) = (app.store.cursors().await?, caller.tenant());
    let part = parameters.part(&cursors, tenant, &list)?;
    parameters.finish()?;
    let limit = part.page_limit();
    let before = part.after.map(|after| after.key.parse().map_err(|_| Problem::invalid_cursor()));
    let before = before.transpose()?;
    let mut found = app.store.operator_actions(before, i64::from(limit.saturating_add(1))).await?;
    let more = found.len() > usize::from(limit);
    found.truncate(limit.into());
    let end = found.last().filter(|_| more);
    let end = end.map(|end| After { key: end.id.to_string(), id: Uuid::nil() });
    let next_cursor = end.map(|end| cursors.seal(tenant.id, &list, &end));
    Ok(Json(ActionsPage { items: found.into_iter().map(Recorded::from).collect(), next_cursor }))
}
