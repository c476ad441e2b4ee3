//! Imports that are killed at critical points.

use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection, query, query_as, query_scalar, raw_sql};
use tempfile::TempDir;
use tests::customer_id;

use super::assert_came_from;
use crate::service::{Service, begin, connect, dev_key, fails, succeeds};

/// The time limit on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running service and its data.
struct Home {
    directory: TempDir,
    service: Service,
}

impl Home {
    async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let service = Service::start(directory.path()).await;
        Self { directory, service }
    }

    /// A command on its data.
    fn on<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        let data_dir = self.directory.path().to_str().expect("UTF-8");
        [&["--data-dir", data_dir][..], arguments].concat()
    }

    async fn does(&self, arguments: &[&str]) -> String {
        succeeds(&self.on(arguments), &[]).await
    }

    /// Gives its tenant this many customers, and exports it: the tenant and the file.
    async fn export_of(&self, customers: u64) -> (String, String) {
        let key = dev_key(self.directory.path());
        self.service.register_all(&key, (0..customers).map(customer_id)).await;
        let listed = self.does(&["tenant", "list"]).await;
        let tenant = listed.split_whitespace().next().expect("a tenant").to_owned();
        let file = self.directory.path().join("tenant.ndjson").to_str().expect("UTF-8").to_owned();
        self.does(&["export", "--tenant", &tenant, "--output", &file]).await;
        (tenant, file)
    }

    /// Requires that it exports the tenant as in the file, has an intact log, and works.
    async fn expect_like(&self, tenant: &str, file: &str, next: u64) {
        let exported = self.does(&["export", "--tenant", tenant]).await;
        assert_came_from(&exported, &std::fs::read_to_string(file).expect("the file"));
        self.expect_sound(next).await;
    }

    async fn expect_sound(&self, next: u64) {
        self.does(&["verify"]).await;
        let key = dev_key(self.directory.path());
        assert_eq!(self.service.register(&key, customer_id(next)).await, 201);
    }

    /// Starts an import, and kills it once it waits for the advisory lock 7. Returns when the
    /// database has finished with it.
    async fn kill_import_that_waits(&self, owner: &mut PgConnection, file: &str) {
        query("select pg_advisory_lock(7)").execute(&mut *owner).await.expect("the lock");
        let mut import = begin(&self.on(&["import", file, "--unproven"])).await;
        let begun = Instant::now();
        let session = loop {
            let waiting = "select pid from pg_locks where locktype = 'advisory' and not granted";
            let waiting = query_scalar::<_, i32>(waiting).fetch_optional(&mut *owner).await;
            if let Some(session) = waiting.expect("the locks") {
                break session;
            }
            assert!(begun.elapsed() < PATIENCE, "it never came so far");
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        import.kill().await.expect("an end");
        query("select pg_advisory_unlock(7)").execute(&mut *owner).await.expect("no lock");
        loop {
            let there = "select exists (select from pg_stat_activity where pid = $1)";
            let there = query_scalar::<_, bool>(there).bind(session).fetch_one(&mut *owner).await;
            if !there.expect("the sessions") {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "its session never ends");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Makes a session that fires `trigger`, for a matching row, wait while another holds the advisory lock 7.
async fn make_wait(owner: &mut PgConnection, trigger: &str, when: &str) {
    let hold = format!(
        "create or replace function hold() returns trigger language plpgsql as $$
         begin perform pg_advisory_xact_lock_shared(7); return new; end $$;
         {trigger} for each row {when} execute function hold()"
    );
    raw_sql(&hold).execute(owner).await.expect("what a superuser may do");
}

/// The tables with rows of a tenant, and the positions of all partitions.
async fn traces(owner: &mut PgConnection, tenant: &str) -> (Vec<String>, Vec<(i16, i64)>) {
    let tables: Vec<String> = query_scalar(
        "select c.table_name::text
           from information_schema.columns as c
           join information_schema.tables as t using (table_schema, table_name)
          where c.table_schema = 'public' and c.column_name = 'tenant_id'
            and t.table_type = 'BASE TABLE'
          order by 1",
    )
    .fetch_all(&mut *owner)
    .await
    .expect("the tables");
    assert!(tables.contains(&"reservations".to_owned()), "{tables:?}");
    let mut traces = Vec::new();
    for table in tables {
        let there = format!("select exists (select from {table} where tenant_id = $1::uuid)");
        let there = query_scalar(&there).bind(tenant).fetch_one(&mut *owner).await;
        if there.expect("an answer") {
            traces.push(table);
        }
    }
    let heads = query_as("select partition, position from log_heads order by partition");
    (traces, heads.fetch_all(owner).await.expect("the heads"))
}

#[tokio::test]
async fn a_killed_import_leaves_nothing_and_can_be_repeated() {
    let (from, to) = (Home::new().await, Home::new().await);
    // Their events are more than two batches.
    let (tenant, file) = from.export_of(5_000).await;
    let mut owner = connect(to.directory.path()).await;
    let before = traces(&mut owner, &tenant).await;
    assert!(before.0.is_empty(), "{before:?}");
    let last_batch = format!("when (new.tenant_id = '{tenant}' and new.position > 4500)");
    for (table, when) in [("tenants", ""), ("events", &*last_batch), ("imports", "")] {
        let trigger = format!("create trigger hold before insert on {table}");
        make_wait(&mut owner, &trigger, when).await;
        to.kill_import_that_waits(&mut owner, &file).await;
        assert_eq!(traces(&mut owner, &tenant).await, before, "killed at {table}");
        let drop = format!("drop trigger hold on {table}");
        raw_sql(&drop).execute(&mut owner).await.expect("what a superuser may do");
    }
    to.expect_sound(1).await;
    let message = to.does(&["import", &file, "--unproven"]).await;
    assert!(message.contains(&tenant) && message.contains("5,002 events"), "{message}");
    to.expect_like(&tenant, &file, 2).await;
    owner.close().await.expect("the end");
    from.service.stop().await;
    to.service.stop().await;
}

#[tokio::test]
async fn an_import_killed_during_its_commit_is_complete_and_refused_again() {
    let (from, to) = (Home::new().await, Home::new().await);
    let (tenant, file) = from.export_of(10).await;
    let mut owner = connect(to.directory.path()).await;
    let at_commit =
        "create constraint trigger hold after insert on imports deferrable initially deferred";
    make_wait(&mut owner, at_commit, "").await;
    to.kill_import_that_waits(&mut owner, &file).await;
    let message = fails(&to.on(&["import", &file, "--unproven"]), &[]).await;
    assert!(message.contains("is in this database already"), "{message}");
    to.expect_like(&tenant, &file, 1).await;
    owner.close().await.expect("the end");
    from.service.stop().await;
    to.service.stop().await;
}
