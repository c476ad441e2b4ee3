//! JSON from outside: what is taken is written and taken again as it was.
#![no_main]

use domain::json::{parse, parse_with_decimals};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let with_decimals = parse_with_decimals(bytes);
    if let Ok(value) = parse(bytes) {
        let written = serde_json::to_vec(&value).expect("JSON");
        assert_eq!(parse(&written).as_ref(), Ok(&value));
        assert_eq!(with_decimals.as_ref(), Ok(&value), "all that is taken without decimals");
    }
    if let Ok(value) = with_decimals {
        let written = serde_json::to_vec(&value).expect("JSON");
        assert_eq!(parse_with_decimals(&written), Ok(value));
    }
});
