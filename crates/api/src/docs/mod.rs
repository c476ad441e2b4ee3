//! The documentation page: the OpenAPI document as HTML, made here, with no script and nothing loaded
//! from elsewhere.

mod curl;
mod html;
mod operations;
mod page;
mod problems;
mod schemas;

use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse as _, Response};
use http::Problem;
use http::extract::{NoParameters, Path};
use http::fixed::Fixed;

use crate::openapi;

/// The page may use its own style sheet and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The headers of a page.
const HTML: [(HeaderName, &str); 2] =
    [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];

/// `GET /docs`
pub(crate) async fn page(headers: HeaderMap) -> Response {
    static PAGE: Fixed = Fixed::new();
    PAGE.answer(&headers, HTML, || page::render(&openapi::describe()))
}

/// `GET /problems`
pub(crate) async fn all_problems(headers: HeaderMap) -> Response {
    static PAGE: Fixed = Fixed::new();
    PAGE.answer(&headers, HTML, problems::render_all)
}

/// `GET /problems/{code}`: where the `type` of a problem leads.
pub(crate) async fn problem(
    Path(code): Path<String>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let page = problems::render(&code).ok_or_else(Problem::not_found)?;
    Ok((HTML, page).into_response())
}

/// `GET /docs/style.css`
pub(crate) async fn style(headers: HeaderMap) -> Response {
    static STYLE: Fixed = Fixed::new();
    let about = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    STYLE.answer(&headers, about, || include_str!("style.css").to_owned())
}

#[cfg(test)]
mod tests;
