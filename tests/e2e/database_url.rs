//! A service on a separate database.

use sqlx::{Connection as _, Executor as _, PgConnection, query_scalar};
use tests::{TestDatabase, customer_id, expect_sound};
use uuid::Uuid;

use crate::service::{Service, fails, succeeds};

#[tokio::test]
async fn it_serves_a_database_as_a_login_that_owns_nothing() {
    let database = TestDatabase::new().await;
    let name = format!("own_{}", Uuid::new_v4().simple());
    let login = format!("login_{}", Uuid::new_v4().simple());
    let mut connection = database.connect().await;
    connection.execute(&*format!("create database {name}")).await.expect("an empty database");
    let template = database.options.get_database().expect("a name");
    let owner = database.url.replace(template, &name);
    let owner = [("DATABASE_URL", &*owner)];

    let message = fails(&["serve", "--listen", "127.0.0.1:0", "--log", "off"], &owner).await;
    assert!(message.contains("dossier migrate"), "{message}");
    for _ in 0..2 {
        assert!(succeeds(&["migrate"], &owner).await.contains("up to date"));
    }

    let make = format!(
        "create role {login} login password 'hush';
         grant dossier_writer, dossier_reader, dossier_projector to {login}"
    );
    connection.execute(&*make).await.expect("a login");
    let (_, place) = owner[0].1.split_once('@').expect("a URL");
    let url = format!("postgres://{login}:hush@{place}");
    let environment = [("DATABASE_URL", &*url)];
    let message = fails(&["migrate"], &environment).await;
    assert!(!message.contains("hush"), "{message}");

    let service = Service::start_with(&[], &environment, "dossier is at").await;
    let tenant = succeeds(&["tenant", "create", "--name", "Initech"], &environment).await;
    let create =
        ["key", "create", "--tenant", tenant.trim(), "--name", "k", "--scopes", "read,write"];
    // The login of the service creates no keys.
    let message = fails(&create, &environment).await;
    assert!(message.contains("dossier_key_admin"), "{message}");
    let admin = format!("admin_{login}");
    let make =
        format!("create role {admin} login password 'hush'; grant dossier_key_admin to {admin}");
    connection.execute(&*make).await.expect("a login");
    let admin_url = format!("postgres://{admin}:hush@{place}");
    let key = succeeds(&create, &[("DATABASE_URL", &*admin_url)]).await;
    assert_eq!(service.register(key.trim(), customer_id(1)).await, 201);
    let path = format!("/v1/customers/{}", customer_id(1));
    assert_eq!(service.get(key.trim(), &path).await.0, 200);

    let mut own = PgConnection::connect(owner[0].1).await.expect("a connection");
    assert_eq!(expect_sound(&mut own).await.customers, 1);
    let sessions: Vec<String> = query_scalar(
        "select distinct usename::text from pg_stat_activity
          where datname = current_database() and application_name = 'dossier'",
    )
    .fetch_all(&mut own)
    .await
    .expect("sessions");
    assert_eq!(sessions, [login]);
    service.stop().await;
}
