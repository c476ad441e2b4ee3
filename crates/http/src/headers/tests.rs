use axum::http::{HeaderMap, HeaderName, HeaderValue};
use store::Expected;

use super::*;

fn headers(pairs: &[(&'static str, &[u8])]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value).expect("a header"))
        })
        .collect()
}

#[test]
fn an_idempotency_key_may_be_quoted_or_bare_and_is_the_same_key() {
    for given in [&b"\"order-7\""[..], b"order-7"] {
        let headers = headers(&[("idempotency-key", given)]);
        assert_eq!(
            idempotency_key(&headers, "idempotency-key").unwrap().as_deref(),
            Some("order-7")
        );
    }
}

#[test]
fn an_idempotency_key_that_cannot_be_kept_as_it_is_is_refused() {
    let long = [b'k'; 257];
    for given in [&b""[..], b"\"", b"\"\"", b"\"open", b"caf\xc3\xa9", &long] {
        let headers = headers(&[("idempotency-key", given)]);
        assert!(idempotency_key(&headers, "idempotency-key").is_err(), "{given:?}");
    }
    let mut two = headers(&[("idempotency-key", b"a")]);
    two.append("idempotency-key", HeaderValue::from_static("b"));
    assert!(idempotency_key(&two, "idempotency-key").is_err());
}

#[test]
fn a_command_can_ask_for_a_version_for_any_or_for_none() {
    let expected = |name, value: &[u8]| expected(&headers(&[(name, value)])).ok();
    assert_eq!(expected("if-match", b"\"7\""), Some(Expected::Version(7)));
    assert_eq!(expected("if-match", b"*"), Some(Expected::Exists));
    assert_eq!(expected("if-none-match", b"*"), Some(Expected::Absent));
    for unreadable in [&b"7"[..], b"", b",", b"\"7", b"\"7\" \"8\"", b"w/\"7\"", b"*, \"7\""] {
        assert_eq!(expected("if-match", unreadable), None, "{unreadable:?}");
    }
    assert_eq!(expected("if-none-match", b"\"7\""), None);
}

#[test]
fn a_list_of_tags_stands_for_the_versions_that_its_strong_tags_name() {
    let expected = |lines: &[(&'static str, &[u8])]| {
        let mut all = HeaderMap::new();
        for (_, line) in lines {
            all.append("if-match", HeaderValue::from_bytes(line).expect("a header"));
        }
        expected(&all).ok()
    };
    let one = |value: &[u8]| expected(&[("", value)]);
    let of = |versions: &[i64]| Some(Expected::OneOf(versions.to_vec()));
    assert_eq!(one(b"\"1\", \"3\""), of(&[1, 3]));
    assert_eq!(one(b", \"1\",, \"3\" ,"), of(&[1, 3]), "empty elements of a list count as none");
    assert_eq!(one(b"\"1\",\"3\" , \"a,b\""), of(&[1, 3]));
    assert_eq!(expected(&[("", b"\"1\""), ("", b"W/\"2\", \"3\"")]), of(&[1, 3]));
    for never in [&b"W/\"7\""[..], b"\"07\"", b"\"-7\"", b"\"\"", b"\"99999999999999999999\""] {
        assert_eq!(one(never), of(&[]), "{never:?}");
    }
}

#[test]
fn a_reader_with_the_version_among_others_gets_a_304() {
    let headers = headers(&[("if-none-match", b"\"3\", W/\"7\"")]);
    assert!(has_version(&headers, 7) && has_version(&headers, 3));
    assert!(!has_version(&headers, 4));
}

#[test]
fn a_trace_is_known_by_its_traceparent_and_a_wrong_one_is_ignored() {
    let trace = |value: &[u8]| trace_id(&headers(&[("traceparent", value)]));
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    assert_eq!(
        trace(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").as_deref(),
        Some(id)
    );
    assert_eq!(trace(b"00-00000000000000000000000000000000-00f067aa0ba902b7-01"), None);
    assert_eq!(trace(b"nonsense"), None);
}
