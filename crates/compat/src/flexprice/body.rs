//! Bodies that ask for something: a value that isn't there says nothing, one of another kind is refused.

use chrono::{DateTime, Utc};
use domain::Timestamp;
use domain::check::Violation;
use serde_json::{Map, Value};

use crate::blank::Blank;

/// Objects in a list, at most.
const OBJECTS_MAX: usize = 50;
/// Texts in a list, at most.
const TEXTS_MAX: usize = 1_000;

/// A member that isn't blank.
pub(super) fn there<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    body.get(name).filter(|value| !Blank::EmptyText.is(value))
}

/// A text, which may be empty.
pub(super) fn string<'a>(
    body: &'a Map<String, Value>,
    name: &'static str,
) -> Result<&'a str, Violation> {
    let text = body.get(name).and_then(Value::as_str).filter(|text| !text.contains('\0'));
    text.ok_or_else(|| Violation::invalid("must be a string without U+0000").under(name))
}

/// A text that isn't blank.
pub(super) fn text<'a>(
    body: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'a str>, Violation> {
    there(body, name).map(|_| string(body, name)).transpose()
}

/// A text that must be there.
pub(super) fn required<'a>(
    body: &'a Map<String, Value>,
    name: &'static str,
) -> Result<&'a str, Violation> {
    text(body, name)?.ok_or_else(|| Violation::invalid("is required").under(name))
}

/// A list of texts; empty when it isn't there.
pub(super) fn texts<'a>(
    body: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Vec<&'a str>, Violation> {
    let Some(list) = there(body, name) else { return Ok(Vec::new()) };
    let list = list.as_array().filter(|list| list.len() <= TEXTS_MAX);
    let texts = list.and_then(|list| {
        let texts = list.iter().map(|value| value.as_str().filter(|text| !text.contains('\0')));
        texts.collect::<Option<_>>()
    });
    let asked = || Violation::invalid(format!("must be a list of at most {TEXTS_MAX} strings"));
    texts.ok_or_else(|| asked().under(name))
}

/// A list of objects; empty when it isn't there.
pub(super) fn objects<'a>(
    body: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Vec<&'a Map<String, Value>>, Violation> {
    let Some(list) = there(body, name) else { return Ok(Vec::new()) };
    let list = list.as_array().filter(|list| list.len() <= OBJECTS_MAX);
    let objects = list.and_then(|list| list.iter().map(Value::as_object).collect::<Option<_>>());
    let asked = || Violation::invalid(format!("must be a list of at most {OBJECTS_MAX} objects"));
    objects.ok_or_else(|| asked().under(name))
}

/// A number between these, both included.
pub(super) fn number(
    body: &Map<String, Value>,
    name: &'static str,
    min: u64,
    max: u64,
) -> Result<Option<u64>, Violation> {
    let Some(value) = there(body, name) else { return Ok(None) };
    let number = value.as_u64().filter(|number| (min..=max).contains(number));
    let asked = || Violation::invalid(format!("must be a number from {min} to {max}")).under(name);
    number.ok_or_else(asked).map(Some)
}

/// A time that must be there.
pub(super) fn required_time(
    body: &Map<String, Value>,
    name: &'static str,
) -> Result<DateTime<Utc>, Violation> {
    let time = required(body, name)?.parse().map(Timestamp::to_utc);
    time.map_err(|_| Violation::invalid("must be a time as in RFC 3339").under(name))
}

/// A time.
pub(super) fn time(
    body: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<DateTime<Utc>>, Violation> {
    there(body, name).map(|_| required_time(body, name)).transpose()
}
