//! Changes of customers.

use serde_json::{Value, json};
use tests::TestApp;

use super::{create, delete, get, path, put};

#[tokio::test]
async fn absent_members_stay_and_the_answer_has_the_new_state() {
    let app = TestApp::new().await;
    let made = create(&app, "acme", json!({"email": "a@acme.com", "metadata": {"a": "1"}})).await;
    let sent = json!({"name": "Acme Corp (Updated)", "metadata": {"b": "2"}, "email": null});
    let changed = put(&app, &path(&made), &sent).await.expect(200).json();
    let mut wanted = made.clone();
    wanted["name"] = json!("Acme Corp (Updated)");
    wanted["metadata"] = json!({"b": "2"});
    wanted["updated_at"] = changed["updated_at"].clone();
    assert_eq!(changed, wanted);
    assert!(changed["updated_at"].as_str() > made["updated_at"].as_str());
    assert_eq!(get(&app, &path(&made)).await.expect(200).json(), changed);
}

#[tokio::test]
async fn a_customer_is_changed_by_either_id_or_by_both_of_the_same_customer() {
    let app = TestApp::new().await;
    let made = create(&app, "acme", json!({})).await;
    let other = create(&app, "other", json!({})).await;
    let (id, others) = (made["id"].as_str().expect("id"), other["id"].as_str().expect("id"));
    let ways = [
        format!("/customers/{id}"),
        format!("/customers?id={id}"),
        "/customers?external_customer_id=acme".to_owned(),
        format!("/customers?id={id}&external_customer_id=acme"),
        format!("/customers/{id}?id={id}&external_customer_id=acme&unknown=x"),
        format!("/customers/{id}?id="),
    ];
    for (nth, way) in ways.iter().enumerate() {
        let name = format!("Name {nth}");
        let changed = put(&app, way, &json!({"name": name})).await.expect(200).json();
        assert_eq!((&changed["id"], &changed["name"]), (&made["id"], &json!(name)), "{way}");
    }
    for (way, status) in [
        ("/customers".to_owned(), 400),
        ("/customers?id=".to_owned(), 400),
        (format!("/customers?id={id}&external_customer_id=other"), 400),
        (format!("/customers/{id}?id={others}"), 400),
        (format!("/customers/{id}?external_customer_id=other"), 400),
        (format!("/customers?id={id}&external_customer_id=nobody"), 404),
        ("/customers?external_customer_id=nobody".to_owned(), 404),
        ("/customers/cust_7".to_owned(), 404),
    ] {
        let refused = put(&app, &way, &json!({"name": "Never"})).await.expect(status).json();
        assert_eq!(refused["http_status_code"], status, "{way}");
    }
    assert_eq!(get(&app, &path(&other)).await.expect(200).json(), other);
}

#[tokio::test]
async fn an_empty_text_clears_optional_members() {
    let app = TestApp::new().await;
    let values = json!({
        "email": "a@acme.com", "contact": "1", "address_line1": "1 Road", "address_country": "CH",
        "timezone": "Europe/Zurich", "billing_currency": "CHF",
    });
    let made = create(&app, "acme", values.clone()).await;
    let blank: Value = values
        .as_object()
        .expect("an object")
        .keys()
        .map(|name| (name.clone(), json!("")))
        .collect();
    let cleared = put(&app, &path(&made), &blank).await.expect(200).json();
    for (member, shown) in [
        ("email", json!("")),
        ("contact", json!(null)),
        ("address_line1", json!("")),
        ("address_country", json!("")),
        ("timezone", json!("UTC")),
        ("billing_currency", json!(null)),
    ] {
        assert_eq!(cleared[member], shown, "{member}");
    }
    for member in ["name", "external_id"] {
        let refused = put(&app, &path(&made), &json!({member: ""})).await.expect(400).json();
        assert!(refused["details"][member].is_string(), "{refused}");
    }
    for member in ["name", "external_id"] {
        let long = json!({member: "x".repeat(256)});
        let refused = put(&app, &path(&made), &long).await.expect(400).json();
        assert!(refused["details"][member].is_string(), "{refused}");
    }
}

#[tokio::test]
async fn a_former_external_id_still_names_the_customer() {
    let app = TestApp::new().await;
    let made = create(&app, "old", json!({})).await;
    put(&app, &path(&made), &json!({"external_id": "new"})).await.expect(200);
    for name in ["old", "new"] {
        let found = get(&app, &format!("/customers/external/{name}")).await.expect(200).json();
        assert_eq!((&found["id"], &found["external_id"]), (&made["id"], &json!("new")));
    }
    let way = "/customers?external_customer_id=old";
    put(&app, way, &json!({"name": "By its old name"})).await.expect(200);
}

#[tokio::test]
async fn concurrent_changes_of_different_fields_are_all_kept() {
    let app = TestApp::new().await;
    let made = create(&app, "acme", json!({})).await;
    let path = path(&made);
    let sent = [json!({"email": "a@acme.com"}), json!({"contact": "1"}), json!({"name": "New"})];
    let answers = futures::future::join_all(sent.iter().map(|body| put(&app, &path, body))).await;
    for answer in answers {
        answer.expect(200);
    }
    let kept = get(&app, &path).await.expect(200).json();
    assert_eq!(kept["email"], "a@acme.com");
    assert_eq!(kept["contact"], "1");
    assert_eq!(kept["name"], "New");
}

#[tokio::test]
async fn an_archived_customer_refuses_changes() {
    let app = TestApp::new().await;
    let made = create(&app, "acme", json!({})).await;
    delete(&app, &path(&made)).await.expect(204);
    let refused = put(&app, &path(&made), &json!({"name": "Never"})).await.expect(409).json();
    assert_eq!(refused["code"], "invalid_operation");
}

#[tokio::test]
async fn a_parent_is_named_by_either_of_its_ids() {
    let app = TestApp::new().await;
    let parent = create(&app, "parent", json!({})).await;
    let child = create(&app, "child", json!({"parent_customer_external_id": "parent"})).await;
    assert_eq!(child["parent_customer_id"], parent["id"]);
    let alone = put(&app, &path(&child), &json!({"parent_customer_external_id": ""})).await;
    assert_eq!(alone.expect(200).json()["parent_customer_id"], json!(null));
    let below = json!({"parent_customer_id": parent["id"]});
    let below = put(&app, &path(&child), &below).await.expect(200).json();
    assert_eq!(below["parent_customer_id"], parent["id"]);
    let alone = put(&app, &path(&child), &json!({"parent_customer_id": ""})).await;
    assert_eq!(alone.expect(200).json()["parent_customer_id"], json!(null));
    for wrong in [
        json!({"parent_customer_id": parent["id"], "parent_customer_external_id": "parent"}),
        json!({"parent_customer_external_id": "nobody"}),
        json!({"parent_customer_external_id": 7}),
        json!({"parent_customer_id": "parent"}),
        json!({"parent_customer_id": child["id"]}),
    ] {
        let refused = put(&app, &path(&child), &wrong).await.expect(400).json();
        assert_eq!(refused["http_status_code"], 400, "{wrong}");
    }
}
