//! The parameters that operations share.

use serde_json::{Map, Value, json};
use store::{Search, Sort};

use super::schemas::schema;
use crate::parameters::LIMIT_MAX;

/// Names the customer.
pub(super) const REF: &str = "Ref";
/// What every request with a key can say about itself.
pub(super) const TOLD: [&str; 6] =
    ["XActor", "XReason", "XRequestId", "XCorrelationId", "XCausationId", "Traceparent"];
/// What every command takes.
pub(super) const COMMAND: [&str; 4] = ["DryRun", "IdempotencyKey", "IfMatch", "IfNoneMatch"];
/// What makes a read conditional.
pub(super) const UNLESS_KNOWN: &str = "UnlessKnown";

/// Names the read model.
pub(super) const PROJECTION: &str = "Projection";
/// Waits until what is read has come to a position.
pub(super) const AT_LEAST: &str = "AtLeast";
/// Which part of a list.
pub(super) const PART: [&str; 2] = ["Limit", "Cursor"];
/// Which customers.
pub(super) const CUSTOMER_FILTERS: [&str; 19] = [
    "Status",
    "Name",
    "Email",
    "ExternalId",
    "Type",
    "Country",
    "Currency",
    "Parent",
    "Billable",
    "CreatedBy",
    "UpdatedBy",
    "CreatedAfter",
    "CreatedBefore",
    "UpdatedAfter",
    "UpdatedBefore",
    "Metadata",
    "CustomFields",
    "Tag",
    "Provider",
];

/// A reference to the parameter called `name`.
pub(super) fn parameter(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

pub(super) fn components() -> Value {
    let mut parameters = Map::new();
    parameters.insert(
        REF.to_owned(),
        json!({
            "name": "ref",
            "in": "path",
            "required": true,
            "description": "The customer: its id, or `external:` and its external id, or `alias:` and an alias.",
            "schema": {"type": "string", "minLength": 1},
            "examples": {
                "id": {"value": "0192f0c1-7e5a-7cc3-9d0e-5f8a4b2c1d6e"},
                "external": {"value": "external:acme-001"},
                "alias": {"value": "alias:acme"},
            },
        }),
    );
    parameters.insert(
        "DryRun".to_owned(),
        json!({
            "name": "dry_run",
            "in": "query",
            "description": "Decide and answer, but store nothing. The answer has `dry_run` and the `state` that would be.",
            "schema": {"type": "boolean", "default": false},
        }),
    );
    parameters.insert(
        PROJECTION.to_owned(),
        json!({
            "name": "name",
            "in": "path",
            "required": true,
            "description": "The read model.",
            "schema": {"enum": store::projections::names().collect::<Vec<_>>()},
        }),
    );
    for (name, header, longest, description, example) in HEADERS {
        let schema = match longest {
            0 => json!({"type": "string"}),
            longest => json!({"type": "string", "minLength": 1, "maxLength": longest}),
        };
        let described = json!({
            "name": header,
            "in": "header",
            "description": description,
            "schema": schema,
            "example": example,
        });
        parameters.insert(name.to_owned(), described);
    }
    add_queries(&mut parameters);
    Value::Object(parameters)
}

/// The parameters of lists.
fn add_queries(parameters: &mut Map<String, Value>) {
    for (name, query, schema, description) in queries() {
        let described = json!({
            "name": query,
            "in": "query",
            "description": description,
            "schema": schema,
        });
        parameters.insert(name.to_owned(), described);
    }
    for name in ["Metadata", "CustomFields"] {
        parameters[name]["style"] = "deepObject".into();
        parameters[name]["explode"] = true.into();
    }
    for name in ["ProviderType", "ProviderEntityId"] {
        parameters[name]["required"] = true.into();
    }
}

/// Name here, parameter, schema, what it does.
fn queries() -> Vec<(&'static str, &'static str, Value, &'static str)> {
    let text = || json!({"type": "string", "minLength": 1});
    let id = || json!({"type": "string", "format": "uuid"});
    let time = || json!({"type": "string", "format": "date-time"});
    let one_of = |names: &[&str]| json!({"type": "string", "enum": names});
    let several = |items: Value| json!({"type": "array", "items": items});
    let keyed = || json!({"type": "object", "additionalProperties": {"type": "string"}});
    let sorts =
        Sort::ALL.iter().flat_map(|sort| [sort.as_str().to_owned(), format!("-{}", sort.as_str())]);
    let sorts: Vec<_> = sorts.collect();
    vec![
        ("Status", "status", one_of(&["active", "archived"]), "Those in this state."),
        ("Name", "name", text(), "Those of exactly this name."),
        ("Email", "email", text(), "Those with exactly this main e-mail address."),
        (
            "ExternalId",
            "external_id",
            text(),
            "The one with this current external id, and archived ones that had it.",
        ),
        ("Type", "type", one_of(&["CONSUMER", "BUSINESS"]), "Those of this kind."),
        (
            "Country",
            "country",
            text(),
            "Those whose own address is in this country (ISO 3166-1 alpha-2).",
        ),
        ("Currency", "currency", text(), "Those with invoices in this currency (ISO 4217)."),
        ("Parent", "parent", id(), "Those right below this customer."),
        (
            "Billable",
            "billable",
            one_of(&["billable", "unbillable"]),
            "Those whose usage is billed, or isn't.",
        ),
        ("CreatedBy", "created_by", text(), "Those that were registered on behalf of this."),
        ("UpdatedBy", "updated_by", text(), "Those that were last changed on behalf of this."),
        ("CreatedAfter", "created_after", time(), "Those registered at this time or later."),
        ("CreatedBefore", "created_before", time(), "Those registered before this time."),
        ("UpdatedAfter", "updated_after", time(), "Those last changed at this time or later."),
        ("UpdatedBefore", "updated_before", time(), "Those last changed before this time."),
        (
            "Metadata",
            "metadata",
            keyed(),
            "`metadata[key]=value`: those with this value under this key. Several times: all of them.",
        ),
        (
            "CustomFields",
            "custom_fields",
            keyed(),
            "`custom_fields[key]=value`: those with this custom field. Several times: all of them.",
        ),
        ("Tag", "tag", several(text()), "Those with this tag. Several times: with all of them."),
        (
            "Provider",
            "provider",
            several(schema("Provider")),
            "Those with a billing configuration in use for this provider.",
        ),
        (
            "Search",
            "search",
            json!({"type": "string", "minLength": 1, "maxLength": Search::CHARS_MAX}),
            "Those that have words with these beginnings, all of them, in their names, e-mail addresses, ids, aliases, or ids in other systems. At most 16 words; case makes no difference.",
        ),
        (
            "Sort",
            "sort",
            json!({"type": "string", "enum": sorts, "default": Sort::default().as_str()}),
            "The order; with a `-` the other way round. Customers of the same value come by id.",
        ),
        (
            "Limit",
            "limit",
            json!({"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": 50}),
            "Items on the page, at most.",
        ),
        (
            "Cursor",
            "cursor",
            text(),
            "`next_cursor` of the page before, with the same parameters otherwise.",
        ),
        (
            "Archived",
            "archived",
            json!({"type": "boolean"}),
            "Only those that are archived, or only those that aren't.",
        ),
        ("BillingProvider", "provider", schema("Provider"), "Those for this provider."),
        (
            "ProviderCustomerId",
            "provider_customer_id",
            text(),
            "Those in which the provider calls the customer so. Needs `provider`.",
        ),
        (
            "DeliveryMethodOf",
            "delivery_method",
            schema("DeliveryMethod"),
            "Those whose documents go this way.",
        ),
        (
            "DeliveryMethodIdOf",
            "delivery_method_id",
            id(),
            "Those whose documents go by this delivery method of the tenant.",
        ),
        ("ProviderType", "provider_type", text(), "Which system."),
        ("ProviderEntityId", "provider_entity_id", text(), "The id there."),
    ]
}

/// Name here, header, longest text in characters (0: not limited here), what it does, an example.
const HEADERS: [(&str, &str, u32, &str, &str); 11] = [
    (
        "IdempotencyKey",
        "Idempotency-Key",
        258,
        "Makes the request happen once. 1 to 256 printable ASCII characters, in quotes or without; \
         looked at before `If-Match`.",
        "order-7001",
    ),
    (
        "IfMatch",
        "If-Match",
        0,
        "Only at this version, in quotes as in `ETag`; `*` for any version, if there is one.",
        "\"7\"",
    ),
    (
        "IfNoneMatch",
        "If-None-Match",
        0,
        "Only `*`: only if there is none yet. Not with `If-Match`.",
        "*",
    ),
    (
        UNLESS_KNOWN,
        "If-None-Match",
        0,
        "ETags that the caller has; the answer is 304 when the current one is among them.",
        "\"7\"",
    ),
    (
        AT_LEAST,
        "Dossier-At-Least",
        0,
        "A `Dossier-Position`: the answer waits up to 5 seconds until what is read has come to it, \
         and is a 503 (`not_yet`) after that.",
        "17.4821",
    ),
    ("XActor", "X-Actor", 256, "On whose behalf. Kept with the events.", "ada@example.com"),
    (
        "XReason",
        "X-Reason",
        1_000,
        "Why. Kept with the events.",
        "Moved to a new office, ticket 4711",
    ),
    (
        "XRequestId",
        "X-Request-Id",
        128,
        "The request's id; the service makes one if absent. In the answer, the log and the events.",
        "req-5f0c2a",
    ),
    (
        "XCorrelationId",
        "X-Correlation-Id",
        128,
        "What the request is part of. Kept with the events.",
        "migration-2026-03",
    ),
    (
        "XCausationId",
        "X-Causation-Id",
        128,
        "What brought the request about. Kept with the events.",
        "message-981",
    ),
    (
        "Traceparent",
        "traceparent",
        0,
        "W3C trace context; the trace id is kept with the events. One that can't be read is ignored.",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ),
];
