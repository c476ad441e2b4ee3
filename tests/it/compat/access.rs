//! Access to the vendor APIs: every route, with every kind of key.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use store::api_keys::Scope;
use tests::{Reply, TestApp, customer_id};

/// A vendor API: its name, whether its key is a bearer token, and every route with its scope.
type Routes = (&'static str, bool, &'static [(&'static str, &'static str, Scope)]);

const SURFACES: [Routes; 4] = [
    (
        "metronome",
        true,
        &[
            ("POST", "/v1/customers", Scope::Write),
            ("GET", "/v1/customers", Scope::Read),
            ("GET", "/v1/customers/{id}", Scope::Read),
            ("POST", "/v1/customers/{id}/setName", Scope::Write),
            ("POST", "/v1/customers/{id}/setIngestAliases", Scope::Write),
            ("POST", "/v1/customers/{id}/updateConfig", Scope::Write),
            ("POST", "/v1/customers/archive", Scope::Write),
            ("POST", "/v1/customers/setBillableStatus", Scope::Write),
            ("GET", "/v1/customers/{id}/billing-config/{provider}", Scope::Read),
            ("POST", "/v1/customers/{id}/billing-config/{provider}", Scope::Write),
            ("DELETE", "/v1/customers/{id}/billing-config/{provider}", Scope::Write),
            ("POST", "/v1/setCustomerBillingProviderConfigurations", Scope::Write),
            ("POST", "/v1/getCustomerBillingProviderConfigurations", Scope::Read),
            ("POST", "/v1/archiveCustomerBillingProviderConfigurations", Scope::Write),
            ("POST", "/v1/setCustomerRevenueSystemConfigurations", Scope::Write),
            ("POST", "/v1/getCustomerRevenueSystemConfigurations", Scope::Read),
            ("POST", "/v1/archiveCustomerRevenueSystemConfigurations", Scope::Write),
            ("POST", "/v1/setUpBillingProvider", Scope::Admin),
            ("POST", "/v1/listConfiguredBillingProviders", Scope::Read),
            ("POST", "/v1/customFields/addKey", Scope::Admin),
            ("POST", "/v1/customFields/removeKey", Scope::Admin),
            ("POST", "/v1/customFields/listKeys", Scope::Read),
            ("POST", "/v1/customFields/setValues", Scope::Write),
            ("POST", "/v1/customFields/deleteValues", Scope::Write),
            ("GET", "/v1/auditLogs", Scope::Audit),
        ],
    ),
    (
        "flexprice",
        true,
        &[
            ("POST", "/v1/customers", Scope::Write),
            ("GET", "/v1/customers", Scope::Read),
            ("PUT", "/v1/customers", Scope::Write),
            ("POST", "/v1/customers/search", Scope::Read),
            ("GET", "/v1/customers/{id}", Scope::Read),
            ("PUT", "/v1/customers/{id}", Scope::Write),
            ("DELETE", "/v1/customers/{id}", Scope::Write),
            ("GET", "/v1/customers/external/{external_id}", Scope::Read),
            ("GET", "/v1/customers/lookup/{key}", Scope::Read),
            ("POST", "/v1/integrations/link", Scope::Write),
            ("DELETE", "/v1/integrations/link", Scope::Write),
            ("GET", "/v1/integrations/mappings", Scope::Read),
            ("POST", "/v1/activity", Scope::Audit),
            ("GET", "/v1/activity/{id}", Scope::Audit),
        ],
    ),
    (
        "telness",
        false,
        &[
            ("POST", "/customers", Scope::Write),
            ("GET", "/customers/{customerId}", Scope::Read),
            ("PUT", "/customers/{customerId}", Scope::Write),
            ("PATCH", "/customers/{customerId}", Scope::Write),
            ("PUT", "/customers/{customerId}/billing", Scope::Write),
            ("GET", "/payment-profiles", Scope::Read),
            ("GET", "/customers/{customerId}/payment-profiles", Scope::Read),
        ],
    ),
    (
        "maple",
        true,
        &[
            ("POST", "/api/v1/companies/{company_id}/customers", Scope::Write),
            ("GET", "/api/v1/companies/{company_id}/customers/{customer_id}", Scope::Read),
            ("PATCH", "/api/v1/companies/{company_id}/customers/{customer_id}", Scope::Write),
            (
                "PATCH",
                "/api/v1/companies/{company_id}/customers/{customer_id}/start_managing",
                Scope::Write,
            ),
            ("POST", "/api/v1/companies/{company_id}/customers/find", Scope::Read),
        ],
    ),
];

/// A request about a missing object, with a body that isn't JSON. A caller without access must not
/// learn even that.
async fn send(
    app: &TestApp,
    surface: &str,
    (method, path): (&str, &str),
    header: Option<(&str, &str)>,
) -> Reply {
    let id = customer_id(404).to_string();
    let names = [
        "{customerId}",
        "{customer_id}",
        "{company_id}",
        "{id}",
        "{external_id}",
        "{key}",
        "{provider}",
    ];
    let path = names.iter().fold(path.to_owned(), |path, name| path.replace(name, &id));
    let mut request = Request::builder().method(method).uri(format!("/compat/{surface}{path}"));
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    app.send(request.body(Body::from("{")).expect("a request")).await
}

#[tokio::test]
async fn every_route_of_a_surface_needs_a_key_with_its_scope_in_its_header() {
    let app = TestApp::new().await;
    for (surface, bearer, routes) in SURFACES {
        let mut strangers = BTreeSet::new();
        for scope in Scope::ALL {
            let key = app.new_key(&[scope]).await.reveal();
            let token = format!("Bearer {key}");
            let own = if bearer { ("authorization", &*token) } else { ("x-api-key", &*key) };
            for (method, path, needed) in routes {
                let reply = send(&app, surface, (method, path), Some(own)).await;
                let status = reply.status.as_u16();
                assert_eq!(status == 403, scope != *needed, "{surface} {method} {path} {scope:?}");
                assert_ne!(status, 401);
                let mut others = vec![None, Some(("x-api-key", "x"))];
                if !bearer {
                    others.push(Some(("authorization", &*token)));
                }
                for other in others {
                    let reply = send(&app, surface, (method, path), other).await.expect(401);
                    strangers.insert(reply.body);
                }
            }
        }
        assert_eq!(strangers.len(), 1, "{strangers:?}");
    }
}

#[tokio::test]
async fn every_route_of_a_surface_is_in_its_document_and_in_the_table() {
    let app = TestApp::new().await;
    for (surface, _, routes) in SURFACES {
        let document = app.get(&format!("/compat/{surface}/openapi.json")).await.expect(200).json();
        let paths = document["paths"].as_object().expect("paths");
        let documented: BTreeSet<String> = paths
            .iter()
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().into_iter().flat_map(serde_json::Map::keys);
                methods.map(move |method| format!("{} {path}", method.to_uppercase()))
            })
            .collect();
        let known = routes.iter().map(|(method, path, _)| format!("{method} {path}"));
        assert_eq!(documented, known.collect());
        let failure: &Value = &document["components"]["schemas"]["Failure"];
        assert!(failure.is_object());
    }
}

#[tokio::test]
async fn two_credentials_are_explained_in_the_format_of_each_vendor() {
    let app = TestApp::new().await;
    let key = app.key.reveal();
    for (surface, bearer, routes) in SURFACES {
        let (method, path, _) = routes[1];
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/compat/{surface}{}", path.replace(['{', '}'], "")))
            .header("x-api-key", &key);
        request = if bearer {
            request.header("authorization", format!("Bearer {key}"))
        } else {
            request.header("x-api-key", &key)
        };
        let reply = app.send(request.body(Body::empty()).expect("a request")).await.expect(401);
        let failure = reply.json();
        let text = if surface == "flexprice" { &failure["error"] } else { &failure["message"] };
        let text = text.as_str().expect("a text");
        assert!(text.contains("several credentials"), "{surface}: {text}");
    }
}
