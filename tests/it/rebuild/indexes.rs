//! The progress of the indexes of a rebuild.

use sqlx::{Connection as _, query, raw_sql};
use store::projections::rebuild::index_progress;
use tests::TestDatabase;

/// A generation whose index takes long: its expression sleeps for each row.
const SLOW: &str = "
    create schema field_changes_g9;
    create table field_changes_g9.field_changes as
        select number from generate_series(1, 50000) as number;
    create function slowly(number integer) returns integer language plpgsql immutable as $$
        begin perform pg_sleep(0.001); return number; end $$;";

#[tokio::test]
async fn an_index_that_is_being_built_moves_the_progress() {
    let database = TestDatabase::new().await;
    let mut watch = database.connect().await;
    raw_sql(SLOW).execute(&mut watch).await.expect("a generation");
    let (done, total) = index_progress(&mut watch, "field_changes", 9).await.expect("a progress");
    assert!(done == 0 && total > 0, "{done} of {total}");

    let mut builder = database.connect().await;
    let build = tokio::spawn(async move {
        let build = "create index on field_changes_g9.field_changes (slowly(number))";
        let result = query(build).execute(&mut builder).await;
        builder.close().await.expect("an end");
        result
    });
    let mut seen = vec![done];
    while seen.len() < 4 {
        assert!(!build.is_finished(), "the index is built, and progress was {seen:?}");
        let (now, of) = index_progress(&mut watch, "field_changes", 9).await.expect("a progress");
        assert_eq!(of, total);
        if seen.last() != Some(&now) {
            seen.push(now);
        }
    }
    assert!(seen.is_sorted() && seen.last() < Some(&total), "{seen:?} of {total}");
    let end = "select pg_cancel_backend(pid) from pg_stat_progress_create_index";
    raw_sql(end).execute(&mut watch).await.expect("an end");
    build.await.expect("no panic").expect_err("it was cancelled");
    let (done, _) = index_progress(&mut watch, "field_changes", 9).await.expect("a progress");
    assert_eq!(done, 0);

    // An index with the name of a live one counts as finished.
    let live = "create index field_changes_pkey on field_changes_g9.field_changes (number)";
    raw_sql(live).execute(&mut watch).await.expect("an index");
    let (done, total) = index_progress(&mut watch, "field_changes", 9).await.expect("a progress");
    assert!(done > 0 && done <= total, "{done} of {total}");
}
