use serde_json::json;

use super::*;
use crate::check::Checked;
use crate::json::{parse, read};

fn value(json: &str) -> MetadataValue {
    read(parse(json.as_bytes()).expect("JSON")).expect("a value")
}

#[test]
fn any_json_is_kept_as_it_was_sent() {
    for json in [
        r#""""#,
        r#"" \n""#,
        "null",
        "true",
        "-7",
        "9007199254740991",
        "0.1",
        "-12.5",
        "1e-6",
        "[]",
        r#"{"seats":{"used":7,"share":0.25},"tags":[null,true]}"#,
    ] {
        let sent = value(json);
        assert!(Checked::new(sent.clone()).is_ok(), "{json}");
        let stored = serde_json::to_string(&sent).expect("JSON");
        assert_eq!(stored.parse::<f64>().ok(), json.parse::<f64>().ok());
        let again: MetadataValue = serde_json::from_str(&stored).expect("a value");
        assert_eq!(again, sent, "{json}");
        assert_eq!(value(&stored), sent, "{json}");
    }
}

#[test]
fn a_long_value_is_refused() {
    for (fits, larger) in [
        (json!("x".repeat(1000)), json!("x".repeat(1001))),
        (json!(["x".repeat(996)]), json!(["x".repeat(997)])),
        (json!({ "a": "x".repeat(992) }), json!({ "a": "x".repeat(993) })),
    ] {
        assert!(Checked::new(MetadataValue(fits)).is_ok());
        let found = Checked::new(MetadataValue(larger)).unwrap_err();
        assert_eq!((found.len(), &*found[0].pointer), (1, ""), "{found:?}");
    }
}

#[test]
fn a_control_character_is_refused_where_it_is() {
    let sent = json!({ "a": ["b", "c\u{7}"], "d\n": "e\n" });
    let found = Checked::new(MetadataValue(sent)).unwrap_err();
    let pointers: Vec<_> = found.iter().map(|violation| &*violation.pointer).collect();
    assert_eq!(pointers, ["/a/1", "/d\n"]);
}

#[test]
fn a_value_that_is_not_text_counts_as_its_json() {
    for (json, text) in [
        (r#""a b""#, "a b"),
        ("7", "7"),
        ("1.50", "1.5"),
        ("true", "true"),
        (r#"{"a": [1]}"#, r#"{"a":[1]}"#),
    ] {
        assert_eq!(value(json).as_text(), text);
    }
}
