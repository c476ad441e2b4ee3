//! Vendors' endpoints do what their OpenAPI documents say: each takes its described body, with the required members
//! alone and with all members, and answers as described.

mod requests;
mod schema;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Map, Value, json};
use tests::{Reply, TestApp, customer_id};

use self::requests::{CASES, Case};
use self::schema::{Schemas, least, without};
use super::together::company;

/// Ids of objects that requests name.
struct Names {
    parts: Vec<(&'static str, String)>,
}

/// The tenant with what customers refer to.
async fn tenant(app: &TestApp) {
    for (number, provider) in [(901, "stripe"), (902, "netsuite")] {
        let method = json!({
            "id": customer_id(number), "provider": provider,
            "delivery_method": "direct_to_billing_provider", "configuration": {"account": "a"},
        });
        app.post("/v1/tenant/commands/add-delivery-method", &method).await.expect(200);
    }
    let parent =
        json!({"id": customer_id(900), "external_id": "above", "profile": {"name": "Above"}});
    app.post("/v1/customers", &parent).await.expect(201);
}

/// A new customer that has one of everything, and the names for it in each API.
async fn customer(app: &TestApp, number: u64) -> Names {
    let id = customer_id(1000 + number * 3);
    let [config, revenue] = [1, 2].map(|nth| customer_id(1000 + number * 3 + nth).to_string());
    // Unless an earlier request has left it there.
    let key = json!({"key": "plan"});
    app.post("/v1/tenant/commands/add-custom-field-key", &key).await;
    let registered = json!({
        "id": id, "external_id": format!("e{number}"), "aliases": [format!("alias{number}")],
        "profile": {
            "name": "Acme", "managed_externally": true, "users": [{"user_id": "u-1", "name": "Ada"}],
            "contact_person_user_id": "u-1",
        },
        "custom_fields": {"plan": "gold"}, "metadata": {"plan": "gold"},
    });
    app.post("/v1/customers", &registered).await.expect(201);
    let id = id.to_string();
    for (command, body) in [
        ("attach-payment-profile", json!({"id": "card", "status": "ACTIVE", "type": "CARD"})),
        (
            "add-billing-config",
            json!({
                "id": config, "provider": "stripe", "delivery_method_id": customer_id(901),
                "configuration": {"stripe_customer_id": "cus_1"},
            }),
        ),
        (
            "add-revenue-config",
            json!({
                "id": revenue, "provider": "netsuite", "delivery_method_id": customer_id(902),
                "configuration": {"netsuite_customer_id": "1"},
            }),
        ),
        ("map-integration", json!({"provider_type": "crm", "provider_entity_id": "x7"})),
    ] {
        app.command(&id, command, &body).await.expect(200);
    }
    let cust = async |external: &str| {
        let path = format!("/compat/flexprice/v1/customers/external/{external}");
        app.get(&path).await.expect(200).json()["id"].as_str().expect("an id").to_owned()
    };
    let activities = app.post("/compat/flexprice/v1/activity", &json!({})).await.expect(200).json();
    let activity = activities["items"][0]["id"].as_str().expect("an activity").to_owned();
    let (cust, above) = (cust(&format!("e{number}")).await, cust("above").await);
    let of_maple = |id: &str| id.replacen("cust_", "cus_", 1);
    let parts = vec![
        ("{uuid}", id),
        ("{cus}", of_maple(&cust)),
        ("{cust}", cust),
        ("{above_cus}", of_maple(&above)),
        ("{above_cust}", above),
        ("{config}", config),
        ("{revenue}", revenue),
        ("{of_stripe}", customer_id(901).to_string()),
        ("{of_netsuite}", customer_id(902).to_string()),
        ("{activity}", activity),
        ("{company}", company(app).await),
        ("{n}", number.to_string()),
    ];
    Names { parts }
}

impl Names {
    fn filled(&self, text: &str) -> String {
        self.parts.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }
}

/// Sends a request whose key is in the header that all vendors have.
async fn send(app: &TestApp, method: &str, path: &str, body: Option<&Value>) -> Reply {
    let request = Request::builder()
        .method(method.parse::<Method>().expect("a method"))
        .uri(path)
        .header("x-api-key", app.key.reveal());
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    app.send(request.body(body).expect("a request")).await
}

/// The bodies that an endpoint is sent: at least what is required, and everything at once.
fn bodies(schemas: &Schemas, case: &Case, taken: &Value) -> Vec<Value> {
    let full: Value = serde_json::from_str(case.body).expect(case.route);
    let undescribed = schemas.violations(taken, &full);
    assert!(undescribed.is_empty(), "{}: {undescribed:?}", case.route);
    let missing = schemas.missing(taken, &full);
    assert!(missing.is_empty(), "{}: the body lacks {missing:?}", case.route);
    let mut bodies = least(schemas, taken, &full);
    match case.either {
        [] => bodies.push(full),
        either => bodies.extend(either.iter().map(|name| {
            let others = either.iter().filter(|other| *other != name);
            others.fold(full.clone(), |body, other| without(&body, other))
        })),
    }
    bodies
}

async fn check(app: &TestApp, (vendor, document): (&str, &Value), case: &Case, number: &mut u64) {
    let schemas = Schemas(&document["components"]["schemas"]);
    let (method, template) = case.route.split_once(' ').expect("a method and a path");
    let operation = &document["paths"][template][method.to_lowercase()];
    let schema = |of: &Value| of["content"]["application/json"]["schema"].clone();
    let taken = schema(&operation["requestBody"]);
    let failure = schema(&operation["responses"]["default"]);
    let responses = operation["responses"].as_object().expect(case.route);
    let (status, answer) =
        responses.iter().find(|(status, _)| *status != "default").expect("a status");
    let sent = if taken.is_null() { vec![Value::Null] } else { bodies(&schemas, case, &taken) };
    for body in sent {
        *number += 1;
        let names = customer(app, *number).await;
        let path = names.filled(&format!("/compat/{vendor}{}", case.path));
        let filled = names.filled(&body.to_string());
        let body: Option<Value> =
            (!body.is_null()).then(|| serde_json::from_str(&filled).expect("a body"));
        let what = format!("{vendor} {} {filled}", case.route);
        let refused = |reply: &Reply| {
            assert!(reply.status.is_client_error(), "{what}: {} {}", reply.status, reply.body);
            let violations = schemas.violations(&failure, &reply.json());
            assert!(violations.is_empty(), "{what}: {violations:?} in {}", reply.body);
        };
        if let Some(body) = &body {
            for name in schemas.required(&taken) {
                refused(&send(app, method, &path, Some(&without(body, &name))).await);
            }
            refused(&send(app, method, &path, Some(&json!([]))).await);
        }
        let keyless = Request::builder().method(method).uri(&path).body(Body::empty());
        refused(&app.send(keyless.expect("a request")).await);
        let reply = send(app, method, &path, body.as_ref()).await;
        assert_eq!(reply.status.as_str(), status, "{what}: {}", reply.body);
        let described = schema(answer);
        if described.is_null() {
            assert_eq!(reply.body, "", "{what}");
            continue;
        }
        let violations = schemas.violations(&described, &reply.json());
        assert!(violations.is_empty(), "{what}: {violations:?} in {}", reply.body);
    }
}

async fn check_vendor(vendor: &str) {
    let app = TestApp::new().await;
    tenant(&app).await;
    let document = app.get(&format!("/compat/{vendor}/openapi.json")).await.expect(200).json();
    let (_, cases) = CASES.iter().find(|(name, _)| *name == vendor).expect(vendor);
    let mut routes: Vec<_> = document["paths"]
        .as_object()
        .into_iter()
        .flat_map(Map::iter)
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flat_map(Map::keys);
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let mut known: Vec<_> = cases.iter().map(|case| case.route.to_owned()).collect();
    routes.sort();
    known.sort();
    assert_eq!(known, routes);
    let mut number = 0;
    for case in *cases {
        check(&app, (vendor, &document), case, &mut number).await;
    }
}

#[tokio::test]
async fn metronome_s_endpoints_are_as_described() {
    check_vendor("metronome").await;
}

#[tokio::test]
async fn flexprice_s_endpoints_are_as_described() {
    check_vendor("flexprice").await;
}

#[tokio::test]
async fn telness_s_endpoints_are_as_described() {
    check_vendor("telness").await;
}

#[tokio::test]
async fn maple_s_endpoints_are_as_described() {
    check_vendor("maple").await;
}
