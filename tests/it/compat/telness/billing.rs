//! Invoices and payments of a customer.

use serde_json::{Value, json};
use tests::{Reply, TestApp};

use super::{customer, properties, send};

async fn bill(app: &TestApp, id: &str, body: &Value) -> Reply {
    send(app, "PUT", &format!("/customers/{id}/billing"), body).await
}

async fn attach(app: &TestApp, customer: &str, profile: &str, status: &str) {
    let body = json!({"id": profile, "status": status});
    app.command(customer, "attach-payment-profile", &body).await.expect(200);
}

#[tokio::test]
async fn the_documented_billing_is_accepted() {
    let app = TestApp::new().await;
    let id = customer(&app).await;
    let profile = "m47ac10b-58cc-4372-a567-0e02b2c3d479";
    attach(&app, &id, profile, "ACTIVE").await;
    let sent = json!({
        "method": "EMAIL_INVOICE",
        "email": "billing@company.com",
        "address": null,
        "currency": "USD",
        "defaultPaymentProfileId": profile,
        "autoPay": true,
    });
    let shown = bill(&app, &id, &sent).await.expect(200).json();
    assert_eq!((&shown["billing"], &shown["customerId"]), (&sent, &json!(id)));
    assert_eq!(shown["name"], "Acme");
}

#[tokio::test]
async fn after_a_merge_an_invoice_method_needs_its_address() {
    let app = TestApp::new().await;
    let id = customer(&app).await;
    let by_mail = json!({"method": "EMAIL_INVOICE"});
    let on_paper = json!({"method": "PAPER_INVOICE"});
    assert_eq!(properties(bill(&app, &id, &by_mail).await), ["email"]);
    assert_eq!(properties(bill(&app, &id, &on_paper).await), ["address"]);
    let in_customer = json!({"billing": by_mail});
    let path = format!("/customers/{id}");
    assert_eq!(properties(send(&app, "PUT", &path, &in_customer).await), ["billing.email"]);
    // Existing values count.
    bill(&app, &id, &json!({"email": "a@acme.example"})).await.expect(200);
    bill(&app, &id, &by_mail).await.expect(200);
    bill(&app, &id, &json!({"address": {"city": "Bern"}})).await.expect(200);
    bill(&app, &id, &on_paper).await.expect(200);
    bill(&app, &id, &by_mail).await.expect(200);
    assert_eq!(properties(bill(&app, &id, &json!({"email": null})).await), ["email"]);
    bill(&app, &id, &json!({"method": null, "email": null})).await.expect(200);
    let wrong = json!({"method": "PIGEON", "email": "nobody", "address": {"zip": ""}});
    let mut found = properties(bill(&app, &id, &wrong).await);
    found.sort();
    assert_eq!(found, ["method"]);
    let wrong = json!({"email": "nobody", "address": {"zip": ""}});
    assert_eq!(properties(bill(&app, &id, &wrong).await), ["email", "address.zip"]);
}

#[tokio::test]
async fn without_a_default_profile_there_is_no_auto_pay() {
    let app = TestApp::new().await;
    let id = customer(&app).await;
    attach(&app, &id, "card", "ACTIVE").await;
    let auto = |reply: Reply| {
        let billing = reply.expect(200).json()["billing"].clone();
        (billing["defaultPaymentProfileId"].clone(), billing["autoPay"].clone())
    };
    assert_eq!(properties(bill(&app, &id, &json!({"autoPay": true})).await), ["autoPay"]);
    let on = json!({"defaultPaymentProfileId": "card", "autoPay": true});
    assert_eq!(auto(bill(&app, &id, &on).await), (json!("card"), json!(true)));
    let both = json!({"defaultPaymentProfileId": null, "autoPay": true});
    assert_eq!(properties(bill(&app, &id, &both).await), ["autoPay"]);
    let none = json!({"defaultPaymentProfileId": null});
    assert_eq!(auto(bill(&app, &id, &none).await), (Value::Null, json!(false)));
    let native = app.get(&format!("/v1/customers/{id}/events")).await.expect(200).json();
    let last = native["items"].as_array().and_then(|items| items.first()).expect("an event");
    let data = json!({"payment_profile_id": null, "auto_pay": false});
    assert_eq!(last["data"], data, "{last}");
    // A refused request changes nothing.
    let half = json!({"currency": "CHF", "autoPay": true});
    bill(&app, &id, &half).await.expect(400);
    let shown = bill(&app, &id, &json!({})).await.expect(200).json();
    assert_eq!(shown["billing"]["currency"], Value::Null);
}

#[tokio::test]
async fn the_default_profile_must_be_an_active_one_of_the_customer() {
    let app = TestApp::new().await;
    let (id, other) = (customer(&app).await, customer(&app).await);
    attach(&app, &other, "theirs", "ACTIVE").await;
    attach(&app, &id, "old", "EXPIRED").await;
    let ask = async |profile: &str| {
        bill(&app, &id, &json!({"defaultPaymentProfileId": profile})).await.expect(400)
    };
    let (theirs, nobodys) = (ask("theirs").await, ask("nobodys").await);
    assert_eq!(theirs.body, nobodys.body);
    assert_eq!(theirs.json()["code"], "payment_profile_unknown");
    assert_eq!(ask("old").await.json()["code"], "payment_profile_not_active");
    for reply in [theirs, ask("old").await] {
        assert_eq!(properties(reply), ["defaultPaymentProfileId"]);
    }
    let at_once = json!({"name": "New", "billing": {"defaultPaymentProfileId": "theirs"}});
    let found = properties(send(&app, "POST", "/customers", &at_once).await);
    assert_eq!(found, ["billing.defaultPaymentProfileId"]);
}
