use axum::http::HeaderValue;

use super::*;

fn networks(text: &str) -> Vec<Network> {
    text.split(' ').filter(|one| !one.is_empty()).map(|one| one.parse().expect(one)).collect()
}

#[track_caller]
fn check(connection: &str, forwarded: &[&str], trusted: &str, client_is: &str) {
    let mut headers = HeaderMap::new();
    for value in forwarded {
        headers.append(X_FORWARDED_FOR, HeaderValue::from_str(value).expect("a value"));
    }
    let found = client(connection.parse().expect("an address"), &headers, &networks(trusted));
    assert_eq!(found.to_string(), client_is);
}

#[test]
fn without_trusted_proxies_the_header_says_nothing() {
    check("10.0.0.1", &["203.0.113.9"], "", "10.0.0.1");
    check("10.0.0.1", &["203.0.113.9"], "10.0.0.2 192.168.0.0/16", "10.0.0.1");
}

#[test]
fn a_trusted_proxy_names_the_client() {
    check("10.0.0.1", &["203.0.113.9"], "10.0.0.0/8", "203.0.113.9");
    check("10.0.0.1", &["203.0.113.9:4711"], "10.0.0.0/8", "203.0.113.9");
    check("::ffff:10.0.0.1", &["[2001:db8::1]:4711"], "10.0.0.0/8", "2001:db8::1");
    check("10.0.0.1", &[], "10.0.0.0/8", "10.0.0.1");
}

#[test]
fn what_a_client_writes_into_the_header_does_not_count() {
    check("10.0.0.1", &["198.51.100.1, 203.0.113.9"], "10.0.0.0/8", "203.0.113.9");
    check("10.0.0.1", &["198.51.100.1", "203.0.113.9"], "10.0.0.0/8", "203.0.113.9");
    check("10.0.0.1", &["10.0.0.7, 203.0.113.9"], "10.0.0.0/8", "203.0.113.9");
}

#[test]
fn several_trusted_proxies_are_passed_one_after_the_other() {
    let trusted = "10.0.0.0/8 2001:db8:5::/48";
    check("10.0.0.1", &["203.0.113.9, 2001:db8:5::1, 10.0.0.2"], trusted, "203.0.113.9");
    check("10.0.0.1", &["nonsense, 10.0.0.2"], trusted, "10.0.0.2");
}

#[test]
fn a_network_is_an_address_or_a_block() {
    for text in ["10.0.0.0/8", "::1", "0.0.0.0/0", "2001:db8::/32"] {
        assert!(text.parse::<Network>().is_ok(), "{text}");
    }
    for text in ["", "10.0.0.0/33", "::1/129", "10.0.0/8", "x", "10.0.0.0/"] {
        assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text}");
    }
    let all: Network = "0.0.0.0/0".parse().expect("a network");
    assert!(all.contains("255.0.0.1".parse().expect("an address")));
}
