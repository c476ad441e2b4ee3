//! A request to every route of every document.

use std::collections::BTreeSet;

use axum::http::Method;
use tests::{Reply, TestApp, customer_id};

/// Routes that are not requested here: they rebuild or drop whole read models.
const OF_REBUILDS: [&str; 5] = [
    "/admin/projections/{name}/rebuild",
    "/admin/projections/{name}/rebuild/cancel",
    "/admin/projections/{name}/rollback",
    "/admin/projections/{name}/prune",
    "/admin/projections/{name}/unpark",
];
/// Required parameters of a route.
const REQUIRED: [(&str, &str); 2] = [
    ("/v1/customers/{ref}/diff", "?from=1"),
    ("/v1/integration-links", "?provider_type=crm&provider_entity_id=x7"),
];

/// Details of 400s about a customer or tenant that was read: those requests have reached the store.
const REFUSALS: [&str; 3] = [
    "the customer has no billing configuration with this id",
    "the customer has no revenue configuration with this id",
    "the tenant does not define this custom field",
];

/// An API, and a request to each of its routes: method, path of the document, path, body.
type Surface = (&'static str, &'static [(&'static str, &'static str, &'static str, &'static str)]);

/// `{uuid}`, `{cust}` and `{company}` stand for the ids of the customer and the tenant in that API.
const SURFACES: [Surface; 4] = [
    (
        "metronome",
        &[
            ("POST", "/v1/customers", "", r#"{"name": "Acme"}"#),
            ("GET", "/v1/customers", "", ""),
            ("GET", "/v1/customers/{id}", "/v1/customers/{uuid}", ""),
            (
                "POST",
                "/v1/customers/{id}/setName",
                "/v1/customers/{uuid}/setName",
                r#"{"name": "Acme"}"#,
            ),
            (
                "POST",
                "/v1/customers/{id}/setIngestAliases",
                "/v1/customers/{uuid}/setIngestAliases",
                r#"{"ingest_aliases": ["acme"]}"#,
            ),
            (
                "POST",
                "/v1/customers/{id}/updateConfig",
                "/v1/customers/{uuid}/updateConfig",
                r#"{"salesforce_account_id": "0015500001WO1ZiABL"}"#,
            ),
            ("POST", "/v1/customers/archive", "", r#"{"id": "{absent}"}"#),
            (
                "POST",
                "/v1/customers/setBillableStatus",
                "",
                r#"{"customer_id": "{uuid}", "billable_status": "billable",
                    "effective_at": "2026-03-02T09:30:00Z"}"#,
            ),
            (
                "GET",
                "/v1/customers/{id}/billing-config/{provider}",
                "/v1/customers/{uuid}/billing-config/stripe",
                "",
            ),
            (
                "POST",
                "/v1/customers/{id}/billing-config/{provider}",
                "/v1/customers/{uuid}/billing-config/stripe",
                r#"{"billing_provider_customer_id": "cus_1", "stripe_collection_method": "charge_automatically"}"#,
            ),
            (
                "DELETE",
                "/v1/customers/{id}/billing-config/{provider}",
                "/v1/customers/{uuid}/billing-config/stripe",
                "",
            ),
            (
                "POST",
                "/v1/setCustomerBillingProviderConfigurations",
                "",
                r#"{"data": [{"customer_id": "{uuid}", "billing_provider": "stripe",
                    "delivery_method": "direct_to_billing_provider",
                    "configuration": {"stripe_customer_id": "cus_123",
                                      "stripe_collection_method": "charge_automatically"}}]}"#,
            ),
            (
                "POST",
                "/v1/getCustomerBillingProviderConfigurations",
                "",
                r#"{"customer_id": "{uuid}"}"#,
            ),
            (
                "POST",
                "/v1/archiveCustomerBillingProviderConfigurations",
                "",
                r#"{"customer_id": "{uuid}", "customer_billing_provider_configuration_ids": ["{absent}"]}"#,
            ),
            (
                "POST",
                "/v1/setCustomerRevenueSystemConfigurations",
                "",
                r#"{"data": [{"customer_id": "{uuid}", "provider": "netsuite",
                    "delivery_method": "direct_to_billing_provider",
                    "configuration": {"netsuite_customer_id": "1"}}]}"#,
            ),
            (
                "POST",
                "/v1/getCustomerRevenueSystemConfigurations",
                "",
                r#"{"customer_id": "{uuid}"}"#,
            ),
            (
                "POST",
                "/v1/archiveCustomerRevenueSystemConfigurations",
                "",
                r#"{"customer_id": "{uuid}", "customer_revenue_system_configuration_ids": ["{absent}"]}"#,
            ),
            (
                "POST",
                "/v1/setUpBillingProvider",
                "",
                r#"{"billing_provider": "aws_marketplace", "delivery_method": "aws_sqs",
                    "configuration": {"aws_region": "us-east-1"}}"#,
            ),
            ("POST", "/v1/listConfiguredBillingProviders", "", "{}"),
            (
                "POST",
                "/v1/customFields/addKey",
                "",
                r#"{"entity": "customer", "key": "plan", "enforce_uniqueness": false}"#,
            ),
            ("POST", "/v1/customFields/removeKey", "", r#"{"entity": "customer", "key": "gone"}"#),
            ("POST", "/v1/customFields/listKeys", "", r#"{"entities": ["customer"]}"#),
            (
                "POST",
                "/v1/customFields/setValues",
                "",
                r#"{"entity": "customer", "entity_id": "{uuid}", "custom_fields": {"plan": "gold"}}"#,
            ),
            (
                "POST",
                "/v1/customFields/deleteValues",
                "",
                r#"{"entity": "customer", "entity_id": "{uuid}", "keys": ["plan"]}"#,
            ),
            ("GET", "/v1/auditLogs", "", ""),
        ],
    ),
    (
        "flexprice",
        &[
            ("POST", "/v1/customers", "", r#"{"external_id": "second", "name": "Acme"}"#),
            ("GET", "/v1/customers", "/v1/customers?external_id=first", ""),
            (
                "PUT",
                "/v1/customers",
                "/v1/customers?external_customer_id=first",
                r#"{"name": "Acme"}"#,
            ),
            (
                "POST",
                "/v1/customers/search",
                "",
                r#"{"metadata": {"a": "b"}, "email": "x4@example.com"}"#,
            ),
            ("GET", "/v1/customers/{id}", "/v1/customers/{cust}", ""),
            ("PUT", "/v1/customers/{id}", "/v1/customers/{cust}", r#"{"name": "Acme"}"#),
            ("DELETE", "/v1/customers/{id}", "/v1/customers/cust_absent", ""),
            ("GET", "/v1/customers/external/{external_id}", "/v1/customers/external/first", ""),
            ("GET", "/v1/customers/lookup/{key}", "/v1/customers/lookup/first", ""),
            (
                "POST",
                "/v1/integrations/link",
                "",
                r#"{"entity_type": "customer", "entity_id": "{cust}", "provider_type": "stripe",
                    "provider_entity_id": "cus_7"}"#,
            ),
            (
                "DELETE",
                "/v1/integrations/link",
                "",
                r#"{"entity_type": "customer", "entity_id": "{cust}", "provider_type": "stripe"}"#,
            ),
            (
                "GET",
                "/v1/integrations/mappings",
                "/v1/integrations/mappings?entity_type=customer&entity_id={cust}",
                "",
            ),
            ("POST", "/v1/activity", "", "{}"),
            ("GET", "/v1/activity/{id}", "/v1/activity/absent", ""),
        ],
    ),
    (
        "telness",
        &[
            ("POST", "/customers", "", r#"{"name": "Acme"}"#),
            ("GET", "/customers/{customerId}", "/customers/{uuid}", ""),
            ("PUT", "/customers/{customerId}", "/customers/{uuid}", r#"{"name": "Acme"}"#),
            ("PATCH", "/customers/{customerId}", "/customers/{uuid}", r#"{"name": "Acme"}"#),
            (
                "PUT",
                "/customers/{customerId}/billing",
                "/customers/{uuid}/billing",
                r#"{"currency": "SEK"}"#,
            ),
            ("GET", "/payment-profiles", "/payment-profiles?customerId={uuid}", ""),
            (
                "GET",
                "/customers/{customerId}/payment-profiles",
                "/customers/{uuid}/payment-profiles",
                "",
            ),
        ],
    ),
    (
        "maple",
        &[
            (
                "POST",
                "/api/v1/companies/{company_id}/customers",
                "/api/v1/companies/{company}/customers",
                r#"{"name": "Acme"}"#,
            ),
            (
                "GET",
                "/api/v1/companies/{company_id}/customers/{customer_id}",
                "/api/v1/companies/{company}/customers/first",
                "",
            ),
            (
                "PATCH",
                "/api/v1/companies/{company_id}/customers/{customer_id}",
                "/api/v1/companies/{company}/customers/first",
                r#"{"name": "Acme"}"#,
            ),
            (
                "PATCH",
                "/api/v1/companies/{company_id}/customers/{customer_id}/start_managing",
                "/api/v1/companies/{company}/customers/first/start_managing",
                "{}",
            ),
            (
                "POST",
                "/api/v1/companies/{company_id}/customers/find",
                "/api/v1/companies/{company}/customers/find",
                r#"{"query": {"email": "x4@example.com", "statuses": ["ACTIVE"]}}"#,
            ),
        ],
    ),
];

/// Sends a request to every operator route of the document, or else to every other route, and
/// returns those that did not reach the store.
pub(super) async fn ask_every_route(app: &TestApp, of_operators: bool) -> Vec<String> {
    let mut amiss = Vec::new();
    let mut look = |what: String, reply: &Reply| {
        let status = reply.status.as_u16();
        let refused = status == 400 && REFUSALS.iter().any(|text| reply.body.contains(text));
        if status >= 500 || !refused && [400, 401, 403, 405, 415].contains(&status) {
            amiss.push(format!("{what}: {status} {}", reply.body));
        }
    };
    let document = app.get("/openapi.json").await.expect(200).json();
    let names = [("{version}", "2".to_owned()), ("{name}", "customers".to_owned())];
    for (path, methods) in document["paths"].as_object().expect("paths") {
        if OF_REBUILDS.contains(&&**path) || path.starts_with("/admin") != of_operators {
            continue;
        }
        let required = REQUIRED.iter().find(|(of, _)| of == path).map_or("", |(_, asked)| asked);
        for (method, operation) in methods.as_object().expect("methods") {
            // Changes of the second keep the first as the other requests need it.
            let customer = customer_id(if method == "get" { 1 } else { 2 }).to_string();
            let place =
                names.iter().fold(path.replace("{ref}", &customer), |place, (name, value)| {
                    place.replace(name, value)
                });
            let place = format!("{place}{required}");
            let reply = match &**method {
                "get" => app.get(&place).await,
                "post" => {
                    let content = operation["requestBody"]["content"].as_object();
                    let body = content.and_then(|content| content.iter().next());
                    let (kind, body) = body.unwrap_or_else(|| panic!("{path} has an example"));
                    let example = &body["example"];
                    let text = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
                    let mut request = app.request(Method::POST, &place, text);
                    request.headers_mut().insert("content-type", kind.parse().expect("a type"));
                    app.send(request).await
                }
                other => panic!("{other} {path} isn't asked here: say how"),
            };
            look(format!("{method} {place}"), &reply);
        }
    }
    for (surface, routes) in SURFACES.iter().filter(|_| !of_operators) {
        look_at_surface(app, surface, routes, &mut look).await;
    }
    amiss
}

async fn look_at_surface(
    app: &TestApp,
    surface: &str,
    routes: &[(&str, &str, &str, &str)],
    look: &mut impl FnMut(String, &Reply),
) {
    let document = app.get(&format!("/compat/{surface}/openapi.json")).await.expect(200).json();
    let documented: BTreeSet<String> = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flat_map(serde_json::Map::keys);
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let asked = routes.iter().map(|(method, path, ..)| format!("{method} {path}"));
    assert_eq!(documented, asked.collect(), "each route of {surface} is asked here");
    let first = app.get("/compat/flexprice/v1/customers/external/first").await.expect(200).json();
    let cust = first["id"].as_str().expect("an id").to_owned();
    let company = crate::compat::together::company(app).await;
    let placeholders = [
        ("{uuid}", customer_id(1).to_string()),
        ("{absent}", customer_id(404).to_string()),
        ("{cust}", cust),
        ("{company}", company),
    ];
    let named = |text: &str| {
        placeholders.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    };
    for (method, path, place, body) in routes {
        let place = named(if place.is_empty() { path } else { place });
        let method: Method = method.parse().expect("a method");
        let mut request = app.request(method, &format!("/compat/{surface}{place}"), named(body));
        if surface == "telness" {
            let key = app.key.reveal().parse().expect("a header's value");
            request.headers_mut().insert("x-api-key", key);
        }
        look(format!("{surface} {path}"), &app.send(request).await);
    }
}
