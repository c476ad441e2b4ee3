//! Moments as people write them into a field.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
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
    for form in ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, form) {
            return Some(at.and_utc());
        }
    }
    let end = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999)?;
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.and_time(end).and_utc())
}

/// An instant as a browser's field has it, in UTC.
pub(crate) fn for_field(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M").to_string()
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
        check("2026-03-12", Some("2026-03-12T23:59:59.999999+00:00"));
        check("yesterday", None);
        check("2026-02-30", None);
        check("-262143-01-01", None);
        check("+10000-01-01", None);
        check("", None);
    }
}
