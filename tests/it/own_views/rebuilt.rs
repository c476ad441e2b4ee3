//! A view is rebuilt, verified and shown to operators like any read model.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use store::projections::rebuild::{rebuild, rollback};
use store::projections::verify_served;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_view_is_rebuilt_while_commands_go_on() {
    let (app, view) = with_seen().await;
    for number in 1..=3 {
        app.register(customer_id(number), "Acme").await;
    }
    app.settle().await;
    let going_on = Arc::new(AtomicBool::new(true));
    let caller = tokio::spawn({
        let (app, going_on) = (app.clone(), Arc::clone(&going_on));
        async move {
            let mut nth = 0;
            while going_on.load(Ordering::Relaxed) {
                rename(&app, nth % 3 + 1, &format!("Name {nth}")).await;
                nth += 1;
            }
        }
    });
    let rebuilt = rebuild(&app.options(), "seen", 2).await.expect("a rebuild");
    assert_eq!(rebuilt.generation, 2);
    assert!(rebuilt.comparison.equal(), "{rebuilt:?}");
    let back = rollback(&app.options(), "seen").await.expect("a rollback");
    assert_eq!(back.generation, 1);
    assert!(back.comparison.equal(), "{back:?}");
    rebuild(&app.options(), "seen", 2).await.expect("another rebuild");
    going_on.store(false, Ordering::Relaxed);
    caller.await.expect("commands");

    let mut owner = app.database.connect().await;
    for number in 1..=3 {
        let id = customer_id(number);
        let seen = seen(&app, view, id).await.expect("a view");
        assert_eq!(seen.versions, logged(&mut owner, &app, id).await, "customer {number}");
    }
}

#[tokio::test]
async fn a_view_of_a_long_history_is_loaded_as_it_was_followed() {
    let (app, view) = with_seen().await;
    let id = customer_id(1);
    app.register(id, "Acme").await;
    for nth in 0..200 {
        rename(&app, 1, &format!("Name {nth}")).await;
    }
    let before = seen(&app, view, id).await.expect("a view");
    let rebuilt = rebuild(&app.options(), "seen", 1).await.expect("a rebuild");
    assert!(rebuilt.comparison.equal() && rebuilt.comparison.rows == 1, "{rebuilt:?}");
    assert_eq!(seen(&app, view, id).await.expect("a view"), before);
    assert_eq!(before.versions, (1..=201).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_view_that_is_not_what_the_log_makes_is_found() {
    let (app, _) = with_seen().await;
    for number in 1..=2 {
        app.register(customer_id(number), "Acme").await;
    }
    app.settle().await;
    let verified = async || {
        let served = verify_served(&app.options(), None).await.expect("a check");
        assert!(served.outdated.is_empty(), "{served:?}");
        assert!(!served.not_covered.contains(&"view_seen".to_owned()), "{served:?}");
        let mut views = served.views.into_iter();
        views.find(|view| view.projection == "seen").expect("the view").comparison
    };
    assert!(verified().await.equal());
    let mut owner = app.database.connect().await;
    execute(&mut owner, "update view_seen set payload = '{}' where customer_id = (select max(customer_id::text)::uuid from view_seen)").await;
    let found = verified().await;
    assert_eq!((found.differing, found.rows), (1, 2));
    assert_eq!(found.listed[0].columns, ["payload"]);
}

#[tokio::test]
async fn a_view_with_another_logic_waits_for_its_rebuild() {
    let (app, view) = with_seen().await;
    let id = customer_id(1);
    app.register(id, "Acme").await;
    app.settle().await;
    app.store.close().await;
    let newer = ViewProjection::<Seen>::new("seen", 2).expect("a name");
    let newer = app.another_program(&Projections::default().with(newer)).await;
    newer.command(&id.to_string(), "archive-customer", &json!({})).await.expect(200);
    let views = newer.store.views(view, app.tenant);
    assert_eq!(load(&views, &id.to_string()).await.expect("a view").versions, [1]);
    rebuild(&newer.options(), "seen", 1).await.expect("a rebuild");
    assert_eq!(seen(&newer, view, id).await.expect("a view").versions, [1, 2]);
}

#[tokio::test]
async fn operators_see_a_view_among_the_read_models() {
    let (app, _) = with_seen().await;
    let known: Vec<_> = app.store.known_projections().names().collect();
    assert!(known.contains(&"seen"), "{known:?}");
    let found = app.store.projections().await.expect("read models");
    let found = found.iter().find(|status| status.name == "seen").expect("the view");
    assert_eq!((&*found.state, found.logic_version), ("live", 1));
}
