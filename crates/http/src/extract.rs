//! Extractors whose rejections are problems.
#![expect(clippy::disallowed_types, reason = "this is what wraps them")]

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::parameters::Parameters;
use crate::problem::Problem;

/// The variable parts of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

/// The query.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

/// Requires that the query has no parameters.
#[derive(Clone, Copy, Debug)]
pub struct NoParameters;

impl<S: Send + Sync> FromRequestParts<S> for NoParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(parameters) = Query::<Parameters>::from_request_parts(parts, state).await?;
        parameters.finish()?;
        Ok(Self)
    }
}
