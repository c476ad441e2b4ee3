//! Connect as its OpenAPI document tells it.

use serde_json::{Value, json};

use super::tables::{BILLING, CUSTOMER, PROFILE, USER};
use crate::description::{Description, Endpoint, Object};

pub(super) static DESCRIPTION: Description =
    Description { title: "Telness Connect", endpoints: ENDPOINTS, objects: OBJECTS, schemas };

const PAGE: [(&str, &str); 2] = [
    ("limit", "The most items: 1 to 200. The default is 50."),
    ("cursor", "The next page, from the answer with the page before."),
];

const ENDPOINTS: &[Endpoint] = &[
    Endpoint::new("post", "/customers", "Creates a customer.")
        .taking("CreateCustomer")
        .with(201)
        .answering("Customer"),
    Endpoint::new("get", "/customers/{customerId}", "A customer.").answering("Customer"),
    Endpoint::new(
        "put",
        "/customers/{customerId}",
        "Changes the fields in the body. Other fields stay.",
    )
    .taking("UpdateCustomer")
    .answering("Customer"),
    Endpoint::new(
        "patch",
        "/customers/{customerId}",
        "Changes the fields in the body. Other fields stay.",
    )
    .taking("UpdateCustomer")
    .answering("Customer"),
    Endpoint::new(
        "put",
        "/customers/{customerId}/billing",
        "Changes invoice delivery and payment. Absent fields stay.",
    )
    .taking("Billing")
    .answering("Customer"),
    Endpoint::new("get", "/payment-profiles", "Lists payment profiles.")
        .with_query(&[("customerId", "Only profiles of this customer."), PAGE[0], PAGE[1]])
        .answering("PaymentProfiles"),
    Endpoint::new(
        "get",
        "/customers/{customerId}/payment-profiles",
        "Lists the payment profiles of a customer.",
    )
    .with_query(&PAGE)
    .answering("PaymentProfiles"),
];

const OBJECTS: &[Object] = &[
    Object::sent("CreateCustomer", "Customer", &[CUSTOMER], &["name"]),
    Object::sent("UpdateCustomer", "Customer", &[CUSTOMER], &[]),
    Object::sent("Billing", "Customer", &[BILLING], &[]),
    Object::answered("CustomerMembers", "Customer", &[CUSTOMER]),
    Object::answered("User", "User", &[USER]),
    Object::answered("PaymentProfileMembers", "PaymentProfile", &[PROFILE]),
];

fn schemas() -> Value {
    let of = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let nullable = json!({"type": ["string", "null"]});
    json!({
        "Customer": {"allOf": [of("CustomerMembers"), {
            "type": "object",
            "properties": {"contactPerson": {"anyOf": [of("User"), {"type": "null"}]}},
            "required": ["contactPerson"],
        }]},
        "PaymentProfile": {"allOf": [of("PaymentProfileMembers"), {
            "type": "object",
            "properties": {
                "customerId": {"type": "string"},
                "createdAt": nullable,
                "billingDetails": {"type": "null"},
            },
            "required": ["customerId", "createdAt", "billingDetails"],
        }]},
        "PaymentProfiles": {
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": of("PaymentProfile")},
                "pagination": {
                    "type": "object",
                    "properties": {"nextCursor": nullable},
                    "required": ["nextCursor"],
                },
            },
            "required": ["items", "pagination"],
        },
        "Failure": {
            "type": "object",
            "properties": {
                "message": {"type": "string"},
                "code": {"type": "string"},
                "details": {"type": "array", "items": {
                    "type": "object",
                    "properties": {
                        "message": {"type": "string"},
                        "code": {"type": "string"},
                        "property": {"type": "string"},
                        "suggestion": {"type": "null"},
                    },
                    "required": ["message", "code", "property", "suggestion"],
                }},
                "hint": nullable,
            },
            "required": ["message", "code", "details", "hint"],
        },
    })
}
