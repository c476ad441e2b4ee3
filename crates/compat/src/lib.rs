//! The customer APIs of other billing systems, under `/compat/<vendor>`: translations to the commands
//! and queries of the native surface. They hold no rule of their own.
//!
//! Each vendor has a folder. They share: `surface` says how one differs, `members` translates objects by
//! tables, `parts` makes commands of what a table took, `vendor_request` reads requests, `submit` answers in
//! the vendor's words.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

mod any_of;
mod blank;
mod description;
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
mod parts;
mod places;
mod reading;
mod routing;
mod submit;
mod surface;
mod telness;
#[cfg(test)]
mod tests;
mod vendor_request;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use http::fixed::Fixed;
use http::limits::Keyless;
use http::{App, Problem, layers};
use tower_http::catch_panic::CatchPanicLayer;

pub use self::openapi::Definitions;
use self::surface::Surface;

/// The routes of all surfaces. `definitions` are the schemas of our own documents, of which the vendors'
/// OpenAPI documents are made.
pub fn routes(app: &App, definitions: Definitions) -> Router<App> {
    let surfaces = [
        (&metronome::SURFACE, metronome::routes(app)),
        (&flexprice::SURFACE, flexprice::routes(app)),
        (&telness::SURFACE, telness::routes(app)),
        (&maple::SURFACE, maple::routes(app)),
    ];
    surfaces.into_iter().fold(Router::new(), |router, (surface, routes)| {
        router.nest(
            &format!("/compat/{}", surface.origin.name),
            speaking(app, surface, routes, definitions),
        )
    })
}

/// The routes of a surface. All answers have the vendor's form, also those to unknown routes.
fn speaking(
    app: &App,
    surface: &'static Surface,
    routes: Router<App>,
    definitions: Definitions,
) -> Router<App> {
    let document = Arc::<Fixed>::default();
    let serve =
        async move |headers: HeaderMap| openapi::serve(surface, definitions, &document, &headers);
    routes
        .merge(Router::new().route("/openapi.json", get(serve)).route_layer(from_fn_with_state(
            (app.clone(), Keyless::Documents),
            layers::admit_keyless,
        )))
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .fallback(|| async { Problem::not_found() })
        .layer(CatchPanicLayer::custom(layers::after_panic))
        .layer(from_fn_with_state(surface, surface::speak))
}
