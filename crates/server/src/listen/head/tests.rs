//! Heads that pass, heads that don't, and where they end.

use http::HeadRefusal;

use super::super::Limits;
use super::{Framing, Scan, check};

/// Checks a request line and header lines, given without their line ends.
fn checked(lines: &[&str]) -> Result<Framing, HeadRefusal> {
    let head = format!("{}\r\n\r\n", lines.join("\r\n"));
    check(head.as_bytes(), &Limits::default())
}

#[test]
fn an_ordinary_request_passes() {
    assert_eq!(checked(&["GET / HTTP/1.1", "Host: a"]), Ok(Framing::Sized(0)));
    assert_eq!(checked(&["GET / HTTP/1.0"]), Ok(Framing::Sized(0)));
    assert_eq!(checked(&["GET / HTTP/1.1", "Host:"]), Ok(Framing::Sized(0)));
    assert_eq!(checked(&["GET / HTTP/1.1", "Host: [::1]:80"]), Ok(Framing::Sized(0)));
    assert_eq!(
        checked(&["POST /a?b=%20 HTTP/1.1", "hOST: a.example:8080", "content-LENGTH: 12"]),
        Ok(Framing::Sized(12))
    );
    assert_eq!(
        checked(&["POST / HTTP/1.1", "Host: a", "Transfer-Encoding: Chunked"]),
        Ok(Framing::Chunked)
    );
}

#[test]
fn a_request_without_exactly_one_valid_host_is_refused() {
    for hosts in [&[][..], &["Host: a", "Host: a"], &["Host: a b"], &["Host: u@a"], &["Host: a/b"]]
    {
        let lines = [&["GET / HTTP/1.1"], hosts].concat();
        assert_eq!(checked(&lines), Err(HeadRefusal::Host), "{hosts:?}");
    }
    assert_eq!(checked(&["GET / HTTP/1.0", "Host: a", "Host: b"]), Err(HeadRefusal::Host));
}

#[test]
fn a_body_whose_length_is_ambiguous_is_refused() {
    for (fields, refusal) in [
        (&["Content-Length: 5", "Transfer-Encoding: chunked"][..], HeadRefusal::Length),
        (&["Transfer-Encoding: chunked", "Content-Length: 5"], HeadRefusal::Length),
        (&["Content-Length: 5", "Content-Length: 6"], HeadRefusal::Length),
        (&["Content-Length: 5", "Content-Length: 5"], HeadRefusal::Length),
        (&["Content-Length: 5, 5"], HeadRefusal::Length),
        (&["Content-Length: +5"], HeadRefusal::Length),
        (&["Content-Length: -5"], HeadRefusal::Length),
        (&["Content-Length:"], HeadRefusal::Length),
        (&["Content-Length: 18446744073709551615"], HeadRefusal::Length),
        (&["Content-Length: 99999999999999999999"], HeadRefusal::Length),
        (&["Transfer-Encoding: gzip"], HeadRefusal::TransferCoding),
        (&["Transfer-Encoding: gzip, chunked"], HeadRefusal::TransferCoding),
        (
            &["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
            HeadRefusal::TransferCoding,
        ),
        (&["Transfer-Encoding: xchunked"], HeadRefusal::TransferCoding),
    ] {
        let lines = [&["POST / HTTP/1.1", "Host: a"], fields].concat();
        assert_eq!(checked(&lines), Err(refusal), "{fields:?}");
    }
    assert_eq!(
        checked(&["POST / HTTP/1.0", "Transfer-Encoding: chunked"]),
        Err(HeadRefusal::TransferCoding)
    );
}

#[test]
fn header_lines_with_control_bytes_or_folds_are_refused() {
    for field in
        ["X: a\0b", "X: a\x01b", "X: a\x7fb", "X: a\rb", "X: a\r\n b", "X : a", " X: a", "X"]
    {
        assert_eq!(
            checked(&["GET / HTTP/1.1", "Host: a", field]),
            Err(HeadRefusal::Malformed),
            "{field:?}"
        );
    }
}

#[test]
fn other_versions_and_protocols_are_refused() {
    assert_eq!(checked(&["PRI * HTTP/2.0"]), Err(HeadRefusal::Version));
    assert_eq!(checked(&["GET / HTTP/1.1 x", "Host: a"]), Err(HeadRefusal::Malformed));
    assert_eq!(checked(&["GET /", "Host: a"]), Err(HeadRefusal::Malformed));
    assert_eq!(checked(&["G{}T / HTTP/1.1", "Host: a"]), Err(HeadRefusal::Malformed));
    assert_eq!(
        Scan::default().end(b"\x16\x03\x01", &Limits::default()),
        Err(HeadRefusal::Malformed)
    );
}

#[test]
fn the_hundred_and_first_header_is_refused() {
    let mut lines = vec!["GET / HTTP/1.1", "Host: a"];
    lines.resize(101, "X: a");
    assert_eq!(checked(&lines), Ok(Framing::Sized(0)));
    lines.push("X: a");
    assert_eq!(checked(&lines), Err(HeadRefusal::TooManyHeaders));
}

#[test]
fn a_head_ends_at_its_empty_line_wherever_it_is_split() {
    let head = b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let length = head.len();
    let bytes = &[&head[..], b"GET /next HTTP/1.1\r\n\r\n"].concat();
    for split in 0..bytes.len() {
        let mut scan = Scan::default();
        let first = scan.end(&bytes[..split], &Limits::default()).unwrap();
        assert_eq!(first, (split >= length).then_some(length), "split at {split}");
        if first.is_none() {
            assert_eq!(scan.end(bytes, &Limits::default()), Ok(Some(length)), "split at {split}");
        }
    }
}

#[test]
fn a_bare_line_feed_is_refused() {
    for head in ["\n", "GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"] {
        assert_eq!(
            Scan::default().end(head.as_bytes(), &Limits::default()),
            Err(HeadRefusal::Malformed),
            "{head:?}"
        );
    }
}

#[test]
fn what_is_too_long_is_refused_before_it_is_complete() {
    let limits = Limits::default();
    let end = |head: &str| Scan::default().end(head.as_bytes(), &limits);
    assert_eq!(end(&format!("GET /{}", "a".repeat(70_000))), Err(HeadRefusal::UriTooLong));
    let line = format!("GET /{} HTTP/1.1\r\n", "a".repeat(70_000));
    assert_eq!(end(&line), Err(HeadRefusal::UriTooLong));
    let head = format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(500_000));
    assert_eq!(end(&head), Err(HeadRefusal::HeadTooLarge));
    assert_eq!(end(&"\r\n".repeat(9_000)), Err(HeadRefusal::UriTooLong));
}

#[test]
fn a_target_may_be_as_long_as_the_limit_and_no_longer() {
    let longest = format!("GET /{} HTTP/1.1", "a".repeat(8 * 1024 - 1));
    assert_eq!(checked(&[&longest, "Host: a"]), Ok(Framing::Sized(0)));
    let longer = format!("GET /{} HTTP/1.1", "a".repeat(8 * 1024));
    assert_eq!(checked(&[&longer, "Host: a"]), Err(HeadRefusal::UriTooLong));
}
