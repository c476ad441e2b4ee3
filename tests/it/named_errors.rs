//! Errors name what is wrong with the request, and lead to a page about it.

use axum::body::Body;
use axum::http::Method;
use domain::{customer, tenant};
use serde_json::{Value, json};
use store::api_keys::Scope;
use tests::{Reply, TestApp, customer_id};

#[track_caller]
fn detail(reply: Reply, status: u16, code: &str) -> String {
    let problem = reply.expect_problem(status, code).json();
    problem["detail"].as_str().expect("a detail").to_owned()
}

async fn with_customer() -> (TestApp, String) {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    (app, format!("/v1/customers/{}", customer_id(1)))
}

#[tokio::test]
async fn an_unknown_parameter_is_named_with_the_known_ones() {
    let (app, customer) = with_customer().await;
    let said = detail(app.get("/v1/customers?nmae=Acme").await, 400, "invalid_query");
    assert!(said.starts_with("Unknown parameter `nmae`. Known: `"), "{said}");
    for known in ["name", "metadata[key]", "cursor", "search", "as_of"] {
        assert!(said.contains(&format!("`{known}`")), "{said}");
    }
    let said = detail(app.get(&format!("{customer}?vresion=1")).await, 400, "invalid_query");
    assert_eq!(said, "Unknown parameter `vresion`. Known: `as_of`, `version`.");
    let said = detail(app.get("/v1/tenant?x").await, 400, "invalid_query");
    assert_eq!(said, "Unknown parameter `x`. This path has no parameters.");
    let long = format!("{customer}/commands/archive-customer?{}=1", "x".repeat(3_000));
    let said = detail(app.post(&long, &json!({})).await, 400, "invalid_query");
    let name = "x".repeat(64);
    assert_eq!(said, format!("Unknown parameter `{name}`. Known: `dry_run`."));
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let (app, customer) = with_customer().await;
    let writer = app.with_key(app.new_key(&[Scope::Write]).await);
    let reader = app.with_key(app.new_key(&[Scope::Read]).await);
    let said = detail(writer.get(&customer).await, 403, "forbidden");
    assert_eq!(said, "the API key lacks the scope `read`");
    let said = detail(writer.get("/v1/feed").await, 403, "forbidden");
    assert_eq!(said, "the API key lacks the scope `read` or `audit`");
    let path = format!("{customer}/commands/archive-customer");
    let said = detail(reader.post(&path, &json!({})).await, 403, "forbidden");
    assert_eq!(said, "the API key lacks the scope `write`");
    let theirs = reader.post("/compat/flexprice/v1/customers", &json!({})).await.expect(403);
    assert!(theirs.body.contains("`write`"), "{}", theirs.body);
}

#[tokio::test]
async fn an_unusable_custom_field_is_named() {
    let app = TestApp::new().await;
    for (key, unique) in [("plan", false), ("vat", true)] {
        let body = json!({ "key": key, "enforce_uniqueness": unique });
        app.post("/v1/tenant/commands/add-custom-field-key", &body).await.expect(200);
    }
    app.register(customer_id(1), "Acme").await;
    app.register(customer_id(2), "Bolt").await;
    let (one, two) = (customer_id(1).to_string(), customer_id(2).to_string());
    let set = |fields: Value| json!({ "fields": fields });
    let said = app
        .command(&one, "set-custom-fields", &set(json!({ "plan": "a", "plam": "b", "vat": "1" })))
        .await;
    assert_eq!(
        detail(said, 422, "custom_field_key_unknown"),
        "the custom field `plam`: the tenant does not define it: add its key to the tenant first"
    );
    app.command(&one, "set-custom-fields", &set(json!({ "vat": "1" }))).await.expect(200);
    let said =
        app.command(&two, "set-custom-fields", &set(json!({ "plan": "a", "vat": "1" }))).await;
    assert_eq!(
        detail(said, 409, "custom_field_value_taken"),
        "the custom field `vat`: it is unique, and another customer has this value"
    );
    let body = json!({ "id": customer_id(3), "profile": { "name": "C" },
                       "custom_fields": { "plan": "a", "plam": "b" } });
    let said = app.post("/v1/customers", &body).await;
    assert!(detail(said, 422, "custom_field_key_unknown").contains("`plam`"));
}

#[tokio::test]
async fn a_name_that_is_no_id_gets_a_hint() {
    let (app, _) = with_customer().await;
    for reply in [
        app.get("/v1/customers/acme-1").await,
        app.command("acme-1", "archive-customer", &json!({})).await,
    ] {
        let said = detail(reply, 404, "customer_unknown");
        assert!(said.contains("a UUID") && said.contains("external:"), "{said}");
    }
    let said = detail(app.get("/v1/customers/external:acme-1").await, 404, "customer_unknown");
    assert!(!said.contains("external:"), "{said}");
}

#[tokio::test]
async fn two_credentials_are_refused_as_such() {
    let (app, customer) = with_customer().await;
    let both = app.get_with(&customer, &[("x-api-key", &app.key.reveal())]).await;
    let said = detail(both, 401, "unauthorized");
    assert!(said.contains("several credentials"), "{said}");
    let mut wrong = app.request(Method::GET, &customer, Body::empty());
    let key = format!("dossier_{}_{}", "0".repeat(16), "0".repeat(64));
    wrong.headers_mut().insert("authorization", format!("Bearer {key}").parse().expect("a key"));
    assert_eq!(detail(app.send(wrong).await, 401, "unauthorized"), "send a valid API key");
}

#[tokio::test]
async fn the_type_of_each_problem_leads_to_a_page() {
    let (app, customer) = with_customer().await;
    let list = app.get("/problems").await.expect(200);
    let refusals = customer::Refusal::ALL.iter().map(|refusal| refusal.code());
    let refusals = refusals.chain(tenant::Refusal::ALL.iter().map(|refusal| refusal.code()));
    let codes = http::problem::Code::ALL.iter().map(|code| code.name()).chain(refusals);
    for code in codes {
        assert!(list.body.contains(&format!("\"/problems/{code}\"")), "{code}");
        let page = app.get(&format!("/problems/{code}")).await.expect(200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    }
    let problem = app.get(&format!("{customer}?x=1")).await.expect(400).json();
    app.get(problem["type"].as_str().expect("a path")).await.expect(200);
    app.get("/problems/no-such").await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_query_that_is_not_utf_8_or_has_an_empty_key_is_refused_on_every_surface() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "\u{fffd}").await;
    app.settle().await;
    for query in ["name=%ff", "name=a%c3", "name=%c3&status=%a9", "%ff=1", "metadata[%ff]=1"] {
        let reply = app.get(&format!("/v1/customers?{query}")).await;
        assert!(detail(reply, 400, "invalid_query").contains("UTF-8"), "{query}");
    }
    let found = app.get("/v1/customers?name=%EF%BF%BD").await.expect(200).json();
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    app.get("/v1/customers?name=100%&status=active").await.expect(200);
    let unnamed = json!({ "metadata": { "": "x" } });
    app.post("/compat/flexprice/v1/customers/search", &unnamed).await.expect(400);
    for path in [
        "/compat/flexprice/v1/customers?email=%ff",
        "/compat/metronome/v1/customers?ingest_alias=%ff",
        "/compat/telness/payment-profiles?customerId=%ff",
    ] {
        // Telness takes the key from this header alone.
        let plain = app.key.reveal();
        let key = if path.contains("telness") { &[("x-api-key", &*plain)][..] } else { &[] };
        app.get_with(path, key).await.expect(400);
    }
}

#[tokio::test]
async fn an_error_about_a_decimal_in_a_text_field_does_not_ask_for_an_integer() {
    let (app, _) = with_customer().await;
    let id = customer_id(1).to_string();
    for number in ["1.5", "1e3", "9007199254740993"] {
        let body: Value = serde_json::from_str(&format!("{{\"name\":{number}}}")).expect("JSON");
        let reply = app.command(&id, "update-profile", &body).await;
        let said = detail(reply, 422, "invalid_body");
        assert!(!said.contains("must be an integer"), "{said}");
        assert!(said.starts_with("/name must "), "{said}");
    }
}
