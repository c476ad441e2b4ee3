//! The documentation page: the OpenAPI document as HTML, made here, with no script and nothing loaded
//! from elsewhere.

mod curl;
mod html;
mod operations;
mod page;
mod schemas;

use axum::http::{HeaderMap, header};
use axum::response::Response;
use http::fixed::Fixed;

use crate::openapi;

/// The page may use its own style sheet and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/// `GET /docs`
pub(crate) async fn page(headers: HeaderMap) -> Response {
    static PAGE: Fixed = Fixed::new();
    let about = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    PAGE.answer(&headers, about, || page::render(&openapi::describe()))
}

/// `GET /docs/style.css`
pub(crate) async fn style(headers: HeaderMap) -> Response {
    static STYLE: Fixed = Fixed::new();
    let about = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    STYLE.answer(&headers, about, || include_str!("style.css").to_owned())
}

#[cfg(test)]
mod tests;
