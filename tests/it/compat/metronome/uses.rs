//! What integrators send with Metronome's own clients.

use serde_json::{Value, json};
use tests::{TestApp, customer_id, with_query};

use super::{BASE, created, get, post};

const SET: &str = "/setCustomerBillingProviderConfigurations";
const CONFIGS: &str = "/getCustomerBillingProviderConfigurations";

async fn configs(app: &TestApp, id: &str) -> Value {
    let of = json!({"customer_id": id});
    post(app, CONFIGS, &of).await.expect(200).json()["data"].clone()
}

/// A Stripe configuration for this customer.
fn stripe(customer: &str, stripe_customer: &str) -> Value {
    json!({
        "customer_id": customer,
        "billing_provider": "stripe",
        "delivery_method": "direct_to_billing_provider",
        "configuration": {
            "stripe_customer_id": stripe_customer, "stripe_collection_method": "send_invoice",
        },
    })
}

#[tokio::test]
async fn the_audit_log_is_iterated_with_the_times_of_the_first_page() {
    let app = TestApp::new().await;
    created(&app, &json!({"name": "Acme"})).await;
    let times = [
        ("limit", "1"),
        ("starting_on", "2024-01-01T00:00:00.000Z"),
        ("ending_before", "2124-01-01T00:00:00+01:00"),
    ];
    let page = get(&app, &with_query("/auditLogs", &times)).await;
    assert_eq!(page["data"][0]["action"], "TenantCreated");
    let next = page["next_page"].as_str().expect("a next page");
    // The clients repeat all parameters.
    let mut again = times.to_vec();
    again.push(("next_page", next));
    let second = get(&app, &with_query("/auditLogs", &again)).await;
    assert_ne!(second["data"][0]["id"], page["data"][0]["id"]);
    // The same instants, written differently, or none.
    let same = [
        ("limit", "1"),
        ("starting_on", "2024-01-01T01:00:00+01:00"),
        ("ending_before", "2123-12-31T23:00:00Z"),
        ("next_page", next),
    ];
    assert_eq!(get(&app, &with_query("/auditLogs", &same)).await, second);
    assert_eq!(get(&app, &with_query("/auditLogs", &[same[0], same[3]])).await, second);
    for other in
        [("starting_on", "2024-01-02T00:00:00Z"), ("ending_before", "2124-01-01T00:00:00Z")]
    {
        let path = with_query("/auditLogs", &[("limit", "1"), other, ("next_page", next)]);
        let refused = app.get(&format!("{BASE}{path}")).await.expect(400).json();
        let message = refused["message"].as_str().expect("a message");
        assert!(message.contains("starting_on"), "{message}");
    }
}

#[tokio::test]
async fn a_customer_has_2000_aliases_of_128_characters() {
    let app = TestApp::new().await;
    for character in ["a", "é", "\u{1f600}"] {
        let alias = |number: usize| format!("{}{number:04}", character.repeat(124));
        let aliases: Vec<_> = (0..2000).map(alias).collect();
        let id = created(&app, &json!({"name": "Acme"})).await;
        let path = format!("/customers/{id}/setIngestAliases");
        post(&app, &path, &json!({"ingest_aliases": aliases})).await.expect(200);
        let shown = get(&app, &format!("/customers/{id}")).await;
        assert_eq!(shown["data"]["ingest_aliases"], json!(aliases));
        let found = get(&app, &with_query("/customers", &[("ingest_alias", &aliases[1999])])).await;
        assert_eq!(found["data"][0]["id"], json!(id));
        post(&app, &path, &json!({"ingest_aliases": []})).await.expect(200);
        let again = json!({"name": "Bolt", "ingest_aliases": aliases});
        let again = created(&app, &again).await;
        let path = format!("/customers/{again}/setIngestAliases");
        post(&app, &path, &json!({"ingest_aliases": []})).await.expect(200);
        let many: Vec<_> = (0..2001).map(alias).collect();
        post(&app, &path, &json!({"ingest_aliases": many})).await.expect(400);
    }
    // Other bodies keep their limit.
    let large = json!({"name": "x".repeat(70_000)});
    let id = created(&app, &json!({"name": "Acme"})).await;
    post(&app, &format!("/customers/{id}/setName"), &large).await.expect(413);
}

#[tokio::test]
async fn an_alias_that_is_sent_twice_is_kept_once() {
    let app = TestApp::new().await;
    let body = json!({"name": "Acme", "external_id": "a", "ingest_aliases": ["b", "a", "b"]});
    let id = created(&app, &body).await;
    let aliases =
        async || get(&app, &format!("/customers/{id}")).await["data"]["ingest_aliases"].clone();
    assert_eq!(aliases().await, json!(["b", "a"]));
    let twice = json!({"ingest_aliases": ["c", "b", "c"]});
    post(&app, &format!("/customers/{id}/setIngestAliases"), &twice).await.expect(200);
    assert_eq!(aliases().await, json!(["c", "b"]));
}

#[tokio::test]
async fn a_name_has_a_tab() {
    let app = TestApp::new().await;
    let id = created(&app, &json!({"name": "Acme\tInc."})).await;
    let shown = get(&app, &format!("/customers/{id}")).await;
    assert_eq!(shown["data"]["name"], "Acme\tInc.");
    let renamed = json!({"name": "\tAcme\t"});
    let renamed =
        post(&app, &format!("/customers/{id}/setName"), &renamed).await.expect(200).json();
    assert_eq!(renamed["data"]["name"], "\tAcme\t");
    post(&app, &format!("/customers/{id}/setName"), &json!({"name": "Acme\n"})).await.expect(400);
}

#[tokio::test]
async fn a_delivery_method_suffices_if_it_names_one_of_the_provider_s() {
    let app = TestApp::new().await;
    let mut ids = Vec::new();
    for method in ["aws_sqs", "aws_sns"] {
        let set_up = json!({
            "billing_provider": "aws_marketplace", "delivery_method": method, "configuration": {"a": method},
        });
        let made = post(&app, "/setUpBillingProvider", &set_up).await.expect(200).json();
        ids.push(made["data"]["delivery_method_id"].clone());
    }
    let id = created(&app, &json!({"name": "Acme"})).await;
    let by = |method: &str| {
        json!({"data": [{
            "customer_id": id, "billing_provider": "aws_marketplace", "delivery_method": method,
            "configuration": {
                "aws_customer_id": "ABC123ABC12", "aws_product_code": "my_product", "aws_region": "us-west-1",
            },
        }]})
    };
    let added = post(&app, SET, &by("aws_sns")).await.expect(200).json();
    assert_eq!(added["data"][0]["delivery_method_id"], ids[1]);
    assert_eq!(added["data"][0]["delivery_method_configuration"], json!({"a": "aws_sns"}));
    let another = json!({
        "billing_provider": "aws_marketplace", "delivery_method": "aws_sns", "configuration": {},
    });
    post(&app, "/setUpBillingProvider", &another).await.expect(200);
    let refused = post(&app, SET, &by("aws_sns")).await.expect(400).json();
    let message = refused["message"].as_str().expect("a message");
    assert!(message.contains("delivery_method_id"), "{message}");
}

#[tokio::test]
async fn the_old_billing_configuration_needs_no_collection_method() {
    let app = TestApp::new().await;
    let old = json!({"billing_provider_type": "stripe", "billing_provider_customer_id": "cus_1"});
    let id = created(&app, &json!({"name": "Acme", "billing_config": old})).await;
    let path = format!("/customers/{id}/billing-config/stripe");
    assert_eq!(get(&app, &path).await["data"], json!({"billing_provider_customer_id": "cus_1"}));
    post(&app, &path, &json!({"billing_provider_customer_id": "cus_2"})).await.expect(200);
    let configs = configs(&app, &id).await;
    assert_eq!(configs[1]["configuration"], json!({"stripe_customer_id": "cus_2"}));
    assert_eq!(configs[1]["delivery_method"], "direct_to_billing_provider");
    let native = json!({
        "provider": "stripe", "delivery_method": "direct_to_billing_provider",
        "configuration": {"stripe_customer_id": "cus_3"},
    });
    app.command(&id, "add-billing-config", &native).await.expect(200);
}

#[tokio::test]
async fn members_of_a_configuration_that_its_provider_does_not_have_are_ignored() {
    let app = TestApp::new().await;
    let mut sent = stripe("", "cus_1");
    let known = sent["configuration"].clone();
    sent["configuration"]["stripe_invoice_rounding"] = json!({"digits": 1.5});
    let body = json!({"name": "Acme", "customer_billing_provider_configurations": [sent]});
    let id = created(&app, &body).await;
    sent["customer_id"] = json!(id);
    post(&app, SET, &json!({"data": [sent]})).await.expect(200);
    let netsuite = json!({
        "customer_id": id, "provider": "netsuite",
        "configuration": {"netsuite_customer_id": "1", "subsidiary": 7},
    });
    let revenue = "/setCustomerRevenueSystemConfigurations";
    let added = post(&app, revenue, &json!({"data": [netsuite]})).await.expect(200).json();
    assert_eq!(added["data"][0]["configuration"], json!({"netsuite_customer_id": "1"}));
    // Without a public contract, everything is kept.
    let custom = json!({"anything": [1.5, {"a": null}], "more": true});
    let workday = json!({
        "customer_id": id, "billing_provider": "workday", "delivery_method": "aws_sqs",
        "configuration": custom,
    });
    post(&app, SET, &json!({"data": [workday]})).await.expect(200);
    let configs = configs(&app, &id).await;
    let kept: Vec<_> =
        configs.as_array().expect("a list").iter().map(|config| &config["configuration"]).collect();
    assert_eq!(kept, [&known, &known, &custom]);
}

#[tokio::test]
async fn one_request_configures_several_customers() {
    let app = TestApp::new().await;
    let (acme, bolt) = (
        created(&app, &json!({"name": "Acme"})).await,
        created(&app, &json!({"name": "Bolt"})).await,
    );
    let data = [stripe(&acme, "cus_1"), stripe(&bolt, "cus_2"), stripe(&acme, "cus_3")];
    let body = json!({"data": data});
    let path = format!("{BASE}{SET}");
    let key = [("idempotency-key", "one")];
    let first = app.post_with(&path, &body, &key).await.expect(200);
    let added = first.json()["data"].clone();
    let added = added.as_array().expect("configurations");
    for (sent, added) in data.iter().zip(added) {
        assert_eq!(added["customer_id"], sent["customer_id"]);
        assert_eq!(added["configuration"], sent["configuration"]);
    }
    let ids = |configs: &Value| -> Vec<Value> {
        configs.as_array().expect("a list").iter().map(|config| config["id"].clone()).collect()
    };
    assert_eq!(ids(&configs(&app, &acme).await), [added[0]["id"].clone(), added[2]["id"].clone()]);
    assert_eq!(ids(&configs(&app, &bolt).await), [added[1]["id"].clone()]);
    // A repeated request adds nothing, and another one under its key is refused.
    assert_eq!(app.post_with(&path, &body, &key).await.expect(200).body, first.body);
    assert_eq!(configs(&app, &bolt).await.as_array().map(Vec::len), Some(1));
    let other = json!({"data": [stripe(&bolt, "cus_4")]});
    app.post_with(&path, &other, &key).await.expect(409);
}

#[tokio::test]
async fn a_request_for_several_customers_changes_none_if_one_is_refused() {
    let app = TestApp::new().await;
    let acme = created(&app, &json!({"name": "Acme"})).await;
    let archived = created(&app, &json!({"name": "Bolt"})).await;
    post(&app, "/customers/archive", &json!({"id": archived})).await.expect(200);
    let mut invalid = stripe(&archived, "cus_2");
    invalid["configuration"] = json!({});
    for (second, status) in [
        (stripe(&archived, "cus_2"), 409),
        (stripe(&customer_id(404).to_string(), "cus_2"), 404),
        (stripe("7", "cus_2"), 400),
        (invalid, 400),
    ] {
        let body = json!({"data": [stripe(&acme, "cus_1"), second]});
        let refused = post(&app, SET, &body).await.expect(status).json();
        if status == 400 {
            let message = refused["message"].as_str().expect("a message");
            assert!(message.starts_with("/data/1/"), "{message}");
        }
        assert_eq!(configs(&app, &acme).await, json!([]));
    }
    let many: Vec<_> = (0..101).map(|nth| stripe(&customer_id(nth).to_string(), "cus_1")).collect();
    post(&app, SET, &json!({"data": many})).await.expect(400);
}

#[tokio::test]
async fn a_removed_custom_field_is_added_with_another_uniqueness() {
    let app = TestApp::new().await;
    let key =
        |unique: bool| json!({"entity": "customer", "key": "tier", "enforce_uniqueness": unique});
    let remove = json!({"entity": "customer", "key": "tier"});
    let acme = created(&app, &json!({"name": "Acme"})).await;
    let bolt = created(&app, &json!({"name": "Bolt"})).await;
    let set = async |id: &str, value: &str| {
        let body = json!({"entity": "customer", "entity_id": id, "custom_fields": {"tier": value}});
        post(&app, "/customFields/setValues", &body).await
    };
    post(&app, "/customFields/addKey", &key(false)).await.expect(200);
    set(&acme, "gold").await.expect(200);
    set(&bolt, "gold").await.expect(200);
    post(&app, "/customFields/addKey", &key(true)).await.expect(409);
    post(&app, "/customFields/removeKey", &remove).await.expect(200);
    post(&app, "/customFields/addKey", &key(true)).await.expect(200);
    // Values from before stay. New ones are unique.
    set(&acme, "silver").await.expect(200);
    set(&bolt, "silver").await.expect(409);
    post(&app, "/customFields/removeKey", &remove).await.expect(200);
    post(&app, "/customFields/addKey", &key(false)).await.expect(200);
    set(&bolt, "silver").await.expect(200);
    let listed = post(&app, "/customFields/listKeys", &json!({})).await.expect(200).json();
    assert_eq!(listed["data"], json!([key(false)]));
}
