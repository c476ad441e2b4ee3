//! Every route of the console.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use http::limits::Keyless;
use http::{App, Problem, layers};
use oidc::Provider;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{answer, assets, pages};

/// Every route of the console. All answers are pages, also those to unknown routes. People may sign in by the identity
/// provider, if there is one.
pub fn routes(app: &App, provider: Option<Provider>) -> Router<App> {
    let keyless = from_fn_with_state((app.clone(), Keyless::Documents), layers::admit_keyless);
    let open = Router::new()
        .route("/static/{file}", get(assets::serve))
        .merge(pages::login::open(provider))
        .route_layer(keyless);
    let pages = Router::new()
        .merge(open)
        .merge(pages::login::routes(app))
        .merge(pages::customers::routes(app))
        .merge(pages::customer::routes(app))
        .merge(pages::change::routes(app))
        .merge(pages::group::routes(app))
        .merge(pages::proof::routes(app))
        .merge(pages::audit::routes(app))
        .merge(pages::reads::routes(app))
        .merge(pages::keys::routes(app))
        .merge(pages::operations::routes(app))
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .fallback(|| async { Problem::not_found() })
        .layer(CatchPanicLayer::custom(layers::after_panic))
        .layer(from_fn(answer::complete));
    Router::new().nest("/console", pages)
}
