//! Only `serve` creates a database. Every other command says what to run.

use std::path::Path;

use sqlx::{Connection as _, Executor as _, PgConnection, query_scalar};
use tests::TestDatabase;
use uuid::Uuid;

use crate::service::{Service, run};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
/// The exit code of a command that found no database, or one without the schema.
const NO_DATABASE: Option<i32> = Some(3);

/// A command line of each command that needs a database.
fn commands() -> Vec<Vec<&'static str>> {
    [
        "tenant create --name Initech",
        "tenant list",
        "key create --tenant ID --name k --scopes read",
        "key list --tenant ID",
        "key revoke 0123456789abcdef",
        "audit",
        "projections",
        "projections parked",
        "projections prune",
        "projections rollback customer_list",
        "projections cancel customer_list",
        "projections unpark customer_list --all",
        "rebuild customer_list",
        "rebuild customer_list --detach",
        "export --tenant ID",
        "import Cargo.toml",
        "import --from-postgres-es postgres://x@127.0.0.1:1/x --tenant ID",
        "verify",
        "verify --views",
        "head",
        "head --key",
    ]
    .map(|line| line.split(' ').map(|word| if word == "ID" { ID } else { word }).collect())
    .into()
}

/// Runs a command, which must exit with [`NO_DATABASE`] and print nothing to standard output.
async fn message(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = run(arguments, environment).await;
    let message = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), NO_DATABASE, "{arguments:?}: {message}");
    assert!(output.stdout.is_empty(), "{arguments:?} printed something");
    message
}

#[tokio::test]
async fn only_serve_creates_a_private_database() {
    let directory = tempfile::tempdir().expect("a directory");
    let data_dir = directory.path().join("data");
    let data_dir_name = data_dir.to_str().expect("UTF-8");
    for command in commands().into_iter().chain([vec!["migrate"]]) {
        let arguments = [&["--data-dir", data_dir_name], &*command].concat();
        let message = message(&arguments, &[]).await;
        assert!(message.contains("`dossier serve`"), "{command:?}: {message}");
        assert!(message.contains(data_dir_name), "{command:?}: {message}");
        assert!(!data_dir.exists(), "{command:?} made something");
    }
}

/// The private PostgreSQL as a start leaves it that was killed before the migrations.
async fn empty_private_database(data_dir: &Path) {
    let options = server::postgres::Options { data_dir: data_dir.into(), ..Default::default() };
    let postgres = server::postgres::Postgres::start(options).await.expect("it starts");
    postgres.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_private_database_without_a_schema_is_completed_by_serve_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let data_dir = directory.path().to_str().expect("UTF-8");
    empty_private_database(directory.path()).await;
    for command in [vec!["tenant", "list"], vec!["migrate"], vec!["verify"]] {
        let message = message(&[&["--data-dir", data_dir], &*command].concat(), &[]).await;
        assert!(message.contains("`dossier serve`"), "{command:?}: {message}");
    }
    Service::start(directory.path()).await.stop().await;
    let listed = run(&["--data-dir", data_dir, "tenant", "list"], &[]).await;
    assert_eq!(listed.status.code(), Some(0));
}

/// The names of everything in the database that isn't PostgreSQL's own.
async fn objects(connection: &mut PgConnection) -> Vec<String> {
    query_scalar(
        "select relname::text from pg_class
          where relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace,
                                     'pg_toast'::regnamespace)",
    )
    .fetch_all(connection)
    .await
    .expect("the catalog")
}

#[tokio::test]
async fn an_empty_database_stays_empty_and_every_command_says_to_migrate_it() {
    let database = TestDatabase::new().await;
    let mut connection = database.connect().await;
    let name = format!("empty_{}", Uuid::new_v4().simple());
    let of =
        |name: &str| database.url.replace(database.options.get_database().expect("a name"), name);
    let (url, nowhere) = (of(&name), of("nowhere"));
    let message_of_missing = message(&["tenant", "list"], &[("DATABASE_URL", &nowhere)]).await;
    assert!(message_of_missing.contains("`create database nowhere`"), "{message_of_missing}");

    connection.execute(&*format!("create database {name}")).await.expect("an empty database");
    let environment = [("DATABASE_URL", &*url)];
    let mut own = PgConnection::connect(&url).await.expect("a connection");
    let serve = vec!["serve", "--listen", "127.0.0.1:0", "--log", "off"];
    for command in commands().into_iter().chain([serve]) {
        let message = message(&command, &environment).await;
        assert!(message.contains("`dossier migrate`"), "{command:?}: {message}");
        assert_eq!(objects(&mut own).await, [""; 0], "{command:?} made something");
    }

    // A migration of this version is missing.
    assert_eq!(run(&["migrate"], &environment).await.status.code(), Some(0));
    let forget =
        "delete from _sqlx_migrations where version = (select min(version) from _sqlx_migrations)";
    own.execute(forget).await.expect("a migration less");
    for command in commands() {
        let message = message(&command, &environment).await;
        assert!(message.contains("lacks migrations: run `dossier migrate`"), "{message}");
    }
}
