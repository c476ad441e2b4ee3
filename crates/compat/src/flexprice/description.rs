//! FlexPrice's surface as its OpenAPI document tells it.

use serde_json::{Value, json};

use super::customers::REQUIRED;
use super::integrations::{DELINKED, LINKED};
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
    Endpoint::new("get", "/v1/customers", "Lists customers that match all filters, with their total.")
        .with_query(&[
            ("customer_ids", "Only these customers. Separate them by commas or repeat the parameter."),
            ("external_id", "Only the customer with this external id."),
            ("external_ids", "Only customers with one of these external ids. Separate them by commas or repeat the parameter."),
            ("parent_customer_ids", "Only direct children of these customers."),
            ("email", "Only customers with this e-mail address."),
            ("status", "`published`, which is the default, or `archived`."),
            ("start_time", "Only customers created at this time or later."),
            ("end_time", "Only customers created at this time or before."),
            ("sort", "The field to sort by. The default is `created_at`."),
            ("order", "`asc` or `desc`, which is the default."),
            ("limit", "The most items: 1 to 1000. The default is 50."),
            ("offset", "How many items to skip: 0 to 100000."),
            EXPAND,
        ])
        .answering("CustomerList"),
    Endpoint::new("post", "/v1/customers/search", "Lists customers. The filters are in the body.")
        .taking("CustomerFilter")
        .answering("CustomerList"),
    Endpoint::new("put", "/v1/customers", "Changes a customer. Absent fields stay.")
        .with_query(&[
            ("id", "The customer's id."),
            ("external_customer_id", "The customer's external id, or a former one."),
        ])
        .taking("UpdateCustomer")
        .answering("Customer"),
    Endpoint::new("get", "/v1/customers/{id}", "A customer, an archived one too.")
        .with_query(&[EXPAND])
        .answering("Customer"),
    Endpoint::new("put", "/v1/customers/{id}", "Changes a customer. Absent fields stay.")
        .with_query(&[
            ("id", "If present, the same id as in the path."),
            ("external_customer_id", "If present, an external id of the same customer."),
        ])
        .taking("UpdateCustomer")
        .answering("Customer"),
    Endpoint::new("delete", "/v1/customers/{id}", "Archives a customer.").with(204),
    Endpoint::new(
        "get",
        "/v1/customers/external/{external_id}",
        "Reads the customer that has or had this external id. Archived customers are not found.",
    )
    .with_query(&[EXPAND])
    .answering("Customer"),
    Endpoint::new("get", "/v1/customers/lookup/{key}", "Reads the customer that has or had this external id.")
        .with_query(&[EXPAND])
        .answering("Customer"),
    Endpoint::new(
        "post",
        "/v1/integrations/link",
        "Sets a customer's id in another system. Replaces an earlier one.",
    )
    .taking("Link")
    .answering("Linked"),
    Endpoint::new(
        "delete",
        "/v1/integrations/link",
        "Removes a customer's id in another system.",
    )
    .taking("Delink")
    .answering("Success"),
    Endpoint::new("get", "/v1/integrations/mappings", "Lists a customer's ids in other systems.")
        .with_query(&[("entity_type", "`customer`."), ("entity_id", "Its id.")])
        .answering("MappingList"),
    Endpoint::new("post", "/v1/activity", "Lists activities, newest first.")
        .taking("ActivityFilter")
        .answering("ActivityList"),
    Endpoint::new("get", "/v1/activity/{id}", "Reads one activity and its changes.")
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
    json!({"allOf": [schema(name), requiring(properties, required)]})
}

fn object(properties: &Value) -> Value {
    json!({"type": "object", "properties": properties})
}

/// An object of which these members are always there.
fn requiring(properties: &Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

/// An object of which all members are always there.
fn whole(properties: &Value) -> Value {
    let names: Vec<_> =
        properties.as_object().into_iter().flatten().map(|(name, _)| &**name).collect();
    requiring(properties, &names)
}

fn list(of: &str, pagination: &Value) -> Value {
    let items = json!({"type": "array", "items": schema(of)});
    whole(&json!({"items": items, "pagination": whole(pagination)}))
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
    let operator = json!({"type": "string", "enum": OPERATORS});
    let filter = json!({"field": text, "operator": operator, "value": value});
    let filter = requiring(&filter, &["field", "operator"]);
    let direction = json!({"type": "string", "enum": ["asc", "desc"]});
    let sort = requiring(&json!({"field": text, "direction": direction}), &["field"]);
    json!({
        "CreateCustomer": with("CustomerValues", &parent, &REQUIRED),
        "UpdateCustomer": with("CustomerValues", &parent, &[]),
        "Customer": with("CustomerMembers", &customer, &[
            "tenant_id", "environment_id", "integrations", "parent_customer",
        ]),
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
        "Mapping": {"allOf": [schema("MappingMembers"), whole(&mapping)]},
        "MappingList": list("Mapping", &counted),
        "Link": with("MappingValues", &entity, &LINKED),
        "Linked": whole(&json!({"mapping": schema("Mapping")})),
        "Delink": requiring(&delink, &DELINKED),
        "Success": whole(&json!({"message": text})),
        "Activity": with("ActivityMembers", &json!({
            "id": text, "actor": whole(&actor), "entity": whole(&actor),
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
        "Failure": {"anyOf": [schema("Refusal"), whole(&json!({"error": text}))]},
        "Refusal": requiring(&json!({
            "code": text, "message": text, "http_status_code": number,
            "details": {"type": "object", "additionalProperties": text},
            "success": {"const": false},
            "error": whole(&json!({"message": text, "internal_error": nothing})),
        }), &["code", "message", "http_status_code", "success", "error"]),
    })
}

/// What a filter can ask of a field.
const OPERATORS: [&str; 10] =
    ["eq", "in", "not_in", "contains", "not_contains", "gt", "gte", "lt", "before", "after"];
