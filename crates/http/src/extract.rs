//! Extractors whose rejections are problems.
#![expect(clippy::disallowed_types, reason = "this is what wraps them")]

use axum::extract::FromRequestParts;

use crate::problem::Problem;

/// The variable parts of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

/// The query; its type refuses parameters it doesn't know.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

/// A query that takes no parameters.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoParameters {}
