//! Parents and children.

use serde_json::{Value, json};
use tests::{TestApp, customer_id};

use super::{base, create, fields, patch};

#[tokio::test]
async fn hierarchies_have_several_levels_and_no_cycles() {
    let app = TestApp::new().await;
    let base = base(&app).await;
    let mut above = Value::Null;
    let mut line = Vec::new();
    for name in ["Grandparent", "Parent", "Child"] {
        let made = create(&app, &json!({"name": name, "parent_customer_id": above})).await;
        assert_eq!(made["parent_customer_id"], above);
        above = made["id"].clone();
        line.push(made["id"].as_str().expect("an id").to_owned());
    }
    let [grandparent, parent, child] = line.as_slice() else { panic!("{line:?}") };
    let below = async |id: &str, parent: &str| {
        patch(&app, &format!("{base}/{id}"), &json!({"parent_customer_id": parent})).await
    };
    for (id, wanted, code) in [
        (grandparent, child, "parent_cycle"),
        (parent, parent, "parent_is_self"),
        (child, &"cus_00000000000000000000000000".to_owned(), "parent_unknown"),
    ] {
        let refused = below(id, wanted).await.expect(400);
        assert_eq!(refused.json()["code"], code);
        assert_eq!(fields(refused), ["/parent_customer_id"]);
    }
    assert_eq!(fields(below(child, "Parent").await), ["/parent_customer_id"]);
    let moved = below(child, grandparent).await.expect(200).json();
    assert_eq!(moved["parent_customer_id"], json!(grandparent));
    let below_it = json!({"query": {"parent_customer_id": grandparent}});
    let children = app.post(&format!("{base}/find"), &below_it).await.expect(200).json();
    let ids: Vec<_> =
        children["results"].as_array().expect("results").iter().map(|c| &c["id"]).collect();
    assert_eq!(ids, [&json!(child), &json!(parent)]);
    let other = app.another_tenant().await;
    other.register(customer_id(9), "Theirs").await;
    let theirs = other.post(&format!("{}/find", super::base(&other).await), &json!({})).await;
    let theirs = theirs.expect(200).json()["results"][0]["id"].clone();
    let refused = below(child, theirs.as_str().expect("an id")).await.expect(400);
    assert_eq!(refused.json()["code"], "parent_unknown");
}
