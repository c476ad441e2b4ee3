//! The service made of the surfaces' routes.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::layers::{after_panic, identify, observe};
use crate::problem::Problem;

/// The surfaces' routes as one service. Adds the answers to unknown routes and methods, and the layers that
/// every request passes. They are one layer for axum: each further one would copy all those within it for every request.
pub fn service(app: App, routes: Router<App>) -> Router {
    routes
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .fallback(|| async { Problem::not_found() })
        .with_state(app.clone())
        .layer((
            from_fn_with_state(app, identify),
            from_fn(observe),
            CatchPanicLayer::custom(after_panic),
        ))
}
