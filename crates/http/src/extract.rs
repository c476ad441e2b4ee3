//! Extractors whose rejections are problems.
#![expect(clippy::disallowed_types, reason = "this is what wraps them")]

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::parameters::Parameters;
use crate::problem::Problem;

/// The variable parts of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

/// The query, which must be UTF-8: otherwise a filter would find what contains U+FFFD.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if !parts.uri.query().is_none_or(is_utf_8) {
            return Err(Problem::query_not_utf_8());
        }
        let axum::extract::Query(query) =
            axum::extract::Query::from_request_parts(parts, state).await?;
        Ok(Self(query))
    }
}

/// Whether a query is UTF-8 once it is decoded.
fn is_utf_8(query: &str) -> bool {
    let mut parts = query.split('%');
    let mut decoded = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let digits = part.get(..2).filter(|two| two.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let escape = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        // Without two digits behind it, it stands for itself.
        decoded.push(escape.unwrap_or(b'%'));
        let literal = if escape.is_some() { part.get(2..) } else { Some(part) };
        decoded.extend_from_slice(literal.unwrap_or_default().as_bytes());
    }
    str::from_utf8(&decoded).is_ok()
}

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

#[cfg(test)]
mod tests {
    use super::is_utf_8;

    #[test]
    fn a_query_is_decoded_before_it_is_checked() {
        for query in ["", "a=b", "name=%C3%A9", "name=100%", "name=%zz%", "name=%E2%82%AC"] {
            assert!(is_utf_8(query), "{query}");
        }
        for query in ["%ff", "a=%c3", "a=%c3&b=%a9", "a=%C3%%A9", "a=%C3%z%A9"] {
            assert!(!is_utf_8(query), "{query}");
        }
    }
}
