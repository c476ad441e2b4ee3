//! One way of writing an instant.

use super::Timestamp;

#[track_caller]
fn check(from: &str, written: Option<&str>) {
    let read = from.parse::<Timestamp>().ok().map(|instant| instant.to_string());
    assert_eq!(read.as_deref(), written, "{from}");
}

#[test]
fn instants_are_written_in_utc_with_microseconds() {
    check("2026-01-02T03:04:05Z", Some("2026-01-02T03:04:05.000000Z"));
    check("2026-01-02T03:04:05.000006789+02:00", Some("2026-01-02T01:04:05.000006Z"));
    check("1970-01-01T00:00:00Z", Some("1970-01-01T00:00:00.000000Z"));
    check("9999-12-31T23:59:59.999999Z", Some("9999-12-31T23:59:59.999999Z"));
}

#[test]
fn what_postgresql_would_read_otherwise_is_refused() {
    for text in [
        "2016-12-31T23:59:60Z",
        "2016-12-31T23:59:60.5Z",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59-01:00",
        "tomorrow",
        "infinity",
        "2026-01-02",
        "2026-01-02T03:04:05",
        "2026-02-30T00:00:00Z",
        "",
    ] {
        check(text, None);
    }
}
