//! What operators do to read models: rebuild, switch back, cancel, drop.

use axum::extract::State;
use axum::response::Response;
use http::context::Context;
use http::extract::Path;
use http::{App, Problem};
use store::projections::rebuild::WORKERS_MAX;

use crate::look::{Flash, with_flash};
use crate::posted::Posted;
use crate::url::OPERATIONS;

/// `POST /console/operations/{name}/{action}`
pub(super) async fn act(
    State(app): State<App>,
    context: Context,
    Path((name, action)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Problem> {
    let name = known(&app, &name)?;
    let who = &context.metadata;
    let done = match &*action {
        "rebuild" => {
            let workers = posted.filled("workers").and_then(|workers| workers.parse().ok());
            app.store
                .request_rebuild(name, workers.unwrap_or(2).clamp(1, WORKERS_MAX), who)
                .await?;
            app.request_rebuild();
            Flash::RebuildBegun
        }
        "rollback" => {
            app.store.request_rollback(name, who).await?;
            app.request_rebuild();
            Flash::SwitchBegun
        }
        "cancel" => {
            if app.store.cancel_rebuild(name, who).await? {
                Flash::RebuildCancelled
            } else {
                Flash::NothingToCancel
            }
        }
        "prune" => {
            app.store.prune_projection(name, who).await?;
            Flash::GenerationsDropped
        }
        _ => return Err(Problem::not_found()),
    };
    tracing::info!(key_id = context.caller.key_id(), action, "{action} of {name} in the console");
    Ok(with_flash(OPERATIONS, done))
}

/// The read model called `name`: anything else in a path is not there.
pub(super) fn known(app: &App, name: &str) -> Result<&'static str, Problem> {
    let mut names = app.store.known_projections().names();
    names.find(|known| *known == name).ok_or_else(Problem::unknown_projection)
}
