//! API keys: creation, revocation, and their events in the history.

use axum::http::StatusCode;
use http::ApiKey;
use serde_json::{Value, json};
use server::keys::{KeyLimits, create_key};
use server::operator::by_operator;
use sqlx::{Connection as _, Executor as _, PgConnection, query, query_scalar};
use store::Role;
use store::api_keys::{self, NewKey, Scope};
use tests::{TestApp, customer_id, expect_sound};

async fn key_admin(app: &TestApp) -> PgConnection {
    store::connect(&app.database.options, Role::KeyAdmin).await.expect("a session")
}

/// The audit's entries about keys, the newest first.
async fn entries(app: &TestApp) -> Vec<Value> {
    app.settle().await;
    let mut entries = Vec::new();
    for name in ["ApiKeyRevoked", "ApiKeyCreated"] {
        let page = app.get(&format!("/v1/audit?type={name}")).await.expect(200).json();
        entries.extend(page["items"].as_array().expect("items").iter().cloned());
    }
    entries
}

#[tokio::test]
async fn creating_and_revoking_a_key_is_in_the_tenant_s_audit() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    let mut connection = key_admin(&app).await;
    let limits = KeyLimits {
        requests_per_second: std::num::NonZeroU32::new(50),
        actors: vec!["ada@example.com".to_owned(), "grace@example.com".to_owned()],
        expires_at: Some("2130-01-31T00:00:00Z".parse().expect("a time")),
    };
    let scopes = [Scope::Read, Scope::Audit];
    let key = create_key(&mut connection, app.tenant, "reports", &scopes, limits).await;
    let key = key.expect("a key");
    app.with_key(key.clone()).get("/v1/tenant").await.expect(200);

    let created = entries(&app).await;
    assert_eq!(created.len(), 1);
    assert_eq!(
        created[0]["data"],
        json!({
            "key_id": key.id(), "name": "reports", "scopes": ["read", "audit"],
            "actors": ["ada@example.com", "grace@example.com"],
            "requests_per_second": 50, "expires_at": "2130-01-31T00:00:00.000000Z"
        })
    );
    assert_eq!(created[0]["actor"], "operator");
    assert_eq!(created[0]["command"], "create-key");
    assert_eq!(created[0]["surface"], "command line");
    let secret = key.reveal().rsplit('_').next().expect("a secret").to_owned();
    assert!(!created[0].to_string().contains(&secret));

    // A second revocation has no effect.
    for _ in 0..2 {
        let revoked = api_keys::revoke(&mut connection, key.id(), by_operator("revoke-key")).await;
        assert!(revoked.expect("a revocation"));
    }
    let all = entries(&app).await;
    assert_eq!(all.len(), 2);
    assert_eq!(all[0]["data"], json!({ "key_id": key.id() }));
    assert_eq!(all[0]["command"], "revoke-key");
    assert_eq!(entries(&other).await, [json!(null); 0]);
    expect_sound(&mut app.database.connect().await).await;
}

#[tokio::test]
async fn keys_of_unknown_tenants_and_unknown_keys_are_refused() {
    let app = TestApp::new().await;
    let mut connection = key_admin(&app).await;
    let nobody = uuid::Uuid::from_u128(7).into();
    let tenant = store::TenantRef { id: nobody, partition: store::Partition::of_new(nobody) };
    let scopes = [Scope::Read];
    let made = create_key(&mut connection, tenant, "x", &scopes, KeyLimits::default()).await;
    assert_eq!(made.expect_err("a refusal").to_string(), "there is no such tenant");
    let who = by_operator("revoke-key");
    assert!(!api_keys::revoke(&mut connection, "0123456789abcdef", who).await.expect("an answer"));
    // The same session continues.
    let made = create_key(&mut connection, app.tenant, "x", &scopes, KeyLimits::default()).await;
    made.expect("a key");
}

#[tokio::test]
async fn no_key_is_created_or_restored_without_its_event() {
    let app = TestApp::new().await;
    let mut connection = key_admin(&app).await;
    let key =
        create_key(&mut connection, app.tenant, "x", &[Scope::Read], KeyLimits::default()).await;
    let key = key.expect("a key");
    let partition = app.tenant.partition.number();
    let code = |error: sqlx::Error| {
        error.as_database_error().and_then(|error| error.code().map(String::from))
    };
    for (statement, expected) in [
        // The tenant's first event is another one. The second is about this key, which already
        // exists.
        (format!("select create_api_key({partition}::smallint, 1, sha256(''))"), "P0002"),
        (format!("select create_api_key({partition}::smallint, 2, sha256(''))"), "23505"),
        (format!("select create_api_key({partition}::smallint, 99, sha256(''))"), "P0002"),
        (format!("select revoke_api_key({partition}::smallint, 2)"), "P0002"),
        ("update api_keys set revoked_at = now()".to_owned(), "42501"),
        ("insert into api_keys select * from api_keys".to_owned(), "42501"),
        ("delete from api_keys".to_owned(), "42501"),
    ] {
        let error = connection.execute(&*statement).await.expect_err(&statement);
        assert_eq!(code(error).as_deref(), Some(expected), "{statement}");
    }

    let who = by_operator("revoke-key");
    assert!(api_keys::revoke(&mut connection, key.id(), who).await.expect("a revocation"));
    let mut owner = app.database.connect().await;
    for mode in ["origin", "replica"] {
        let set = format!("set session_replication_role = {mode}");
        owner.execute(&*set).await.expect("a superuser may");
        for time in ["null", "now()"] {
            let statement =
                format!("update api_keys set revoked_at = {time} where revoked_at is not null");
            let error = owner.execute(&*statement).await.expect_err(&statement);
            assert_eq!(code(error).as_deref(), Some("42501"), "{statement}");
        }
    }
    let revoked: i64 = query_scalar("select count(*) from api_keys where revoked_at is not null")
        .fetch_one(&mut owner)
        .await
        .expect("a count");
    assert_eq!(revoked, 1);
}

#[tokio::test]
async fn keys_can_be_created_during_commands_without_loss() {
    let app = TestApp::new().await;
    let registered = async {
        for number in 1..=40 {
            app.register(customer_id(number), "Acme").await;
        }
    };
    let created = async {
        let mut connection = key_admin(&app).await;
        for _ in 0..10 {
            let (tenant, scopes) = (app.tenant, [Scope::Read]);
            let key = create_key(&mut connection, tenant, "x", &scopes, KeyLimits::default()).await;
            let key = app.with_key(key.expect("a key"));
            assert_eq!(key.get("/v1/tenant").await.status, StatusCode::OK);
        }
    };
    tokio::join!(registered, created);
    assert_eq!(entries(&app).await.len(), 10);
    assert_eq!(expect_sound(&mut app.database.connect().await).await.customers, 40);
}

/// A key of the tenant, as the console makes one.
fn new_key(app: &TestApp, scopes: &[Scope]) -> (ApiKey, NewKey) {
    let (key, created) = ApiKey::new("console", scopes, &KeyLimits::default()).expect("a key");
    let new = NewKey { tenant: app.tenant, key: created, secret_hash: key.secret_hash() };
    (key, new)
}

#[tokio::test]
async fn the_service_creates_and_revokes_keys_of_a_tenant_and_none_of_an_operator() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    assert!(app.store.manages_keys().await.expect("an answer"));
    let who = || by_operator("a test");
    let (key, new) = new_key(&app, &[Scope::Read]);
    assert!(app.store.create_key(new, who()).await.expect("a key"));
    let listed = app.store.tenant_keys(app.tenant).await.expect("keys");
    let made = listed.iter().find(|listed| listed.key_id == key.id()).expect("the new key");
    assert_eq!((made.scopes.as_slice(), made.last_used_at), (&["read".to_owned()][..], None));

    let (operator, new) = new_key(&app, &[Scope::Operator]);
    app.store.create_key(new, who()).await.expect_err("a refusal");
    let listed = app.store.tenant_keys(app.tenant).await.expect("keys");
    assert!(listed.iter().all(|listed| listed.key_id != operator.id()));

    let listed = other.store.tenant_keys(other.tenant).await.expect("keys");
    assert!(listed.iter().all(|listed| listed.key_id != key.id()), "a stranger sees no key");
    let revoked = app.store.revoke_key(other.tenant, key.id(), who()).await;
    assert!(!revoked.expect("an answer"), "a stranger revokes no key");
    assert!(app.store.revoke_key(app.tenant, key.id(), who()).await.expect("an answer"));
    let listed = app.store.tenant_keys(app.tenant).await.expect("keys");
    assert!(listed.iter().any(|listed| listed.key_id == key.id() && listed.revoked_at.is_some()));
}

#[tokio::test]
async fn no_spelling_of_an_event_makes_an_operator_s_key_of_a_tenant_s() {
    let app = TestApp::new().await;
    let mut owner = app.database.connect().await;
    for (scopes, allowed) in [
        (json!(["read"]), true),
        (json!(["operator"]), false),
        (json!(["read", "operator"]), false),
        (json!("{operator}"), false),
        (json!([["operator"]]), false),
    ] {
        let mut transaction = owner.begin().await.expect("a transaction");
        let data = json!({ "key_id": "0123456789abcdef", "name": "forged", "scopes": scopes });
        query(
            "insert into events (aggregate_type, aggregate_id, sequence, event_type, event_version,
                                 payload, metadata, partition, position, tenant_id, recorded_at, hash)
             values ('tenant', $1::text, 1000, 'ApiKeyCreated', '1.0',
                     json_build_object('type', 'ApiKeyCreated', 'data', $2), '{}', $3, 1000, $1,
                     now(), sha256(''))",
        )
        .bind(app.tenant.id.0)
        .bind(data)
        .bind(app.tenant.partition.number())
        .execute(&mut *transaction)
        .await
        .expect("an event");
        transaction.execute("set local role dossier_key_manager").await.expect("the role");
        let made = query("select create_tenant_api_key($1, 1000, sha256(''))")
            .bind(app.tenant.partition.number())
            .execute(&mut *transaction)
            .await;
        let refusal =
            made.err().and_then(|error| Some(error.as_database_error()?.code()?.into_owned()));
        let expected = (!allowed).then(|| "42501".to_owned());
        assert_eq!(refusal, expected, "{scopes}");
        transaction.rollback().await.expect("a rollback");
    }
}
