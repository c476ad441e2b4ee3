//! Metronome's surface as its OpenAPI document tells it.

use serde_json::{Value, json};

use super::tables::{BILLABLE, BILLING, CONFIG, CUSTOMER, DETAIL, FIELDS, METHOD, REVENUE};
use crate::description::{Description, Endpoint, Object};

pub(super) static DESCRIPTION: Description =
    Description { title: "Metronome", endpoints: ENDPOINTS, objects: OBJECTS, schemas };

const ENDPOINTS: &[Endpoint] = &[
    Endpoint::new("post", "/v1/customers", "Creates a customer.")
        .taking("CreateCustomer")
        .answering("CustomerAnswer"),
    Endpoint::new(
        "get",
        "/v1/customers",
        "Lists active or archived customers, page by page.",
    )
    .with_query(&[
        ("limit", "The most items: 1 to 100."),
        ("next_page", "The next page, from the answer with the page before."),
        ("customer_ids", "Only these customers, up to 100. Separate them by commas or repeat the parameter."),
        ("ingest_alias", "Only the customer with this alias."),
        ("only_archived", "Only archived customers."),
        (
            "salesforce_account_ids",
            "Only customers with one of these accounts, up to 100. Separate them by commas or repeat the parameter.",
        ),
    ])
    .answering("CustomerPage"),
    Endpoint::new("get", "/v1/customers/{id}", "A customer, an archived one too.")
        .answering("CustomerDetailAnswer"),
    Endpoint::new("post", "/v1/customers/{id}/setName", "Renames a customer.")
        .taking("SetName")
        .answering("CustomerAnswer"),
    Endpoint::new("post", "/v1/customers/{id}/setIngestAliases", "Replaces a customer's aliases.")
        .taking("SetIngestAliases"),
    Endpoint::new("post", "/v1/customers/{id}/updateConfig", "Changes a customer's own settings.")
        .taking("UpdateConfig"),
    Endpoint::new("post", "/v1/customers/archive", "Archives a customer.")
        .taking("Id")
        .answering("IdAnswer"),
    Endpoint::new(
        "post",
        "/v1/customers/setBillableStatus",
        "Sets whether a customer's usage is billed.",
    )
    .taking("SetBillableStatus")
    .answering("BillableAnswer"),
    Endpoint::new(
        "get",
        "/v1/customers/{id}/billing-config/{provider}",
        "A customer's configuration for a provider, in the old form.",
    )
    .answering("LegacyConfigAnswer"),
    Endpoint::new(
        "post",
        "/v1/customers/{id}/billing-config/{provider}",
        "Adds a configuration for a provider (earlier API).",
    )
    .taking("LegacyConfig"),
    Endpoint::new(
        "delete",
        "/v1/customers/{id}/billing-config/{provider}",
        "Archives a customer's configurations for a provider.",
    ),
    Endpoint::new(
        "post",
        "/v1/setCustomerBillingProviderConfigurations",
        "Adds billing configurations to one or several customers.",
    )
    .taking("SetBillingConfigs")
    .answering("BillingConfigsAnswer"),
    Endpoint::new(
        "post",
        "/v1/getCustomerBillingProviderConfigurations",
        "A customer's billing configurations.",
    )
    .taking("OfCustomer")
    .answering("BillingConfigsAnswer"),
    Endpoint::new(
        "post",
        "/v1/archiveCustomerBillingProviderConfigurations",
        "Archives billing configurations of a customer, all or none.",
    )
    .taking("ArchiveBillingConfigs")
    .answering("ArchivedBillingConfigs"),
    Endpoint::new(
        "post",
        "/v1/setCustomerRevenueSystemConfigurations",
        "Adds revenue configurations to a customer.",
    )
    .taking("SetRevenueConfigs")
    .answering("RevenueConfigsAnswer"),
    Endpoint::new(
        "post",
        "/v1/getCustomerRevenueSystemConfigurations",
        "A customer's revenue configurations.",
    )
    .taking("OfCustomer")
    .answering("RevenueConfigsAnswer"),
    Endpoint::new(
        "post",
        "/v1/archiveCustomerRevenueSystemConfigurations",
        "Archives revenue configurations of a customer, all or none.",
    )
    .taking("ArchiveRevenueConfigs")
    .answering("ArchivedRevenueConfigs"),
    Endpoint::new(
        "post",
        "/v1/setUpBillingProvider",
        "Adds a delivery method.",
    )
    .taking("SetUpProvider")
    .answering("SetUpAnswer"),
    Endpoint::new(
        "post",
        "/v1/listConfiguredBillingProviders",
        "Lists delivery methods.",
    )
    .taking("Page")
    .answering("ProviderPage"),
    Endpoint::new("post", "/v1/customFields/addKey", "Defines a custom field.").taking("AddKey"),
    Endpoint::new("post", "/v1/customFields/removeKey", "Removes a custom field. Its values stay.")
        .taking("RemoveKey"),
    Endpoint::new("post", "/v1/customFields/listKeys", "Lists custom fields.")
        .taking("ListKeys")
        .answering("KeyPage"),
    Endpoint::new(
        "post",
        "/v1/customFields/setValues",
        "Sets the named custom fields of a customer.",
    )
    .taking("SetValues"),
    Endpoint::new(
        "post",
        "/v1/customFields/deleteValues",
        "Removes the named custom fields of a customer.",
    )
    .taking("DeleteValues"),
    Endpoint::new(
        "get",
        "/v1/auditLogs",
        "Lists activities for followers. There is always a next page.",
    )
    .with_query(&[
        ("limit", "The most items: 1 to 100."),
        (
            "next_page",
            "The next page, from the answer with the page before. It keeps the times of the first page: starting_on and ending_before are the same or absent.",
        ),
        ("starting_on", "Activities at this time or later."),
        ("ending_before", "Activities before this time."),
        ("sort", "date_asc, unless date_desc."),
        ("resource_type", "customer; with resource_id."),
        ("resource_id", "The customer's id. Needs resource_type."),
    ])
    .answering("AuditPage"),
];

const OBJECTS: &[Object] = &[
    Object::sent("CreateCustomer", "Customer", &[CUSTOMER], &["name"]),
    Object::answered("Customer", "Customer", &[CUSTOMER]),
    Object::answered("CustomerDetail", "Customer", &[CUSTOMER, DETAIL]),
    Object::sent("UpdateConfig", "Customer", &[CONFIG], &[]),
    Object::sent("Billable", "Customer", &[BILLABLE], &["billable_status", "effective_at"]),
    Object::sent("Fields", "Customer", &[FIELDS], &["custom_fields"]),
    Object::sent("AddBillingConfig", "BillingConfig", &[BILLING], &["billing_provider"]),
    Object::answered("BillingConfig", "BillingConfig", &[BILLING]),
    Object::sent("AddRevenueConfig", "RevenueConfig", &[REVENUE], &["provider", "configuration"]),
    Object::answered("RevenueConfig", "RevenueConfig", &[REVENUE]),
    Object::answered("Provider", "TenantDeliveryMethod", &[METHOD]),
    Object::sent(
        "SetUpProvider",
        "TenantDeliveryMethod",
        &[METHOD],
        &["billing_provider", "delivery_method", "delivery_method_configuration"],
    ),
];

/// An object with these members.
fn object(members: &[(&str, Value)]) -> Value {
    let names: Vec<_> = members.iter().map(|(name, _)| *name).collect();
    let members: serde_json::Map<_, _> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({"type": "object", "properties": members, "required": names})
}

fn schemas() -> Value {
    let of = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let list = |item: Value| json!({"type": "array", "items": item});
    let data = |schema: Value| object(&[("data", schema)]);
    let next = || ("next_page", json!({"type": ["string", "null"]}));
    let page = |name: &str| object(&[("data", list(of(name))), next()]);
    let text = || json!({"type": "string"});
    let id = || json!({"type": "string", "format": "uuid"});
    let whose = || object(&[("customer_id", id())]);
    let and = |left: Value, right: Value| json!({"allOf": [left, right]});
    let archive = |member: &str| object(&[("customer_id", id()), (member, list(id()))]);
    let billing = "customer_billing_provider_configuration_ids";
    let revenue = "customer_revenue_system_configuration_ids";
    let entity = || ("entity", json!({"const": "customer"}));
    let of_entity = || object(&[entity(), ("entity_id", id())]);
    let key = || object(&[entity(), ("key", text())]);
    let uniqueness = || object(&[("enforce_uniqueness", json!({"type": "boolean"}))]);
    json!({
        "CustomerAnswer": data(of("Customer")),
        "CustomerDetailAnswer": data(of("CustomerDetail")),
        "CustomerPage": page("CustomerDetail"),
        "SetName": object(&[("name", text())]),
        "SetIngestAliases": object(&[("ingest_aliases", list(text()))]),
        "Id": object(&[("id", id())]),
        "IdAnswer": data(of("Id")),
        "SetBillableStatus": and(whose(), of("Billable")),
        "BillableAnswer": data(object(&[("id", id()), ("current_billable_status", text())])),
        "LegacyConfig": object(&[("billing_provider_customer_id", text())]),
        "LegacyConfigAnswer": data(of("LegacyConfig")),
        "OfCustomer": whose(),
        "SetBillingConfigs": data(list(and(whose(), of("AddBillingConfig")))),
        "BillingConfigsAnswer": data(list(and(whose(), of("BillingConfig")))),
        "ArchiveBillingConfigs": archive(billing),
        "ArchivedBillingConfigs": data(archive(billing)),
        "SetRevenueConfigs": data(list(and(whose(), of("AddRevenueConfig")))),
        "RevenueConfigsAnswer": data(list(and(whose(), of("RevenueConfig")))),
        "ArchiveRevenueConfigs": archive(revenue),
        "ArchivedRevenueConfigs": data(archive(revenue)),
        "SetUpAnswer": data(object(&[("delivery_method_id", id())])),
        "Page": {"type": "object", "properties": {"next_page": {"type": ["string", "null"]}}},
        "ProviderPage": page("Provider"),
        "AddKey": and(key(), uniqueness()),
        "RemoveKey": key(),
        "ListKeys": {"type": "object", "properties": {"entities": list(text())}},
        "Key": and(key(), uniqueness()),
        "KeyPage": page("Key"),
        "SetValues": and(of_entity(), of("Fields")),
        "DeleteValues": and(of_entity(), object(&[("keys", list(text()))])),
        "AuditLog": object(&[
            ("id", text()),
            ("timestamp", json!({"type": "string", "format": "date-time"})),
            ("request", object(&[("id", text())])),
        ]),
        "AuditPage": page("AuditLog"),
        "Failure": object(&[("message", text())]),
    })
}
