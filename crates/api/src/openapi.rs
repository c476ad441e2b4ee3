//! The OpenAPI document.
use axum::response::{IntoResponse, Response};
/// The OpenAPI 3.1 document of the native surface, as it is served.
#[must_use]
pub fn document() -> String {
    "{}".to_owned()
}
pub(crate) async fn serve() -> Response {
    document().into_response()
}
