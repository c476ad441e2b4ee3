//! The customer APIs of other billing systems, under `/compat/<vendor>`: translations to the commands
//! and queries that the native surface has, too. They hold no rule of their own.
//!
//! What the surfaces share is here: [`Surface`] says how one differs, `members` translates objects by
//! tables, `parts` makes commands of what a table took, `submit` answers in the vendor's words.

mod any_of;
mod flexprice;
mod ids;
mod maple;
mod members;
mod metronome;
#[expect(
    clippy::indexing_slicing,
    reason = "JSON objects that are written here, and none of it depends on a request"
)]
mod openapi;
mod order;
mod parts;
mod reading;
mod routing;
mod submit;
mod surface;
mod telness;
mod under_way;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;

pub(crate) use self::any_of::any_of;
pub(crate) use self::order::Sent;
pub(crate) use self::reading::{find, shown};
pub(crate) use self::surface::Surface;
pub(crate) use self::under_way::UnderWay;
use crate::app::App;
use crate::fixed::Fixed;
use crate::limits::Keyless;
use crate::problem::Problem;
use crate::{layers, limits};

/// Every surface.
#[cfg(test)]
pub(crate) const SURFACES: [&Surface; 4] =
    [&metronome::SURFACE, &flexprice::SURFACE, &telness::SURFACE, &maple::SURFACE];

/// The routes of all surfaces.
pub(crate) fn routes(app: &App) -> Router<App> {
    let surfaces = [
        (&metronome::SURFACE, metronome::routes(app)),
        (&flexprice::SURFACE, flexprice::routes(app)),
        (&telness::SURFACE, telness::routes(app)),
        (&maple::SURFACE, maple::routes(app)),
    ];
    surfaces.into_iter().fold(Router::new(), |router, (surface, routes)| {
        router.nest(&format!("/compat/{}", surface.name), speaking(app, surface, routes))
    })
}

/// The routes of a surface, all of whose answers are the vendor's, those to what it hasn't too.
fn speaking(app: &App, surface: &'static Surface, routes: Router<App>) -> Router<App> {
    let document = Arc::<Fixed>::default();
    let serve = async move |headers: HeaderMap| openapi::serve(surface, &document, &headers);
    routes
        .merge(Router::new().route("/openapi.json", get(serve)).route_layer(from_fn_with_state(
            (app.clone(), Keyless::Documents),
            limits::admit_keyless,
        )))
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .fallback(|| async { Problem::not_found() })
        .layer(CatchPanicLayer::custom(layers::after_panic))
        .layer(from_fn_with_state(surface, surface::speak))
}
