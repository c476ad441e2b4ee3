//! Requests to every route of the vendor APIs.

use serde_json::{Value, json};

use super::customers::Canary;
use super::requests::Sent;

/// The data that all requests need.
pub(super) struct Names {
    /// The tenant in Maple's API.
    pub(super) company: String,
    /// An activity at FlexPrice.
    pub(super) activity: String,
}

/// The requests for a route.
///
/// # Panics
///
/// When the route isn't in this list.
pub(super) fn of(surface: &str, route: &str, canary: &Canary, names: &Names) -> Vec<Sent> {
    let (_, template) = route.split_once(' ').expect("a method and a path");
    let id = if surface == "flexprice" { canary.cust.clone() } else { canary.id.to_string() };
    let id = if route.contains("/activity/") { names.activity.clone() } else { id };
    let parts = [
        ("{id}", &*id),
        ("{customerId}", &*id),
        ("{company_id}", &*names.company),
        ("{customer_id}", &*canary.external_id()),
        ("{external_id}", &*canary.external_id()),
        ("{key}", &*canary.external_id()),
        ("{provider}", "stripe"),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    let path =
        parts.iter().fold(template.to_owned(), |path, (name, value)| path.replace(name, value));
    let sent = match surface {
        "metronome" => metronome(route, canary),
        "flexprice" => flexprice(route, canary),
        "telness" => telness(route, canary),
        "maple" => maple(route),
        _ => panic!("{surface} is not in the list"),
    };
    sent.into_iter()
        .map(|(query, body)| {
            let body = if body.is_null() { String::new() } else { body.to_string() };
            (format!("/compat/{surface}{path}{query}"), body)
        })
        .collect()
}

fn with(body: Value) -> Vec<(String, Value)> {
    vec![(String::new(), body)]
}

fn metronome(route: &str, canary: &Canary) -> Vec<(String, Value)> {
    let id = canary.id;
    let configuration = |provider: &str, kind: &str, more: Value| {
        let mut item = json!({ "customer_id": id, provider: kind });
        item.as_object_mut()
            .expect("an object")
            .extend(more.as_object().cloned().into_iter().flatten());
        with(json!({ "data": [item] }))
    };
    match route {
        "GET /v1/customers"
        | "GET /v1/customers/{id}"
        | "GET /v1/customers/{id}/billing-config/{provider}"
        | "GET /v1/auditLogs"
        | "DELETE /v1/customers/{id}/billing-config/{provider}" => with(Value::Null),
        "POST /v1/customers" | "POST /v1/customers/{id}/setName" => with(json!({ "name": "Sent" })),
        "POST /v1/customers/{id}/setIngestAliases" => {
            with(json!({ "ingest_aliases": [format!("sent-{}", canary.number)] }))
        }
        "POST /v1/customers/{id}/updateConfig" => with(json!({ "salesforce_account_id": "sent" })),
        "POST /v1/customers/archive" => with(json!({ "id": id })),
        "POST /v1/customers/setBillableStatus" => with(json!({
            "customer_id": id, "billable_status": "billable",
            "effective_at": "2026-01-01T00:00:00Z",
        })),
        "POST /v1/customers/{id}/billing-config/{provider}" => with(json!({
            "billing_provider_customer_id": "cus_sent",
            "stripe_collection_method": "charge_automatically",
        })),
        "POST /v1/setCustomerBillingProviderConfigurations" => configuration(
            "billing_provider",
            "custom",
            json!({ "delivery_method": "aws_sqs", "configuration": {} }),
        ),
        "POST /v1/setCustomerRevenueSystemConfigurations" => configuration(
            "provider",
            "netsuite",
            json!({ "configuration": { "netsuite_customer_id": "1" } }),
        ),
        "POST /v1/getCustomerBillingProviderConfigurations"
        | "POST /v1/getCustomerRevenueSystemConfigurations" => with(json!({ "customer_id": id })),
        "POST /v1/archiveCustomerBillingProviderConfigurations" => with(json!({
            "customer_id": id,
            "customer_billing_provider_configuration_ids": [canary.billing_config],
        })),
        "POST /v1/archiveCustomerRevenueSystemConfigurations" => with(json!({
            "customer_id": id,
            "customer_revenue_system_configuration_ids": [canary.revenue_config],
        })),
        "POST /v1/listConfiguredBillingProviders" | "POST /v1/customFields/listKeys" => {
            with(json!({}))
        }
        "POST /v1/setUpBillingProvider" => with(json!({
            "billing_provider": "aws_marketplace", "delivery_method": "aws_sqs",
            "configuration": {},
        })),
        "POST /v1/customFields/addKey" => {
            with(json!({ "entity": "customer", "key": "sent", "enforce_uniqueness": false }))
        }
        "POST /v1/customFields/removeKey" => with(json!({ "entity": "customer", "key": "sent" })),
        "POST /v1/customFields/setValues" => with(json!({
            "entity": "customer", "entity_id": id, "custom_fields": { "cost_center": "sent" },
        })),
        "POST /v1/customFields/deleteValues" => {
            with(json!({ "entity": "customer", "entity_id": id, "keys": ["cost_center"] }))
        }
        _ => panic!("{route} is not in the list: say what it shows to whom"),
    }
}

fn flexprice(route: &str, canary: &Canary) -> Vec<(String, Value)> {
    let entity = |provider: &str| json!({ "entity_id": canary.cust, "entity_type": "customer", "provider_type": provider });
    match route {
        "GET /v1/customers"
        | "GET /v1/customers/{id}"
        | "GET /v1/customers/external/{external_id}"
        | "GET /v1/customers/lookup/{key}"
        | "GET /v1/activity/{id}"
        | "DELETE /v1/customers/{id}" => with(Value::Null),
        "GET /v1/integrations/mappings" => {
            let query = format!("?entity_type=customer&entity_id={}", canary.cust);
            vec![(query, Value::Null)]
        }
        "POST /v1/customers" => {
            with(json!({ "external_id": format!("sent-{}", canary.number), "name": "Sent" }))
        }
        "PUT /v1/customers" => {
            vec![(format!("?external_customer_id={}", canary.external_id()), json!({}))]
        }
        "PUT /v1/customers/{id}" | "POST /v1/customers/search" | "POST /v1/activity" => {
            with(json!({}))
        }
        "POST /v1/integrations/link" => {
            let mut link = entity("crm");
            link["provider_entity_id"] = "sent".into();
            with(link)
        }
        "DELETE /v1/integrations/link" => with(entity("crm")),
        _ => panic!("{route} is not in the list: say what it shows to whom"),
    }
}

fn telness(route: &str, canary: &Canary) -> Vec<(String, Value)> {
    match route {
        "GET /customers/{customerId}" | "GET /customers/{customerId}/payment-profiles" => {
            with(Value::Null)
        }
        "GET /payment-profiles" => vec![(format!("?customerId={}", canary.id), Value::Null)],
        "POST /customers" => with(json!({ "name": "Sent" })),
        "PUT /customers/{customerId}"
        | "PATCH /customers/{customerId}"
        | "PUT /customers/{customerId}/billing" => with(json!({})),
        _ => panic!("{route} is not in the list: say what it shows to whom"),
    }
}

fn maple(route: &str) -> Vec<(String, Value)> {
    let route = route.replace("/api/v1/companies/{company_id}/customers", "");
    match &*route {
        "GET /{customer_id}" => with(Value::Null),
        "POST " => with(json!({ "name": "Sent" })),
        "PATCH /{customer_id}" | "PATCH /{customer_id}/start_managing" | "POST /find" => {
            with(json!({}))
        }
        _ => panic!("{route} is not in the list: say what it shows to whom"),
    }
}
