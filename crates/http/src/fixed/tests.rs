use axum::http::HeaderMap;

use super::accepts_gzip;

#[track_caller]
fn check(accepted: &'static str, expected: bool) {
    let mut headers = HeaderMap::new();
    headers.insert("accept-encoding", accepted.parse().unwrap());
    assert_eq!(accepts_gzip(&headers), expected, "{accepted}");
}

#[test]
fn gzip_is_sent_on_request() {
    assert!(!accepts_gzip(&HeaderMap::new()));
    check("gzip", true);
    check("br, GZIP;q=0.5", true);
    check("*", true);
    check("deflate, br", false);
    check("identity", false);
    check("gzip;q=0", false);
    check("gzip;q=0, *", false);
    check("*;q=0", false);
}
