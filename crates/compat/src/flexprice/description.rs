//! FlexPrice's surface as its OpenAPI document tells it.

use serde_json::{Value, json};

use super::tables::{ACTIVITY, CUSTOMER, MAPPING, PARENT_EXTERNAL};
use crate::description::{Description, Endpoint, Object};

pub(super) static DESCRIPTION: Description =
    Description { title: "FlexPrice", endpoints: ENDPOINTS, objects: OBJECTS, schemas };

const EXPAND: (&str, &str) =
    ("expand", "`integrations` shows what customers are called elsewhere.");

const ENDPOINTS: &[Endpoint] = &[
    Endpoint::new("post", "/v1/customers", "Creates a customer.")
        .taking("CreateCustomer")
        .answering("Customer")
        .with(201),
    Endpoint::new("get", "/v1/customers", "Customers that are as asked, counted.")
        .with_query(&[
            ("customer_ids", "Only these, with commas or repeated."),
            ("external_id", "Only the one with this external id."),
            ("external_ids", "Only those with one of these, with commas or repeated."),
            ("parent_customer_ids", "Only those right below one of these."),
            ("email", "Only those with this address."),
            ("status", "`published`, which is the default, or `archived`."),
            ("start_time", "Only those made at this time or later."),
            ("end_time", "Only those made at this time or before."),
            ("sort", "By what; `created_at` is the default."),
            ("order", "`asc` or `desc`, which is the default."),
            ("limit", "How many: 1 to 1000, 50 by default."),
            ("offset", "How many to leave out first: 0 to 100000."),
            EXPAND,
        ])
        .answering("CustomerList"),
    Endpoint::new("post", "/v1/customers/search", "The same, asked for by a body.")
        .taking("CustomerFilter")
        .answering("CustomerList"),
    Endpoint::new("put", "/v1/customers", "Changes a customer; what isn't sent stays as it is.")
        .with_query(&[
            ("id", "Which customer, by its id."),
            ("external_customer_id", "Which customer, by an external id, a former one too."),
        ])
        .taking("UpdateCustomer")
        .answering("Customer"),
    Endpoint::new("get", "/v1/customers/{id}", "A customer, an archived one too.")
        .with_query(&[EXPAND])
        .answering("Customer"),
    Endpoint::new("put", "/v1/customers/{id}", "Changes a customer, as without the path's id.")
        .with_query(&[
            ("id", "The same id, if it is there."),
            ("external_customer_id", "An external id of the same customer, if it is there."),
        ])
        .taking("UpdateCustomer")
        .answering("Customer"),
    Endpoint::new("delete", "/v1/customers/{id}", "Archives a customer.").with(204),
    Endpoint::new(
        "get",
        "/v1/customers/external/{external_id}",
        "The customer with this external id, or that had it, unless it is archived.",
    )
    .with_query(&[EXPAND])
    .answering("Customer"),
    Endpoint::new("get", "/v1/customers/lookup/{key}", "The same by its other name.")
        .with_query(&[EXPAND])
        .answering("Customer"),
    Endpoint::new(
        "post",
        "/v1/integrations/link",
        "Says what a customer is called in a system, in place of what was said before.",
    )
    .taking("Link")
    .answering("Linked"),
    Endpoint::new(
        "delete",
        "/v1/integrations/link",
        "Forgets what a customer is called in a system.",
    )
    .taking("Delink")
    .answering("Success"),
    Endpoint::new("get", "/v1/integrations/mappings", "What a customer is called elsewhere.")
        .with_query(&[("entity_type", "`customer`."), ("entity_id", "Its id.")])
        .answering("MappingList"),
    Endpoint::new("post", "/v1/activity", "Who did what, the newest first.")
        .taking("ActivityFilter")
        .answering("ActivityList"),
    Endpoint::new("get", "/v1/activity/{id}", "One activity, with what it changed.")
        .answering("Activity"),
];

const OBJECTS: &[Object] = &[
    Object::sent("CustomerValues", "Customer", &[CUSTOMER], &[]),
    Object::answered("CustomerMembers", "Customer", &[CUSTOMER]),
    Object::sent("MappingValues", "Integration", &[MAPPING], &[]),
    Object::answered("MappingMembers", "Integration", &[MAPPING]),
    Object::answered("ActivityMembers", "RecordedEvent", &[ACTIVITY]),
];

/// The schema called `name`.
fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// What a table says, and these members besides, of which some must be there.
fn with(name: &str, properties: &Value, required: &[&str]) -> Value {
    let more = json!({"type": "object", "properties": properties, "required": required});
    json!({"allOf": [schema(name), more]})
}

fn object(properties: &Value) -> Value {
    json!({"type": "object", "properties": properties})
}

fn list(of: &str, pagination: &Value) -> Value {
    let items = json!({"type": "array", "items": schema(of)});
    object(&json!({"items": items, "pagination": object(pagination)}))
}

fn schemas() -> Value {
    let text = json!({"type": "string"});
    let texts = json!({"type": "array", "items": text});
    let number = json!({"type": "integer"});
    let time = json!({"type": "string", "format": "date-time"});
    let nothing = json!({"type": "null"});
    let whose = json!({"tenant_id": text, "environment_id": text});
    let counted = json!({"total": number, "limit": number, "offset": number});
    let parent = json!({PARENT_EXTERNAL: text});
    let entity = json!({"entity_id": text, "entity_type": {"const": "customer"}});
    let actor = json!({"id": {"type": ["string", "null"]}, "type": text, "label": {"type": ["string", "null"]}});
    let mut customer = whose.clone();
    customer["integrations"] = json!({"type": ["array", "null"], "items": schema("Mapping")});
    customer["parent_customer"] = nothing.clone();
    let mut mapping = whose.clone();
    for name in ["id", "entity_id", "status"] {
        mapping[name] = text.clone();
    }
    for name in ["created_at", "created_by", "updated_at", "updated_by"] {
        mapping[name] = nothing.clone();
    }
    let mut delink = entity.clone();
    delink["provider_type"] = text.clone();
    let value = object(&json!({"string": text, "date": time, "array": texts}));
    let filter = object(
        &json!({"field": text, "operator": {"type": "string", "enum": OPERATORS}, "value": value}),
    );
    let direction = json!({"type": "string", "enum": ["asc", "desc"]});
    let sort = object(&json!({"field": text, "direction": direction}));
    json!({
        "CreateCustomer": with("CustomerValues", &parent, &["external_id", "name"]),
        "UpdateCustomer": with("CustomerValues", &parent, &[]),
        "Customer": with("CustomerMembers", &customer, &["tenant_id", "environment_id"]),
        "CustomerList": list("Customer", &counted),
        "CustomerFilter": object(&json!({
            "customer_ids": texts, "external_id": text, "external_ids": texts,
            "parent_customer_ids": texts, "email": text,
            "metadata": {"type": "object", "additionalProperties": text},
            "status": text, "start_time": time, "end_time": time,
            "filters": {"type": "array", "items": filter},
            "sort": {"type": "array", "items": sort}, "order": direction,
            "limit": number, "offset": number, "expand": text,
        })),
        "Mapping": with("MappingMembers", &mapping, &["id", "entity_id"]),
        "MappingList": list("Mapping", &counted),
        "Link": with("MappingValues", &entity, &[
            "entity_id", "entity_type", "provider_type", "provider_entity_id",
        ]),
        "Linked": object(&json!({"mapping": schema("Mapping")})),
        "Delink": object(&delink),
        "Success": object(&json!({"message": text})),
        "Activity": with("ActivityMembers", &json!({
            "id": text, "actor": object(&actor), "entity": object(&actor),
            "state": {"type": "object"},
        }), &["id", "actor", "entity", "state"]),
        "ActivityList": list("Activity", &json!({
            "limit": number, "has_more": {"type": "boolean"},
            "next_cursor": {"type": ["string", "null"]},
        })),
        "ActivityFilter": object(&json!({
            "actions": texts, "actor_id": text, "actor_types": texts, "customer_id": text,
            "entity_type": text, "entity_id": text, "request_id": text,
            "start_time": time, "end_time": time, "limit": number, "cursor": text,
        })),
        "Failure": object(&json!({
            "code": text, "message": text, "http_status_code": number,
            "details": {"type": "object", "additionalProperties": text},
            "success": {"const": false},
            "error": object(&json!({"message": text, "internal_error": nothing})),
        })),
    })
}

/// What a filter can ask of a field.
const OPERATORS: [&str; 10] =
    ["eq", "in", "not_in", "contains", "not_contains", "gt", "gte", "lt", "before", "after"];
