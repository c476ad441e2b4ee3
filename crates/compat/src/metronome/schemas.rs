//! Schemas of Metronome's OpenAPI document that no table has: envelopes, lists, and members beside the tables.

use serde_json::{Map, Value, json};

use super::configurations::{BILLING_IDS, REVENUE_IDS};
use super::customers::EXTERNAL_ID;
use super::legacy::{OLD, PROVIDER, REFERENCE};

pub(super) fn schemas() -> Value {
    let all = of_customers().into_iter().chain(of_configurations()).chain(of_settings());
    Value::Object(all.map(|(name, schema)| (name.to_owned(), schema)).collect::<Map<_, _>>())
}

fn of_customers() -> Vec<(&'static str, Value)> {
    let external_id = || (EXTERNAL_ID, text());
    let old = || all(&[of("OldStripe"), of("OldAws"), of("OldGcp")]);
    vec![
        (
            "CreateCustomer",
            all(&[
                of("CreateCustomerMembers"),
                optional(&[(EXTERNAL_ID, nullable()), (OLD, or_null(of("OldConfig")))]),
            ]),
        ),
        ("Customer", all(&[of("CustomerMembers"), object(&[external_id()])])),
        (
            "CustomerDetail",
            all(&[
                of("CustomerDetailMembers"),
                object(&[external_id(), ("archived_at", nullable())]),
            ]),
        ),
        ("CustomerAnswer", data(of("Customer"))),
        ("CustomerDetailAnswer", data(of("CustomerDetail"))),
        ("CustomerPage", page("CustomerDetail")),
        ("SetName", object(&[("name", text())])),
        ("SetIngestAliases", object(&[("ingest_aliases", list(text()))])),
        ("Id", object(&[("id", id())])),
        ("IdAnswer", data(of("Id"))),
        ("SetBillableStatus", all(&[whose(), of("Billable")])),
        ("BillableAnswer", data(object(&[("id", id()), ("current_billable_status", text())]))),
        ("LegacyConfig", all(&[old(), object(&[(REFERENCE, text())])])),
        ("OldConfig", all(&[old(), object(&[(REFERENCE, text()), (PROVIDER, text())])])),
        ("LegacyConfigShown", all(&[old(), object(&[(REFERENCE, nullable())])])),
        ("LegacyConfigAnswer", data(of("LegacyConfigShown"))),
    ]
}

fn of_configurations() -> Vec<(&'static str, Value)> {
    let settings = || object(&[("delivery_method_configuration", json!({"type": "object"}))]);
    let get = |provider: &str| {
        let flag = or_null(json!({"type": "boolean"}));
        all(&[whose(), optional(&[("include_archived", flag), (provider, nullable())])])
    };
    let archive = |member: &str| object(&[("customer_id", id()), (member, list(id()))]);
    let one_of = ["delivery_method", "delivery_method_id"].map(|name| json!({"required": [name]}));
    let added = json!({"allOf": [whose(), of("BillingMembers")], "anyOf": one_of});
    vec![
        ("AddBillingConfig", added),
        ("BillingConfig", all(&[whose(), of("BillingConfigMembers"), settings()])),
        ("SetBillingConfigs", data(list(of("AddBillingConfig")))),
        ("GetBillingConfigs", get("billing_provider")),
        ("BillingConfigsAnswer", data(list(of("BillingConfig")))),
        ("ArchiveBillingConfigs", archive(BILLING_IDS)),
        ("ArchivedBillingConfigs", data(archive(BILLING_IDS))),
        ("AddRevenueConfig", all(&[whose(), of("RevenueMembers")])),
        ("RevenueConfig", all(&[whose(), of("RevenueConfigMembers"), settings()])),
        ("SetRevenueConfigs", data(list(of("AddRevenueConfig")))),
        ("GetRevenueConfigs", get("provider")),
        ("RevenueConfigsAnswer", data(list(of("RevenueConfig")))),
        ("ArchiveRevenueConfigs", archive(REVENUE_IDS)),
        ("ArchivedRevenueConfigs", data(archive(REVENUE_IDS))),
    ]
}

fn of_settings() -> Vec<(&'static str, Value)> {
    let entity = || ("entity", json!({"const": "customer"}));
    let of_entity = || object(&[entity(), ("entity_id", id())]);
    let request =
        all(&[object(&[("id", text())]), optional(&[("ip", text()), ("user_agent", text())])]);
    let actor = object(&[("id", text()), ("name", text())]);
    let log = object(&[
        ("id", text()),
        ("timestamp", json!({"type": "string", "format": "date-time"})),
        ("request", request),
        ("resource_type", text()),
        ("resource_id", text()),
        ("action", text()),
        ("status", json!({"const": "success"})),
    ]);
    let unique = ("enforce_uniqueness", json!({"type": "boolean"}));
    vec![
        ("SetUpAnswer", data(object(&[("delivery_method_id", id())]))),
        ("Page", optional(&[("next_page", nullable())])),
        ("ProviderPage", page("Provider")),
        ("AddKey", all(&[object(&[entity()]), of("NewKey")])),
        ("RemoveKey", all(&[object(&[entity()]), of("RemovedKey")])),
        ("ListKeys", optional(&[("entities", list(text()))])),
        ("Key", object(&[entity(), ("key", text()), unique])),
        ("KeyPage", page("Key")),
        ("SetValues", all(&[of_entity(), of("Fields")])),
        ("DeleteValues", all(&[of_entity(), of("FieldKeys")])),
        ("AuditLog", all(&[log, optional(&[("actor", actor), ("description", text())])])),
        ("AuditPage", page("AuditLog")),
        ("Failure", object(&[("message", text())])),
    ]
}

/// The schema called `name`.
fn of(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// An object with these members.
fn object(members: &[(&str, Value)]) -> Value {
    let names: Vec<_> = members.iter().map(|(name, _)| *name).collect();
    object_with(members, &names)
}

/// An object with these members, of which each may be absent.
fn optional(members: &[(&str, Value)]) -> Value {
    object_with(members, &[])
}

fn object_with(members: &[(&str, Value)], required: &[&str]) -> Value {
    let members: Map<_, _> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({"type": "object", "properties": members, "required": required})
}

fn all(parts: &[Value]) -> Value {
    json!({"allOf": parts})
}

fn or_null(schema: Value) -> Value {
    let choices = vec![schema, json!({"type": "null"})];
    Value::from_iter([("anyOf", choices)])
}

fn list(item: Value) -> Value {
    Value::from_iter([("type", "array".into()), ("items", item)])
}

fn data(schema: Value) -> Value {
    object(&[("data", schema)])
}

fn page(name: &str) -> Value {
    object(&[("data", list(of(name))), ("next_page", nullable())])
}

fn text() -> Value {
    json!({"type": "string"})
}

fn nullable() -> Value {
    json!({"type": ["string", "null"]})
}

fn id() -> Value {
    json!({"type": "string", "format": "uuid"})
}

fn whose() -> Value {
    object(&[("customer_id", id())])
}
