//! The native surface: `/v1`, `/admin`, the OpenAPI document and the pages under `/docs`.
//!
//! [`routes()`] has every route on one screen. What a route shares with other surfaces is in the crate `http`.
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

mod admin;
mod columns;
#[expect(
    clippy::indexing_slicing,
    reason = "JSON objects that are written here, and none of it depends on a request"
)]
mod docs;
mod metrics;
#[expect(
    clippy::indexing_slicing,
    reason = "JSON objects that are written here, and none of it depends on a request"
)]
mod openapi;
mod operations;
mod routes;
mod v1;

pub use openapi::definitions;
pub use openapi::document as openapi_document;
pub use routes::routes;
