//! Keys and ids: what is read is written as it was.
#![no_main]

use http::ApiKey;
use domain::{CustomerId, Timestamp};
use libfuzzer_sys::fuzz_target;
use store::api_keys::Scope;
use store::log::{LogKey, Verifier};

fuzz_target!(|text: &str| {
    if let Ok(key) = text.parse::<ApiKey>() {
        assert_eq!(key.reveal(), text);
    }
    if let Ok(scope) = text.parse::<Scope>() {
        assert_eq!(scope.as_str(), text);
    }
    if let Ok(id) = text.parse::<CustomerId>() {
        assert_eq!(id.to_string(), text);
    }
    if let Ok(key) = text.parse::<Verifier>() {
        assert_eq!(key.to_string().parse(), Ok(key));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        let written = serde_json::to_value(time).expect("JSON");
        let written = written.as_str().expect("a text");
        assert_eq!(written.parse(), Ok(time));
    }
    // It hides itself, so there is nothing to compare.
    let _ = text.parse::<LogKey>();
});
