//! The headers of requests, read strictly: an unreadable one is a 400, never ignored.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::text::is_blank;
use store::{Expected, Partition};

use crate::problem::Problem;

/// The longest idempotency key, in bytes.
const IDEMPOTENCY_KEY_MAX: usize = 256;

/// The value of a header that may occur once; nothing when it is absent.
pub fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::header(name, "may occur once"));
    }
    let text = std::str::from_utf8(value.as_bytes());
    Ok(Some(text.map_err(|_| Problem::header(name, "must be text"))?))
}

/// A header of at most `chars_max` printable characters; nothing when it is absent.
pub fn text(headers: &HeaderMap, name: &str, chars_max: usize) -> Result<Option<String>, Problem> {
    let Some(text) = single(headers, name)? else { return Ok(None) };
    printable(text, chars_max).map(Some).map_err(|asked| Problem::header(name, &asked))
}

/// The text without spaces around it, if it has at most `chars_max` printable characters; else what it must be.
pub fn printable(text: &str, chars_max: usize) -> Result<String, String> {
    let text = text.trim();
    if is_blank(text) || text.chars().count() > chars_max || text.chars().any(char::is_control) {
        return Err(format!("must have 1 to {chars_max} printable characters"));
    }
    Ok(text.to_owned())
}

/// The idempotency key in the header called `name`: quoted as the IETF draft has it, or bare.
pub fn idempotency_key(headers: &HeaderMap, name: &str) -> Result<Option<String>, Problem> {
    let Some(given) = single(headers, name)? else { return Ok(None) };
    idempotency_key_from(name, given).map(Some)
}

/// A key from a header, or from a line of NDJSON, that is called `name`.
pub fn idempotency_key_from(name: &str, given: &str) -> Result<String, Problem> {
    let key = match given.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').unwrap_or(""),
        None => given,
    };
    let printable = key.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if key.is_empty() || key.len() > IDEMPOTENCY_KEY_MAX || !printable {
        let asked = format!("must have 1 to {IDEMPOTENCY_KEY_MAX} printable ASCII characters");
        return Err(Problem::header(name, &asked));
    }
    Ok(key.to_owned())
}

/// `If-Match` and `If-None-Match`, as far as they apply to a command (RFC 9110, 13.1).
pub fn expected(headers: &HeaderMap) -> Result<Expected, Problem> {
    let (matches, none) = (if_match(headers)?, single(headers, "if-none-match")?);
    match (matches, none) {
        (None, None) => Ok(Expected::Any),
        (Some(expected), None) => Ok(expected),
        (None, Some("*")) => Ok(Expected::Absent),
        (None, Some(_)) => Err(Problem::header("If-None-Match", "can only be * for a command")),
        (Some(_), Some(_)) => {
            Err(Problem::header("If-None-Match", "can't be combined with If-Match"))
        }
    }
}

/// `If-Match`: `*`, or a list of tags, which may be in several header lines. Tags are compared strongly: a weak one
/// and one that is no version match nothing.
fn if_match(headers: &HeaderMap) -> Result<Option<Expected>, Problem> {
    let malformed = || Problem::header("If-Match", "must be ETags in double quotes, or *");
    let mut lines = headers.get_all("if-match").iter().peekable();
    if lines.peek().is_none() {
        return Ok(None);
    }
    let lines: Vec<_> = lines.map(|line| line.to_str().unwrap_or_default().trim()).collect();
    if lines == ["*"] {
        return Ok(Some(Expected::Exists));
    }
    let (mut tags, mut versions) = (0_usize, Vec::new());
    for line in lines {
        // A list may have empty elements.
        let mut rest = without_commas(line);
        while !rest.is_empty() {
            let (version, behind) = entity_tag(rest).ok_or_else(malformed)?;
            tags = tags.saturating_add(1);
            versions.extend(version);
            rest = behind;
        }
    }
    match (tags, versions.as_slice()) {
        (0, _) => Err(malformed()),
        (1, [version]) => Ok(Some(Expected::Version(*version))),
        _ => Ok(Some(Expected::OneOf(versions))),
    }
}

/// The version that the first tag of a list stands for, if any, and the list behind it.
fn entity_tag(list: &str) -> Option<(Option<i64>, &str)> {
    let strong = list.starts_with('"');
    let opaque = list.strip_prefix("W/").unwrap_or(list).strip_prefix('"')?;
    let (opaque, behind) = opaque.split_once('"')?;
    let behind = behind.trim_start();
    if !behind.is_empty() && !behind.starts_with(',') {
        return None;
    }
    let opaque_is_valid = opaque.bytes().all(|byte| byte > b' ' && byte != 0x7f);
    let version = version_in(opaque).filter(|_| strong);
    opaque_is_valid.then(|| (version, without_commas(behind)))
}

fn without_commas(list: &str) -> &str {
    list.trim_start_matches([',', ' ', '\t'])
}

/// `Dossier-At-Least`: a position of this partition, from a `Dossier-Position`.
pub fn at_least(headers: &HeaderMap, partition: Partition) -> Result<Option<i64>, Problem> {
    let Some(token) = single(headers, "dossier-at-least")? else { return Ok(None) };
    let position = token.split_once('.').and_then(|(of, position)| {
        let digits = position.bytes().all(|byte| byte.is_ascii_digit());
        (of == partition.to_string() && digits).then(|| position.parse().ok())?
    });
    let asked = "must be a Dossier-Position of this tenant";
    position.map(Some).ok_or_else(|| Problem::header("Dossier-At-Least", asked))
}

/// The answer with something at `version`, and its ETag; a 304, without polling `answer`, when the caller
/// has that version already.
pub async fn unless_known<T: IntoResponse>(
    headers: &HeaderMap,
    version: i64,
    answer: impl Future<Output = Result<T, Problem>>,
) -> Result<Response, Problem> {
    let tag = [(header::ETAG, etag(version))];
    if has_version(headers, version) {
        return Ok((StatusCode::NOT_MODIFIED, tag).into_response());
    }
    Ok((tag, answer.await?).into_response())
}

/// Whether the caller has this version already: `If-None-Match`.
pub fn has_version(headers: &HeaderMap, version: i64) -> bool {
    headers
        .get_all("if-none-match")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|etag| etag.trim().trim_start_matches("W/"))
        .any(|etag| etag == "*" || version_of(etag) == Some(version))
}

/// The ETag of a version.
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

fn version_of(etag: &str) -> Option<i64> {
    version_in(etag.strip_prefix('"')?.strip_suffix('"')?)
}

/// The version that is written in a tag.
fn version_in(digits: &str) -> Option<i64> {
    let canonical = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| canonical)
}

/// Inserts a header, if there is a value for it.
pub fn insert(headers: &mut HeaderMap, name: HeaderName, value: Option<String>) {
    if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
        headers.insert(name, value);
    }
}

/// The trace id of a W3C `traceparent`. A malformed one is ignored, as the recommendation
/// requires (Trace Context, section 4.3).
pub fn trace_id(headers: &HeaderMap) -> Option<String> {
    let mut parts = headers.get("traceparent")?.to_str().ok()?.split('-');
    let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, digits| {
        text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let valid = hex(version, 2)
        && version != "ff"
        && hex(trace, 32)
        && hex(parent, 16)
        && trace.bytes().any(|byte| byte != b'0');
    valid.then(|| trace.to_owned())
}

#[cfg(test)]
mod tests;
