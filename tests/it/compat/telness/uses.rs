//! What integrators send, as Connect's pages show it.

use axum::http::HeaderValue;
use serde_json::{Value, json};
use tests::TestApp;

use super::{customer, get, request, send};

#[tokio::test]
async fn users_are_named_by_their_ids() {
    let app = TestApp::new().await;
    let body = json!({
        "customerType": "CONSUMER", "name": "John Doe", "users": ["u-1", "u-2"],
        "contactPersonUserId": "u-2",
    });
    let made = send(&app, "POST", "/customers", &body).await.expect(201).json();
    let user = |id: &str| json!({"userId": id, "name": null, "role": null});
    assert_eq!(made["users"], json!([user("u-1"), user("u-2")]));
    assert_eq!(made["contactPerson"], user("u-2"));
    let path = format!("/customers/{}", made["customerId"].as_str().expect("an id"));
    let both = json!({"users": ["u-3", {"userId": "u-4", "name": "Ada", "role": "MEMBER"}]});
    let changed = send(&app, "PUT", &path, &both).await.expect(200).json();
    assert_eq!(
        changed["users"],
        json!([user("u-3"), {"userId": "u-4", "name": "Ada", "role": "MEMBER"}])
    );
    let wrong = super::properties(send(&app, "PUT", &path, &json!({"users": [7]})).await);
    assert_eq!(wrong, ["users.0"]);
}

#[tokio::test]
async fn metadata_is_returned_as_it_was_sent() {
    let app = TestApp::new().await;
    let metadata =
        json!({"seats": 7, "share": 0.25, "vip": true, "none": null, "tree": {"a": [1, "b"]}});
    let body = json!({"name": "Acme", "metadata": metadata});
    let made = send(&app, "POST", "/customers", &body).await.expect(201).json();
    assert_eq!(made["metadata"], metadata);
    let id = made["customerId"].as_str().expect("an id");
    assert_eq!(
        get(&app, &format!("/customers/{id}")).await.expect(200).json()["metadata"],
        metadata
    );
    let card = json!({"id": "card", "status": "ACTIVE", "metadata": metadata});
    app.command(id, "attach-payment-profile", &card).await.expect(200);
    let listed = get(&app, &format!("/customers/{id}/payment-profiles")).await.expect(200).json();
    assert_eq!(listed["items"][0]["metadata"], metadata);
}

#[tokio::test]
async fn another_user_s_token_under_the_same_key_is_another_request() {
    let app = TestApp::new().await;
    let by = async |token: Option<&str>| {
        let body = r#"{"name":"Acme"}"#.to_owned();
        let mut request = request(&app, ("POST", "/customers"), body, Some("key"));
        request.headers_mut().remove("authorization");
        if let Some(token) = token {
            let value: HeaderValue = format!("Bearer {token}").parse().expect("a header");
            request.headers_mut().insert("authorization", value);
        }
        app.send(request).await
    };
    let first = by(Some("ada")).await.expect(201);
    assert_eq!(by(Some("ada")).await.expect(201).body, first.body);
    for other in [Some("bob"), None] {
        let refused = by(other).await.expect(409).json();
        assert_eq!(refused["code"], "idempotency_key_mismatch");
    }
}

/// The ids of the profiles of a list, page by page.
async fn listed(app: &TestApp, path: &str) -> Vec<Vec<String>> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(app, &format!("{path}{cursor}")).await.expect(200).json();
        let items = page["items"].as_array().expect("items");
        let ids = items.iter().map(|item| item["paymentProfileId"].as_str().expect("an id"));
        pages.push(ids.map(str::to_owned).collect());
        let Some(next) = page["pagination"]["nextCursor"].as_str() else { return pages };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test]
async fn payment_profiles_of_all_customers_are_listed() {
    let app = TestApp::new().await;
    let mut customers = Vec::new();
    for profiles in [&["a1", "a2", "a3"][..], &[], &["c1"], &["d2", "d1"], &[]] {
        let id = customer(&app).await;
        for profile in profiles {
            let card =
                json!({"id": profile, "status": "ACTIVE", "expires_at": "2025-12-31T23:59:59.5Z"});
            app.command(&id, "attach-payment-profile", &card).await.expect(200);
        }
        customers.push(id);
    }
    let all = ["a1", "a2", "a3", "c1", "d1", "d2"];
    for limit in [1, 2, 3, 4, 6, 7] {
        let pages = listed(&app, &format!("/payment-profiles?limit={limit}")).await;
        assert_eq!(pages.concat(), all, "{limit}");
        assert!(pages.iter().all(|page| page.len() <= limit), "{pages:?}");
    }
    let page = get(&app, "/payment-profiles").await.expect(200).json();
    let first = &page["items"][0];
    assert_eq!(first["customerId"], json!(customers[0]));
    // Such as 2025-12-31 in the documentation.
    assert_eq!(first["expiresAt"], "2025-12-31");
    let of_one = get(&app, &format!("/payment-profiles?customerId={}", customers[0])).await;
    assert_eq!(of_one.expect(200).json()["items"][0], *first);
    let other = app.another_tenant().await;
    let nothing: Value = json!({"items": [], "pagination": {"nextCursor": null}});
    assert_eq!(get(&other, "/payment-profiles").await.expect(200).json(), nothing);
    // A cursor of one list is none of the other.
    let next =
        get(&app, "/payment-profiles?limit=1").await.json()["pagination"]["nextCursor"].clone();
    let next = next.as_str().expect("a cursor");
    get(&app, &format!("/payment-profiles?customerId={}&cursor={next}", customers[0]))
        .await
        .expect(400);
}
