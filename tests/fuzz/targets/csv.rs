//! Lists as CSV: no cell is a formula, and each gives back the value that was sent.
#![no_main]

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderValue, Method};
use fuzz::{answer, app, wait};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use tests::customer_id;

/// The list of one customer, which shows each change at once.
static LIST: LazyLock<String> = LazyLock::new(|| {
    wait(async {
        let (parent, child) = (customer_id(1), customer_id(2));
        app().register(parent, "Parent").await;
        app().register(child, "Child").await;
        let body = json!({ "parent_customer_id": parent });
        app().command(&child.to_string(), "set-parent", &body).await.expect(200);
    });
    format!("/v1/customers/{}/children", customer_id(1))
});

fuzz_target!(|input: (&str, &str)| {
    let (name, note) = input;
    let list = &*LIST;
    let path = format!("/v1/customers/{}/commands/update-profile", customer_id(2));
    let body = json!({ "name": name, "notes": note }).to_string();
    if answer(app().request(Method::POST, &path, body)).status != 200 {
        return;
    }
    let mut request = app().request(Method::GET, list, Body::empty());
    request.headers_mut().insert("accept", HeaderValue::from_static("text/csv"));
    let table = answer(request).expect(200).body;
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let columns = reader.headers().expect("the columns").clone();
    let row = reader.records().next().expect("a row").expect("as RFC 4180 has it");
    for cell in &row {
        let shown = cell.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
        assert!(!shown.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{cell:?}");
    }
    let place = columns.iter().position(|column| column == "profile").expect("profiles");
    let profile: Value = serde_json::from_str(&row[place]).expect("JSON");
    assert_eq!(profile["name"], name);
});
