//! The two tables of the list, and the change from the layout with one.

use serde_json::{Value, json};
use sqlx::{PgConnection, query_scalar, raw_sql};
use store::projections::rebuild::rebuild;
use tests::{TestApp, customer_id};

/// The list as it was when one table had everything.
const OLD_LAYOUT: &str = "
    alter table customer_list
        add column version    bigint       not null default 1 check (version > 0),
        add column updated_at timestamptz  not null default '2000-01-01',
        add column updated_by text         not null default '';
    update customer_list as l
       set version = u.version, updated_at = u.updated_at, updated_by = u.updated_by,
           labels = array_append(l.labels, customer_label(l.tenant_id, 'updated_by', u.updated_by))
      from customer_list_updates as u
     where u.tenant_id = l.tenant_id and u.customer_id = l.customer_id;
    create index customer_list_updated_at
        on customer_list (partition, tenant_id, updated_at, customer_id);
    truncate customer_list_updates, customer_counts;
    update projections set logic_version = 2 where name = 'customer_list'";

/// Where the row of a customer is, in both tables. A row that is written again is elsewhere.
async fn places(owner: &mut PgConnection) -> (String, String) {
    let mut places = Vec::new();
    for table in ["customer_list", "customer_list_updates"] {
        let place = format!("select ctid::text from {table} where customer_id = $1");
        let place: String =
            query_scalar(&place).bind(customer_id(1)).fetch_one(&mut *owner).await.expect("a row");
        places.push(place);
    }
    (places.remove(0), places.remove(0))
}

#[tokio::test]
async fn a_command_that_changes_nothing_listed_does_not_write_the_list_again() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    app.settle().await;
    let mut owner = app.database.connect().await;
    let registered = places(&mut owner).await;
    let id = customer_id(1).to_string();
    let unlisted = json!({ "shipping": { "instructions": "Ring twice" } });
    app.command(&id, "update-profile", &unlisted).await.expect(200);
    app.settle().await;
    let shipped = places(&mut owner).await;
    assert_eq!(shipped.0, registered.0, "its values in lists are the same");
    assert_ne!(shipped.1, registered.1, "its time of change is another");

    app.command(&id, "update-profile", &json!({ "email": "ada@acme.example" })).await.expect(200);
    app.settle().await;
    assert_ne!(places(&mut owner).await.0, shipped.0);
}

/// The answers of lists that need both tables.
async fn answers(app: &TestApp) -> Vec<Value> {
    let one: Value = app.get(&format!("/v1/customers/{}", customer_id(1))).await.expect(200).json();
    let (at, by) = (&one["updated_at"], &one["updated_by"]);
    let (at, by) = (at.as_str().expect("a time"), by.as_str().expect("an actor"));
    let mut answers = Vec::new();
    for path in [
        "/v1/customers?sort=-updated_at".to_owned(),
        "/v1/customers?sort=updated_at&status=active".to_owned(),
        format!("/v1/customers?updated_by={by}"),
        format!("/v1/customers?updated_by={by}&name=Acme&sort=email"),
        "/v1/customers?updated_by=nobody".to_owned(),
        format!("/v1/customers?updated_after={at}&sort=name"),
        format!("/v1/customers?updated_before={at}&search=acme"),
        format!("/v1/customers?updated_by={by}&sort=updated_at&updated_after={at}"),
        "/compat/flexprice/v1/customers?sort=updated_at".to_owned(),
        "/compat/flexprice/v1/customers?sort=name".to_owned(),
    ] {
        answers.push(app.get(&path).await.expect(200).json());
    }
    for filters in [
        json!([{ "field": "updated_by", "operator": "eq", "data_type": "string",
                 "value": { "string": by } }]),
        json!([{ "field": "updated_at", "operator": "after", "data_type": "date",
                 "value": { "date": at } }]),
        json!([{ "field": "updated_by", "operator": "contains", "data_type": "string",
                 "value": { "string": "a" } }]),
    ] {
        let body = json!({ "filters": filters });
        let page = app.post("/compat/flexprice/v1/customers/search", &body).await.expect(200);
        answers.push(page.json());
    }
    answers
}

#[tokio::test]
async fn a_list_of_the_old_layout_serves_until_it_is_rebuilt() {
    let app = TestApp::new().await;
    for number in 1..=4 {
        app.register(customer_id(number), if number == 2 { "Bolt" } else { "Acme" }).await;
    }
    app.command(&customer_id(1).to_string(), "archive-customer", &json!({})).await.expect(200);
    app.command(&customer_id(1).to_string(), "restore-customer", &json!({})).await.expect(200);
    app.settle().await;
    let new = answers(&app).await;
    assert!(new.iter().filter(|page| page["items"] != json!([])).count() >= 9, "{new:#?}");

    let mut owner = app.database.connect().await;
    raw_sql(OLD_LAYOUT).execute(&mut owner).await.expect("the old layout");
    assert_eq!(answers(&app).await, new, "before the rebuild");
    rebuild(&app.options(), "customer_list", 2).await.expect("a rebuild");
    let columns = "select count(*) from information_schema.columns
                    where table_schema = 'public' and table_name = 'customer_list'
                      and column_name in ('version', 'updated_at', 'updated_by')";
    let left: i64 = query_scalar(columns).fetch_one(&mut owner).await.expect("a count");
    assert_eq!(left, 0, "they are in the other table");
    let index = "select to_regclass('customer_list_updated_at') is null";
    assert!(query_scalar::<_, bool>(index).fetch_one(&mut owner).await.expect("an answer"));
    assert_eq!(answers(&app).await, new, "after the rebuild");

    // The rebuilt list follows new events.
    app.register(customer_id(5), "Acme").await;
    app.settle().await;
    let page: Value = app.get("/v1/customers?sort=-updated_at&limit=1").await.expect(200).json();
    assert_eq!(page["items"][0]["id"], json!(customer_id(5)));
}
