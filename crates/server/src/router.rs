//! The service made of all surfaces.

use axum::Router;
use http::App;

/// Everything that the service answers: the native surface, those of other billing systems, and the console.
pub fn router(app: App) -> Router {
    let surfaces = api::routes(&app)
        .merge(compat::routes(&app, api::definitions))
        .merge(console::routes(&app));
    http::service(app, surfaces)
}
