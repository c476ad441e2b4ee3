//! What every HTTP surface shares.
//!
//! A request passes the [`layers`], which know its id, its peer, its caller and its limits. An extractor
//! makes a [`context::Context`] and a [`commands::CommandRequest`] or a [`list::ListRequest`] of it. It leaves as JSON or
//! as a [`Problem`]: only [`problem`] knows the statuses of failures.
//!
//! The surfaces are the crates `api` and `compat`. [`service()`] makes one service of their routes.
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
#![expect(
    clippy::missing_errors_doc,
    reason = "an error is a `Problem`, and its constructor says what it answers"
)]
#![expect(
    clippy::must_use_candidate,
    reason = "what is not used here would be a value, not a wait"
)]

pub mod accept;
pub mod app;
pub mod at_least;
pub mod auth;
pub mod body;
pub mod commands;
pub mod context;
pub mod encoding;
pub mod event;
pub mod extract;
pub mod fixed;
pub mod headers;
pub mod ids;
pub mod in_progress;
pub mod layers;
pub mod limits;
pub mod list;
pub mod maxima;
pub mod origin;
pub mod parameters;
pub mod peer;
pub mod position;
pub mod problem;
mod quota;
pub mod read_audit;
pub mod reference;
pub mod rendering;
mod service;
pub mod settings;

pub use self::app::App;
pub use self::auth::{ApiKey, KeyLimits, NewKeyError, NotAKey};
pub use self::limits::RequestLimits;
pub use self::peer::{Network, NotANetwork};
pub use self::problem::{HeadRefusal, Problem};
pub use self::service::service;
pub use self::settings::Settings;
