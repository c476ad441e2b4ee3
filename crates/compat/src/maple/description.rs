//! Maple as its OpenAPI document tells it.

use serde_json::{Map, Value, json};

use super::tables::CUSTOMER;
use crate::description::{Description, Endpoint, Object};

pub(super) static DESCRIPTION: Description =
    Description { title: "Maple", endpoints: ENDPOINTS, objects: OBJECTS, schemas };

const ENDPOINTS: &[Endpoint] = &[
    Endpoint::new("post", "/api/v1/companies/{company_id}/customers", "Creates a customer.")
        .taking("CreateCustomer")
        .with(201)
        .answering("Customer"),
    Endpoint::new(
        "get",
        "/api/v1/companies/{company_id}/customers/{customer_id}",
        "A customer, by its id or its identifier.",
    )
    .answering("Customer"),
    Endpoint::new(
        "patch",
        "/api/v1/companies/{company_id}/customers/{customer_id}",
        "Changes the fields in the body. Other fields stay.",
    )
    .taking("UpdateCustomer")
    .answering("Customer"),
    Endpoint::new(
        "post",
        "/api/v1/companies/{company_id}/customers/find",
        "Lists customers by filters, page by page.",
    )
    .taking("Find")
    .answering("Found"),
    Endpoint::new(
        "patch",
        "/api/v1/companies/{company_id}/customers/{customer_id}/start_managing",
        "Ends the external management of a customer.",
    )
    .answering("Customer"),
];

const OBJECTS: &[Object] = &[
    Object::sent("UpdateCustomer", "Customer", &[CUSTOMER], &[]),
    Object::answered("CustomerMembers", "Customer", &[CUSTOMER]),
];

fn schemas() -> Value {
    let of = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let nothing = json!({"type": "null"});
    json!({
        "CreateCustomer": {
            "allOf": [of("UpdateCustomer")],
            "anyOf": [{"required": ["identifier"]}, {"required": ["name"]}],
        },
        "Customer": {"allOf": [of("CustomerMembers"), {
            "type": "object",
            "properties": {
                "company_id": {"type": "string"},
                "arr": nothing,
                "mrr": nothing,
                "computed_entitlements": {"type": "array", "maxItems": 0},
                "customer_integration_metadata": {"type": "object"},
            },
            "required": [
                "company_id", "arr", "mrr", "computed_entitlements", "customer_integration_metadata",
            ],
        }]},
        "Find": {
            "type": "object",
            "properties": {
                "pagination": {"type": "object", "properties": {
                    "from_key": {"type": ["string", "null"]},
                    "limit": {"type": ["integer", "null"], "minimum": 0, "maximum": 200},
                }},
                "include_meta": {"type": ["boolean", "null"]},
                "sort_key": {"type": ["string", "null"], "enum": ["createdAtDesc", "createdAtAsc", null]},
                "query": {"type": ["object", "null"], "properties": query()},
            },
        },
        "Found": {
            "type": "object",
            "properties": {
                "pagination": {
                    "type": "object",
                    "properties": {
                        "from_key": {"type": ["string", "null"]},
                        "limit": {"type": "integer"},
                        "total": {"type": "integer"},
                    },
                    "required": ["from_key", "limit"],
                },
                "results": {"type": "array", "items": of("Customer")},
            },
            "required": ["pagination", "results"],
        },
        "Failure": {
            "type": "object",
            "properties": {
                "message": {"type": "string"},
                "code": {"type": "string"},
                "errors": {"type": "array", "items": {
                    "type": "object",
                    "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                    "required": ["field", "message"],
                }},
            },
            "required": ["message", "code", "errors"],
        },
    })
}

/// What customers can be found by.
fn query() -> Map<String, Value> {
    let texts = [
        "email",
        "identifier",
        "name",
        "org_name",
        "owner_id",
        "parent_customer_id",
        "phone",
        "search",
        "status",
        "title",
    ];
    let flags = ["exclude_from_metrics", "has_parent", "managed_externally"];
    let lists = ["owner_ids", "tags"];
    let of = |names: &[&str], schema: &Value| {
        names.iter().map(|name| ((*name).to_owned(), schema.clone())).collect::<Vec<_>>()
    };
    let mut query: Map<String, Value> = Map::new();
    query.extend(of(&texts, &json!({"type": ["string", "null"]})));
    query.extend(of(&flags, &json!({"type": ["boolean", "null"]})));
    let list = json!({"type": ["array", "null"], "items": {"type": "string"}});
    let condition = json!({"type": ["string", "null"], "enum": ["AND", "OR", null]});
    let conditional = json!({"type": ["object", "null"], "properties": {
        "condition": condition, "values": list,
    }});
    query.extend(of(&lists, &json!({"anyOf": [list, conditional]})));
    query.insert("statuses".to_owned(), json!({"anyOf": [{"type": "string"}, list]}));
    let metadata = json!({"type": ["object", "null"], "properties": {
        "condition": {"type": ["string", "null"], "enum": ["AND", null]},
        "values": {"anyOf": [
            {"type": "array", "items": {"anyOf": [{"type": "string"}, {
                "type": "object",
                "properties": {"key": {"type": "string"}, "value": {}},
                "required": ["key", "value"],
            }]}},
            {"type": ["object", "null"]},
        ]},
    }});
    query.insert("metadata".to_owned(), metadata);
    query
}
