//! Reverts to an earlier configuration, and their dry runs.

use serde_json::{Value, json};
use tests::customer_id;

use super::{document, path, story};

/// What a revert restores: everything except the lifecycle and what only the log knows.
fn configuration(document: &str) -> Value {
    let mut document: Value = serde_json::from_str(document).expect("JSON");
    let members = document.as_object_mut().expect("an object");
    for other in ["version", "status", "updated_at", "updated_by", "former_external_ids"] {
        members.remove(other);
    }
    document
}

#[tokio::test]
async fn a_revert_restores_the_configuration_and_its_dry_run_previews_it() {
    let (app, mut documents) = story().await;
    let reference = customer_id(1).to_string();
    app.command(&reference, "restore-customer", &json!({})).await.expect(200);
    documents.push(document(&app).await);
    for version in [1, 4, 2, 7, 3, 5, 6] {
        let before = document(&app).await;
        let body = json!({ "version": version });
        let tried = app.post(&path("/commands/revert-to?dry_run=true"), &body).await.expect(200);
        assert_eq!(document(&app).await, before, "nothing happened yet");
        let tried = tried.json();
        let done = app.command(&reference, "revert-to", &body).await.expect(200).json();
        let after = document(&app).await;
        assert_eq!(configuration(&after), configuration(&documents[version - 1]), "{version}");
        let would_be = configuration(&tried["state"].to_string());
        assert_eq!(would_be, configuration(&after), "{version}");
        let events = |answer: &Value| -> Vec<Value> {
            let events = answer["events"].as_array().expect("events").iter();
            events.map(|event| event["event"].clone()).collect()
        };
        assert_eq!(events(&tried), events(&done), "{version}");
        assert_eq!(done["version"], tried["version"], "{version}");
    }
    let unknown = app.command(&reference, "revert-to", &json!({ "version": 999 })).await;
    unknown.expect_problem(422, "version_unknown");
    let path = path("/commands/revert-to?dry_run=true");
    app.post(&path, &json!({ "version": 999 })).await.expect_problem(422, "version_unknown");
}
