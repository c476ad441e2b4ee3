//! FlexPrice's API.

mod activity;
mod customers;
mod integrations;
mod search;
mod updates;
mod uses;

use axum::http::Method;
use serde_json::{Value, json};
use tests::{Reply, TestApp};

const BASE: &str = "/compat/flexprice/v1";

/// A request to the API.
async fn send(app: &TestApp, method: Method, path: &str, body: &Value) -> Reply {
    app.send(app.request(method, &format!("{BASE}{path}"), body.to_string())).await
}

async fn get(app: &TestApp, path: &str) -> Reply {
    app.get(&format!("{BASE}{path}")).await
}

async fn post(app: &TestApp, path: &str, body: &Value) -> Reply {
    send(app, Method::POST, path, body).await
}

async fn put(app: &TestApp, path: &str, body: &Value) -> Reply {
    send(app, Method::PUT, path, body).await
}

async fn delete(app: &TestApp, path: &str) -> Reply {
    app.send(app.request(Method::DELETE, &format!("{BASE}{path}"), String::new())).await
}

/// Creates a customer with this external id and these values.
async fn create(app: &TestApp, external_id: &str, values: Value) -> Value {
    let mut body = json!({"external_id": external_id, "name": "Acme"});
    let Value::Object(values) = values else { panic!("values are an object") };
    body.as_object_mut().expect("an object").extend(values);
    post(app, "/customers", &body).await.expect(201).json()
}

/// The customer's own path.
fn path(customer: &Value) -> String {
    format!("/customers/{}", customer["id"].as_str().expect("an id"))
}
