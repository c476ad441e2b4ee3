//! FlexPrice's surface as its OpenAPI document tells it.

use serde_json::{Value, json};

use super::tables::{CUSTOMER, PARENT_EXTERNAL};
use crate::compat::openapi::{Description, Endpoint, Object};

pub(super) static DESCRIPTION: Description =
    Description { title: "FlexPrice", endpoints: ENDPOINTS, objects: OBJECTS, schemas };

const EXPAND: (&str, &str) = ("expand", "`integrations` shows what customers are called elsewhere.");

const ENDPOINTS: &[Endpoint] = &[
    Endpoint::new("post", "/v1/customers", "Creates a customer.")
        .taking("CreateCustomer")
        .telling("Customer")
        .with(201),
    Endpoint::new("put", "/v1/customers", "Changes a customer; what isn't sent stays as it is.")
        .asking(&[
            ("id", "Which customer, by its id."),
            ("external_customer_id", "Which customer, by an external id, a former one too."),
        ])
        .taking("UpdateCustomer")
        .telling("Customer"),
    Endpoint::new("get", "/v1/customers/{id}", "A customer, an archived one too.")
        .asking(&[EXPAND])
        .telling("Customer"),
    Endpoint::new("put", "/v1/customers/{id}", "Changes a customer, as without the path's id.")
        .asking(&[
            ("id", "The same id, if it is there."),
            ("external_customer_id", "An external id of the same customer, if it is there."),
        ])
        .taking("UpdateCustomer")
        .telling("Customer"),
    Endpoint::new("delete", "/v1/customers/{id}", "Archives a customer.").with(204),
    Endpoint::new(
        "get",
        "/v1/customers/external/{external_id}",
        "The customer with this external id, or that had it, unless it is archived.",
    )
    .asking(&[EXPAND])
    .telling("Customer"),
    Endpoint::new("get", "/v1/customers/lookup/{key}", "The same by its other name.")
        .asking(&[EXPAND])
        .telling("Customer"),
];

const OBJECTS: &[Object] = &[
    Object::sent("CustomerValues", "Customer", &[CUSTOMER], &[]),
    Object::told("CustomerMembers", "Customer", &[CUSTOMER]),
];

fn schemas() -> Value {
    let all_of = |name: &str, more: Value| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        json!({"allOf": [schema, more]})
    };
    let text = json!({"type": "string"});
    let parent = json!({"type": "object", "properties": {PARENT_EXTERNAL: text}});
    let mut created = parent.clone();
    created["required"] = json!(["external_id", "name"]);
    json!({
        "CreateCustomer": all_of("CustomerValues", created),
        "UpdateCustomer": all_of("CustomerValues", parent),
        "Customer": all_of("CustomerMembers", json!({"type": "object", "properties": {
            "tenant_id": text,
            "environment_id": text,
        }, "required": ["tenant_id", "environment_id"]})),
        "Failure": {
            "type": "object",
            "properties": {
                "code": text,
                "message": text,
                "http_status_code": {"type": "integer"},
                "details": {"type": "object", "additionalProperties": text},
            },
        },
    })
}
