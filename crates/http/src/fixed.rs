//! Documents that are the same for all callers: rendered once, compressed once, identified by an ETag.

use std::io::Write as _;
use std::sync::OnceLock;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

/// Callers may cache a document, and must revalidate it each time.
const CACHE: &str = "no-cache";

/// A document that is rendered at its first request.
#[derive(Debug, Default)]
pub struct Fixed(OnceLock<Made>);

#[derive(Debug)]
struct Made {
    plain: Encoded,
    /// Nothing when it could not be compressed.
    gzip: Option<Encoded>,
}

#[derive(Debug)]
struct Encoded {
    bytes: Bytes,
    etag: HeaderValue,
}

impl Fixed {
    /// A document that was not requested yet.
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The answer with the document, which `make` makes: compressed if the caller accepts that, or a 304
    /// if the caller has it.
    pub fn answer(
        &self,
        request: &HeaderMap,
        headers: impl IntoIterator<Item = (HeaderName, &'static str)>,
        make: impl FnOnce() -> String,
    ) -> Response {
        let document = self.0.get_or_init(|| Made::of(make()));
        let gzip = document.gzip.as_ref().filter(|_| accepts_gzip(request));
        let Encoded { bytes, etag } = gzip.unwrap_or(&document.plain);
        let mut response = if has(request, etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Response::new(Body::from(bytes.clone()))
        };
        let answered = response.headers_mut();
        for (name, value) in headers {
            answered.insert(name, HeaderValue::from_static(value));
        }
        answered.insert(header::ETAG, etag.clone());
        answered.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
        answered.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if gzip.is_some() {
            answered.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

impl Made {
    fn of(text: String) -> Self {
        let gzip = compress(text.as_bytes()).ok().map(Encoded::of);
        Self { plain: Encoded::of(text.into_bytes()), gzip }
    }
}

impl Encoded {
    fn of(bytes: Vec<u8>) -> Self {
        // Hexadecimal digits in quotes are always a header's value.
        let etag = HeaderValue::try_from(format!("\"{:x}\"", Sha256::digest(&bytes)));
        Self { bytes: bytes.into(), etag: etag.unwrap_or(HeaderValue::from_static("\"\"")) }
    }
}

fn compress(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Whether a caller accepts gzip: by name, or by `*`, with a weight above zero.
pub fn accepts_gzip(request: &HeaderMap) -> bool {
    let codings = request.get_all(header::ACCEPT_ENCODING).iter();
    let codings = codings.filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(','));
    let mut anything = false;
    for coding in codings {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
        let taken = weight.parse().is_ok_and(|weight: f32| weight > 0.0);
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => return taken,
            "*" => anything = taken,
            _ => {}
        }
    }
    anything
}

/// Whether a caller has the document with this ETag.
fn has(request: &HeaderMap, etag: &HeaderValue) -> bool {
    let known = request.get_all(header::IF_NONE_MATCH).iter();
    let mut known =
        known.filter_map(|value| value.to_str().ok()).flat_map(|values| values.split(','));
    known.any(|known| {
        let known = known.trim();
        known == "*" || known.trim_start_matches("W/").as_bytes() == etag.as_bytes()
    })
}

#[cfg(test)]
mod tests;
