//! The private PostgreSQL is used by a login that owns nothing.

use std::path::Path;

use sqlx::{Connection as _, PgConnection, query, query_as, query_scalar};
use tests::{customer_id, expect_sound};

use crate::service::{Service, connect, dev_key, succeeds};

const LOGIN: &str = "dossier_service";

/// The logins of the service's sessions.
async fn logins(owner: &mut PgConnection) -> Vec<String> {
    query_scalar(
        "select distinct usename::text from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()
            and backend_type = 'client backend' order by 1",
    )
    .fetch_all(owner)
    .await
    .expect("sessions")
}

async fn expect_no_rights(owner: &mut PgConnection) {
    let rights: (bool, bool, bool, bool, bool, bool) = query_as(
        "select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolinherit
           from pg_roles where rolname = $1",
    )
    .bind(LOGIN)
    .fetch_one(&mut *owner)
    .await
    .expect("the role");
    assert_eq!(rights, (false, false, false, false, false, false));
    let objects: i64 = query_scalar(
        "select count(*) from pg_shdepend where refobjid = $1::regrole and deptype = 'o'",
    )
    .bind(LOGIN)
    .fetch_one(owner)
    .await
    .expect("a count");
    assert_eq!(objects, 0, "it owns something");
}

async fn expect_served(service: &Service, data_dir: &Path, number: u64) {
    let key = dev_key(data_dir);
    assert_eq!(service.register(&key, customer_id(number)).await, 201);
    let path = format!("/v1/customers/{}", customer_id(number));
    assert_eq!(service.get(&key, &path).await.0, 200);
    assert_eq!(service.get(&key, "/readyz").await.0, 200);
}

#[tokio::test]
async fn the_private_database_is_served_by_a_login_that_owns_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let data_dir = directory.path();
    let service = Service::start(data_dir).await;
    expect_served(&service, data_dir, 1).await;
    let mut owner = connect(data_dir).await;
    assert_eq!(logins(&mut owner).await, [LOGIN]);
    expect_no_rights(&mut owner).await;

    // It does not inherit the rights of the roles that it works as.
    let url = server::postgres::running_service_url(data_dir).await.expect("its login");
    let mut session = PgConnection::connect(&url).await.expect("a session");
    for forbidden in [
        "select count(*) from events",
        "select count(*) from api_keys",
        "create table public.own (n int)",
        "alter table events disable trigger all",
        "alter role dossier_service superuser",
        "set role dossier",
    ] {
        let refused = query(forbidden).execute(&mut session).await;
        let code = refused.expect_err(forbidden).into_database_error().expect("an answer");
        assert_eq!(code.code().as_deref(), Some("42501"), "{forbidden}: {code}");
    }

    let data_dir_name = data_dir.to_str().expect("UTF-8");
    for arguments in [
        &["tenant", "create", "--name", "Initech"][..],
        &["verify"],
        &["verify", "--views"],
        &["projections"],
    ] {
        succeeds(&[&["--data-dir", data_dir_name], arguments].concat(), &[]).await;
    }
    service.stop().await;
}

#[tokio::test]
async fn data_of_an_older_version_get_the_service_login_at_the_next_start() {
    let directory = tempfile::tempdir().expect("a directory");
    let data_dir = directory.path();
    let service = Service::start(data_dir).await;
    expect_served(&service, data_dir, 1).await;
    service.stop().await;
    // What an older version has left.
    let options = server::postgres::Options { data_dir: data_dir.into(), ..Default::default() };
    let postgres = server::postgres::Postgres::start(options).await.expect("it starts");
    let mut owner = PgConnection::connect(&postgres.url()).await.expect("the owner");
    query("drop role dossier_service").execute(&mut owner).await.expect("no such role");
    drop(owner);
    postgres.stop().await.expect("it stops");
    std::fs::remove_file(data_dir.join("postgres/service-password")).expect("no such file");

    let service = Service::start(data_dir).await;
    expect_served(&service, data_dir, 2).await;
    let mut owner = connect(data_dir).await;
    assert_eq!(logins(&mut owner).await, [LOGIN]);
    expect_no_rights(&mut owner).await;
    assert_eq!(expect_sound(&mut owner).await.customers, 2);
    drop(owner);
    service.stop().await;
}
