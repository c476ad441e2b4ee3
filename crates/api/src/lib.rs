//! HTTP: the native surface under `/v1`, its errors, and the pages for operators.
//!
//! A request passes authentication and limits, becomes a command or a query, and leaves as JSON or
//! as `application/problem+json`. Only `problem` knows the statuses of failures.
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

mod accept;
mod answer;
mod app;
mod at_least;
mod auth;
mod billing;
mod body;
mod bulk;
mod commands;
mod compat;
mod customers;
mod disclosure;
#[expect(
    clippy::indexing_slicing,
    reason = "JSON objects that are written here, and none of it depends on a request"
)]
mod docs;
mod export;
mod extract;
mod fixed;
mod headers;
mod history;
mod integrations;
mod lag;
mod layers;
mod limits;
mod listing;
mod lists;
mod log;
#[expect(
    clippy::indexing_slicing,
    reason = "JSON objects that are written here, and none of it depends on a request"
)]
mod openapi;
mod operations;
mod parameters;
mod peer;
mod problem;
mod projections;
mod reads;
mod reference;
mod request;
mod routes;
mod tenant;

pub use app::{App, Settings};
pub use auth::{ApiKey, NotAKey};
pub use limits::RequestLimits;
pub use openapi::document as openapi_document;
pub use peer::{Network, NotANetwork};
pub use problem::{HeadRefusal, Problem};
pub use routes::router;
