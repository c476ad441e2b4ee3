//! Access: every route, with every kind of key.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Method, Request};
use http::ApiKey;
use server::keys::KeyLimits;
use store::api_keys::Scope;
use store::{Metadata, Role};
use tests::{Reply, TestApp, customer_id};

/// Every route with its scope; none for open routes.
const ROUTES: [(&str, &str, Option<Scope>); 38] = [
    ("POST", "/v1/customers", Some(Scope::Write)),
    ("POST", "/v1/customers/{ref}/commands", Some(Scope::Write)),
    ("POST", "/v1/customers/{ref}/commands/archive-customer", Some(Scope::Write)),
    ("POST", "/v1/commands", Some(Scope::Write)),
    ("GET", "/v1/customers", Some(Scope::Read)),
    ("GET", "/v1/customers/{ref}", Some(Scope::Read)),
    ("GET", "/v1/customers/{ref}/children", Some(Scope::Read)),
    ("GET", "/v1/customers/{ref}/billing-configs", Some(Scope::Read)),
    ("GET", "/v1/customers/{ref}/payment-profiles", Some(Scope::Read)),
    ("GET", "/v1/billing-configs", Some(Scope::Read)),
    ("GET", "/v1/integration-links", Some(Scope::Read)),
    ("GET", "/v1/customers/{ref}/events", Some(Scope::Audit)),
    ("GET", "/v1/customers/{ref}/changes", Some(Scope::Audit)),
    ("GET", "/v1/customers/{ref}/diff?from=1", Some(Scope::Audit)),
    ("GET", "/v1/customers/{ref}/blame", Some(Scope::Audit)),
    ("GET", "/v1/tenant", Some(Scope::Read)),
    ("GET", "/v1/customers/{ref}/events/1/proof", Some(Scope::Audit)),
    ("GET", "/v1/log/head", Some(Scope::Audit)),
    ("GET", "/v1/log/key", Some(Scope::Audit)),
    ("GET", "/v1/audit", Some(Scope::Audit)),
    ("GET", "/v1/audit/reads", Some(Scope::Audit)),
    ("POST", "/v1/tenant/commands/rename-tenant", Some(Scope::Admin)),
    ("GET", "/admin/audit", Some(Scope::Operator)),
    ("GET", "/admin/projections", Some(Scope::Operator)),
    ("GET", "/admin/projections/customers", Some(Scope::Operator)),
    ("POST", "/admin/projections/customers/rebuild", Some(Scope::Operator)),
    ("POST", "/admin/projections/customers/rebuild/cancel", Some(Scope::Operator)),
    ("POST", "/admin/projections/customers/rollback", Some(Scope::Operator)),
    ("POST", "/admin/projections/customers/prune", Some(Scope::Operator)),
    ("GET", "/admin/projections/customers/parked", Some(Scope::Operator)),
    ("POST", "/admin/projections/customers/unpark", Some(Scope::Operator)),
    ("GET", "/livez", None),
    ("GET", "/readyz", None),
    ("GET", "/metrics", None),
    ("GET", "/openapi.json", None),
    ("GET", "/docs", None),
    ("GET", "/docs/style.css", None),
    ("HEAD", "/livez", None),
];

/// A request to a route about an unknown customer, with a body that is not JSON. A caller without
/// access must not learn even that.
fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let path = path.replace("{ref}", &customer_id(404).to_string());
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from("{")).expect("a request")
}

fn bearer(key: &ApiKey) -> String {
    format!("Bearer {}", key.reveal())
}

/// The body without the parts that differ between requests.
fn masked(reply: &Reply) -> serde_json::Value {
    let mut body = reply.json();
    body.as_object_mut().and_then(|body| body.remove("instance")).expect("an instance");
    body
}

async fn expired_key(app: &TestApp) -> ApiKey {
    let key = app.new_key(&Scope::OF_TENANT).await;
    let mut connection = app.database.connect().await;
    sqlx::query("update api_keys set expires_at = now() - interval '1 second' where key_id = $1")
        .bind(key.id())
        .execute(&mut connection)
        .await
        .expect("an update");
    key
}

async fn revoke(app: &TestApp, key: &ApiKey) {
    let mut connection =
        store::connect(&app.database.options, Role::KeyAdmin).await.expect("a connection");
    assert!(
        store::api_keys::revoke(&mut connection, key.id(), Metadata::new())
            .await
            .expect("a revocation")
    );
}

/// Every kind of invalid credentials, as headers.
async fn strangers(app: &TestApp) -> Vec<Vec<(&'static str, String)>> {
    let revoked = app.new_key(&Scope::OF_TENANT).await;
    revoke(app, &revoked).await;
    let expired = expired_key(app).await;
    let unknown = ApiKey::from_random([7; 8], [7; 32]);
    let good = bearer(&app.key);
    let wrong_secret = format!("dossier_{}_{}", app.key.id(), "0".repeat(64));
    let authorization = [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer dossier_".to_owned(),
        format!("Basic {}", app.key.reveal()),
        format!("Bearer {}", app.key.reveal().to_uppercase()),
        format!("Bearer {wrong_secret} "),
        format!("{good}0"),
        bearer(&unknown),
        bearer(&revoked),
        bearer(&expired),
    ];
    let mut strangers: Vec<_> =
        authorization.into_iter().map(|value| vec![("authorization", value)]).collect();
    strangers.push(vec![]);
    strangers.push(vec![("x-api-key", unknown.reveal())]);
    strangers.push(vec![("x-api-key", good.clone())]);
    strangers.push(vec![("authorization", good.clone()), ("x-api-key", app.key.reveal())]);
    strangers.push(vec![("authorization", good.clone()), ("authorization", good)]);
    strangers
}

#[tokio::test]
async fn every_route_gives_the_same_401_for_every_invalid_key() {
    let app = TestApp::new().await;
    let strangers = strangers(&app).await;
    // Only several credentials in one request have a text of their own.
    let mut seen = [None, None];
    for (method, path, scope) in ROUTES {
        for headers in strangers.iter().filter(|_| scope.is_some()) {
            let seen = &mut seen[usize::from(headers.len() > 1)];
            let headers: Vec<_> =
                headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let reply = app.send(request(method, path, &headers)).await;
            let reply = reply.expect_problem(401, "unauthorized");
            assert_eq!(reply.header("www-authenticate"), "Bearer");
            let body = masked(&reply);
            assert_eq!(seen.get_or_insert(body.clone()), &body, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_key_without_the_scope_is_refused_first() {
    let app = TestApp::new().await;
    for (method, path, needed) in ROUTES {
        let Some(needed) = needed else { continue };
        for scope in Scope::ALL {
            let key = bearer(&app.new_key(&[scope]).await);
            let reply = app.send(request(method, path, &[("authorization", &key)])).await;
            if scope == needed {
                assert!(![401, 403].contains(&reply.status.as_u16()), "{method} {path} {scope:?}");
            } else {
                reply.expect_problem(403, "forbidden");
            }
        }
    }
}

#[tokio::test]
async fn the_feed_needs_read_or_audit() {
    let app = TestApp::new().await;
    for scope in Scope::ALL {
        let reply = app.with_key(app.new_key(&[scope]).await).get("/v1/feed").await;
        if [Scope::Read, Scope::Audit].contains(&scope) {
            reply.expect(200);
        } else {
            reply.expect_problem(403, "forbidden");
        }
    }
    app.send(request("GET", "/v1/feed", &[])).await.expect_problem(401, "unauthorized");
}

#[tokio::test]
async fn an_operator_key_works_only_under_admin() {
    let app = TestApp::new().await;
    let mut connection =
        store::connect(&app.database.options, Role::KeyAdmin).await.expect("a connection");
    for scopes in [&Scope::ALL[..], &[Scope::Operator, Scope::Read], &[Scope::Operator; 2]] {
        let made = server::keys::create_key(
            &mut connection,
            app.tenant,
            "both",
            scopes,
            KeyLimits::default(),
        )
        .await;
        let refused = made.expect_err("a refusal");
        assert!(refused.to_string().contains("operator"), "{refused}");
    }
    let keys = store::api_keys::list(&mut connection, app.tenant.id).await.expect("keys");
    assert_eq!(keys.len(), 1);
}

#[tokio::test]
async fn a_key_is_accepted_in_either_header() {
    let app = TestApp::new().await;
    let (plain, bearer) = (app.key.reveal(), bearer(&app.key));
    let lower = bearer.replace("Bearer", "bearer");
    for header in [("authorization", &bearer), ("authorization", &lower), ("x-api-key", &plain)] {
        app.send(request("GET", "/v1/tenant", &[(header.0, header.1)])).await.expect(200);
    }
}

#[tokio::test]
async fn open_routes_need_no_key_and_ignore_an_invalid_one() {
    let app = TestApp::new().await;
    for (method, path, scope) in ROUTES {
        if scope.is_none() {
            app.send(request(method, path, &[])).await.expect(200);
            app.send(request(method, path, &[("authorization", "Bearer x")])).await.expect(200);
        }
    }
}

#[tokio::test]
async fn a_revoked_key_stops_working_everywhere_within_a_second() {
    let app = TestApp::new().await;
    let key = app.new_key(&Scope::OF_TENANT).await;
    let instances = [app.with_key(key.clone()), app.another_instance().await.with_key(key.clone())];
    for instance in &instances {
        instance.get("/v1/tenant").await.expect(200);
    }
    revoke(&app, &key).await;
    let revoked = Instant::now();
    for instance in &instances {
        while instance.get("/v1/tenant").await.status == 200 {
            assert!(revoked.elapsed() < Duration::from_secs(1), "still accepted");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        instance.get("/v1/tenant").await.expect_problem(401, "unauthorized");
    }
    app.get("/v1/tenant").await.expect(200);
}

#[tokio::test]
async fn a_secret_is_stored_only_as_its_hash() {
    let app = TestApp::new().await;
    let mut connection = app.database.connect().await;
    let rows: Vec<String> = sqlx::query_scalar("select to_jsonb(k)::text from api_keys as k")
        .fetch_all(&mut connection)
        .await
        .expect("the keys");
    let reveal = app.key.reveal();
    let secret = reveal.rsplit('_').next().expect("a secret");
    assert!(!rows.is_empty() && rows.iter().all(|row| !row.contains(secret)));
}

#[tokio::test]
async fn unknown_paths_are_404_with_any_key() {
    let app = TestApp::new().await;
    app.get("/v1/nowhere").await.expect_problem(404, "not_found");
    app.get("/v1/customers/").await.expect_problem(404, "not_found");
    let unknown = app.command(&customer_id(1).to_string(), "no-such", &serde_json::json!({})).await;
    unknown.expect_problem(404, "unknown_command");
    for (method, path, allow) in [
        ("DELETE", "/v1/customers/x", "GET,HEAD"),
        ("GET", "/v1/commands", "POST"),
        ("TRACE", "/livez", "GET,HEAD"),
        ("BREW", "/livez", "GET,HEAD"),
    ] {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let reply = app.send(app.request(method, path, Body::empty())).await;
        let reply = reply.expect_problem(405, "method_not_allowed");
        assert_eq!(reply.header("allow"), allow, "{path}");
    }
}
