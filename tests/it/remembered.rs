//! Reads by id from memory: never older than what was acknowledged before them, whatever happens to the log.

mod load;

use std::io::Cursor;

use domain::{CustomerId, TenantId};
use serde_json::{Value, json};
use sqlx::raw_sql;
use store::api_keys::Scope;
use store::projections::rebuild;
use store::transfer::{Trust, export, import};
use store::{Options, Partition, Store, TenantRef};
use tests::{Draft, TestApp, customer_id};
use uuid::Uuid;

/// An app, called with a key that may only read and write: with the scope `audit` no read comes from memory.
async fn with_customer() -> TestApp {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    service(&app).await
}

async fn service(app: &TestApp) -> TestApp {
    app.with_key(app.new_key(&[Scope::Read, Scope::Write]).await)
}

async fn read(app: &TestApp, number: u64) -> Value {
    app.get(&format!("/v1/customers/{}", customer_id(number))).await.expect(200).json()
}

async fn name(app: &TestApp, number: u64) -> Value {
    read(app, number).await["profile"]["name"].clone()
}

/// Changes the database as nobody does who knows that documents are remembered.
async fn by_hand(app: &TestApp, sql: &str) {
    let sql = format!(
        "begin; alter table events disable trigger all; {sql}; alter table events enable trigger all; commit"
    );
    raw_sql(&sql).execute(&mut app.database.connect().await).await.expect("a change");
}

/// Gives the customer another name in `customers` alone.
async fn rename_by_hand(app: &TestApp, name: &str) {
    let sql = format!(
        "update customers set state = replace(state::text, 'Acme', '{name}')::json
          where customer_id = '{}'",
        customer_id(1)
    );
    by_hand(app, &sql).await;
}

async fn rename(app: &TestApp, number: u64, name: &str) {
    let body = json!({ "name": name });
    app.command(&customer_id(number).to_string(), "update-profile", &body).await.expect(200);
}

#[tokio::test]
async fn an_unchanged_customer_is_answered_from_memory_with_its_etag() {
    let app = with_customer().await;
    let path = format!("/v1/customers/{}", customer_id(1));
    let first = app.get(&path).await.expect(200);
    rename_by_hand(&app, "Hidden").await;
    let again = app.get(&path).await.expect(200);
    assert_eq!((&again.body, again.header("etag")), (&first.body, "\"1\""));
    assert_eq!(again.header("content-type"), first.header("content-type"));
    app.get_with(&path, &[("if-none-match", "\"1\"")]).await.expect(304);
    // The fence says that states were changed without events.
    by_hand(&app, "update log_heads set fence = fence + 1").await;
    assert_eq!(name(&app, 1).await, "Hidden");
}

#[tokio::test]
async fn a_key_with_the_scope_audit_other_names_and_the_past_ask_the_database() {
    let app = TestApp::new().await;
    let body = json!({ "id": customer_id(1), "profile": { "name": "Acme" }, "external_id": "x" });
    app.post("/v1/customers", &body).await.expect(201);
    let service = service(&app).await;
    name(&service, 1).await;
    rename_by_hand(&app, "Shown").await;
    assert_eq!(name(&service, 1).await, "Acme");
    assert_eq!(name(&app, 1).await, "Shown");
    let by_name = service.get("/v1/customers/external:x").await.expect(200).json();
    assert_eq!(by_name["profile"]["name"], "Shown");
    let past = app.get(&format!("/v1/customers/{}?version=1", customer_id(1))).await.expect(200);
    assert_eq!(past.json()["profile"]["name"], "Shown");
}

#[tokio::test]
async fn a_change_by_this_or_another_instance_is_seen_by_the_next_read_of_both() {
    let one = with_customer().await;
    let two = service(&one.another_instance().await).await;
    for round in 0..40 {
        let (writer, reader) = if round % 3 == 0 { (&two, &one) } else { (&one, &two) };
        let new = format!("Acme {round}");
        rename(writer, 1, &new).await;
        assert_eq!(name(reader, 1).await, new.as_str());
        assert_eq!(name(writer, 1).await, new.as_str());
    }
}

#[tokio::test]
async fn an_archived_customer_a_restored_one_and_an_undone_change_are_seen_at_once() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let one = service(&app).await;
    let two = service(&app.another_instance().await).await;
    let id = customer_id(1).to_string();
    for (command, body, status, name) in [
        ("archive-customer", json!({}), "archived", "Acme"),
        ("restore-customer", json!({}), "active", "Acme"),
        ("update-profile", json!({ "name": "Other" }), "active", "Other"),
        ("revert-to", json!({ "version": 1 }), "active", "Acme"),
    ] {
        read(&two, 1).await;
        app.command(&id, command, &body).await.expect(200);
        let stored = read(&app, 1).await;
        for instance in [&two, &one, &two] {
            let read = read(instance, 1).await;
            assert_eq!(read, stored);
            assert_eq!((&read["status"], &read["profile"]["name"]), (&json!(status), &json!(name)));
        }
    }
}

#[tokio::test]
async fn a_rebuild_of_current_states_is_seen_at_once() {
    let app = with_customer().await;
    rename_by_hand(&app, "Damaged").await;
    assert_eq!(name(&app, 1).await, "Damaged");
    rebuild::rebuild(&app.options(), "customers", 2).await.expect("a rebuild");
    assert_eq!(name(&app, 1).await, "Acme");
}

#[tokio::test]
async fn a_log_that_was_restored_to_an_earlier_state_is_seen_at_once() {
    let app = with_customer().await;
    let partition = app.tenant.partition;
    let mut copy = app.database.connect().await;
    let saved = "create table saved_head as table log_heads; create table saved as table customers";
    raw_sql(saved).execute(&mut copy).await.expect("a copy");
    rename(&app, 1, "Later").await;
    assert_eq!(name(&app, 1).await, "Later");
    let restore = format!(
        "delete from events as e using saved_head as h
          where e.partition = h.partition and e.position > h.position;
         update log_heads as h set position = s.position, hash = s.hash, recorded_at = s.recorded_at
           from saved_head as s where s.partition = h.partition and h.partition = {partition};
         update customers as c set version = s.version, state = s.state, updated_at = s.updated_at
           from saved as s where s.customer_id = c.customer_id"
    );
    by_hand(&app, &restore).await;
    assert_eq!(
        (read(&app, 1).await["version"].clone(), name(&app, 1).await),
        (json!(1), json!("Acme"))
    );

    // As many events as before, but other ones.
    rename(&app, 1, "Later").await;
    assert_eq!(name(&app, 1).await, "Later");
    by_hand(&app, &restore).await;
    let other = app.another_instance().await;
    rename(&other, 1, "Another").await;
    assert_eq!(name(&app, 1).await, "Another");

    // More events than before.
    by_hand(&app, &restore).await;
    let third = app.another_instance().await;
    for new in ["One", "Two", "Three"] {
        rename(&third, 1, new).await;
    }
    assert_eq!(name(&app, 1).await, "Three");
}

#[tokio::test]
async fn an_imported_tenant_is_seen_at_once_and_others_stay() {
    let there = TestApp::new().await;
    let ids: Vec<_> = (1..5).map(customer_id).collect();
    Draft::history(&there.store, there.tenant, &ids, "remembered").await;
    let mut file = Vec::new();
    let exported = export(&there.database.options, there.tenant.id, None, &mut file, |_, _| {});
    exported.await.expect("an export");

    let here = TestApp::new().await;
    let neighbour = tenant_in(&here, there.tenant.partition).await;
    Draft::register(neighbour, customer_id(1)).happens(&here.store).await;
    let document = async |app: &TestApp, tenant: TenantRef, id: Uuid| {
        app.store.customer_document(tenant, CustomerId(id)).await.expect("an answer")
    };
    let before = document(&here, neighbour, customer_id(1)).await.expect("a customer");
    assert_eq!(document(&here, there.tenant, customer_id(1)).await, None);
    import(&here.options(), Cursor::new(&file), &Trust::default(), |_, _| {})
        .await
        .expect("an import");
    for id in ids {
        let expected = document(&there, there.tenant, id).await;
        assert_eq!(document(&here, there.tenant, id).await, expected);
    }
    assert_eq!(document(&here, neighbour, customer_id(1)).await, Some(before));
}

/// A new tenant in this partition.
async fn tenant_in(app: &TestApp, partition: Partition) -> TenantRef {
    let id = loop {
        let id = Uuid::new_v4();
        if Partition::of_new(TenantId(id)) == partition {
            break id;
        }
    };
    server::tenants::create_tenant(&app.store, id, "neighbour").await.expect("a tenant")
}

#[tokio::test]
async fn tenants_with_the_same_customer_id_in_the_same_partition_each_see_their_own() {
    let one = with_customer().await;
    let tenant = tenant_in(&one, one.tenant.partition).await;
    let two = service(&one.called_by(tenant).await).await;
    let path = format!("/v1/customers/{}", customer_id(1));
    name(&one, 1).await;
    two.get(&path).await.expect_problem(404, "customer_unknown");
    two.register(customer_id(1), "Two").await;
    for _ in 0..3 {
        assert_eq!(name(&two, 1).await, "Two");
        assert_eq!(name(&one, 1).await, "Acme");
    }
    rename(&one, 1, "One").await;
    assert_eq!((name(&two, 1).await, name(&one, 1).await), (json!("Two"), json!("One")));
}

#[tokio::test]
async fn a_read_from_memory_is_recorded_like_any_other() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let service = service(&app).await;
    let path = format!("/v1/customers/{}", customer_id(1));
    for actor in ["ada", "grace", "grace"] {
        service.get_with(&path, &[("x-actor", actor)]).await.expect(200);
    }
    app.store.close().await;
    let asked = [("api_key", service.key.id())];
    let found = app.another_instance().await.list("/v1/audit/reads", &asked, 50).await;
    let mut actors: Vec<_> = found.iter().map(|record| record["actor"].to_string()).collect();
    actors.sort();
    assert_eq!(actors, ["\"ada\"", "\"grace\""]);
}

#[tokio::test]
async fn a_service_without_this_memory_reads_from_the_database() {
    let app = with_customer().await;
    let options = Options { read_memory_bytes: 0, ..app.options() };
    let store = Store::open(&options).await.expect("a store");
    for new in ["Shown", "Too"] {
        let document = store.customer_document(app.tenant, CustomerId(customer_id(1))).await;
        assert!(document.expect("an answer").is_some());
        rename_by_hand(&app, new).await;
    }
    assert!(store.connections().iter().all(|(kind, usage)| *kind != "heads" || usage.idle == 0));
}
