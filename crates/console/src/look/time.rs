//! Times: how long ago, with the exact instant beside it.

use chrono::{DateTime, Datelike as _, SecondsFormat, Utc};
use maud::{Markup, html};

/// How long ago something was. The exact instant shows on hover, and the script adds the reader's time zone.
pub(crate) fn ago(now: DateTime<Utc>, at: DateTime<Utc>) -> Markup {
    html! { time.ago datetime=(stamp(at)) title=(words(at)) { (relative(now, at)) } }
}

/// An instant, to the second.
pub(crate) fn exact(at: DateTime<Utc>) -> Markup {
    html! { time datetime=(stamp(at)) title=(words(at)) { (words(at)) } }
}

/// A day, for a heading: today, yesterday, or its date.
pub(crate) fn day(now: DateTime<Utc>, at: DateTime<Utc>) -> String {
    let days = now.date_naive().signed_duration_since(at.date_naive()).num_days();
    match days {
        0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        2..=6 => at.format("%A, %-d %B").to_string(),
        _ if at.year() == now.year() => at.format("%-d %B").to_string(),
        _ => at.format("%-d %B %Y").to_string(),
    }
}

/// An instant in words: `27 November 2026, 14:02:11 UTC`.
pub(crate) fn words(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M:%S UTC").to_string()
}

/// An instant as addresses have it.
pub(crate) fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn relative(now: DateTime<Utc>, at: DateTime<Utc>) -> String {
    let passed = now.signed_duration_since(at);
    let some = |number: i64, unit: &str| {
        format!("{number} {unit}{} ago", if number == 1 { "" } else { "s" })
    };
    if passed.num_seconds() < 0 {
        return words(at);
    }
    match (passed.num_minutes(), passed.num_hours(), passed.num_days()) {
        (0, _, _) => "just now".to_owned(),
        (minutes, 0, _) => some(minutes, "minute"),
        (_, hours, 0) => some(hours, "hour"),
        (_, _, days @ 1..=29) => some(days, "day"),
        (_, _, _) if at.year() == now.year() => at.format("%-d %B").to_string(),
        (_, _, _) => at.format("%-d %B %Y").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn a_time_is_said_by_how_long_ago_it_was() {
        let now = at("2026-11-30T15:00:00Z");
        let check = |then: &str, said: &str| assert_eq!(relative(now, at(then)), said, "{then}");
        check("2026-11-30T14:59:30Z", "just now");
        check("2026-11-30T14:59:00Z", "1 minute ago");
        check("2026-11-30T14:01:00Z", "59 minutes ago");
        check("2026-11-30T12:00:00Z", "3 hours ago");
        check("2026-11-29T15:00:00Z", "1 day ago");
        check("2026-11-01T15:00:00Z", "29 days ago");
        check("2026-03-12T14:02:00Z", "12 March");
        check("2025-03-12T14:02:00Z", "12 March 2025");
        check("2026-12-01T00:00:00Z", "1 December 2026, 00:00:00 UTC");
    }

    #[test]
    fn a_day_is_said_by_its_name_or_date() {
        let now = at("2026-11-30T15:00:00Z");
        assert_eq!(day(now, at("2026-11-30T00:00:00Z")), "Today");
        assert_eq!(day(now, at("2026-11-29T23:59:59Z")), "Yesterday");
        assert_eq!(day(now, at("2026-11-27T10:00:00Z")), "Friday, 27 November");
        assert_eq!(day(now, at("2026-11-12T10:00:00Z")), "12 November");
        assert_eq!(day(now, at("2025-11-30T10:00:00Z")), "30 November 2025");
    }

    #[test]
    fn the_exact_instant_is_in_the_element() {
        let markup = ago(at("2026-11-30T15:00:00Z"), at("2026-11-27T14:02:11.5Z")).into_string();
        assert_eq!(
            markup,
            "<time class=\"ago\" datetime=\"2026-11-27T14:02:11.500Z\" title=\"27 November 2026, 14:02:11 UTC\">3 days ago</time>"
        );
    }
}
