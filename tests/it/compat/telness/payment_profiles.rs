//! Payment profiles, which are attached by native commands.

use serde_json::{Value, json};
use tests::{TestApp, customer_id};

use super::{customer, get};

#[tokio::test]
async fn payment_profiles_are_listed_a_page_at_a_time() {
    let app = TestApp::new().await;
    let id = customer(&app).await;
    for profile in ["c", "a", "b"] {
        let body = json!({
            "id": profile, "status": "ACTIVE", "type": "CARD", "provider": "STRIPE",
            "display_name": "**** 4242", "expires_at": "2030-01-31T00:00:00Z",
            "metadata": {"kept": "yes"},
        });
        app.command(&id, "attach-payment-profile", &body).await.expect(200);
    }
    let first = get(&app, &format!("/payment-profiles?customerId={id}&limit=2")).await.expect(200);
    let first = first.json();
    let item = &first["items"][0];
    let mut expected = json!({
        "paymentProfileId": "a", "type": "CARD", "status": "ACTIVE", "customerId": id,
        "provider": "STRIPE", "displayName": "**** 4242",
        "expiresAt": "2030-01-31", "billingDetails": null,
        "metadata": {"kept": "yes"},
    });
    let events = app.get(&format!("/v1/customers/{id}/events")).await.expect(200).json();
    expected["createdAt"] = events["items"][1]["recorded_at"].clone();
    assert_eq!(*item, expected);
    let cursor = first["pagination"]["nextCursor"].as_str().expect("a cursor");
    let path = format!("/customers/{id}/payment-profiles?limit=2&cursor={cursor}");
    let rest = get(&app, &path).await.expect(200).json();
    let ids = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().expect("items");
        items
            .iter()
            .filter_map(|item| Some(item["paymentProfileId"].as_str()?.to_owned()))
            .collect()
    };
    assert_eq!(
        (ids(&first), ids(&rest)),
        (vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()])
    );
    assert_eq!(rest["pagination"], json!({"nextCursor": null}));
    // A cursor is valid for one customer's list.
    let other = customer(&app).await;
    let path = format!("/payment-profiles?customerId={other}&cursor={cursor}");
    assert_eq!(get(&app, &path).await.expect(400).json()["code"], "invalid_cursor");
    for wrong in ["limit=0", "limit=201", "limit=x", "cursor=x"] {
        get(&app, &format!("/payment-profiles?customerId={id}&{wrong}")).await.expect(400);
    }
    get(&app, &format!("/payment-profiles?customerId={id}&unknown=1")).await.expect(200);
}

#[tokio::test]
async fn an_unknown_customer_has_no_payment_profiles() {
    let app = TestApp::new().await;
    let others = customer(&app.another_tenant().await).await;
    let nobodys = customer_id(404).to_string();
    for id in [&*others, &*nobodys, "7"] {
        let list = get(&app, &format!("/payment-profiles?customerId={id}")).await.expect(200);
        assert_eq!(list.json(), json!({"items": [], "pagination": {"nextCursor": null}}));
    }
}
