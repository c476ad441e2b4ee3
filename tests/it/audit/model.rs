//! Every combination of filters finds what a scan of all events finds.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tests::{Chance, TestApp, customer_id, with_query};

const ACTORS: [&str; 3] = ["ada", "grace", "linus"];
const CORRELATIONS: [&str; 2] = ["c-1", "c-2"];
const REASONS: [&str; 4] = ["ZD-1: a move", "ZD-12: Another move", "a call", "ZD-12: a call"];

/// Customers and a tenant that are changed by several people, for several reasons.
async fn story(chance: &mut Chance) -> TestApp {
    let app = TestApp::new().await;
    let second = app.with_key(app.new_key(&store::api_keys::Scope::OF_TENANT).await);
    for number in 1..=4 {
        app.register(customer_id(number), "Acme").await;
    }
    for nth in 0..60 {
        let caller = if chance.percent(30) { &second } else { &app };
        let name = format!("name {}", chance.below(5));
        let customer = customer_id(1 + chance.below(4));
        let (path, body) = match chance.below(4) {
            0 => ("/v1/tenant/commands/rename-tenant".to_owned(), json!({ "name": name })),
            1 => {
                let path = format!("/v1/customers/{customer}/commands/replace-metadata");
                (path, json!({ "metadata": { "note": name } }))
            }
            _ => {
                let path = format!("/v1/customers/{customer}/commands/update-profile");
                (path, json!({ "name": name }))
            }
        };
        let request = format!("r-{}", nth / 2);
        let mut headers = vec![("x-request-id", &*request)];
        if chance.percent(70) {
            headers.push(("x-actor", one_of(chance, &ACTORS)));
        }
        if chance.percent(40) {
            headers.push(("x-correlation-id", one_of(chance, &CORRELATIONS)));
        }
        if chance.percent(60) {
            headers.push(("x-reason", one_of(chance, &REASONS)));
        }
        caller.post_with(&path, &body, &headers).await.expect(200);
    }
    app.settle().await;
    app
}

fn one_of<'a>(chance: &mut Chance, choices: &[&'a str]) -> &'a str {
    let count = u64::try_from(choices.len()).expect("few");
    choices[usize::try_from(chance.below(count)).expect("few")]
}

/// Reads the whole list, however short its pages are.
async fn all(app: &TestApp, asked: &[(String, String)], limit: u64, newest: bool) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    let limit = limit.to_string();
    loop {
        let mut query: Vec<_> = asked.iter().map(|(name, value)| (&**name, &**value)).collect();
        query.push(("limit", &limit));
        query.push(("order", if newest { "newest" } else { "oldest" }));
        if !cursor.is_empty() {
            query.push(("cursor", &cursor));
        }
        let page = app.get(&with_query("/v1/audit", &query)).await.expect(200).json();
        let found = page["items"].as_array().expect("items").clone();
        let last = page.get("next_cursor").is_none() || (!newest && found.is_empty());
        items.extend(found);
        if last {
            return items;
        }
        page["next_cursor"].as_str().expect("a cursor").clone_into(&mut cursor);
    }
}

fn time(item: &Value) -> DateTime<Utc> {
    item["recorded_at"].as_str().expect("a time").parse().expect("a time")
}

/// Whether an event matches.
fn holds(item: &Value, name: &str, value: &str) -> bool {
    match name {
        "customer" => item["customer_id"] == value,
        "field" => {
            let data = &item["data"];
            let registered = item["type"] == "CustomerRegistered";
            let renamed = item["type"] == "ProfileUpdated" && data.get("name").is_some();
            match value {
                "/profile/name" | "/profile" => registered || renamed,
                _ => item["type"] == "MetadataReplaced",
            }
        }
        "after" => time(item) >= value.parse::<DateTime<Utc>>().expect("a time"),
        "before" => time(item) < value.parse::<DateTime<Utc>>().expect("a time"),
        "reason_prefix" => item["reason"].as_str().is_some_and(|it| it.starts_with(value)),
        "reason_search" => item["reason"].as_str().is_some_and(|it| has_words(it, value)),
        "has_reason" => item["reason"].is_string() == (value == "true"),
        _ => item[name] == value,
    }
}

/// Whether a text has words with these beginnings.
fn has_words(text: &str, beginnings: &str) -> bool {
    let text = text.to_lowercase();
    let mut words = beginnings.split(' ');
    words.all(|beginning| {
        text.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(beginning))
    })
}

/// Some filters, with values of existing events.
fn any_filters(chance: &mut Chance, events: &[Value]) -> Vec<(String, String)> {
    let mut filters = Vec::new();
    let count = u64::try_from(events.len()).expect("few");
    for name in [
        "customer",
        "field",
        "actor",
        "api_key",
        "type",
        "request_id",
        "correlation_id",
        "surface",
        "reason",
        "reason_prefix",
        "reason_search",
        "has_reason",
        "after",
        "before",
    ] {
        if !chance.percent(25) {
            continue;
        }
        let event = &events[usize::try_from(chance.below(count)).expect("few")];
        let value = match name {
            "customer" => event["customer_id"].as_str(),
            "field" => {
                let fields = ["/profile/name", "/metadata/note", "/profile", "/metadata"];
                Some(one_of(chance, &fields))
            }
            "reason_prefix" => Some(one_of(chance, &["ZD-1", "ZD-12", "a "])),
            "reason_search" => Some(one_of(chance, &["move", "12 anoth", "a cal", "nothing"])),
            "has_reason" => Some(one_of(chance, &["true", "false"])),
            "after" | "before" => event["recorded_at"].as_str(),
            _ => event[name].as_str(),
        };
        filters.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }
    filters
}

#[tokio::test]
async fn every_combination_of_filters_finds_exactly_the_matches_in_either_order() {
    let mut chance = Chance::seeded("audit");
    let app = story(&mut chance).await;
    let events = all(&app, &[], 200, false).await;
    let logged: i64 = sqlx::query_scalar("select count(*) from events where tenant_id = $1")
        .bind(app.tenant.id.0)
        .fetch_one(&mut app.database.connect().await)
        .await
        .expect("a count");
    assert_eq!(i64::try_from(events.len()).expect("few"), logged);
    assert!(events.iter().any(|event| event["type"] == "TenantRenamed"));
    for _ in 0..120 {
        let filters = any_filters(&mut chance, &events);
        let newest = chance.percent(50);
        let mut expected: Vec<_> = events
            .iter()
            .filter(|event| filters.iter().all(|(name, value)| holds(event, name, value)))
            .cloned()
            .collect();
        if newest {
            expected.reverse();
        }
        let found = all(&app, &filters, 1 + chance.below(7), newest).await;
        assert_eq!(found, expected, "{filters:?}, newest first: {newest}");
    }
}
