//! What is refused, and where. No refusal repeats the request.

use serde_json::json;

use super::parse::INTEGER_MAX;
use super::{parse, read};
use crate::check::Flaw::{self, Invalid, Malformed};
use crate::customer::{AddBillingConfig, ChangeExternalId, Command, RegisterCustomer};

#[track_caller]
fn refused(bytes: &[u8], flaw: Flaw, pointer: &str) {
    let violation = parse(bytes).unwrap_err();
    assert_eq!((violation.flaw, violation.pointer.as_str()), (flaw, pointer), "{violation}");
    assert!(!violation.detail.contains("secret") && violation.detail.len() < 100, "{violation}");
}

#[test]
fn bytes_that_are_not_one_json_document_are_malformed() {
    for bytes in [
        &b""[..],
        b"{",
        b"{} {}",
        b"\xEF\xBB\xBF{}",
        b"\"\xFF\"",
        b"\"\\ud800\"",
        b"{'secret': 1}",
        b"{\"a\": secret}",
        b"[1,]",
        b"NaN",
        b"01",
    ] {
        refused(bytes, Malformed, "");
    }
}

#[test]
fn a_value_that_storage_would_change_is_refused_with_its_place() {
    refused(br#"{"secret": 1, "secret": 2}"#, Malformed, "/secret");
    refused(br#"{"a": [{"b": 1, "b": 2}]}"#, Malformed, "/a/0/b");
    refused(br#"{"a/b": {"~": "secret\u0000"}}"#, Malformed, "/a~1b/~0");
    refused(br#"{"secret\u0000": 1}"#, Malformed, "");
    refused(br#"{"a": [1, 0.1000000000000000055]}"#, Invalid, "/a/1");
    refused(br#"{"a": {"$serde_json::private::RawValue": "1e999"}}"#, Malformed, "/a");
    refused(b"-0", Invalid, "");
    refused(b"9007199254740992", Invalid, "");
    refused(b"-9007199254740992", Invalid, "");
    refused(b"18446744073709551617", Invalid, "");
}

#[test]
fn integers_are_kept_exactly() {
    for integer in [9_007_199_254_740_991_i64, -9_007_199_254_740_991, 0] {
        assert_eq!(parse(integer.to_string().as_bytes()), Ok(json!(integer)));
    }
}

#[test]
fn nesting_ends_at_thirty_two_levels() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(parse(nested(32).as_bytes()).is_ok());
    refused(nested(33).as_bytes(), Malformed, &"/0".repeat(32));
    refused(nested(100_000).as_bytes(), Malformed, &"/0".repeat(32));
}

#[test]
fn a_name_as_long_as_the_document_is_not_repeated() {
    let long = "x".repeat(60_000);
    refused(format!("{{\"a\":{{\"{long}\": 1e999}}}}").as_bytes(), Invalid, "/a");
}

#[test]
fn a_value_that_does_not_fit_is_named_by_its_pointer_and_never_repeated() {
    let cases = [
        (json!([]), Invalid, "", "must be an object"),
        (json!("secret"), Invalid, "", "must be an object"),
        (json!({}), Invalid, "/profile", "is required"),
        (json!({ "profile": [] }), Invalid, "/profile", "must be an object"),
        (json!({ "profile": {}, "secret": 1 }), Invalid, "/secret", "is not a known field"),
        (json!({ "profile": { "name": 5 } }), Invalid, "/profile/name", "must be a string"),
        (json!({ "profile": { "tags": [1] } }), Invalid, "/profile/tags/0", "must be a string"),
        (json!({ "profile": { "tags": {} } }), Invalid, "/profile/tags", "must be an array"),
        (
            json!({ "profile": { "type": "secret" } }),
            Invalid,
            "/profile/type",
            "must be one of CONSUMER, BUSINESS",
        ),
        (
            json!({ "profile": { "exclude_from_metrics": "secret" } }),
            Invalid,
            "/profile/exclude_from_metrics",
            "must be a boolean",
        ),
        (
            json!({ "profile": {}, "id": "SECRET" }),
            Invalid,
            "/id",
            "must be a UUID in lower case, with hyphens",
        ),
        (json!({ "profile": {}, "external_id": 1.5 }), Invalid, "/external_id", "must be a string"),
    ];
    for (body, flaw, pointer, detail) in cases {
        let violation = read::<RegisterCustomer>(body).unwrap_err();
        assert_eq!((violation.flaw, violation.pointer.as_str()), (flaw, pointer));
        assert_eq!(violation.detail, detail);
    }
}

#[test]
fn an_absent_field_is_not_null_where_null_means_something() {
    assert_eq!(read::<ChangeExternalId>(json!({})).unwrap_err().detail, "is required");
    let cleared = read::<ChangeExternalId>(json!({ "external_id": null })).unwrap();
    assert_eq!(cleared.external_id, None);
}

#[test]
fn a_providers_configuration_is_checked_with_pointers_of_its_own() {
    let body = json!({ "provider": "aws_marketplace", "delivery_method": "tackle",
        "configuration": { "aws_customer_id": "1", "aws_product_code": "",
                           "aws_region": "us-west-1" } });
    let violations = Command::read("add-billing-config", body).unwrap().unwrap_err();
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].pointer, "/configuration/aws_product_code");

    let body = json!({ "provider": "stripe", "configuration": { "secret": 1 } });
    let violations = Command::read("add-billing-config", body).unwrap().unwrap_err();
    assert_eq!(violations[0].pointer, "/configuration/secret");

    let deep = json!({ "provider": "custom", "configuration": { "a": [[[[[[[[]]]]]]]] } });
    let large = json!({ "provider": "custom", "configuration": { "a": "x".repeat(16 * 1024) } });
    for body in [deep, large] {
        assert!(read::<AddBillingConfig>(body.clone()).is_ok());
        let violations = Command::read("add-billing-config", body).unwrap().unwrap_err();
        assert_eq!(violations[0].pointer, "/configuration");
    }
}

#[test]
fn there_is_no_command_of_another_name() {
    assert_eq!(Command::read("drop-table", json!({})), None);
}

#[test]
fn accepted_decimals_are_written_again_unchanged() {
    for (written, again) in [
        ("8.25", "8.25"),
        ("0.000001", "0.000001"),
        ("1e-6", "0.000001"),
        ("-12.50", "-12.5"),
        ("1.5E+2", "150"),
        ("999.999999", "999.999999"),
        ("123456789.012345", "123456789.012345"),
        ("0.0", "0"),
        ("15555556.555e7", "155555565550000"),
        ("1.50000000000000000", "1.5"),
    ] {
        let document = format!(r#"{{"a": [{{"rate": {written}}}]}}"#);
        let value = parse(document.as_bytes()).expect("decimals");
        let rate = value.pointer("/a/0/rate").and_then(serde_json::Value::as_f64);
        assert_eq!(rate.expect("a number").to_string(), again);
        let stored = serde_json::to_vec(&value).expect("JSON");
        assert_eq!(parse(&stored), Ok(value), "{written}");
    }
}

#[test]
fn decimals_that_a_double_would_change_are_refused_with_their_place() {
    for written in ["0.1000000000000000055", "1234567890.123456", "1e400", "1e-400", "-1e309"] {
        let document = format!(r#"{{"a": [1, {{"rate": {written}}}]}}"#);
        let violation = parse(document.as_bytes()).unwrap_err();
        assert_eq!((violation.flaw, violation.pointer.as_str()), (Invalid, "/a/1/rate"));
    }
}

#[test]
fn a_document_with_decimals_is_read_as_strictly() {
    for (bytes, flaw, pointer) in [
        (&br#"{"secret": 1, "secret": 2}"#[..], Malformed, "/secret"),
        (br#"{"a": [{"b": 1.5, "b": 2}]}"#, Malformed, "/a/0/b"),
        (br#"{"a/b": {"~": "secret\u0000"}}"#, Malformed, "/a~1b/~0"),
        (b"9007199254740992", Invalid, ""),
        (br#"{"a": -9007199254740992}"#, Invalid, "/a"),
        (b"\"\xFF\"", Malformed, ""),
        (b"[1.]", Malformed, ""),
        (b"[01.5]", Malformed, ""),
        (b"{} {}", Malformed, ""),
        (b"", Malformed, ""),
    ] {
        let violation = parse(bytes).unwrap_err();
        assert_eq!((violation.flaw, violation.pointer.as_str()), (flaw, pointer), "{violation}");
    }
    let deep = format!("{}1.5{}", "[".repeat(33), "]".repeat(33));
    let violation = parse(deep.as_bytes()).unwrap_err();
    assert_eq!((violation.flaw, violation.pointer), (Malformed, "/0".repeat(32)));
    let text = parse(br#"[" 1.5 ", true, null, -7]"#);
    assert_eq!(text, Ok(json!([" 1.5 ", true, null, -7])));
}

#[test]
fn numbers_and_other_values_of_a_configuration_are_read_as_they_are() {
    let configuration = json!({ "a": -7, "b": 7, "c": true, "d": null, "e": [[]], "f": {},
        "g": 1.5 });
    let body = json!({ "provider": "custom", "configuration": configuration });
    let command = read::<AddBillingConfig>(body).unwrap();
    assert_eq!(serde_json::to_value(command.configuration).unwrap(), configuration);
}

#[test]
fn an_integer_has_the_range_of_its_type() {
    fn check<T: serde::de::DeserializeOwned + TryFrom<i128> + PartialEq + std::fmt::Debug>(
        min: i64,
        max: i64,
    ) {
        for integer in [min, max] {
            assert_eq!(read::<T>(json!(integer)).ok(), T::try_from(i128::from(integer)).ok());
        }
        for other in [json!(min - 1), json!(max + 1), json!("1"), json!(null), json!(1.5)] {
            let violation = read::<T>(other).unwrap_err();
            assert_eq!(violation.detail, format!("must be an integer from {min} to {max}"));
        }
    }
    check::<u8>(0, 255);
    check::<u16>(0, 65_535);
    check::<u32>(0, 4_294_967_295);
    check::<i8>(-128, 127);
    check::<i16>(-32_768, 32_767);
    // Larger integers are refused in every place.
    let exact = i64::try_from(INTEGER_MAX).unwrap();
    for (violation, min) in
        [(read::<u64>(json!(1.5)).unwrap_err(), 0), (read::<i64>(json!(1.5)).unwrap_err(), -exact)]
    {
        assert_eq!(violation.detail, format!("must be an integer from {min} to {exact}"));
    }
    check::<i32>(-2_147_483_648, 2_147_483_647);
    assert_eq!(read::<u64>(json!(u64::MAX)), Ok(u64::MAX));
    assert_eq!(read::<i64>(json!(i64::MIN)), Ok(i64::MIN));
    assert!(read::<u64>(json!(-1)).is_err() && read::<i64>(json!(u64::MAX)).is_err());
}

#[test]
fn a_variant_of_an_enum_has_no_contents() {
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only read")]
    enum Any {
        Unit,
        Newtype(u8),
        Tuple(u8, u8),
        Struct { a: u8 },
    }
    assert!(matches!(read::<Any>(json!("Unit")), Ok(Any::Unit)));
    for name in ["Newtype", "Tuple", "Struct"] {
        assert_eq!(read::<Any>(json!(name)).unwrap_err().detail, "is not valid", "{name}");
    }
    let other = read::<Any>(json!("secret")).unwrap_err();
    assert_eq!(other.detail, "must be one of Unit, Newtype, Tuple, Struct");
    for value in [json!(null), json!(1), json!(true), json!([]), json!({ "Unit": null })] {
        assert_eq!(read::<Any>(value).unwrap_err().detail, "must be a string");
    }
}
