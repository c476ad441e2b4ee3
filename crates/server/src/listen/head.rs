//! Request heads: where they end, and whether they are acceptable.

use axum::http::Uri;
use axum::http::uri::Authority;
use http::HeadRefusal;

use super::limits::Limits;

/// Room for header lines. hyper has the same limit.
const HEADERS_ROOM: usize = 100;

/// Bytes of a request line besides its target: method, two spaces and version.
const REQUEST_LINE_EXTRA: usize = 64;

/// hyper uses the two largest numbers for bodies without a length.
const LENGTH_MAX: u64 = u64::MAX - 2;

/// How the body after a head is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// This many bytes; none if the head names no length.
    Sized(u64),
    /// Chunks, the last of them empty.
    Chunked,
}

/// The progress of the search for the end of a head. No byte is read twice.
#[derive(Debug, Default)]
pub(super) struct Scan {
    at: usize,
    /// The end of the request line, once it has been seen.
    request_line_end: Option<usize>,
}

impl Scan {
    /// The length of the head at the start of `bytes`, or `None` if it is not complete.
    ///
    /// `bytes` must start with the bytes of earlier calls.
    ///
    /// # Errors
    ///
    /// A [`HeadRefusal`] as soon as no further bytes could make the head acceptable: it is too long, or a line
    /// does not end in CR LF.
    pub(super) fn end(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<Option<usize>, HeadRefusal> {
        // TLS on a plain port is refused at once, not when the time for a head is over.
        if bytes.first().is_some_and(|byte| *byte != b'\r' && !byte.is_ascii_graphic()) {
            return Err(HeadRefusal::Malformed);
        }
        let end = self.search(bytes)?;
        let seen = end.unwrap_or(bytes.len());
        if self.request_line_end.unwrap_or(seen)
            > limits.uri_bytes_max.saturating_add(REQUEST_LINE_EXTRA)
        {
            return Err(HeadRefusal::UriTooLong);
        }
        if seen > limits.header_bytes_max {
            return Err(HeadRefusal::HeadTooLarge);
        }
        Ok(end)
    }

    fn search(&mut self, bytes: &[u8]) -> Result<Option<usize>, HeadRefusal> {
        while let Some(line_feed) = bytes
            .get(self.at..)
            .and_then(|rest| rest.iter().position(|byte| *byte == b'\n'))
            .map(|offset| self.at.saturating_add(offset))
        {
            let before = bytes.get(..line_feed).unwrap_or_default();
            let Some(before) = before.strip_suffix(b"\r") else {
                return Err(HeadRefusal::Malformed);
            };
            self.at = line_feed.saturating_add(1);
            let line_is_empty = before.is_empty() || before.ends_with(b"\n");
            // Empty lines before a request line are allowed; they count as bytes of the head.
            if line_is_empty && self.request_line_end.is_some() {
                return Ok(Some(self.at));
            }
            if !line_is_empty {
                self.request_line_end.get_or_insert(self.at);
            }
        }
        self.at = bytes.len();
        Ok(None)
    }
}

/// Reads a complete head as hyper does, and returns how its body is delimited.
///
/// # Errors
///
/// The [`HeadRefusal`] if the head is invalid, beyond a limit, or could be read in two ways.
pub(super) fn check(head: &[u8], limits: &Limits) -> Result<Framing, HeadRefusal> {
    let mut room = [httparse::EMPTY_HEADER; HEADERS_ROOM];
    let headers_max = limits.headers_max.min(HEADERS_ROOM);
    let mut request = httparse::Request::new(room.get_mut(..headers_max).unwrap_or_default());
    match request.parse(head) {
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        Err(httparse::Error::TooManyHeaders) => return Err(HeadRefusal::TooManyHeaders),
        Err(httparse::Error::Version) => return Err(HeadRefusal::Version),
        Ok(_) | Err(_) => return Err(HeadRefusal::Malformed),
    }
    let target = request.path.unwrap_or_default();
    if target.len() > limits.uri_bytes_max {
        return Err(HeadRefusal::UriTooLong);
    }
    if Uri::try_from(target).is_err() {
        return Err(HeadRefusal::Malformed);
    }
    let is_http_11 = request.version == Some(1);
    check_host(request.headers, is_http_11)?;
    framing(request.headers, is_http_11)
}

/// The values of all header lines called `name`.
fn values<'h>(headers: &'h [httparse::Header<'h>], name: &str) -> impl Iterator<Item = &'h [u8]> {
    headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|h| h.value)
}

/// HTTP/1.1 requires one `Host`. With two, a proxy could route by one and the service read the other.
fn check_host(headers: &[httparse::Header<'_>], is_http_11: bool) -> Result<(), HeadRefusal> {
    let mut hosts = values(headers, "host");
    match (hosts.next(), hosts.next()) {
        (None, _) if !is_http_11 => Ok(()),
        // A client sends an empty one if its target has no authority.
        (Some([]), None) => Ok(()),
        (Some(host), None) if !host.contains(&b'@') && Authority::try_from(host).is_ok() => Ok(()),
        _ => Err(HeadRefusal::Host),
    }
}

fn framing(headers: &[httparse::Header<'_>], is_http_11: bool) -> Result<Framing, HeadRefusal> {
    let mut codings = values(headers, "transfer-encoding");
    let mut lengths = values(headers, "content-length");
    match (codings.next(), lengths.next()) {
        (None, None) => Ok(Framing::Sized(0)),
        (Some(_), Some(_)) => Err(HeadRefusal::Length),
        (Some(coding), None) => {
            let is_chunked = coding.eq_ignore_ascii_case(b"chunked");
            if is_http_11 && is_chunked && codings.next().is_none() {
                Ok(Framing::Chunked)
            } else {
                Err(HeadRefusal::TransferCoding)
            }
        }
        (None, Some(length)) => match (number(length), lengths.next()) {
            (Some(bytes), None) => Ok(Framing::Sized(bytes)),
            _ => Err(HeadRefusal::Length),
        },
    }
}

/// Digits only: other servers may read `+5`, `5, 5` and an empty value differently.
fn number(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok().filter(|length| *length <= LENGTH_MAX)
}

#[cfg(test)]
mod tests;
