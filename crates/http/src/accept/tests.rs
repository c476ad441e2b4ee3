use axum::http::HeaderValue;

use super::*;

fn accepts(values: &[&str]) -> Option<Format> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(header::ACCEPT, HeaderValue::from_str(value).expect("a value"));
    }
    Format::of(&headers).ok()
}

#[test]
fn who_says_nothing_or_takes_anything_gets_json() {
    for values in [&[][..], &[""], &[" , "], &["*/*"], &["application/*"], &["application/json"]] {
        assert_eq!(accepts(values), Some(Format::Json), "{values:?}");
    }
}

#[test]
fn what_is_liked_best_is_answered() {
    for (value, format) in [
        ("text/csv", Format::Csv),
        ("TEXT/CSV; charset=utf-8", Format::Csv),
        ("text/*", Format::Csv),
        ("application/x-ndjson", Format::Ndjson),
        ("text/html, application/x-ndjson;q=0.2", Format::Ndjson),
        ("text/csv, application/json;q=0.9", Format::Csv),
        ("text/csv;q=0.5, application/json;q=0.9", Format::Json),
        ("text/csv;q=0.5, application/x-ndjson;q=.501", Format::Ndjson),
        ("application/json, text/csv", Format::Json),
        // An explicitly named format wins.
        ("text/csv, */*", Format::Csv),
        ("*/*, text/csv;q=0.1", Format::Json),
        // The nearest range says what is liked, not the one with the greatest weight.
        ("*/*, application/json;q=0", Format::Ndjson),
        ("application/*;q=0, */*", Format::Csv),
        ("application/*;q=0.3, application/json;q=0.1, text/*;q=0.2", Format::Ndjson),
    ] {
        assert_eq!(accepts(&[value]), Some(format), "{value}");
    }
    assert_eq!(accepts(&["text/html", "text/csv;q=0.1"]), Some(Format::Csv));
}

#[test]
fn who_takes_none_of_them_gets_none() {
    for value in [
        "text/html",
        "image/*",
        "text/csv;q=0",
        "*/*;q=0",
        "csv",
        "*",
        "text/csv;q=2",
        "text/csv;q=0.1234",
        "text/csv;q=-1",
        "text/csv;q=",
    ] {
        assert_eq!(accepts(&[value]), None, "{value}");
    }
}
