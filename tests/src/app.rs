//! A service over a test's database, and requests to it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use domain::upcast::Upcasters;
use http::{ApiKey, App, Settings};
use oidc::Provider;
use serde_json::Value;
use store::api_keys::Scope;
use store::log::LogKey;
use store::projections::Projections;
use store::{Limits, Options, ReplicaOptions, Store, TenantRef};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::{Reply, Standby, TestDatabase, with_query};

/// Workers that keep a service's projections up to date.
const FOLLOWERS: usize = 2;
/// The time limit for projections to reach the end of the log.
const SETTLED_WITHIN: Duration = Duration::from_mins(1);

/// A service with one tenant and a key that has every scope of a tenant.
#[derive(Clone)]
pub struct TestApp {
    /// Its database.
    pub database: TestDatabase,
    /// Its store.
    pub store: Store,
    /// Its tenant.
    pub tenant: TenantRef,
    /// The key.
    pub key: ApiKey,
    /// The upcasters of its store.
    pub upcasters: Upcasters,
    /// Its projections.
    pub projections: Projections,
    router: Router,
}

impl TestApp {
    /// A service over its own database.
    ///
    /// # Panics
    ///
    /// When it can't be set up.
    pub async fn new() -> Self {
        Self::with_upcasters(Upcasters::default()).await
    }

    /// The same with versions of events that were never released.
    ///
    /// # Panics
    ///
    /// When it can't be set up.
    pub async fn with_upcasters(upcasters: Upcasters) -> Self {
        Self::of_program(upcasters, Projections::default()).await
    }

    /// The same for a program with views of its own.
    ///
    /// # Panics
    ///
    /// When it can't be set up.
    pub async fn with_views(projections: &Projections) -> Self {
        Self::of_program(Upcasters::default(), projections.clone()).await
    }

    async fn of_program(upcasters: Upcasters, projections: Projections) -> Self {
        Self::on(TestDatabase::new().await, upcasters, projections).await
    }

    async fn on(database: TestDatabase, upcasters: Upcasters, projections: Projections) -> Self {
        let made = store::cqrs::make_view_tables(&database.options, &projections).await;
        made.expect("tables of views");
        let options = options(&database, FOLLOWERS, &upcasters, &projections);
        let store = Store::open(&options).await.expect("a store");
        let tenant = server::tenants::create_tenant(&store, Uuid::new_v4(), "test").await;
        Self::over(database, store, tenant.expect("a tenant"), upcasters, projections).await
    }

    /// A service over a primary that has a standby, which it does not use.
    ///
    /// # Panics
    ///
    /// When it can't be set up.
    pub async fn of_primary(standby: &Standby) -> Self {
        let database = standby.database.clone();
        Self::on(database, Upcasters::default(), Projections::default()).await
    }

    /// Another instance over the same database, whose reads may be answered by a replica.
    ///
    /// # Panics
    ///
    /// When it can't be set up.
    pub async fn another_with_replica(&self, replica: ReplicaOptions) -> Self {
        let options = Options { replica: Some(replica), ..self.options() };
        let store = Store::open(&options).await.expect("a store");
        self.beside(store, self.tenant).await
    }

    /// Another instance over the same database of a program with other views.
    ///
    /// # Panics
    ///
    /// When it can't be set up.
    pub async fn another_program(&self, projections: &Projections) -> Self {
        let other = Self { projections: projections.clone(), ..self.clone() };
        other.another_instance().await
    }

    /// Another instance of the service over the same database, for the same tenant.
    ///
    /// # Panics
    ///
    /// When it can't be set up.
    pub async fn another_instance(&self) -> Self {
        let store = Store::open(&self.options()).await.expect("a store");
        self.beside(store, self.tenant).await
    }

    /// Another instance over the same database whose followers' statements may take `statement` long.
    ///
    /// # Panics
    ///
    /// When it can't be set up.
    pub async fn another_that_follows_within(&self, statement: Duration) -> Self {
        let options = Options { follow_timeout: statement, ..self.options() };
        let store = Store::open(&options).await.expect("a store");
        self.beside(store, self.tenant).await
    }

    /// Another instance over the same database that leaves projections to others.
    ///
    /// # Panics
    ///
    /// When it can't be set up.
    pub async fn another_that_does_not_follow(&self) -> Self {
        self.another_release(self.upcasters.clone()).await
    }

    /// Another instance over the same database, of a release with other event versions. It leaves
    /// projections to others, because unreadable events would park streams.
    ///
    /// # Panics
    ///
    /// When it can't be set up.
    pub async fn another_release(&self, upcasters: Upcasters) -> Self {
        let options = Options { followers: 0, upcasters: upcasters.clone(), ..self.options() };
        let store = Store::open(&options).await.expect("a store");
        Self { upcasters, ..self.clone() }.beside(store, self.tenant).await
    }

    /// The same instance, called by its own tenant.
    ///
    /// # Panics
    ///
    /// When it can't be set up.
    pub async fn another_tenant(&self) -> Self {
        let tenant = server::tenants::create_tenant(&self.store, Uuid::new_v4(), "other").await;
        self.beside(self.store.clone(), tenant.expect("a tenant")).await
    }

    /// The same instance, called by an existing tenant.
    ///
    /// # Panics
    ///
    /// When it can't be given a key.
    pub async fn called_by(&self, tenant: TenantRef) -> Self {
        self.beside(self.store.clone(), tenant).await
    }

    /// A tenant at a store over the same database.
    async fn beside(&self, store: Store, tenant: TenantRef) -> Self {
        let Self { database, upcasters, projections, .. } = self.clone();
        Self::over(database, store, tenant, upcasters, projections).await
    }

    async fn over(
        database: TestDatabase,
        store: Store,
        tenant: TenantRef,
        upcasters: Upcasters,
        projections: Projections,
    ) -> Self {
        let signing = App::new(store.clone(), Settings::default()).signing_with(log_key());
        let router = server::router(signing);
        let key = new_key(&database, tenant, &Scope::OF_TENANT).await;
        Self { database, store, tenant, key, upcasters, projections, router }
    }

    /// Another key of the tenant.
    ///
    /// # Panics
    ///
    /// When it can't be made.
    pub async fn new_key(&self, scopes: &[Scope]) -> ApiKey {
        new_key(&self.database, self.tenant, scopes).await
    }

    /// Makes `key` a key of the tenant.
    ///
    /// # Panics
    ///
    /// When it can't be stored.
    pub async fn store_key(&self, key: &ApiKey, scopes: &[Scope]) {
        store_key(&self.database, self.tenant, key, scopes).await;
    }

    /// The routes, for a test that serves them itself.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// The options of its store.
    pub fn options(&self) -> Options {
        options(&self.database, FOLLOWERS, &self.upcasters, &self.projections)
    }

    /// The same tenant and key at another router, for a test with its own settings.
    #[must_use]
    pub fn at(&self, app: App) -> Self {
        Self { router: server::router(app), ..self.clone() }
    }

    /// The same tenant and key at a service where people may sign in by this identity provider.
    #[must_use]
    pub fn with_provider(&self, provider: Provider) -> Self {
        let app = App::new(self.store.clone(), Settings::default());
        Self { router: server::router_with(app, Some(provider)), ..self.clone() }
    }

    /// The same tenant and key at an instance over the same store that waits this long for a body.
    #[must_use]
    pub fn with_body_timeout(&self, body_timeout: Duration) -> Self {
        self.at(App::new(self.store.clone(), Settings { body_timeout, ..Settings::default() }))
    }

    /// The same service, called with another key.
    #[must_use]
    pub fn with_key(&self, key: ApiKey) -> Self {
        Self { key, ..self.clone() }
    }

    /// Sends a request as it is.
    ///
    /// # Panics
    ///
    /// When the answer can't be read.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await;
        let Ok(response) = response;
        Reply::read(response).await
    }

    /// A request with the key.
    ///
    /// # Panics
    ///
    /// When it isn't a request.
    #[must_use]
    pub fn request(&self, method: Method, path: &str, body: impl Into<Body>) -> Request<Body> {
        Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.key.reveal()))
            .header("content-type", "application/json")
            .body(body.into())
            .expect("a request")
    }

    /// Reads a path.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path, Body::empty())).await
    }

    /// Reads a path, with more headers.
    ///
    /// # Panics
    ///
    /// When they aren't headers.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request = self.request(Method::GET, path, Body::empty());
        for (name, value) in headers {
            let name: axum::http::HeaderName = name.parse().expect("a header's name");
            request.headers_mut().append(name, value.parse().expect("a header's value"));
        }
        self.send(request).await
    }

    /// Reads a whole list, page by page, and returns its items.
    ///
    /// # Panics
    ///
    /// When a page can't be read, or has more items than `limit`.
    pub async fn list(&self, path: &str, asked: &[(&str, &str)], limit: usize) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        let limit_text = limit.to_string();
        loop {
            let mut asked = asked.to_vec();
            asked.push(("limit", &limit_text));
            asked.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page = self.get(&with_query(path, &asked)).await.expect(200).json();
            let found = page["items"].as_array().expect("items");
            assert!(found.len() <= limit, "{} items", found.len());
            items.extend(found.iter().cloned());
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return items;
            }
            assert_eq!(found.len(), limit, "a page with a next one is full");
        }
    }

    /// Posts a JSON document.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_with(path, body, &[]).await
    }

    /// Posts a JSON document with more headers.
    ///
    /// # Panics
    ///
    /// When they aren't headers.
    pub async fn post_with(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Reply {
        let mut request = self.request(Method::POST, path, body.to_string());
        for (name, value) in headers {
            let name: axum::http::HeaderName = name.parse().expect("a header's name");
            // Also text that isn't ASCII.
            let value = axum::http::HeaderValue::from_bytes(value.as_bytes());
            request.headers_mut().append(name, value.expect("a header's value"));
        }
        self.send(request).await
    }

    /// Registers a customer called `name` under `id`.
    pub async fn register(&self, id: Uuid, name: &str) -> Reply {
        let body = serde_json::json!({ "id": id, "profile": { "name": name } });
        self.post("/v1/customers", &body).await.expect(201)
    }

    /// Sends one command on a customer.
    pub async fn command(&self, reference: &str, name: &str, body: &Value) -> Reply {
        self.post(&format!("/v1/customers/{reference}/commands/{name}"), body).await
    }

    /// Waits until every projection has reached the current end of the log.
    ///
    /// # Panics
    ///
    /// When that takes longer than a minute.
    pub async fn settle(&self) {
        let mut owner = self.database.connect().await;
        let heads: Vec<(i16, i64)> =
            sqlx::query_as("select partition, position from log_heads where position > 0")
                .fetch_all(&mut owner)
                .await
                .expect("the heads");
        let settled = async {
            for (partition, position) in heads {
                while lowest(&mut owner, partition).await < position {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        };
        tokio::time::timeout(SETTLED_WITHIN, settled).await.expect("projections that keep up");
    }

    /// Serves over TCP until the process ends, and returns the address.
    ///
    /// # Panics
    ///
    /// When there is no port.
    pub async fn serve(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let limits = server::listen::Limits::default();
        tokio::spawn(server::listen::serve(
            listener,
            self.router(),
            limits,
            std::future::pending(),
        ));
        address
    }
}

/// The signing key of a service under test: for heads, exports, and codes of idempotency answers.
///
/// # Panics
///
/// Never.
#[must_use]
pub fn log_key() -> LogKey {
    LogKey::from_random("log.test", [7; 32]).expect("a key")
}

fn options(
    database: &TestDatabase,
    followers: usize,
    upcasters: &Upcasters,
    projections: &Projections,
) -> Options {
    let writers = Limits { queue_max: 1_024, batch_max: 256, connections_max: 3 };
    let (database, upcasters) = (database.options.clone(), upcasters.clone());
    let projections = projections.clone();
    let answer_key = Some(log_key().answer_key());
    Options {
        readers_max: 4,
        // Tests share their machine, and some look at statements in progress.
        search_timeout: Duration::from_secs(30),
        writers,
        followers,
        answer_key,
        projections,
        upcasters,
        ..Options::new(database)
    }
}

/// The position of the live projection that is furthest behind.
async fn lowest(owner: &mut sqlx::PgConnection, partition: i16) -> i64 {
    sqlx::query_scalar(
        "select min(c.position)
           from checkpoints as c
           join projections as p on p.name = c.projection and p.generation = c.generation
          where c.partition = $1 and p.state = 'live'",
    )
    .bind(partition)
    .fetch_one(owner)
    .await
    .expect("the checkpoints")
}

/// Stores a key without its event, so the log of a test begins with what the test does.
async fn new_key(database: &TestDatabase, tenant: TenantRef, scopes: &[Scope]) -> ApiKey {
    let (id, secret) = (Uuid::new_v4().as_u128(), Uuid::new_v4().into_bytes());
    let key = ApiKey::from_random(
        id.to_be_bytes()[..8].try_into().expect("8 bytes"),
        [secret, secret].concat().try_into().expect("32 bytes"),
    );
    store_key(database, tenant, &key, scopes).await;
    key
}

async fn store_key(database: &TestDatabase, tenant: TenantRef, key: &ApiKey, scopes: &[Scope]) {
    sqlx::query(
        "insert into api_keys (key_id, partition, tenant_id, name, secret_hash, scopes)
         values ($1, $2, $3, 'test', $4, $5)",
    )
    .bind(key.id())
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(&key.secret_hash()[..])
    .bind(scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>())
    .execute(&mut database.connect().await)
    .await
    .expect("a key");
}
