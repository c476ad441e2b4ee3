//! Extractors whose rejections are problems.
#![expect(clippy::disallowed_types, reason = "this is what wraps them")]

use axum::extract::FromRequestParts;

use crate::problem::Problem;

/// The variable parts of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub(crate) struct Path<T>(pub(crate) T);

/// The query; its type refuses parameters it doesn't know.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub(crate) struct Query<T>(pub(crate) T);
