//! Rebuilds that are killed at every step, blocked, and cancelled.

use super::*;

/// The advisory lock of the failpoints.
const GATE: i64 = 4_711;

/// From here on, a runner that leaves `phase`, or finishes a chunk, waits at the gate.
async fn wait_when_leaving(owner: &mut PgConnection, phase: &str) {
    for statement in [
        format!(
            "create or replace function wait_at_gate() returns trigger language plpgsql as $$
             begin
                 perform pg_advisory_xact_lock({GATE});
                 return new;
             end $$"
        ),
        if phase == "chunk" {
            "create trigger wait_at_gate after update on rebuild_chunks for each row
             execute function wait_at_gate()"
                .to_owned()
        } else {
            format!(
                "create trigger wait_at_gate before update on projections for each row
                 when (old.phase = '{phase}' and new.phase is distinct from old.phase)
                 execute function wait_at_gate()"
            )
        },
        format!("select pg_advisory_lock({GATE})"),
    ] {
        query(&statement).execute(&mut *owner).await.expect(&statement);
    }
}

async fn open_the_gate(owner: &mut PgConnection) {
    query("select pg_advisory_unlock($1)").bind(GATE).execute(owner).await.expect("an open gate");
}

async fn somebody_waits(owner: &mut PgConnection) {
    until("somebody waits at the gate", async || {
        let waiting: bool = query_scalar(
            "select exists (select from pg_locks
                             where locktype = 'advisory' and not granted and objid = $1::oid
                               and database = (select oid from pg_database
                                                where datname = current_database()))",
        )
        .bind(sqlx::postgres::types::Oid(u32::try_from(GATE).expect("an id")))
        .fetch_one(&mut *owner)
        .await
        .expect("locks");
        waiting
    })
    .await;
}

/// Ends every session that works as the projector, as if its process had been killed.
async fn kill_projectors(owner: &mut PgConnection) {
    query(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()
            and (query ilike '%generation%' or query ilike '%rebuild%' or query ilike 'copy%'
                 or query ilike '%projections%')",
    )
    .execute(owner)
    .await
    .expect("the end of the sessions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_continues_after_a_kill_at_any_step() {
    for phase in ["chunk", "loading", "indexing", "following", "comparing"] {
        for projection in ["field_changes", "customers"] {
            let app = with_customers().await;
            let mut owner = app.database.connect().await;
            let before = rows(&mut owner, projection).await;
            wait_when_leaving(&mut owner, phase).await;
            let options = app.options();
            let runner = tokio::spawn(async move {
                rebuild::rebuild(&options, projection, 2).await.map(|rebuilt| rebuilt.generation)
            });
            somebody_waits(&mut owner).await;
            runner.abort();
            let _ = runner.await;
            kill_projectors(&mut owner).await;
            let expected = match phase {
                "chunk" => "2 loading".to_owned(),
                phase => format!("2 {phase}"),
            };
            assert_eq!(states(&app, projection).await, ["1 live", &*expected], "{phase}");
            assert_eq!(rows(&mut owner, projection).await, before, "{phase}");
            open_the_gate(&mut owner).await;
            rename(&app, 2, phase).await;
            app.settle().await;
            let rebuilt = rebuild(&app, projection).await;
            assert_eq!(rebuilt.generation, 2, "{phase}");
            assert!(rebuilt.comparison.equal(), "{phase}: {:?}", rebuilt.comparison);
            assert_eq!(states(&app, projection).await, ["1 retired", "2 live"], "{phase}");
            expect_views(&app).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_continues_after_its_connections_are_cut() {
    let app = with_customers().await;
    let mut owner = app.database.connect().await;
    wait_when_leaving(&mut owner, "indexing").await;
    let options = app.options();
    let runner = tokio::spawn(async move { rebuild::rebuild(&options, "field_changes", 2).await });
    somebody_waits(&mut owner).await;
    kill_projectors(&mut owner).await;
    open_the_gate(&mut owner).await;
    let rebuilt = runner.await.expect("a runner").expect("a rebuild");
    assert_eq!(rebuilt.generation, 2);
    expect_views(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_can_be_cancelled_while_it_builds_an_index() {
    let app = with_customers().await;
    let mut owner = app.database.connect().await;
    let index = "hashtextextended('index ' || generation_schema('field_changes', 2)
                                  || '.field_changes_field_key', 0)";
    let lock = format!("select pg_advisory_lock({index})");
    query(&lock).execute(&mut owner).await.expect("nobody else at it");
    let options = app.options();
    let runner = tokio::spawn(async move { rebuild::rebuild(&options, "field_changes", 2).await });
    until("the index is to be made", async || {
        let waiting: bool = query_scalar(
            "select exists (select from pg_stat_activity
                             where datname = current_database() and wait_event = 'advisory'
                               and query like 'select make_index%')",
        )
        .fetch_one(&mut owner)
        .await
        .expect("sessions");
        waiting
    })
    .await;
    let mut projector = projector(&app).await;
    assert!(
        rebuild::cancel(&mut projector, &Projections::default(), "field_changes")
            .await
            .expect("an answer")
    );
    let unlock = format!("select pg_advisory_unlock({index})");
    query(&unlock).execute(&mut owner).await.expect("a lock that was held");
    let ended = runner.await.expect("a runner");
    assert!(matches!(ended, Err(rebuild::RebuildError::Cancelled(_))), "{ended:?}");
    assert_eq!(states(&app, "field_changes").await, ["1 live", "2 cancelled"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_rebuild_changes_nothing() {
    for phase in ["chunk", "following"] {
        let app = with_customers().await;
        let mut owner = app.database.connect().await;
        let before = rows(&mut owner, "field_changes").await;
        wait_when_leaving(&mut owner, phase).await;
        let options = app.options();
        let runner =
            tokio::spawn(async move { rebuild::rebuild(&options, "field_changes", 2).await });
        somebody_waits(&mut owner).await;
        // A cancel would wait at the gate, too.
        let mut projector = projector(&app).await;
        let cancel = tokio::spawn(async move {
            rebuild::cancel(&mut projector, &Projections::default(), "field_changes")
                .await
                .expect("an answer")
        });
        open_the_gate(&mut owner).await;
        assert!(cancel.await.expect("an answer"));
        let ended = runner.await.expect("a runner");
        assert!(matches!(ended, Err(rebuild::RebuildError::Cancelled(_))), "{ended:?}");
        assert_eq!(states(&app, "field_changes").await, ["1 live", "2 cancelled"]);
        let schemas: i64 =
            query_scalar("select count(*) from pg_namespace where nspname like 'field_changes%'")
                .fetch_one(&mut owner)
                .await
                .expect("a count");
        assert_eq!(schemas, 0, "{phase}");
        assert_eq!(rows(&mut owner, "field_changes").await, before);
        let again = rebuild::cancel(
            &mut super::projector(&app).await,
            &Projections::default(),
            "field_changes",
        )
        .await;
        assert!(!again.expect("an answer"));
        assert_eq!(rebuild(&app, "field_changes").await.generation, 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_query_delays_the_switch_but_no_other_reader() {
    let app = with_customers().await;
    let mut owner = app.database.connect().await;
    for projection in ["field_changes", "customers"] {
        let mut report = owner.begin().await.expect("a transaction");
        let statement = format!("select count(*) from {projection}");
        let _: i64 = query_scalar(&statement).fetch_one(&mut *report).await.expect("a count");
        let options = app.options();
        let runner = tokio::spawn(async move { rebuild::rebuild(&options, projection, 1).await });
        until("the rebuild comes to its last step", async || {
            states(&app, projection).await.contains(&"2 comparing".to_owned())
        })
        .await;
        for nth in 0..30 {
            rename(&app, 1, &format!("{projection} {nth}")).await;
            app.get(&format!("/v1/customers/{}", customer_id(1))).await.expect(200);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(!runner.is_finished());
        report.rollback().await.expect("the end of the report");
        runner.await.expect("a runner").expect("a rebuild");
        assert_eq!(states(&app, projection).await, ["1 retired", "2 live"]);
    }
    expect_views(&app).await;
}
