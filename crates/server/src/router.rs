//! The service made of all surfaces.

use axum::Router;
use http::App;

/// Everything that the service answers: the native surface, and those of other billing systems.
pub fn router(app: App) -> Router {
    let surfaces = api::routes(&app).merge(compat::routes(&app, api::definitions));
    http::service(app, surfaces)
}
