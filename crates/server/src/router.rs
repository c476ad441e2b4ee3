//! The service made of all surfaces.

use axum::Router;
use http::App;
use oidc::Provider;

/// Everything that the service answers: the native surface, those of other billing systems, and the console, where
/// people sign in with a key.
pub fn router(app: App) -> Router {
    router_with(app, None)
}

/// The same, where people may sign in by this identity provider, too.
pub fn router_with(app: App, provider: Option<Provider>) -> Router {
    let surfaces = api::routes(&app)
        .merge(compat::routes(&app, api::definitions))
        .merge(console::routes(&app, provider));
    http::service(app, surfaces)
}
