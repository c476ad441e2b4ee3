//! Conditions of the database that are not defects of the service: 503 with the reason, and not
//! ready.

use http::{App, Settings};
use serde_json::json;
use sqlx::{Executor as _, PgConnection, query};
use store::{Limits, Options, Store};
use tests::{Reply, TestApp, customer_id};
use uuid::Uuid;

/// A service with its own login, which the test can break.
struct Broken {
    app: TestApp,
    owner: PgConnection,
    login: String,
    store: Store,
}

impl Broken {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let mut owner = app.database.connect().await;
        let login = format!("login_{}", Uuid::new_v4().simple());
        let make = format!(
            "create role {login} login password 'hush';
             grant dossier_writer, dossier_reader, dossier_projector to {login}"
        );
        owner.execute(&*make).await.expect("a login");
        let database = app.database.options.clone().username(&login).password("hush");
        let writers = Limits { queue_max: 64, batch_max: 16, connections_max: 2 };
        let options = Options { readers_max: 2, writers, ..Options::new(database) };
        let store = Store::open(&options).await.expect("a store");
        let app = app.at(App::new(store.clone(), Settings::default()));
        let mut broken = Self { app, owner, login, store };
        broken.works(1).await;
        broken
    }

    async fn execute(&mut self, statement: &str) {
        let statement = statement.replace("LOGIN", &self.login);
        self.owner.execute(&*statement).await.expect("what a superuser may do");
    }

    /// Ends the sessions of the service, as a restart of the database would.
    async fn end_sessions(&mut self) {
        query("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1")
            .bind(&self.login)
            .execute(&mut self.owner)
            .await
            .expect("ended sessions");
    }

    async fn write(&self, number: u64) -> Reply {
        let body = json!({ "id": customer_id(number), "profile": { "name": "Acme" } });
        self.app.post("/v1/customers", &body).await
    }

    async fn read(&self) -> Reply {
        self.app.get(&format!("/v1/customers/{}", customer_id(1))).await
    }

    async fn works(&mut self, number: u64) {
        self.ready().await;
        self.write(number).await.expect(201);
        self.read().await.expect(200);
    }

    /// A bad result of `/readyz` is cached for a moment.
    async fn ready(&self) {
        for _ in 0..100 {
            if self.app.get("/readyz").await.status == 200 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("never ready: {}", self.app.get("/readyz").await.body);
    }

    /// A good result is cached, too.
    async fn not_ready(&self, because: &str) {
        for _ in 0..100 {
            let reply = self.app.get("/readyz").await;
            if reply.status == 503 {
                assert!(reply.body.contains(because), "{because} is not in: {}", reply.body);
                assert!(!reply.header("retry-after").is_empty());
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("still ready");
    }
}

fn expect_unavailable(reply: Reply, because: &str) {
    let reply = reply.expect_problem(503, "unavailable");
    assert!(!reply.header("retry-after").is_empty(), "no Retry-After");
    let detail = reply.json()["detail"].as_str().expect("a detail").to_owned();
    assert!(detail.contains(because), "{because} is not in: {detail}");
}

/// Breaks the database, expects 503 with the reason from writes and reads, repairs it.
async fn check(breaking: &str, mending: &str, because: &str) {
    let mut service = Broken::new().await;
    service.execute(breaking).await;
    service.end_sessions().await;
    service.not_ready(because).await;
    expect_unavailable(service.write(2).await, because);
    expect_unavailable(service.read().await, because);
    service.execute(mending).await;
    service.works(2).await;
    service.store.close().await;
}

#[tokio::test]
async fn a_changed_password_is_a_named_503() {
    check(
        "alter role LOGIN password 'other'",
        "alter role LOGIN password 'hush'",
        "refuses the service's login",
    )
    .await;
}

#[tokio::test]
async fn a_role_without_login_is_a_named_503() {
    check("alter role LOGIN nologin", "alter role LOGIN login", "refuses the service's login")
        .await;
}

#[tokio::test]
async fn a_role_without_connections_is_a_named_503() {
    check(
        "alter role LOGIN connection limit 0",
        "alter role LOGIN connection limit -1",
        "no connection left",
    )
    .await;
}

#[tokio::test]
async fn a_login_that_lost_its_roles_is_a_named_503() {
    check(
        "revoke dossier_writer, dossier_reader from LOGIN",
        "grant dossier_writer, dossier_reader to LOGIN",
        "lacks a grant",
    )
    .await;
}

/// Makes PL/pgSQL of this database unloadable for new sessions.
#[tokio::test]
async fn a_library_that_cannot_be_loaded_is_a_named_503() {
    let set = |library: &str| {
        format!("update pg_proc set probin = '$libdir/{library}' where prosrc like 'plpgsql_%'")
    };
    check(&set("plpgsql_of_another_version"), &set("plpgsql"), "can't load its libraries").await;
}

#[tokio::test]
async fn a_read_only_database_is_a_named_503_for_writes_and_can_be_read() {
    let mut service = Broken::new().await;
    service.execute("alter role LOGIN set default_transaction_read_only = on").await;
    service.end_sessions().await;
    service.not_ready("takes no writes").await;
    expect_unavailable(service.write(2).await, "takes no writes");
    let reader = service.app.with_key(service.app.new_key(&[store::api_keys::Scope::Read]).await);
    reader.get(&format!("/v1/customers/{}", customer_id(1))).await.expect(200);
    service.execute("alter role LOGIN reset default_transaction_read_only").await;
    service.end_sessions().await;
    service.works(2).await;
    service.store.close().await;
}

#[tokio::test]
async fn a_missing_grant_is_a_named_503() {
    let mut service = Broken::new().await;
    service.execute("revoke update on log_heads from dossier_writer").await;
    let columns = "revoke update (position, hash, recorded_at, fence) on log_heads";
    service.execute(&format!("{columns} from dossier_writer")).await;
    service.not_ready("lacks a grant").await;
    expect_unavailable(service.write(2).await, "lacks a grant");
    service
        .execute("grant update (position, hash, recorded_at, fence) on log_heads to dossier_writer")
        .await;
    service.works(2).await;
    service.store.close().await;
}

#[tokio::test]
async fn a_foreign_lock_on_the_heads_is_a_named_503() {
    for lock in
        ["lock table log_heads in access exclusive mode", "select from log_heads for update"]
    {
        let mut service = Broken::new().await;
        service.execute("begin").await;
        service.execute(lock).await;
        let (written, ()) =
            tokio::join!(service.write(2), service.not_ready("another session holds a lock"));
        expect_unavailable(written, "another session holds a lock");
        service.execute("rollback").await;
        service.works(3).await;
        service.store.close().await;
    }
}

#[tokio::test]
async fn a_foreign_lock_on_what_readers_need_is_a_named_503() {
    for table in ["customers", "customer_list"] {
        let mut service = Broken::new().await;
        service.execute("begin").await;
        service.execute(&format!("lock table {table} in access exclusive mode")).await;
        service.not_ready("another session holds a lock").await;
        service.execute("rollback").await;
        service.works(2).await;
        service.store.close().await;
    }
}

#[tokio::test]
async fn a_missing_grant_of_readers_is_a_named_503() {
    for table in ["customers", "customer_list"] {
        let mut service = Broken::new().await;
        service.execute(&format!("revoke select on {table} from dossier_reader")).await;
        service.not_ready("lacks a grant").await;
        service.execute(&format!("grant select on {table} to dossier_reader")).await;
        service.works(2).await;
        service.store.close().await;
    }
}

#[tokio::test]
async fn an_import_that_holds_one_partition_leaves_the_service_ready() {
    let mut service = Broken::new().await;
    service.execute("begin").await;
    service.execute("select from log_heads where partition = 3 for update").await;
    service.app.get("/readyz").await.expect(200);
    service.execute("rollback").await;
    service.store.close().await;
}

#[tokio::test]
async fn many_readiness_requests_share_one_check() {
    let mut service = Broken::new().await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let sessions = "select sessions from pg_stat_database where datname = current_database()";
    let sessions = async |owner: &mut PgConnection| -> i64 {
        query("select pg_stat_clear_snapshot()").execute(&mut *owner).await.expect("fresh counts");
        sqlx::query_scalar(sessions).fetch_one(owner).await.expect("a count")
    };
    let before = sessions(&mut service.owner).await;
    let asked = (0..200).map(|_| service.app.get("/readyz"));
    for reply in futures::future::join_all(asked).await {
        reply.expect(200);
    }
    // Two sessions of one check, and on a slow machine those of a second one.
    let after = sessions(&mut service.owner).await;
    assert!(after - before <= 40, "{} sessions", after - before);
    service.store.close().await;
}
