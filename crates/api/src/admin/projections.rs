//! What operators see of read models, of all tenants, and what they do about them.

pub(crate) mod parked;
mod shown;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use domain::check::Violation;
use http::context::Context;
use http::extract::{NoParameters, Path};
use http::{App, Problem, body};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use store::projections::rebuild::WORKERS_MAX;

pub(crate) use self::parked::{ParkedPage, UnparkBody, Unparked, unpark};
pub(crate) use self::shown::time;
pub(crate) use self::shown::{Projection, Projections};

/// Workers of a rebuild, unless the caller names a number.
const WORKERS: u16 = 2;

/// The body of a request for a rebuild.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RebuildBody {
    /// How many customers' histories are folded at the same time; 2 if absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 32))]
    workers: Option<u16>,
}

/// `GET /admin/projections`
pub(crate) async fn list_projections(
    State(app): State<App>,
    _: NoParameters,
) -> Result<Json<Projections>, Problem> {
    Ok(Json(Projections::of(app.store.projections().await?, app.store.known_projections())))
}

/// `GET /admin/projections/{name}`
pub(crate) async fn get_projection(
    State(app): State<App>,
    Path(name): Path<String>,
    _: NoParameters,
) -> Result<Json<Projection>, Problem> {
    shown(&app, known(&app, &name)?).await
}

/// `POST /admin/projections/{name}/rebuild`
pub(crate) async fn rebuild_projection(
    State(app): State<App>,
    context: Context,
    Path(name): Path<String>,
    _: NoParameters,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let name = known(&app, &name)?;
    let RebuildBody { workers } = read(&app, &headers, body).await?.unwrap_or_default();
    let workers = workers.unwrap_or(WORKERS);
    if !(1..=WORKERS_MAX).contains(&workers) {
        let asked = format!("must be from 1 to {WORKERS_MAX}");
        return Err(Violation::invalid(asked).under("workers").into());
    }
    let generation = app.store.request_rebuild(name, workers, &context.metadata).await?;
    app.request_rebuild();
    let key_id = context.caller.key_id();
    tracing::info!(key_id, generation, "a rebuild of {name} was requested");
    Ok((StatusCode::ACCEPTED, shown(&app, name).await?).into_response())
}

/// `POST /admin/projections/{name}/rebuild/cancel`
pub(crate) async fn cancel_rebuild(
    State(app): State<App>,
    context: Context,
    Path(name): Path<String>,
    _: NoParameters,
) -> Result<Json<Projection>, Problem> {
    let name = known(&app, &name)?;
    if app.store.cancel_rebuild(name, &context.metadata).await? {
        tracing::info!(key_id = context.caller.key_id(), "the rebuild of {name} was cancelled");
    }
    shown(&app, name).await
}

/// `POST /admin/projections/{name}/rollback`
pub(crate) async fn roll_projection_back(
    State(app): State<App>,
    context: Context,
    Path(name): Path<String>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let name = known(&app, &name)?;
    let generation = app.store.request_rollback(name, &context.metadata).await?;
    app.request_rebuild();
    let key_id = context.caller.key_id();
    tracing::info!(key_id, generation, "a rollback of {name} was requested");
    Ok((StatusCode::ACCEPTED, shown(&app, name).await?).into_response())
}

/// `POST /admin/projections/{name}/prune`
pub(crate) async fn prune_projection(
    State(app): State<App>,
    context: Context,
    Path(name): Path<String>,
    _: NoParameters,
) -> Result<Json<Projection>, Problem> {
    let name = known(&app, &name)?;
    for (_, generation) in app.store.prune_projection(name, &context.metadata).await? {
        let key_id = context.caller.key_id();
        tracing::info!(key_id, generation, "generation {generation} of {name} was dropped");
    }
    shown(&app, name).await
}

/// The projection called `name`: anything else in a path is not there.
fn known(app: &App, name: &str) -> Result<&'static str, Problem> {
    app.store
        .known_projections()
        .names()
        .find(|known| *known == name)
        .ok_or_else(Problem::unknown_projection)
}

async fn shown(app: &App, name: &str) -> Result<Json<Projection>, Problem> {
    let all = Projections::of(app.store.projections().await?, app.store.known_projections());
    all.take(name).map(Json).ok_or_else(Problem::unknown_projection)
}

/// A JSON body; nothing when there is none.
async fn read<T: DeserializeOwned>(
    app: &App,
    headers: &HeaderMap,
    body: Body,
) -> Result<Option<T>, Problem> {
    let require = || body::require_type(headers, &["application/json"]);
    if headers.contains_key(CONTENT_TYPE) {
        require()?;
    }
    let bytes = body::read(body, app.settings).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    require()?;
    Ok(Some(domain::json::read(domain::json::parse(&bytes)?)?))
}
