//! Activities.

use serde_json::{Value, json};
use tests::TestApp;

use super::{create, get, path, post, put};

async fn activity(app: &TestApp, asked: &Value) -> Value {
    post(app, "/activity", asked).await.expect(200).json()
}

fn actions(found: &Value) -> Vec<&str> {
    let items = found["items"].as_array().expect("items").iter();
    items.map(|item| item["action"].as_str().expect("an action")).collect()
}

#[tokio::test]
async fn activities_are_listed_newest_first() {
    let app = TestApp::new().await;
    let made = create(&app, "acme", json!({"email": "a@acme.com"})).await;
    let update = json!({"email": "b@acme.com", "external_id": "new"});
    put(&app, &path(&made), &update).await.expect(200);
    let found = activity(&app, &json!({"customer_id": made["id"]})).await;
    assert_eq!(actions(&found), ["ExternalIdChanged", "ProfileUpdated", "CustomerRegistered"]);
    assert_eq!(found["pagination"], json!({"limit": 50, "has_more": false, "next_cursor": null}));
    let latest = &found["items"][1];
    let members: Vec<_> = latest.as_object().expect("an object").keys().collect();
    assert_eq!(
        members,
        [
            "action",
            "actor",
            "customer_id",
            "entity",
            "id",
            "ip",
            "occurred_at",
            "request_id",
            "source",
            "state",
            "user_agent",
        ]
    );
    assert_eq!(latest["source"], "flexprice");
    assert_eq!(latest["customer_id"], made["id"]);
    assert_eq!(latest["actor"]["type"], "api_key");
    assert_eq!(latest["actor"]["id"], app.key.id());
    let id = latest["id"].as_str().expect("an id");
    let mut alone = latest.clone();
    alone["state"] = json!({"/profile/email": {"old": "a@acme.com", "new": "b@acme.com"}});
    assert_eq!(get(&app, &format!("/activity/{id}")).await.expect(200).json(), alone);
    let stranger = app.another_tenant().await;
    let theirs = get(&stranger, &format!("/activity/{id}")).await.expect(404).body;
    assert_eq!(theirs, get(&app, "/activity/act_7").await.expect(404).body);
}

#[tokio::test]
async fn activities_are_found_by_action_and_actor() {
    let app = TestApp::new().await;
    let made = create(&app, "acme", json!({})).await;
    let native = app.get("/v1/customers/external:acme").await.expect(200).json();
    let rename = json!({"name": "By Ada"});
    let command =
        format!("/v1/customers/{}/commands/update-profile", native["id"].as_str().expect("an id"));
    app.post_with(&command, &rename, &[("x-actor", "ada"), ("x-request-id", "r1")])
        .await
        .expect(200);
    put(&app, &path(&made), &json!({"contact": "1"})).await.expect(200);
    let of = |more: Value| {
        let mut asked = json!({"customer_id": made["id"]});
        asked.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("one"));
        asked
    };
    let key = app.key.id();
    for (more, found) in [
        (json!({"actions": ["CustomerRegistered"]}), 1),
        (json!({"actions": ["CustomerRegistered", "ProfileUpdated"]}), 3),
        (json!({"actions": ["customer.created"]}), 0),
        (json!({"actor_id": "ada"}), 1),
        (json!({"actor_id": key}), 2),
        (json!({"actor_types": ["user"]}), 1),
        (json!({"actor_types": ["user", "api_key"]}), 3),
        (json!({"actor_types": ["robot"]}), 0),
        (json!({"request_id": "r1"}), 1),
        (json!({"entity_type": "customer", "entity_id": made["id"]}), 3),
        (json!({"entity_type": "invoice", "entity_id": "i"}), 0),
        (json!({"entity_type": "customer", "entity_id": "cust_7"}), 0),
        (json!({"start_time": "2020-01-01T00:00:00Z", "expand": ["actor"]}), 3),
        (json!({"end_time": "2020-01-01T00:00:00Z"}), 0),
    ] {
        let answer = activity(&app, &of(more.clone())).await;
        assert_eq!(actions(&answer).len(), found, "{more}: {answer}");
    }
    let ada = activity(&app, &of(json!({"actor_id": "ada"}))).await;
    assert_eq!(ada["items"][0]["actor"], json!({"id": "ada", "type": "user", "label": "ada"}));
    let of_tenant = activity(&app, &json!({})).await;
    assert_eq!(
        of_tenant["items"].as_array().expect("items").last().expect("one")["entity"]["type"],
        "tenant"
    );
    assert_eq!(activity(&app, &json!({"customer_id": "x"})).await["items"], json!([]));
    post(&app, "/activity", &json!({"limit": 0})).await.expect(400);
}

#[tokio::test]
async fn activities_can_be_paged() {
    let app = TestApp::new().await;
    let made = create(&app, "acme", json!({})).await;
    for number in 0..5 {
        put(&app, &path(&made), &json!({"contact": number.to_string()})).await.expect(200);
    }
    let mut asked = json!({"customer_id": made["id"], "limit": 2, "actor_types": ["api_key"]});
    let mut read = 0;
    loop {
        let found = activity(&app, &asked).await;
        read += actions(&found).len();
        let pagination = &found["pagination"];
        if pagination["has_more"] == json!(false) {
            assert_eq!(pagination["next_cursor"], json!(null));
            break;
        }
        asked["cursor"] = pagination["next_cursor"].clone();
    }
    assert_eq!(read, 6);
    asked["actor_types"] = json!(["user"]);
    post(&app, "/activity", &asked).await.expect(400);
    asked["cursor"] = json!("x");
    post(&app, "/activity", &asked).await.expect(400);
}
