//! Instants have one spelling.

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
fn a_time_that_postgresql_would_read_differently_is_refused() {
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

#[test]
fn an_instant_in_a_document_is_text_of_one_form() {
    use chrono::{DateTime, Utc};
    use schemars::JsonSchema;
    use serde_json::json;

    let instant: Timestamp = serde_json::from_value(json!("2026-01-02T03:04:05+02:00")).unwrap();
    assert_eq!(instant.to_utc(), "2026-01-02T01:04:05Z".parse::<DateTime<Utc>>().unwrap());
    assert_eq!(serde_json::to_value(instant).unwrap(), json!("2026-01-02T01:04:05.000000Z"));
    let error = serde_json::from_value::<Timestamp>(json!(1)).unwrap_err();
    assert!(error.to_string().contains("a time as in RFC 3339"), "{error}");
    assert_eq!(Timestamp::schema_name(), "Timestamp");
    let schema = schemars::SchemaGenerator::default().into_root_schema_for::<Timestamp>();
    assert_eq!(schema.get("format"), Some(&json!("date-time")));
}

#[test]
fn an_instant_that_was_stored_under_other_rules_can_be_read() {
    for text in ["1969-12-31T23:59:59Z", "2016-12-31T23:59:60Z"] {
        let stored = serde_json::from_value::<Timestamp>(text.into());
        assert!(stored.is_ok_and(|instant| instant.rules().is_err()), "{text}");
    }
}
