//! Moments as people write them into a field.

use chrono::{
    DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Timelike as _, Utc,
};
use domain::Timestamp;

/// Reads an instant: as in RFC 3339, or as a browser's field for a date and a time has it, which is in UTC. A date alone
/// means its end.
pub(crate) fn read(text: &str) -> Option<DateTime<Utc>> {
    // As an instant of the service, which is in the years that the database has.
    written(text)?.to_rfc3339().parse::<Timestamp>().ok().map(Timestamp::to_utc)
}

fn written(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    for form in ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S%.f"]
    {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, form) {
            return Some(at.and_utc());
        }
    }
    let end = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999)?;
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.and_time(end).and_utc())
}

/// An instant as a field has it, in UTC: the field's type, and its value. A browser's field for a date and a time has
/// whole milliseconds; a more exact instant is a text, so that a form sends back what it was given.
pub(crate) fn for_field(at: Option<DateTime<Utc>>) -> (&'static str, String) {
    let Some(at) = at else { return ("datetime-local", String::new()) };
    let exact = at.timestamp_subsec_micros().checked_rem(1_000) == Some(0);
    let form = match (exact, at.timestamp_subsec_micros(), at.second()) {
        (false, _, _) => return ("text", at.to_rfc3339_opts(SecondsFormat::Micros, true)),
        (true, 0, 0) => "%Y-%m-%dT%H:%M",
        (true, 0, _) => "%Y-%m-%dT%H:%M:%S",
        (true, _, _) => "%Y-%m-%dT%H:%M:%S%.3f",
    };
    ("datetime-local", at.format(form).to_string())
}

/// The first whole millisecond that is not before an instant.
pub(crate) fn rounded_up(at: DateTime<Utc>) -> DateTime<Utc> {
    let beyond = i64::from(at.timestamp_subsec_micros().checked_rem(1_000).unwrap_or(0));
    let missing = 1_000_i64.saturating_sub(beyond).checked_rem(1_000).unwrap_or(0);
    at.checked_add_signed(Duration::microseconds(missing)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_moments_in_several_ways() {
        let check = |text: &str, read_as: Option<&str>| {
            let at = read(text).map(|at| at.to_rfc3339());
            assert_eq!(at.as_deref(), read_as, "{text}");
        };
        check("2026-03-12T14:02:11Z", Some("2026-03-12T14:02:11+00:00"));
        check("2026-03-12T14:02:11+02:00", Some("2026-03-12T12:02:11+00:00"));
        check("2026-03-12T14:02", Some("2026-03-12T14:02:00+00:00"));
        check("2026-03-12 14:02:11", Some("2026-03-12T14:02:11+00:00"));
        check("2026-03-12T14:02:11.250", Some("2026-03-12T14:02:11.250+00:00"));
        check("2026-03-12", Some("2026-03-12T23:59:59.999999+00:00"));
        check("yesterday", None);
        check("2026-02-30", None);
        check("-262143-01-01", None);
        check("+10000-01-01", None);
        check("", None);
    }

    #[test]
    fn a_form_sends_back_the_moment_that_it_was_given() {
        for (text, kind, value) in [
            ("2026-03-12T14:02:00Z", "datetime-local", "2026-03-12T14:02"),
            ("2026-03-12T14:02:11Z", "datetime-local", "2026-03-12T14:02:11"),
            ("2026-03-12T14:02:11.250Z", "datetime-local", "2026-03-12T14:02:11.250"),
            ("2026-03-12T14:02:11.250001Z", "text", "2026-03-12T14:02:11.250001Z"),
            ("2026-03-12", "text", "2026-03-12T23:59:59.999999Z"),
        ] {
            let at = read(text);
            assert_eq!(for_field(at), (kind, value.to_owned()), "{text}");
            assert_eq!(read(value), at, "{text}");
        }
        assert_eq!(for_field(None), ("datetime-local", String::new()));
    }

    #[test]
    fn a_version_s_time_is_rounded_up_so_that_the_version_is_shown() {
        let check = |at: &str, up: &str| {
            assert_eq!(rounded_up(read(at).expect("a time")), read(up).expect("a time"));
        };
        check("2026-03-12T14:02:11.250001Z", "2026-03-12T14:02:11.251Z");
        check("2026-03-12T14:02:11.250Z", "2026-03-12T14:02:11.250Z");
        check("2026-03-12T14:02:59.999999Z", "2026-03-12T14:03:00Z");
    }
}
