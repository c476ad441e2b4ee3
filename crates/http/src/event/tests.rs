use chrono::DateTime;
use serde_json::{Value, json};

use super::*;

fn event() -> Recorded {
    Recorded {
        customer_id: Some(Uuid::from_u128(2)),
        version: 3,
        event_type: "ProfileUpdated".to_owned(),
        event_version: "1.0".to_owned(),
        payload: r#"{"type":"ProfileUpdated","data":{"name": "Åsa \"A\""}}"#.to_owned(),
        metadata: json!({
            "actor": "ada \"a\"@example.com", "api_key": "k", "reason": "why", "request_id": "r",
            "correlation_id": "c", "surface": "native", "command": "update-profile",
            "client_address": "10.0.0.1", "line": "3",
        })
        .to_string(),
        position: 4_821,
        recorded_at: DateTime::from_timestamp_micros(1_000_001).expect("a time"),
    }
}

fn shown(event: &Recorded) -> Value {
    let partition = Partition::new(7).expect("a partition");
    serde_json::from_str(&document(partition, event)).expect("JSON")
}

#[test]
fn an_event_is_shown_with_who_why_and_how() {
    let expected = json!({
        "customer_id": Uuid::from_u128(2), "version": 3, "position": "7.4821",
        "recorded_at": "1970-01-01T00:00:01.000001Z", "type": "ProfileUpdated",
        "event_version": "1.0", "data": {"name": "Åsa \"A\""}, "actor": "ada \"a\"@example.com",
        "api_key": "k", "reason": "why", "request_id": "r", "correlation_id": "c",
        "surface": "native", "command": "update-profile",
        "client_address": "10.0.0.1",
    });
    assert_eq!(shown(&event()), expected);
}

#[test]
fn what_nobody_said_is_left_out() {
    let own = Recorded { customer_id: None, metadata: "{}".to_owned(), ..event() };
    let shown = shown(&own);
    let names: Vec<_> = shown.as_object().expect("an object").keys().cloned().collect();
    assert_eq!(names, ["data", "event_version", "position", "recorded_at", "type", "version"]);
}

#[test]
fn data_is_passed_through_byte_for_byte() {
    let partition = Partition::new(7).expect("a partition");
    assert!(document(partition, &event()).contains(r#""data":{"name": "Åsa \"A\""}"#));
}
