//! The query parameters of lists.

use http::parameters::LIMIT_MAX;
use serde_json::{Map, Value, json};
use store::{Search, Sort};

use super::parts::schema;
use crate::v1::feed::WAIT_MAX;

/// Name among the components, parameter, schema, what it does.
type Described = (&'static str, &'static str, Value, &'static str);

/// The parameters of lists.
pub(super) fn add(parameters: &mut Map<String, Value>) {
    let described = filters().into_iter().chain(others()).chain(moments());
    for (name, query, schema, description) in described.chain(audit()) {
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
        ("Status", "status", one_of(&["active", "archived"]), "Customers with this status."),
        ("Name", "name", text(), "Customers with exactly this name."),
        ("Email", "email", text(), "Customers with this main e-mail address, in any case."),
        (
            "ExternalId",
            "external_id",
            text(),
            "The customer with this external id, and archived customers that had it.",
        ),
        (
            "Phone",
            "phone",
            text(),
            "Customers with this telephone number, however it is written: `+49 30 1234` finds `0049 (0)30 12-34`. An extension is ignored.",
        ),
        ("Type", "type", schema("CustomerType"), "Customers of this type."),
        (
            "Country",
            "country",
            text(),
            "Customers whose address is in this country (ISO 3166-1 alpha-2).",
        ),
        ("Currency", "currency", text(), "Customers with invoices in this currency (ISO 4217)."),
        ("Parent", "parent", id(), "Direct children of this customer."),
        ("Billable", "billable", schema("Billable"), "Customers whose usage is billed, or is not."),
        ("CreatedBy", "created_by", text(), "Customers that this actor registered."),
        ("UpdatedBy", "updated_by", text(), "Customers that this actor changed last."),
        ("CreatedAfter", "created_after", time(), "Customers registered at this time or later."),
        ("CreatedBefore", "created_before", time(), "Customers registered before this time."),
        ("UpdatedAfter", "updated_after", time(), "Customers last changed at this time or later."),
        ("UpdatedBefore", "updated_before", time(), "Customers last changed before this time."),
        (
            "Metadata",
            "metadata",
            keyed(),
            "`metadata[key]=value`: customers with this metadata. Repeat it to require several.",
        ),
        (
            "CustomFields",
            "custom_fields",
            keyed(),
            "`custom_fields[key]=value`: customers with this custom field. Repeat it to require several.",
        ),
        ("Tag", "tag", several(&text()), "Customers with this tag. Repeat it to require several."),
        (
            "Provider",
            "provider",
            several(&schema("Provider")),
            "Customers with an active billing configuration for this provider. Repeat it to require several.",
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
            "Customers that have words with all of these beginnings in their names, e-mail addresses, ids, aliases or ids in other systems. At most 16 words. Case, accents and the width of letters make no difference; Chinese, Japanese, Korean and Thai are found inside words.",
        ),
        (
            "Sort",
            "sort",
            json!({"type": "string", "enum": sorts.as_flattened(), "default": Sort::default().as_str()}),
            "The order. `-` reverses it. Customers with equal values are sorted by id.",
        ),
        (
            "Limit",
            "limit",
            json!({"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": 50}),
            "The most items on a page. As NDJSON or CSV: the most items in total; without it, the whole list.",
        ),
        (
            "Cursor",
            "cursor",
            text(),
            "`next_cursor` of the page before. Send the same other parameters.",
        ),
        (
            "Archived",
            "archived",
            json!({"type": "boolean"}),
            "`true`: only archived items. `false`: only items that are not archived.",
        ),
        ("BillingProvider", "provider", schema("Provider"), "Configurations for this provider."),
        (
            "ProviderCustomerId",
            "provider_customer_id",
            text(),
            "Configurations in which this is the customer's id at the provider. Needs `provider`.",
        ),
        (
            "DeliveryMethodOf",
            "delivery_method",
            schema("DeliveryMethod"),
            "Configurations with this delivery method.",
        ),
        (
            "DeliveryMethodIdOf",
            "delivery_method_id",
            id(),
            "Configurations with this delivery method of the tenant.",
        ),
        ("ProviderType", "provider_type", text(), "The other system."),
        ("ProviderEntityId", "provider_entity_id", text(), "The id in that system."),
    ]
}

/// What histories take.
fn moments() -> Vec<Described> {
    let moment = json!({"oneOf": [version(), time()]});
    vec![
        (
            "Version",
            "version",
            version(),
            "The state at this version. 404 (`version_not_reached`) if the customer has fewer versions. Not with `as_of`. Also needs the scope `audit`.",
        ),
        (
            "AsOf",
            "as_of",
            time(),
            "The state at this time, including events of the same microsecond. 404 (`not_registered_then`) before the first event. A time in the future shows the current state. Also needs the scope `audit`.",
        ),
        (
            "ListedAsOf",
            "as_of",
            time(),
            "The customers that existed at this time, in their state of that time. Also needs the scope `audit`.",
        ),
        (
            "Order",
            "order",
            json!({"type": "string", "enum": ["newest", "oldest"], "default": "newest"}),
            "Which items come first.",
        ),
        ("RecordedAfter", "after", time(), "Recorded at this time or later."),
        ("RecordedBefore", "before", time(), "Recorded before this time."),
        (
            "EventType",
            "type",
            several(&schema("CustomerEventType")),
            "Events of this type. Repeat it to allow several.",
        ),
        (
            "ChangedField",
            "field",
            text(),
            "Changes of this field and of fields below it, by JSON pointer, such as `/profile/address`.",
        ),
        (
            "ChangedBy",
            "actor",
            text(),
            "Changes by this actor: `X-Actor`, or the id of the API key.",
        ),
        ("DiffFrom", "from", moment.clone(), "The earlier state: a version or a time."),
        (
            "DiffTo",
            "to",
            moment,
            "The later state: a version or a time. It may also be before `from`. Without it: the current state.",
        ),
    ]
}

/// What the audit, the read audit and the feed take.
fn audit() -> Vec<Described> {
    vec![
        (
            "CustomerOfEvent",
            "customer",
            text(),
            "Events of this customer: its id, `external:` and its external id, or `alias:` and an alias.",
        ),
        (
            "FieldOfEvent",
            "field",
            json!({"type": "string", "pattern": "^/"}),
            "Events that changed this field or fields below it: a JSON pointer into the customer, such as `/profile/address`. Items of lists that have an id are addressed by id.",
        ),
        ("ActorOfEvent", "actor", text(), "Events of this actor, as in `X-Actor`."),
        ("ApiKeyOfEvent", "api_key", text(), "Events of requests with the API key with this id."),
        ("TypeOfEvent", "type", schema("EventType"), "Events of this type."),
        ("RequestOfEvent", "request_id", text(), "Events of the request with this id."),
        (
            "CorrelationOfEvent",
            "correlation_id",
            text(),
            "Events of requests with this correlation id.",
        ),
        (
            "SurfaceOfEvent",
            "surface",
            text(),
            "Events of requests to this API: `native`, or the name of a vendor's API.",
        ),
        ("ReasonOfEvent", "reason", text(), "Events with exactly this reason, as in `X-Reason`."),
        ("ReasonPrefix", "reason_prefix", text(), "Events whose reason begins with this text."),
        (
            "ReasonSearch",
            "reason_search",
            json!({"type": "string", "minLength": 1, "maxLength": Search::CHARS_MAX}),
            "Events whose reason has words with all of these beginnings. At most 16 words. Case is ignored.",
        ),
        (
            "HasReason",
            "has_reason",
            json!({"type": "boolean"}),
            "`false`: only events without a reason. `true`: only events with one.",
        ),
        (
            "Include",
            "include",
            one_of(&["values"]),
            "`values`: each entry has the fields that the event changed, with old and new values.",
        ),
        (
            "From",
            "from",
            json!({"type": "string", "enum": ["beginning", "now"], "default": "beginning"}),
            "Where to start without a cursor.",
        ),
        (
            "Wait",
            "wait",
            json!({"type": "integer", "minimum": 0, "maximum": WAIT_MAX, "default": 0}),
            "How long to wait for an event, in seconds. Not for streams.",
        ),
    ]
}

fn version() -> Value {
    json!({"type": "integer", "format": "int64", "minimum": 1})
}

fn text() -> Value {
    json!({"type": "string", "minLength": 1})
}

fn id() -> Value {
    json!({"type": "string", "format": "uuid"})
}

fn time() -> Value {
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
