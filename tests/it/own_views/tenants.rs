//! A tenant has its own views, and its own part of the log.

use cqrs_es::persist::{PersistedEventRepository as _, PersistenceError, ViewContext};

use super::*;

#[tokio::test]
async fn a_tenant_can_t_load_the_view_of_another() {
    let (app, view) = with_seen().await;
    let other = app.another_tenant().await;
    let id = customer_id(1);
    app.register(id, "Acme").await;
    app.settle().await;
    let stream = format!("{}/{id}", app.tenant.id);
    for (tenant, there) in [(app.tenant, true), (other.tenant, false)] {
        let views = app.store.views(view, tenant);
        assert_eq!(load(&views, &stream).await.is_some(), there);
        assert_eq!(load(&views, &id.to_string()).await.is_some(), there);
        let log = app.store.log_repository(tenant);
        let events = log.get_events::<Customer>(&stream).await.expect("events");
        assert_eq!(!events.is_empty(), there);
    }
    let views = app.store.views(view, app.tenant);
    for no_id in ["", "acme", "/", &format!("{}/", app.tenant.id)] {
        assert_eq!(load(&views, no_id).await, None, "{no_id:?}");
    }
}

/// The database keeps tenants apart, whatever statement reads the view.
#[tokio::test]
async fn row_level_security_guards_the_table_of_a_view() {
    let (app, _) = with_seen().await;
    let other = app.another_tenant().await;
    app.register(customer_id(1), "Acme").await;
    other.register(customer_id(2), "Bolt").await;
    app.settle().await;
    let mut reader =
        store::connect(&app.database.options, store::Role::Reader).await.expect("a session");
    let mut count = async |tenant: &str| {
        let set = format!("select set_config('app.tenant', '{tenant}', false)");
        execute(&mut reader, &set).await;
        let count: i64 = query_scalar("select count(*) from view_seen")
            .fetch_one(&mut reader)
            .await
            .expect("a count");
        count
    };
    assert_eq!(count("").await, 0);
    assert_eq!(count(&app.tenant.id.to_string()).await, 1);
    let written = query("update view_seen set version = 9").execute(&mut reader).await;
    assert!(written.is_err(), "a reader can't write");
}

#[tokio::test]
async fn only_the_follower_writes_a_view() {
    let (app, view) = with_seen().await;
    app.register(customer_id(1), "Acme").await;
    let before = seen(&app, view, customer_id(1)).await;
    let views = app.store.views(view, app.tenant);
    let context = ViewContext::new(customer_id(1).to_string(), 1);
    let refused = views.update_view(Seen::default(), context).await;
    let Err(PersistenceError::UnknownError(error)) = refused else { panic!("{refused:?}") };
    assert_eq!(error.to_string(), "this view follows the log: it can't be written");
    assert_eq!(seen(&app, view, customer_id(1)).await, before);
}
