//! JSON from outside: what is taken is written and taken again as it was.
#![no_main]

use domain::json::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = parse(bytes) {
        let written = serde_json::to_vec(&value).expect("JSON");
        assert_eq!(parse(&written), Ok(value));
    }
});
