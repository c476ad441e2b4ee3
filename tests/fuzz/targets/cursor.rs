//! Cursors: only those that the service made are taken, and only as they were made.
#![no_main]

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fuzz::{answer, app, wait};
use libfuzzer_sys::fuzz_target;
use tests::{customer_id, with_query};

/// A cursor that is right.
static MADE: LazyLock<String> = LazyLock::new(|| {
    wait(async {
        app().register(customer_id(1), "Ada").await;
        app().register(customer_id(2), "Bob").await;
        app().settle().await;
    });
    let reply = asked("/v1/customers", &[("limit", "1")]).expect(200);
    reply.json()["next_cursor"].as_str().expect("a cursor").to_owned()
});

fn asked(path: &str, query: &[(&str, &str)]) -> tests::Reply {
    answer(app().request(Method::GET, &with_query(path, query), Body::empty()))
}

fuzz_target!(|input: (&[u8], &str)| {
    let (mask, text) = input;
    let mut cursor = URL_SAFE_NO_PAD.decode(&*MADE).expect("base64");
    let changed = mask.iter().take(cursor.len()).any(|mask| *mask != 0);
    for (byte, mask) in cursor.iter_mut().zip(mask) {
        *byte ^= mask;
    }
    let cursor = URL_SAFE_NO_PAD.encode(cursor);
    let expected = if changed { 400 } else { 200 };
    let _ = asked("/v1/customers", &[("limit", "1"), ("cursor", &cursor)]).expect(expected);

    let lists = ["/v1/customers", "/v1/billing-configs", "/v1/audit", "/v1/feed", "/v1/audit/reads"];
    if text != *MADE {
        for list in lists {
            let _ = asked(list, &[("cursor", text)]).expect(400);
        }
    }
});
