//! Pages end early if they have too many bytes, and paging skips nothing.

use serde_json::{Value, json};
use store::PAGE_BYTES_MAX;
use tests::{TestApp, customer_id, with_query};

use super::{LARGE, with_large_customers};

/// More than fit on a page.
const CUSTOMERS: u64 = 100;
/// The size of the rest of a page: its last customer, and metadata.
const SLACK: usize = 4 * LARGE + 64 * 1024;

/// Reads a list page by page with the largest `limit`, and returns the items. They must not fit on
/// one page.
async fn walk(app: &TestApp, path: &str, asked: &[(&str, &str)], names: [&str; 2]) -> Vec<Value> {
    let [items, next] = names;
    let mut all = Vec::new();
    let mut cursor: Option<String> = None;
    let mut pages = 0;
    loop {
        let mut asked = asked.to_vec();
        let name = if next == "next_cursor" { "cursor" } else { next };
        asked.extend(cursor.as_deref().map(|cursor| (name, cursor)));
        let page = app.get(&with_query(path, &asked)).await.expect(200);
        assert!(page.body.len() < PAGE_BYTES_MAX + SLACK, "{path}: {} bytes", page.body.len());
        let page = page.json();
        let found = page[items].as_array().expect("items").clone();
        pages += 1;
        all.extend(found.iter().cloned());
        cursor = page[next].as_str().map(str::to_owned);
        // The feed, and the audit with the oldest first, always have a next page.
        if cursor.is_none() || found.is_empty() {
            assert!(pages > 1, "{path}: one page has all {} items", all.len());
            return all;
        }
    }
}

/// The number of customers of these items.
fn distinct(items: &[Value], id: &str) -> usize {
    let ids: std::collections::BTreeSet<_> = items.iter().map(|item| item[id].as_str()).collect();
    ids.len()
}

#[tokio::test]
async fn pages_of_large_customers_end_early_in_every_list() {
    let app = with_large_customers(CUSTOMERS).await;
    let after_registration =
        chrono::DateTime::from_timestamp_micros(
            app.get(&format!("/v1/customers/{}", customer_id(CUSTOMERS))).await.expect(200).json()
                ["updated_at"]
                .as_str()
                .expect("a time")
                .parse::<chrono::DateTime<chrono::Utc>>()
                .expect("a time")
                .timestamp_micros(),
        );
    let then = after_registration.expect("a time").to_rfc3339();
    let native = ["items", "next_cursor"];
    let all = usize::try_from(CUSTOMERS).expect("a number");
    let lists = async |app: &TestApp, asked: &[(&str, &str)]| {
        for sort in ["created_at", "-created_at", "name", "-updated_at"] {
            let asked = [asked, &[("limit", "200"), ("sort", sort)]].concat();
            let found = walk(app, "/v1/customers", &asked, native).await;
            assert_eq!((found.len(), distinct(&found, "id")), (all, all), "{asked:?}");
        }
    };
    lists(&app, &[]).await;
    lists(&app, &[("as_of", then.as_str())]).await;
    for (path, asked) in [
        ("/v1/feed", vec![("limit", "200")]),
        ("/v1/audit", vec![("limit", "200"), ("type", "CustomerRegistered")]),
        ("/v1/audit", vec![("limit", "200"), ("order", "oldest"), ("type", "CustomerRegistered")]),
    ] {
        let found = walk(&app, path, &asked, native).await;
        let found: Vec<_> =
            found.into_iter().filter(|event| event["type"] == "CustomerRegistered").collect();
        assert_eq!((found.len(), distinct(&found, "customer_id")), (all, all), "{path} {asked:?}");
    }
    // A vendor's list with a cursor continues, too. It shows less of each customer.
    let ids: Vec<_> = (1..=CUSTOMERS).map(|number| customer_id(number).to_string()).collect();
    for asked in [vec![], vec![("customer_ids", ids.join(","))]] {
        let asked: Vec<(&str, &str)> =
            asked.iter().map(|(name, ids)| (*name, ids.as_str())).collect();
        let path = "/compat/metronome/v1/customers";
        let found = walk(&app, path, &asked, ["data", "next_page"]).await;
        assert_eq!((found.len(), distinct(&found, "id")), (all, all), "{asked:?}");
    }
    // An export has everything, and so has the past list, once the customers are small.
    let accept = [("accept", "application/x-ndjson")];
    let export = app.get_with("/v1/customers", &accept).await.expect(200);
    assert_eq!(export.body.lines().count(), all);
    for number in 1..=CUSTOMERS {
        let reference = customer_id(number).to_string();
        app.command(&reference, "replace-metadata", &json!({ "metadata": {} })).await.expect(200);
    }
    app.settle().await;
    lists(&app, &[("as_of", then.as_str())]).await;
}

#[tokio::test]
async fn large_children_take_more_pages() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Parent").await;
    for number in 2..=CUSTOMERS + 1 {
        let mut child = super::large(number);
        child["parent_customer_id"] = json!(customer_id(1));
        app.post("/v1/customers", &child).await.expect(201);
    }
    let path = format!("/v1/customers/{}/children", customer_id(1));
    let found = walk(&app, &path, &[("limit", "200")], ["items", "next_cursor"]).await;
    assert_eq!((found.len(), distinct(&found, "id")), (100, 100));
}

#[tokio::test]
async fn a_history_of_large_events_takes_more_pages() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let reference = customer_id(1).to_string();
    for number in 0..CUSTOMERS {
        let mut metadata = super::large(1)["metadata"].clone();
        metadata["k0"] = json!(number.to_string());
        let body = json!({ "metadata": metadata });
        app.command(&reference, "replace-metadata", &body).await.expect(200);
    }
    app.settle().await;
    for order in ["newest", "oldest"] {
        for (what, least) in [("events", 101), ("changes", 101)] {
            let path = format!("/v1/customers/{reference}/{what}");
            let asked = [("limit", "200"), ("order", order)];
            // The second time the newest events may come from the cache.
            for _ in 0..2 {
                let found = walk(&app, &path, &asked, ["items", "next_cursor"]).await;
                let versions: std::collections::BTreeSet<_> =
                    found.iter().map(|item| item["version"].as_i64()).collect();
                assert_eq!(versions.len(), least, "{path} {order}");
            }
        }
    }
}

#[tokio::test]
async fn a_vendor_s_page_by_offset_is_refused_with_a_limit_that_fits() {
    let app = with_large_customers(CUSTOMERS).await;
    let search = async |limit: usize, offset: usize| {
        let body = json!({ "limit": limit, "offset": offset });
        app.post("/compat/flexprice/v1/customers/search", &body).await
    };
    let refused = search(100, 0).await.expect(400).json();
    let message = refused["message"].as_str().expect("a message");
    assert!(message.contains("4 MiB"), "{message}");
    let fits = message.split(' ').filter_map(|word| word.parse::<usize>().ok()).next_back();
    let fits = fits.expect("a limit that fits");
    assert!((10..100).contains(&fits), "{message}");
    let page = search(fits, 0).await.expect(200).json();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(fits));
}
