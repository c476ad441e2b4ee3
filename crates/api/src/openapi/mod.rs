//! The OpenAPI document: made of the domain's own types and tables, so that it can't fall behind them.

mod about;
mod admin;
mod answers;
mod audit;
mod examples;
mod history;
mod lists;
mod log;
mod operation;
mod parameters;
mod parts;
mod paths;
mod queries;
mod readers;
mod responses;
mod schemas;
mod unions;

use axum::http::{HeaderMap, header};
use axum::response::Response;
use http::fixed::Fixed;
use serde::Serialize;
use serde_json::{Value, json};

pub(crate) use self::parts::Paths;
pub(crate) use self::responses::{ALTERNATIVES, ITEM_SCHEMA};

/// The document, its members in the order in which people read them.
#[derive(Serialize)]
pub(crate) struct Document {
    openapi: &'static str,
    pub(crate) info: Value,
    servers: Value,
    pub(crate) tags: Value,
    security: Value,
    pub(crate) paths: Paths,
    pub(crate) components: Value,
}

/// Makes the document.
pub(crate) fn describe() -> Document {
    let described = schemas::describe();
    Document {
        openapi: "3.1.0",
        info: about::info(),
        servers: json!([{"url": "/", "description": "This instance."}]),
        tags: about::tags(),
        security: json!([{"bearer": []}, {"key": []}]),
        paths: paths::paths(&described),
        components: json!({
            "securitySchemes": about::security_schemes(),
            "parameters": parameters::components(),
            "headers": responses::headers(),
            "responses": responses::problems(),
            "schemas": described.definitions,
        }),
    }
}

/// The OpenAPI 3.1 document of the native surface, as it is served: JSON, two spaces deep, the same
/// at every call.
#[must_use]
pub fn document() -> String {
    // Texts, lists and maps under texts always become JSON.
    let mut document = serde_json::to_string_pretty(&describe()).unwrap_or_default();
    document.push('\n');
    document
}

/// The schemas of the domain's types and of answers, by name, without unions.
#[must_use]
pub fn definitions() -> serde_json::Map<String, Value> {
    schemas::plain().definitions
}

/// `GET /openapi.json`
pub(crate) async fn serve(headers: HeaderMap) -> Response {
    static DOCUMENT: Fixed = Fixed::new();
    DOCUMENT.answer(&headers, [(header::CONTENT_TYPE, "application/json")], document)
}

#[cfg(test)]
mod tests;
