//! Former live generations: rolled back to, or dropped.

use super::*;

#[tokio::test]
async fn a_rollback_first_brings_the_earlier_generation_up_to_date() {
    let app = with_customers().await;
    for projection in ["field_changes", "customers"] {
        rebuild(&app, projection).await;
        rename(&app, 3, &format!("after {projection}")).await;
        app.register(customer_id(if projection == "customers" { 6 } else { 7 }), "New").await;
        app.settle().await;
        let back = rebuild::rollback(&app.options(), projection).await.expect("a way back");
        assert_eq!(back.generation, 1);
        assert!(back.comparison.equal(), "{:?}", back.comparison);
        assert_eq!(states(&app, projection).await, ["1 live", "2 retired"]);
        rename(&app, 3, &format!("back from {projection}")).await;
        expect_views(&app).await;
        let forth = rebuild::rollback(&app.options(), projection).await.expect("a way forth");
        assert_eq!(forth.generation, 2);
        expect_views(&app).await;
    }
    expect_sound(&mut app.database.connect().await).await;
}

#[tokio::test]
async fn after_a_prune_there_is_no_generation_to_roll_back_to() {
    let app = with_customers().await;
    rebuild(&app, "field_changes").await;
    rebuild(&app, "field_changes").await;
    let dropped = rebuild::prune(&mut projector(&app).await).await.expect("an answer");
    let expected = [("field_changes".to_owned(), 1), ("field_changes".to_owned(), 2)];
    assert_eq!(dropped, expected);
    assert_eq!(states(&app, "field_changes").await, ["3 live"]);
    let back = rebuild::rollback(&app.options(), "field_changes").await;
    assert!(matches!(back, Err(rebuild::RebuildError::NothingRetired(_))), "{back:?}");
    let left: Vec<String> =
        query_scalar("select nspname::text from pg_namespace where nspname like '%\\_g_'")
            .fetch_all(&mut app.database.connect().await)
            .await
            .expect("schemas");
    assert!(left.is_empty(), "{left:?}");
    rename(&app, 1, "Acme again").await;
    expect_views(&app).await;
}

#[tokio::test]
async fn a_rollback_to_an_altered_table_is_refused() {
    let app = with_customers().await;
    rebuild(&app, "field_changes").await;
    let mut owner = app.database.connect().await;
    query("alter table field_changes add column note text")
        .execute(&mut owner)
        .await
        .expect("a column");
    let back = rebuild::rollback(&app.options(), "field_changes").await;
    let refused = matches!(back, Err(rebuild::RebuildError::Store(StoreError::Refused(_))));
    assert!(refused, "{back:?}");
    assert_eq!(states(&app, "field_changes").await, ["1 retired", "2 live"]);
}

#[tokio::test]
async fn only_the_live_generation_can_be_read() {
    let (app, _) = with_histories().await;
    rebuild(&app, "field_changes").await;
    let mut owner = app.database.connect().await;
    rebuild::request(&mut projector(&app).await, &Projections::default(), "field_changes", 1)
        .await
        .expect("a row");
    for role in [Role::Reader, Role::Writer] {
        let mut session = store::connect(&app.database.options, role).await.expect("a session");
        for schema in ["field_changes_g1", "field_changes_g3"] {
            let count = format!("select count(*) from {schema}.field_changes");
            let refused = query(&count).execute(&mut session).await.expect_err("a refusal");
            let code = refused.as_database_error().and_then(sqlx::error::DatabaseError::code);
            assert_eq!(code.as_deref(), Some("42501"), "{role:?} {schema}: {refused}");
        }
    }
    let mut reader = store::connect(&app.database.options, Role::Reader).await.expect("a session");
    let mut transaction = reader.begin().await.expect("a transaction");
    let tenant = app.tenant.id.to_string();
    query("select set_config('app.tenant', $1, true)")
        .bind(tenant)
        .execute(&mut *transaction)
        .await
        .expect("a setting");
    let seen: i64 = query_scalar("select count(*) from field_changes")
        .fetch_one(&mut *transaction)
        .await
        .expect("a count");
    let own: i64 = query_scalar("select count(*) from field_changes where tenant_id = $1")
        .bind(app.tenant.id.0)
        .fetch_one(&mut owner)
        .await
        .expect("a count");
    assert!(seen > 0);
    assert_eq!(seen, own);
}
