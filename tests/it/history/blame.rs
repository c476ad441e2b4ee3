//! The event that set each field.

use serde_json::{Value, json};

use super::{path, story};

#[tokio::test]
async fn blame_shows_each_field_with_the_event_that_set_it() {
    let (app, documents) = story().await;
    let reply = app.get(&path("/blame")).await.expect(200);
    assert_eq!(reply.header("etag"), "\"6\"");
    let blame = reply.json();
    let shown = |blame: &Value| -> Vec<Value> {
        let fields = blame["fields"].as_array().expect("fields").iter();
        fields.map(|it| json!([it["field"], it["value"], it["version"], it["type"]])).collect()
    };
    let now = [
        json!(["/status", "archived", 6, "CustomerArchived"]),
        json!(["/external_id", "acme-2", 3, "ExternalIdChanged"]),
        json!(["/former_external_ids", ["acme"], 3, "ExternalIdChanged"]),
        json!(["/aliases", ["also-acme"], 1, "CustomerRegistered"]),
        json!(["/profile/name", "Acme Inc", 5, "ProfileUpdated"]),
        json!(["/profile/tags", ["big"], 5, "ProfileUpdated"]),
        json!(["/metadata/a~1b", "1", 4, "MetadataReplaced"]),
    ];
    assert_eq!(shown(&blame), now);
    let archived = &blame["fields"][0];
    assert_eq!((&archived["actor"], &archived["reason"]), (&json!("ada"), &json!("ticket 7")));
    let event = &app.list(&path("/events"), &[], 1).await[0];
    assert_eq!(archived["recorded_at"], event["recorded_at"]);
    assert_eq!(archived["position"], event["position"]);

    let then = app.get(&path("/blame?version=2")).await.expect(200).json();
    assert_eq!(
        shown(&then),
        [
            json!(["/status", "active", 1, "CustomerRegistered"]),
            json!(["/external_id", "acme", 1, "CustomerRegistered"]),
            json!(["/aliases", ["also-acme"], 1, "CustomerRegistered"]),
            json!(["/profile/name", "Acme Ltd", 2, "ProfileUpdated"]),
        ]
    );
    let second: Value = serde_json::from_str(&documents[1]).expect("JSON");
    let at = second["updated_at"].as_str().expect("a time");
    let as_of = app.get(&path(&format!("/blame?as_of={at}"))).await.expect(200).json();
    assert_eq!(as_of, then);
    app.get_with(&path("/blame"), &[("if-none-match", "\"6\"")]).await.expect(304);
}
