//! Rows that don't match the log are found, and repaired by a rebuild.

use store::projections::verify_served;

use super::*;

/// Damages a projection behind the service's back, and returns the damage.
async fn damage(owner: &mut PgConnection, statement: &str) {
    let damaged = query(statement).execute(owner).await.expect(statement);
    assert_eq!(damaged.rows_affected(), 1, "{statement}");
}

#[tokio::test]
async fn a_damaged_row_is_found_and_repaired() {
    let app = with_customers().await;
    let mut owner = app.database.connect().await;
    for (projection, statement, columns) in [
        (
            "field_changes",
            "update field_changes set position = position + 1
              where customer_id = $$0190a0a0-0000-7000-8000-000000000002$$ and version = 2
                and field = '/profile/name'",
            vec!["position"],
        ),
        (
            "field_changes",
            "delete from field_changes
              where customer_id = $$0190a0a0-0000-7000-8000-000000000002$$ and version = 2
                and field = '/profile/name'",
            vec!["field", "version", "position"],
        ),
        (
            "customers",
            "update customers
                set state = replace(state::text, 'Acme Ltd', 'Damaged')::json
              where customer_id = $$0190a0a0-0000-7000-8000-000000000002$$",
            vec!["state"],
        ),
    ] {
        damage(&mut owner, statement).await;
        let found = verify_served(&app.options(), None).await.expect("a check").views;
        for view in found {
            assert_eq!(view.comparison.equal(), view.projection != projection, "{view:?}");
        }
        // A sample of a hundred covers all five customers.
        let sampled = verify_served(&app.options(), Some(100)).await.expect("a check").views;
        let unequal: Vec<_> = sampled.iter().filter(|view| !view.comparison.equal()).collect();
        assert_eq!(unequal.len(), 1, "{sampled:?}");

        let rebuilt = rebuild(&app, projection).await;
        assert_eq!(rebuilt.comparison.differing, 1, "{:?}", rebuilt.comparison);
        let [difference] = &rebuilt.comparison.listed[..] else { panic!("{rebuilt:?}") };
        assert_eq!(difference.customer_id, customer_id(2));
        assert_eq!(difference.tenant_id, app.tenant.id.0);
        assert_eq!(difference.columns, columns);
        let status = generations(&app, projection).await.pop().expect("a generation");
        assert_eq!(status.comparison, Some(rebuilt.comparison));
        expect_views(&app).await;
    }
}

#[tokio::test]
async fn a_writer_drops_its_cached_states_when_they_are_rebuilt() {
    let app = with_customers().await;
    let mut owner = app.database.connect().await;
    damage(
        &mut owner,
        "update customers set state = replace(state::text, 'Acme Ltd', 'Damaged')::json
          where customer_id = $$0190a0a0-0000-7000-8000-000000000002$$",
    )
    .await;
    // The other instance reads the damaged state and caches it.
    let other = app.another_instance().await;
    let note = json!({ "metadata": { "note": "read" } });
    let reference = customer_id(2).to_string();
    other.command(&reference, "replace-metadata", &note).await.expect(200);
    app.settle().await;
    rebuild(&app, "customers").await;
    let note = json!({ "metadata": { "note": "read again" } });
    other.command(&reference, "replace-metadata", &note).await.expect(200);
    expect_sound(&mut owner).await;
    expect_views(&app).await;
}

#[tokio::test]
async fn differences_beyond_the_listed_ones_are_counted() {
    let app = TestApp::new().await;
    for number in 1..=25 {
        app.register(customer_id(number), "Acme").await;
    }
    app.settle().await;
    let mut owner = app.database.connect().await;
    query("update field_changes set position = position + 1")
        .execute(&mut owner)
        .await
        .expect("damage");
    let rebuilt = rebuild(&app, "field_changes").await;
    assert_eq!(rebuilt.comparison.differing, 25);
    assert_eq!(rebuilt.comparison.listed.len(), rebuild::LISTED_MAX);
    let listed: Vec<Uuid> = rebuilt.comparison.listed.iter().map(|one| one.customer_id).collect();
    let first: Vec<Uuid> = (1..=20).map(customer_id).collect();
    assert_eq!(listed, first);
    expect_views(&app).await;
}

#[tokio::test]
async fn rows_of_older_logic_answer_the_same_until_they_are_rebuilt() {
    let app = with_customers().await;
    let mut owner = app.database.connect().await;
    for before in [
        "update projections set logic_version = 1 where name = 'field_changes'",
        "update field_changes
            set old_value = '1', new_value = '2', event_type = 'x', recorded_at = now(), actor = 'x'",
    ] {
        query(before).execute(&mut owner).await.expect(before);
    }
    let customer = format!("/v1/customers/{}", customer_id(2));
    let answers = async || {
        let changes = app.get(&format!("{customer}/changes?field=/profile")).await.expect(200);
        let blame = app.get(&format!("{customer}/blame")).await.expect(200);
        (changes.json(), blame.json())
    };
    let before = answers().await;
    assert_ne!(before.0["items"], serde_json::json!([]));
    let rebuilt = rebuild(&app, "field_changes").await;
    assert!(rebuilt.comparison.equal() && rebuilt.comparison.rows > 0, "{rebuilt:?}");
    assert_eq!(answers().await, before);
    let logic: i32 = query_scalar(
        "select logic_version from projections where name = 'field_changes' and state = 'live'",
    )
    .fetch_one(&mut owner)
    .await
    .expect("a live generation");
    assert_eq!(Some(logic), app.options().projections.logic_version("field_changes"));
}
