//! The format of an answer: `Accept` (RFC 9110, 12.5.1).

use axum::http::{HeaderMap, header};

use crate::problem::Problem;

/// The greatest weight of a range, 1.
const WEIGHT_MAX: u16 = 1_000;

/// A format in which lists are answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// A page as a JSON document.
    Json,
    /// The whole list, a JSON document a line.
    Ndjson,
    /// The whole list as a table.
    Csv,
}

impl Format {
    /// All of them. Of equally preferred ones the first is taken.
    pub const ALL: [Self; 3] = [Self::Json, Self::Ndjson, Self::Csv];

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
        }
    }

    /// The format that the caller prefers; of two equally preferred, one that it names. JSON without
    /// a preference. Unreadable ranges are skipped.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut parts = parts(headers).peekable();
        if parts.peek().is_none() {
            return Ok(Self::Json);
        }
        let ranges: Vec<_> = parts.filter_map(Range::read).collect();
        let liked = Self::ALL.into_iter().rev().filter_map(|format| {
            let nearest = ranges.iter().filter_map(|range| range.covers(format.media_type())).max();
            Some((nearest.filter(|(_, weight)| *weight > 0)?, format))
        });
        let best = liked.max_by_key(|((nearness, weight), _)| (*weight, *nearness));
        best.map(|(_, format)| format)
            .ok_or_else(|| Problem::not_acceptable(&Self::ALL.map(Self::media_type).join(", ")))
    }
}

/// Whether the caller names a media type, with any weight.
pub fn names(headers: &HeaderMap, media_type: &str) -> bool {
    parts(headers).any(|part| split(part).0.eq_ignore_ascii_case(media_type))
}

/// The ranges of all `Accept` headers, as they are written.
fn parts(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|part| !part.is_empty())
}

/// A range's media type, and its parameters.
fn split(part: &str) -> (&str, &str) {
    let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
    (name.trim(), parameters)
}

/// A media range and its weight, in thousandths.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    weight: u16,
}

impl<'a> Range<'a> {
    fn read(part: &'a str) -> Option<Self> {
        let (name, parameters) = split(part);
        let (kind, subtype) = name.split_once('/')?;
        let mut weight = WEIGHT_MAX;
        for parameter in parameters.split(';') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            if name.trim().eq_ignore_ascii_case("q") {
                weight = thousandths(value.trim())?;
            }
        }
        Some(Self { kind, subtype, weight })
    }

    /// How specifically it matches a media type, and its weight; nothing when it doesn't match.
    fn covers(&self, media_type: &str) -> Option<(u8, u16)> {
        let (kind, subtype) = media_type.split_once('/')?;
        let same = |asked: &str, is: &str| asked.eq_ignore_ascii_case(is);
        let nearness = match (self.kind, self.subtype) {
            ("*", "*") => 0,
            (asked, "*") if same(asked, kind) => 1,
            (asked, sub) if same(asked, kind) && same(sub, subtype) => 2,
            _ => return None,
        };
        Some((nearness, self.weight))
    }
}

/// A number from 0 to 1 with at most three decimals.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = decimals.bytes().all(|byte| byte.is_ascii_digit()) && decimals.len() <= 3;
    let decimals: u16 = format!("{decimals:0<3}").parse().ok().filter(|_| digits)?;
    match whole {
        "0" | "" => Some(decimals),
        "1" if decimals == 0 => Some(WEIGHT_MAX),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
