//! A projection far behind the log is loaded like a rebuild.

use store::Options;

use super::*;

/// A service without followers, whose `field_changes` is at the log's beginning like a new
/// projection.
async fn with_a_new_projection() -> TestApp {
    let following = with_customers().await;
    let app = following.another_that_does_not_follow().await;
    following.store.close().await;
    let mut owner = app.database.connect().await;
    sqlx::raw_sql(
        "truncate field_changes;
         update checkpoints set position = 0 where projection = 'field_changes'",
    )
    .execute(&mut owner)
    .await
    .expect("a projection that is new");
    app
}

#[tokio::test]
async fn a_new_projection_is_loaded_automatically_if_much_is_missing() {
    let app = with_a_new_projection().await;
    let ended = rebuild::resume(&app.options()).await.expect("an answer");
    assert!(ended.is_empty(), "{ended:?}");
    let few = Options { far_behind: 3, ..app.options() };
    let ended = rebuild::resume(&few).await.expect("an answer");
    let [Ok(rebuilt)] = &ended[..] else { panic!("{ended:?}") };
    assert_eq!((rebuilt.projection, rebuilt.generation), ("field_changes", 2));
    assert_eq!(rebuilt.comparison.left_out, 5, "customers that the live one had not come to");
    assert_eq!(states(&app, "field_changes").await, ["1 retired", "2 live"]);
    assert!(rebuild::resume(&few).await.expect("an answer").is_empty());
    let following = app.another_instance().await;
    rename(&following, 1, "Acme AB").await;
    expect_views(&following).await;
}

#[tokio::test]
async fn a_live_generation_waits_for_a_rebuild_and_follows_again_after_a_cancel() {
    let app = with_a_new_projection().await;
    let mut owner = app.database.connect().await;
    sqlx::raw_sql(
        "select create_generation('field_changes', 2, 1);
         update projections set catches_up = true where name = 'field_changes' and generation = 2",
    )
    .execute(&mut owner)
    .await
    .expect("a generation that is being built");
    let following = app.another_instance().await;
    rename(&following, 1, "Acme AB").await;
    until("the list follows", async || lag(&app, "customer_list").await == 0).await;
    assert!(lag(&app, "field_changes").await > 10);
    assert!(
        rebuild::cancel(&mut projector(&app).await, &Projections::default(), "field_changes")
            .await
            .expect("an end")
    );
    expect_views(&following).await;
}

/// The lag of the live generation, in events.
async fn lag(app: &TestApp, projection: &str) -> i64 {
    let live = generations(app, projection).await.into_iter().find(|one| one.state == "live");
    live.expect("a live generation").lag_events
}
