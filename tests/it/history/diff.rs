//! Differences between two moments.

use serde_json::{Value, json};
use tests::with_query;

use super::{path, story};

/// Applies the patch of a diff, by a third-party crate.
pub(super) fn patched(document: &str, diff: &Value) -> Value {
    let mut document: Value = serde_json::from_str(document).expect("JSON");
    let patch: json_patch::Patch =
        serde_json::from_value(diff["patch"].clone()).expect("a patch as RFC 6902 has it");
    json_patch::patch(&mut document, &patch).expect("a patch that can be applied");
    document
}

#[tokio::test]
async fn a_diff_has_each_changed_field_and_a_patch_between_the_documents() {
    let (app, documents) = story().await;
    let diff = app.get(&path("/diff?from=1&to=3")).await.expect(200).json();
    assert_eq!((&diff["from"]["version"], &diff["to"]["version"]), (&json!(1), &json!(3)));
    assert_eq!(
        diff["changes"],
        json!([
            { "field": "/external_id", "old": "acme", "new": "acme-2" },
            { "field": "/former_external_ids", "new": ["acme"] },
            { "field": "/profile/name", "old": "Acme", "new": "Acme Ltd" },
            { "field": "/profile/address/city", "old": "Bern" },
        ])
    );
    for from in 1..=6 {
        for to in 1..=6 {
            let diff =
                app.get(&path(&format!("/diff?from={from}&to={to}"))).await.expect(200).json();
            let expected: Value = serde_json::from_str(&documents[to - 1]).expect("JSON");
            assert_eq!(patched(&documents[from - 1], &diff), expected, "{from} to {to}: {diff}");
            assert_eq!(from == to, diff["patch"] == json!([]), "{from} to {to}");
            assert_eq!(from == to, diff["changes"] == json!([]), "{from} to {to}");
        }
    }
}

#[tokio::test]
async fn a_diff_takes_instants_and_ends_at_the_present_by_default() {
    let (app, documents) = story().await;
    let document: Value = serde_json::from_str(&documents[1]).expect("JSON");
    let time = document["updated_at"].as_str().expect("a time");
    let by_time = app.get(&with_query(&path("/diff"), &[("from", time)])).await.expect(200);
    let by_version = app.get(&path("/diff?from=2&to=6")).await.expect(200);
    assert_eq!(by_time.body, by_version.body);
    assert_eq!(by_time.json()["from"]["recorded_at"], time);
    let early = [("from", "1999-01-01T00:00:00Z")];
    let reply = app.get(&with_query(&path("/diff"), &early)).await;
    let problem = reply.expect_problem(404, "not_registered_then").json();
    assert!(problem["detail"].to_string().contains("the parameter from"), "{problem}");
}
