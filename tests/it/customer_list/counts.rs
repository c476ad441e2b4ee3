//! The totals of lists: the number of a tenant's customers by status.

use serde_json::{Value, json};
use sqlx::{query, query_scalar};
use store::Role;
use store::projections::rebuild::rebuild;
use store::projections::{Unparked, parked, unpark, verify_served};
use tests::{TestApp, customer_id};

/// The total of FlexPrice's list of customers with this status.
async fn total(app: &TestApp, status: &str) -> i64 {
    let path = format!("/compat/flexprice/v1/customers?limit=1&status={status}");
    let page: Value = app.get(&path).await.expect(200).json();
    page["pagination"]["total"].as_i64().expect("a number")
}

/// The totals of customers in use and of archived ones.
async fn totals(app: &TestApp) -> (i64, i64) {
    app.settle().await;
    (total(app, "published").await, total(app, "archived").await)
}

async fn send(app: &TestApp, number: u64, command: &str) {
    app.command(&customer_id(number).to_string(), command, &json!({})).await.expect(200);
}

/// Whether the kept numbers are those of the list.
async fn expect_counted(app: &TestApp) {
    let served = verify_served(&app.options(), None).await.expect("a check");
    let counts = served.tables.iter().find(|table| table.table == "customer_counts");
    let counts = counts.expect("the numbers are compared");
    assert_eq!((counts.findings, counts.rows > 0), (0, true), "{counts:?}");
}

#[tokio::test]
async fn the_total_follows_customers_that_come_and_are_archived_and_restored() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    assert_eq!(totals(&app).await, (0, 0));
    for number in 1..=5 {
        app.register(customer_id(number), "Acme").await;
    }
    other.register(customer_id(1), "Acme").await;
    send(&app, 2, "archive-customer").await;
    send(&app, 3, "archive-customer").await;
    assert_eq!(totals(&app).await, (3, 2));
    send(&app, 3, "restore-customer").await;
    // Registered and archived before anybody follows: nothing is counted twice.
    app.register(customer_id(6), "Acme").await;
    send(&app, 6, "archive-customer").await;
    assert_eq!(totals(&app).await, (4, 2));
    send(&app, 2, "restore-customer").await;
    send(&app, 6, "restore-customer").await;
    assert_eq!(totals(&app).await, (6, 0));
    assert_eq!(totals(&other).await, (1, 0));
    expect_counted(&app).await;
}

#[tokio::test]
async fn a_rebuilt_list_is_counted_anew_and_goes_on() {
    let app = TestApp::new().await;
    for number in 1..=4 {
        app.register(customer_id(number), "Acme").await;
    }
    send(&app, 1, "archive-customer").await;
    app.settle().await;
    // A wrong number is replaced by a rebuild.
    let mut owner = app.database.connect().await;
    let wrong = "update customer_counts set customers = 70";
    query(wrong).execute(&mut owner).await.expect("a wrong number");
    assert_eq!(totals(&app).await, (70, 70));
    rebuild(&app.options(), "customer_list", 2).await.expect("a rebuild");
    assert_eq!(totals(&app).await, (3, 1));
    app.register(customer_id(5), "Acme").await;
    send(&app, 2, "archive-customer").await;
    assert_eq!(totals(&app).await, (3, 2));
    expect_counted(&app).await;
}

#[tokio::test]
async fn a_customer_that_was_parked_is_counted_once() {
    let app = TestApp::new().await;
    let mut owner = app.database.connect().await;
    for number in 1..=3 {
        app.register(customer_id(number), "Acme").await;
    }
    app.settle().await;
    query("alter table customer_list add constraint no_poison check (name <> 'poison')")
        .execute(&mut owner)
        .await
        .expect("a constraint");
    let poison = json!({ "name": "poison" });
    app.command(&customer_id(2).to_string(), "update-profile", &poison).await.expect(200);
    send(&app, 2, "archive-customer").await;
    send(&app, 3, "archive-customer").await;
    assert_eq!(totals(&app).await, (2, 1), "the list has customer 2 as it was");
    expect_counted(&app).await;

    query("alter table customer_list drop constraint no_poison")
        .execute(&mut owner)
        .await
        .expect("no constraint");
    let mut projector =
        store::connect(&app.database.options, Role::Projector).await.expect("a session");
    let stopped = parked(&mut projector, 10).await.expect("parked streams");
    let [one] = &stopped[..] else { panic!("{stopped:?}") };
    assert_eq!(unpark(&app.options(), one).await.expect("an answer"), Unparked::Applied(2));
    assert_eq!(totals(&app).await, (1, 2));
    expect_counted(&app).await;
}

#[tokio::test]
async fn a_list_of_older_logic_is_counted_by_its_rows() {
    let app = TestApp::new().await;
    for number in 1..=3 {
        app.register(customer_id(number), "Acme").await;
    }
    app.settle().await;
    let mut owner = app.database.connect().await;
    sqlx::raw_sql(
        "delete from customer_counts;
         update projections set logic_version = 2 where name = 'customer_list'",
    )
    .execute(&mut owner)
    .await
    .expect("a list that an older version made");
    assert_eq!(total(&app, "published").await, 3);
    let counted: i64 = query_scalar("select count(*) from customer_counts")
        .fetch_one(&mut owner)
        .await
        .expect("a count");
    assert_eq!(counted, 0);
}
