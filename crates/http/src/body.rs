//! Bodies: bounded in size and time, JSON in UTF-8 and nothing else.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::problem::Problem;
use crate::settings::Settings;

/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Requires that the body is one of `types`, in UTF-8.
pub fn require_type(headers: &HeaderMap, types: &[&str]) -> Result<(), Problem> {
    let refused = || Problem::unsupported_media_type(&types.join(" or "));
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(refused()) };
    let mut parts = value.to_str().map_err(|_| refused())?.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let known = types.iter().any(|known| essence.eq_ignore_ascii_case(known));
    let utf_8 = parts.filter(|part| !part.is_empty()).all(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        !name.trim().eq_ignore_ascii_case("charset")
            || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    if known && utf_8 { Ok(()) } else { Err(refused()) }
}

/// The whole body, without a byte order mark at its start. A body whose announced length is too large is refused
/// before any of it is read, so a client that waits for `100 Continue` sends nothing.
pub async fn read(body: Body, settings: Settings) -> Result<Bytes, Problem> {
    let Settings { body_bytes_max, body_timeout, .. } = settings;
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > body_bytes_max {
        return Err(Problem::body_too_large(body_bytes_max));
    }
    let collected = in_time(body_timeout, Limited::new(body, body_bytes_max).collect()).await?;
    match collected {
        Ok(collected) => Ok(without_byte_order_mark(collected.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Problem::body_too_large(body_bytes_max))
        }
        Err(_) => Err(Problem::broken_body()),
    }
}

/// `future`, if it is done in time.
pub async fn in_time<T>(limit: Duration, future: impl Future<Output = T>) -> Result<T, Problem> {
    tokio::time::timeout(limit, future).await.map_err(|_| Problem::body_timeout())
}

/// A text in UTF-8 without the byte order mark that some programs write before it (RFC 8259, section 8.1).
pub fn without_byte_order_mark(mut bytes: Bytes) -> Bytes {
    if bytes.starts_with(BYTE_ORDER_MARK) { bytes.split_off(BYTE_ORDER_MARK.len()) } else { bytes }
}
