//! The query parameters of lists.

use domain::customer::Event;
use http::parameters::LIMIT_MAX;
use serde_json::{Map, Value, json};
use store::{Search, Sort};

use super::audit;
use super::schemas::schema;

/// Name among the components, parameter, schema, what it does.
pub(super) type Described = (&'static str, &'static str, Value, &'static str);

/// The parameters of lists.
pub(super) fn add(parameters: &mut Map<String, Value>) {
    let described = filters().into_iter().chain(others()).chain(moments());
    for (name, query, schema, description) in described.chain(audit::parameters()) {
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
    for name in ["ProviderType", "ProviderEntityId", "DiffFrom"] {
        parameters[name]["required"] = true.into();
    }
}

/// What customers are filtered by.
fn filters() -> Vec<Described> {
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
        ("Tag", "tag", several(&text()), "Those with this tag. Several times: with all of them."),
        (
            "Provider",
            "provider",
            several(&schema("Provider")),
            "Those with a billing configuration in use for this provider.",
        ),
    ]
}

/// Everything else.
fn others() -> Vec<Described> {
    let sorts = Sort::ALL.map(|sort| [sort.as_str().to_owned(), format!("-{}", sort.as_str())]);
    vec![
        (
            "Search",
            "search",
            json!({"type": "string", "minLength": 1, "maxLength": Search::CHARS_MAX}),
            "Those that have words with these beginnings, all of them, in their names, e-mail addresses, ids, aliases, or ids in other systems. At most 16 words; case makes no difference.",
        ),
        (
            "Sort",
            "sort",
            json!({"type": "string", "enum": sorts.as_flattened(), "default": Sort::default().as_str()}),
            "The order; with a `-` the other way round. Customers of the same value come by id.",
        ),
        (
            "Limit",
            "limit",
            json!({"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": 50}),
            "Items on the page, at most. As NDJSON or CSV, items at all: without it the whole list comes.",
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

/// What histories take.
fn moments() -> Vec<Described> {
    let moment = json!({"oneOf": [version(), time()]});
    let names = json!({"type": "string", "enum": Event::NAMES});
    vec![
        (
            "Version",
            "version",
            version(),
            "As it was at this version. 404 (`version_not_reached`) if it hasn't come to it. Not with `as_of`. Needs the scope `audit` as well.",
        ),
        (
            "AsOf",
            "as_of",
            time(),
            "As it was at this instant, with an event of that very microsecond counted. 404 (`not_registered_then`) before its first event; an instant to come shows it as it is. Needs the scope `audit` as well.",
        ),
        (
            "ListedAsOf",
            "as_of",
            time(),
            "The customers that were there at this instant, as they were then. Needs the scope `audit` as well.",
        ),
        (
            "Order",
            "order",
            json!({"type": "string", "enum": ["newest", "oldest"], "default": "newest"}),
            "Which comes first.",
        ),
        ("RecordedAfter", "after", time(), "What was recorded at this time or later."),
        ("RecordedBefore", "before", time(), "What was recorded before this time."),
        (
            "EventType",
            "type",
            several(&names),
            "Events of this name. Several times: of any of them.",
        ),
        (
            "ChangedField",
            "field",
            text(),
            "This field, by its JSON pointer, and what is below it: `/profile/address`.",
        ),
        (
            "ChangedBy",
            "actor",
            text(),
            "What was done on behalf of this: `X-Actor`, or the id of the API key.",
        ),
        ("DiffFrom", "from", moment.clone(), "Before: a version, or an instant."),
        (
            "DiffTo",
            "to",
            moment,
            "After, which may be earlier: a version, or an instant. As it is now unless said.",
        ),
    ]
}

fn version() -> Value {
    json!({"type": "integer", "format": "int64", "minimum": 1})
}

pub(super) fn text() -> Value {
    json!({"type": "string", "minLength": 1})
}

fn id() -> Value {
    json!({"type": "string", "format": "uuid"})
}

pub(super) fn time() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn one_of(names: &[&str]) -> Value {
    json!({"type": "string", "enum": names})
}

fn several(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

fn keyed() -> Value {
    json!({"type": "object", "additionalProperties": {"type": "string"}})
}
