//! Maple's API.

mod find;
mod hierarchy;
mod taxes;
mod uses;

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};
use tests::{Reply, TestApp, customer_id};

/// The documented request and answer, with placeholders.
const REQUEST: &str = include_str!("maple/update_customer.json");
const ANSWER: &str = include_str!("maple/customer.json");

/// The company of the key's tenant.
async fn company(app: &TestApp) -> String {
    let path = "/compat/maple/api/v1/companies/cmp_x/customers/x";
    let message = app.get(path).await.expect(404).json()["message"].to_string();
    let id = message.split_whitespace().last().expect("an id").trim_end_matches('"').to_owned();
    assert!(id.starts_with("cmp_"), "{message}");
    id
}

async fn base(app: &TestApp) -> String {
    format!("/compat/maple/api/v1/companies/{}/customers", company(app).await)
}

async fn patch(app: &TestApp, path: &str, body: &Value) -> Reply {
    app.send(app.request(Method::PATCH, path, body.to_string())).await
}

/// The answer to a created customer.
async fn create(app: &TestApp, body: &Value) -> Value {
    app.post(&base(app).await, body).await.expect(201).json()
}

/// The fields named by a 400.
#[track_caller]
fn fields(reply: Reply) -> Vec<String> {
    let failure = reply.expect(400).json();
    let errors = failure["errors"].as_array().expect("errors");
    errors.iter().map(|error| error["field"].as_str().expect("a field").to_owned()).collect()
}

/// The documented request, with values instead of invalid placeholders.
fn request_with_values(parent: &str) -> String {
    let mut body = REQUEST.to_owned();
    for (name, value) in [
        ("email", "ada@acme.example"),
        ("locale", "de-CH"),
        ("status", "ACTIVE"),
        ("country", "CH"),
        ("parent_customer_id", parent),
    ] {
        let placeholder = format!(r#""{name}": "<string>""#);
        assert!(body.contains(&placeholder), "{name}");
        body = body.replace(&placeholder, &format!(r#""{name}": "{value}""#));
    }
    body
}

#[tokio::test]
async fn the_documented_request_is_accepted() {
    let app = TestApp::new().await;
    let base = base(&app).await;
    let parent = create(&app, &json!({"name": "Above"})).await["id"].clone();
    let parent = parent.as_str().expect("an id");
    let id = create(&app, &json!({"name": "Acme"})).await["id"].clone();
    let path = format!("{base}/{}", id.as_str().expect("an id"));
    let refused = app.send(app.request(Method::PATCH, &path, REQUEST)).await;
    let mut refused = fields(refused);
    refused.sort();
    assert_eq!(refused, ["/parent_customer_id", "/status"]);
    let named =
        REQUEST.replace(r#""parent_customer_id": "<string>""#, r#""parent_customer_id": null"#);
    let named = named.replace(r#""status": "<string>""#, r#""status": "ACTIVE""#);
    let refused = fields(app.send(app.request(Method::PATCH, &path, named)).await);
    assert_eq!(refused, ["/email", "/locale", "/address/country", "/override_taxes/0/country"]);

    let sent = request_with_values(parent);
    let shown = app.send(app.request(Method::PATCH, &path, sent.clone())).await.expect(200).json();
    let sent: Value = serde_json::from_str(&sent).expect("JSON");
    for (name, value) in sent.as_object().expect("an object") {
        assert_eq!(shown[name], *value, "{name}");
    }
    expect_answer_of_the_page(&shown);
    assert_eq!(app.get(&path).await.expect(200).json(), shown);
}

/// The answer has every documented member, with a value of its type or null.
fn expect_answer_of_the_page(shown: &Value) {
    let documented: Value = serde_json::from_str(ANSWER).expect("JSON");
    let kind = |value: &Value| std::mem::discriminant(value);
    for (name, value) in documented.as_object().expect("an object") {
        let ours = shown.get(name).unwrap_or_else(|| panic!("{name} isn't there"));
        if ["arr", "mrr"].contains(&&**name) {
            assert_eq!(*ours, Value::Null);
        } else {
            assert_eq!(kind(ours), kind(value), "{name}: {ours}");
        }
    }
    let address = |value: &Value| -> Vec<String> {
        value["address"].as_object().expect("an address").keys().cloned().collect()
    };
    assert_eq!(address(shown), address(&documented));
}

#[tokio::test]
async fn a_created_customer_shows_in_every_api_with_every_member() {
    let app = TestApp::new().await;
    let made = create(&app, &json!({"name": "Acme", "identifier": "acme-1"})).await;
    let documented: Value = serde_json::from_str(ANSWER).expect("JSON");
    let mut names: Vec<_> =
        documented.as_object().expect("an object").keys().map(String::as_str).collect();
    names.extend([
        "billing_emails",
        "child_rollup_billing",
        "child_rollup_billing_config",
        "display_name",
        "integration_references",
        "override_taxes",
        "tags",
    ]);
    names.sort_unstable();
    let members: Vec<_> = made.as_object().expect("an object").keys().collect();
    assert_eq!(members, names);
    assert_eq!(made["company_id"], company(&app).await);
    assert_eq!((&made["status"], &made["display_name"]), (&json!("ACTIVE"), &json!("Acme")));
    let native = app.get("/v1/customers/external:acme-1").await.expect(200).json();
    let second = |time: &Value| time.as_str().map(|time| time[..19].to_owned());
    assert_eq!(second(&native["created_at"]), second(&made["created_at"]));
    let events = app.get("/v1/customers/external:acme-1/events").await.expect(200).json();
    assert_eq!(events["items"][0]["surface"], "maple");
}

#[tokio::test]
async fn a_customer_is_named_by_its_id_or_its_identifier() {
    let app = TestApp::new().await;
    let base = base(&app).await;
    let odd = "cus_not/an id";
    let made = create(&app, &json!({"name": "Acme", "identifier": odd})).await;
    let id = made["id"].as_str().expect("an id");
    for named in [id, "cus_not%2Fan%20id"] {
        assert_eq!(app.get(&format!("{base}/{named}")).await.expect(200).json(), made);
    }
    let renamed = json!({"identifier": "acme"});
    patch(&app, &format!("{base}/cus_not%2Fan%20id"), &renamed).await.expect(200);
    for named in ["acme", "cus_not%2Fan%20id", id] {
        let shown = app.get(&format!("{base}/{named}")).await.expect(200).json();
        assert_eq!((&shown["id"], &shown["identifier"]), (&json!(id), &json!("acme")));
    }
    let taken = app.post(&base, &json!({"name": "Other", "identifier": "acme"})).await.expect(409);
    assert_eq!(taken.header("x-should-retry"), "false");
    assert_eq!(taken.json()["errors"][0]["field"], "/identifier");
}

#[tokio::test]
async fn other_companies_and_their_customers_are_404() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    let theirs = create(&other, &json!({"name": "Theirs", "identifier": "theirs"})).await;
    let theirs_id = theirs["id"].as_str().expect("an id");
    let (own, foreign) = (company(&app).await, company(&other).await);
    let ask = async |method: Method, company: &str, rest: &str| {
        let path = format!("/compat/maple/api/v1/companies/{company}/customers{rest}");
        let body = if method == Method::GET { Body::empty() } else { Body::from("{}") };
        app.send(app.request(method, &path, body)).await.expect(404)
    };
    let nobodys = "cmp_00000000000000000000000000";
    for (method, rest) in [
        (Method::GET, format!("/{theirs_id}")),
        (Method::PATCH, "/theirs".to_owned()),
        (Method::PATCH, format!("/{theirs_id}/start_managing")),
        (Method::POST, "/find".to_owned()),
    ] {
        let unknown = ask(method.clone(), nobodys, &rest).await;
        assert_eq!(ask(method.clone(), &foreign, &rest).await.body, unknown.body);
        assert_eq!(ask(method, app.tenant.id.to_string().as_str(), &rest).await.body, unknown.body);
    }
    for method in [Method::GET, Method::PATCH] {
        let unknown = ask(method.clone(), &own, "/cus_00000000000000000000000000").await;
        assert_eq!(ask(method.clone(), &own, &format!("/{theirs_id}")).await.body, unknown.body);
        assert_eq!(ask(method, &own, "/theirs").await.body, unknown.body);
    }
}

#[tokio::test]
async fn a_customer_is_archived_and_restored_by_its_status() {
    let app = TestApp::new().await;
    let base = base(&app).await;
    let born = json!({"name": "Acme", "status": "ARCHIVED", "email": "a@b.example"});
    let born = create(&app, &born).await;
    assert_eq!((&born["status"], &born["email"]), (&json!("ARCHIVED"), &json!("a@b.example")));
    let path = format!("{base}/{}", born["id"].as_str().expect("an id"));
    let refused = patch(&app, &path, &json!({"email": null})).await.expect(409);
    assert_eq!(refused.json()["code"], "customer_archived");
    let back = json!({"status": "ACTIVE", "email": "c@d.example"});
    let back = patch(&app, &path, &back).await.expect(200).json();
    assert_eq!((&back["status"], &back["email"]), (&json!("ACTIVE"), &json!("c@d.example")));
    let gone = json!({"status": "ARCHIVED", "title": "last words"});
    let gone = patch(&app, &path, &gone).await.expect(200).json();
    assert_eq!((&gone["status"], &gone["title"]), (&json!("ARCHIVED"), &json!("last words")));
    let same = patch(&app, &path, &json!({"status": "ARCHIVED"})).await.expect(200).json();
    assert_eq!(same, gone);
    assert_eq!(fields(patch(&app, &path, &json!({"status": "DELETED"})).await), ["/status"]);
}

#[tokio::test]
async fn null_clears_a_member_and_absent_members_stay() {
    let app = TestApp::new().await;
    let base = base(&app).await;
    let parent = create(&app, &json!({"name": "Above"})).await["id"].clone();
    let id = create(&app, &json!({"name": "Acme"})).await["id"].clone();
    let path = format!("{base}/{}", id.as_str().expect("an id"));
    let sent = request_with_values(parent.as_str().expect("an id"));
    app.send(app.request(Method::PATCH, &path, sent)).await.expect(200);
    let further = json!({"billing_emails": ["x@y.example"], "tags": ["vip"], "unknown": 1.5});
    let before = patch(&app, &path, &further).await.expect(200).json();
    let blank = json!({
        "address": null, "billing_emails": null, "child_rollup_billing": null,
        "child_rollup_billing_config": null, "email": null, "exclude_from_metrics": null,
        "identifier": null, "locale": null, "metadata": null, "org_name": null, "override_taxes": null,
        "owner_id": null, "parent_customer_id": null, "phone": null, "tags": null, "title": null,
    });
    for (name, _) in blank.as_object().expect("an object") {
        let changed = patch(&app, &path, &json!({name: null})).await.expect(200).json();
        let empty = match &**name {
            "child_rollup_billing" | "exclude_from_metrics" => json!(false),
            "billing_emails" | "override_taxes" | "tags" => json!([]),
            "metadata" => json!({}),
            _ => Value::Null,
        };
        assert_eq!(changed[name], empty, "{name}");
    }
    let after = app.get(&path).await.expect(200).json();
    assert_eq!((&after["name"], &after["status"]), (&before["name"], &before["status"]));
}

#[tokio::test]
async fn a_customer_managed_externally_can_be_taken_over() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let id = customer_id(1).to_string();
    let managed = json!({"managed_externally": true});
    app.command(&id, "update-profile", &managed).await.expect(200);
    app.command(&id, "change-external-id", &json!({"external_id": "acme"})).await.expect(200);
    let mapped = json!({
        "provider_type": "crm", "provider_entity_id": "7", "entity_type": "account",
        "metadata": {"kept": "yes"},
    });
    app.command(&id, "map-integration", &mapped).await.expect(200);
    let path = format!("{}/acme", base(&app).await);
    let shown = app.get(&path).await.expect(200).json();
    assert_eq!(shown["managed_externally"], true);
    assert_eq!(shown["customer_integration_metadata"], json!({"crm": {"7": {"kept": "yes"}}}));
    assert_eq!(shown["integration_references"][0]["remote_type"], "account");
    let sent = app.request(Method::PATCH, &format!("{path}/start_managing"), Body::empty());
    let shown = app.send(sent).await.expect(200).json();
    assert_eq!(shown["managed_externally"], false);
    patch(&app, &format!("{path}/start_managing"), &json!({})).await.expect(200);
    let native = app.get(&format!("/v1/customers/{id}/changes")).await.expect(200).json();
    let first = &native["items"][0];
    assert_eq!(first["field"], "/profile/managed_externally", "{first}");
}

#[tokio::test]
async fn a_repeated_request_is_executed_once() {
    let app = TestApp::new().await;
    let base = base(&app).await;
    let body = json!({"name": "Acme", "identifier": "acme"});
    let key = [("idempotency-key", "k")];
    let first = app.post_with(&base, &body, &key).await.expect(201);
    let again = app.post_with(&base, &body, &key).await.expect(201);
    assert_eq!(again.body, first.body);
    let other = json!({"name": "Acme 2", "identifier": "acme"});
    let refused = app.post_with(&base, &other, &key).await.expect(409);
    assert_eq!(refused.header("x-should-retry"), "false");
    assert_eq!(refused.json()["code"], "idempotency_key_reused");
    app.post(&base, &body).await.expect(409);
}
