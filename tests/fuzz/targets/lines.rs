//! Commands in lines: each line has an answer, in its place, and none is the service's fault.
#![no_main]

use axum::http::{HeaderValue, Method};
use fuzz::{answer, app};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|body: &[u8]| {
    let mut request = app().request(Method::POST, "/v1/commands", body.to_vec());
    let kind = HeaderValue::from_static("application/x-ndjson");
    request.headers_mut().insert("content-type", kind);
    let reply = answer(request).expect(200);
    let lines = body.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.trim_ascii().is_empty()).count();
    let answers: Vec<Value> = reply
        .body
        .lines()
        .map(|line| serde_json::from_str(line).expect("an answer is JSON"))
        .collect();
    assert_eq!(answers.len(), lines);
    for answer in answers {
        let status = answer["status"].as_u64().expect("a status");
        assert!((200..500).contains(&status), "{answer}");
    }
});
