//! `docs/schema.sql` is the schema that the migrations lead to: readers find today's text of each function
//! there.

use std::path::Path;
use std::process::Command;

use sqlx::query_scalar;
use tests::TestDatabase;

/// What `pg_dump` says of a migrated database's schema.
async fn dump(database: &TestDatabase) -> String {
    let programs: String = query_scalar("select setting from pg_config where name = 'BINDIR'")
        .fetch_one(&mut database.connect().await)
        .await
        .expect("the folder of PostgreSQL's programs");
    let dumped = Command::new(Path::new(&programs).join("pg_dump"))
        .args(["--schema-only", "--no-owner", "--exclude-table=_sqlx_migrations"])
        .arg(&database.url)
        .output()
        .expect("pg_dump");
    assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
    String::from_utf8(dumped.stdout).expect("UTF-8")
}

/// The dump without what depends on the version of `pg_dump` or on chance.
fn stable(dump: &str) -> String {
    let mut lines = vec![
        "-- The schema that the migrations lead to. Made by a test: don't edit it.",
        "-- UPDATE_FILES=1 cargo test -p tests --test it -- schema",
    ];
    let settings = ["SET ", "SELECT pg_catalog.set_config(", r"\restrict ", r"\unrestrict "];
    for line in dump.lines() {
        let comment =
            line == "--" || line.starts_with("-- Dumped") || line.starts_with("-- PostgreSQL");
        let setting = settings.iter().any(|setting| line.starts_with(setting));
        let blank = line.is_empty() && lines.last().is_some_and(|last| last.is_empty());
        if !comment && !setting && !blank {
            lines.push(line);
        }
    }
    lines.join("\n").trim_end().to_owned() + "\n"
}

#[tokio::test]
async fn the_documented_schema_is_the_one_that_the_migrations_lead_to() {
    let schema = stable(&dump(&TestDatabase::new().await).await);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema.sql");
    if std::env::var_os("UPDATE_FILES").is_some() {
        std::fs::write(&path, &schema).expect("a file");
    }
    let documented = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(documented == schema, "docs/schema.sql is old: run this test with UPDATE_FILES=1");
}
