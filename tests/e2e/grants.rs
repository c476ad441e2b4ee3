//! A command whose login lacks a role or a right names the statement that grants it.

use sqlx::Executor as _;
use tests::TestDatabase;
use uuid::Uuid;

use crate::service::{fails, succeeds};

struct Scene {
    database: TestDatabase,
    login: String,
    url: String,
}

impl Scene {
    /// A migrated database, and a login without rights.
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let login = format!("login_{}", Uuid::new_v4().simple());
        let (_, place) = database.url.split_once('@').expect("a URL");
        let url = format!("postgres://{login}:hush@{place}");
        let scene = Self { database, login, url };
        scene.as_superuser(&format!("create role {} login password 'hush'", scene.login)).await;
        scene
    }

    async fn as_superuser(&self, statement: &str) {
        self.database.connect().await.execute(statement).await.expect(statement);
    }

    async fn message(&self, line: &str) -> String {
        let words: Vec<&str> = line.split(' ').collect();
        let message = fails(&words, &[("DATABASE_URL", &self.url)]).await;
        assert!(!message.contains("hush"), "{message}");
        message
    }
}

#[track_caller]
fn assert_names(message: &str, statement: &str) {
    assert!(message.contains(statement), "{statement} isn't in {message}");
}

#[tokio::test]
async fn a_missing_role_is_named_by_the_statement_that_grants_it() {
    let scene = Scene::new().await;
    let login = scene.login.clone();
    let tenant = format!("--tenant {}", Uuid::nil());
    let serve = "serve --listen 127.0.0.1:0 --log off";
    for (line, role) in [
        (serve, "dossier_writer"),
        ("tenant list", "dossier_writer"),
        ("projections", "dossier_projector"),
        ("audit", "dossier_projector"),
        ("verify", "dossier_projector"),
        (&format!("key list {tenant}"), "dossier_key_admin"),
    ] {
        let message = scene.message(line).await;
        let login = if line == "verify" { "<login of the service>" } else { &*login };
        assert_names(&message, &format!("`grant {role} to {login}`"));
    }
    // The statement helps.
    scene.as_superuser(&format!("grant dossier_writer to {login}")).await;
    succeeds(&["tenant", "list"], &[("DATABASE_URL", &scene.url)]).await;
    scene.as_superuser(&format!("drop role {login}")).await;
}

#[tokio::test]
async fn a_login_that_is_refused_is_named_by_the_statement_that_lets_it_in() {
    let scene = Scene::new().await;
    let login = scene.login.clone();
    scene.as_superuser(&format!("alter role {login} nologin")).await;
    assert_names(&scene.message("tenant list").await, &format!("`alter role \"{login}\" login`"));
    scene.as_superuser(&format!("alter role {login} login password 'other'")).await;
    let message = scene.message("tenant list").await;
    assert_names(&message, &format!("`alter role \"{login}\" password '…'`"));
    let database = scene.database.options.get_database().expect("a name").to_owned();
    scene.as_superuser(&format!("alter role {login} password 'hush'")).await;
    scene.as_superuser(&format!("revoke connect on database {database} from public")).await;
    let message = scene.message("tenant list").await;
    assert_names(&message, "grant connect on database");
    scene.as_superuser(&format!("drop role {login}")).await;
    assert_names(&scene.message("tenant list").await, "password");
}

#[tokio::test]
async fn a_revoked_right_is_named_with_its_table_or_function() {
    let scene = Scene::new().await;
    let login = scene.login.clone();
    scene.as_superuser(&format!("grant dossier_writer, dossier_projector to {login}")).await;
    scene.as_superuser("revoke select on tenants from dossier_writer").await;
    assert_names(
        &scene.message("tenant list").await,
        "ON TABLE public.tenants` of docs/schema.sql",
    );
    // A login that may not create anything can't migrate.
    scene.as_superuser("delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)").await;
    let message = scene.message("migrate").await;
    assert!(message.contains("can't be brought to this version"), "{message}");
    scene
        .as_superuser(&format!(
            "revoke dossier_writer, dossier_projector from {login}; drop role {login}"
        ))
        .await;
}
