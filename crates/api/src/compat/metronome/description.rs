//! Metronome's surface as its OpenAPI document tells it.

use serde_json::{Value, json};

use super::tables::{CUSTOMER, DETAIL};
use crate::compat::openapi::{Description, Endpoint, Object};

pub(super) static DESCRIPTION: Description =
    Description { title: "Metronome", endpoints: ENDPOINTS, objects: OBJECTS, schemas };

const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "post",
        path: "/v1/customers",
        summary: "Creates a customer.",
        query: &[],
        body: Some("CreateCustomer"),
        status: 200,
        answer: Some("CustomerAnswer"),
    },
    Endpoint {
        method: "get",
        path: "/v1/customers/{id}",
        summary: "A customer, an archived one too.",
        query: &[],
        body: None,
        status: 200,
        answer: Some("CustomerDetailAnswer"),
    },
];

const OBJECTS: &[Object] = &[
    Object {
        name: "CreateCustomer",
        sent: true,
        required: &["name"],
        of: "Customer",
        tables: &[CUSTOMER],
    },
    Object { name: "Customer", sent: false, required: &[], of: "Customer", tables: &[CUSTOMER] },
    Object {
        name: "CustomerDetail",
        sent: false,
        required: &[],
        of: "Customer",
        tables: &[CUSTOMER, DETAIL],
    },
];

fn schemas() -> Value {
    let data = |name: &str| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        json!({"type": "object", "properties": {"data": schema}, "required": ["data"]})
    };
    json!({
        "CustomerAnswer": data("Customer"),
        "CustomerDetailAnswer": data("CustomerDetail"),
        "Failure": {
            "type": "object",
            "properties": {"message": {"type": "string"}},
            "required": ["message"],
        },
    })
}
