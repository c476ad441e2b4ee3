//! Filters, searches and orders find the same as a scan of all documents.

use std::collections::BTreeSet;

use domain::text::folded;
use serde_json::{Value, json};
use tests::{Chance, TestApp, customer_id};

const CUSTOMERS: u64 = 60;
const QUESTIONS: usize = 80;

/// One of a few texts, so several customers share it.
fn one_of<'a>(chance: &mut Chance, texts: &[&'a str]) -> &'a str {
    let count = u64::try_from(texts.len()).expect("few");
    texts[usize::try_from(chance.below(count)).expect("few")]
}

const NAMES: [&str; 6] =
    ["Acme", "acme Ltd", "Blau & Söhne", "O'Neil \\ Sons", "Čapek", "Acme-Industries 100%"];
const EMAILS: [&str; 3] = ["ada@acme.example", "bob@acme.example", "info@blau.example"];
const VALUES: [&str; 4] = ["gold", "silver", "", "a b\nc"];
const ACTORS: [&str; 3] = ["ada", "bob", "søren"];

/// A customer with values for all filters.
fn body(chance: &mut Chance, number: u64) -> Value {
    let mut profile = json!({ "name": one_of(chance, &NAMES) });
    if chance.percent(60) {
        profile["email"] = one_of(chance, &EMAILS).into();
    }
    if chance.percent(50) {
        profile["type"] = one_of(chance, &["CONSUMER", "BUSINESS"]).into();
        profile["address"] = json!({ "country": one_of(chance, &["SE", "DE"]) });
    }
    if chance.percent(50) {
        let tags =
            BTreeSet::from([one_of(chance, &["vip", "new"]), one_of(chance, &["eu", "new"])]);
        profile["tags"] = json!(tags);
    }
    let mut body = json!({ "id": customer_id(number), "profile": profile });
    if chance.percent(50) {
        body["external_id"] = format!("{}-{number}", one_of(chance, &["Ext", "ext"])).into();
    }
    if chance.percent(60) {
        body["metadata"] = json!({ "plan": one_of(chance, &VALUES), "a]=b&[": "x" });
    }
    if chance.percent(40) {
        body["custom_fields"] = json!({ "cost": one_of(chance, &["1", "2"]) });
    }
    if number > 1 && chance.percent(30) {
        body["parent_customer_id"] = json!(customer_id(1));
    }
    body
}

async fn populate(app: &TestApp, chance: &mut Chance) {
    app.post("/v1/tenant/commands/add-custom-field-key", &json!({ "key": "cost" }))
        .await
        .expect(200);
    for number in 1..=CUSTOMERS {
        let actor = one_of(chance, &["ada", "bob"]);
        let body = body(chance, number);
        app.post_with("/v1/customers", &body, &[("x-actor", actor)]).await.expect(201);
        let path = format!("/v1/customers/{}/commands", customer_id(number));
        let send = async |command: &str, body: Value| {
            let path = format!("{path}/{command}");
            app.post_with(&path, &body, &[("x-actor", "bob")]).await.expect(200);
        };
        if chance.percent(30) {
            let provider = one_of(chance, &["custom", "workday"]);
            let config = json!({
                "provider": provider, "delivery_method": "aws_sqs", "configuration": { "customer_id": format!("cus_{number}") }
            });
            send("add-billing-config", config).await;
        }
        if chance.percent(30) {
            send("update-invoice-delivery", json!({ "currency": one_of(chance, &["SEK", "EUR"]) }))
                .await;
        }
        if chance.percent(20) {
            let status = json!({ "value": "unbillable", "effective_at": "2026-01-01T00:00:00Z" });
            send("set-billable-status", status).await;
        }
        if chance.percent(10) && number > 1 {
            send("archive-customer", json!({})).await;
        }
    }
}

/// All documents, as reads of the customers return them.
async fn documents(app: &TestApp) -> Vec<Value> {
    let mut documents = Vec::new();
    for number in 1..=CUSTOMERS {
        let path = format!("/v1/customers/{}", customer_id(number));
        documents.push(app.get(&path).await.expect(200).json());
    }
    documents
}

/// A random query, as parameters.
fn question(chance: &mut Chance, documents: &[Value]) -> Vec<(&'static str, String)> {
    let count = u64::try_from(documents.len()).expect("few");
    let mut any = || &documents[usize::try_from(chance.below(count)).expect("few")];
    let (one, other) = (any(), any());
    let text = |value: &Value| value.as_str().unwrap_or("nobody").to_owned();
    let mut asked = Vec::new();
    for _ in 0..=chance.below(2) {
        asked.push(match chance.below(18) {
            0 => ("status", one_of(chance, &["active", "archived"]).to_owned()),
            1 => ("name", text(&one["profile"]["name"])),
            2 => ("email", text(&one["profile"]["email"])),
            3 => ("external_id", text(&one["external_id"])),
            4 => ("type", one_of(chance, &["CONSUMER", "BUSINESS"]).to_owned()),
            5 => ("country", one_of(chance, &["SE", "DE", "FR"]).to_owned()),
            6 => ("currency", one_of(chance, &["SEK", "EUR", "USD"]).to_owned()),
            7 => ("parent", customer_id(1 + chance.below(2)).to_string()),
            8 => ("billable", one_of(chance, &["billable", "unbillable"]).to_owned()),
            9 => ("created_by", one_of(chance, &ACTORS).to_owned()),
            10 => ("updated_by", one_of(chance, &ACTORS).to_owned()),
            11 => ("created_after", text(&one["created_at"])),
            12 => ("updated_before", text(&one["updated_at"])),
            13 => ("metadata[plan]", one_of(chance, &VALUES).to_owned()),
            14 => ("metadata[a]=b&[]", "x".to_owned()),
            15 => ("custom_fields[cost]", one_of(chance, &["1", "2"]).to_owned()),
            16 => ("tag", one_of(chance, &["vip", "new", "eu"]).to_owned()),
            _ => ("provider", one_of(chance, &["custom", "workday", "stripe"]).to_owned()),
        });
    }
    if chance.percent(30) {
        asked.push(("created_before", text(&other["created_at"])));
    }
    asked.sort();
    asked.dedup_by_key(|(name, _)| *name);
    asked
}

/// Whether a document matches.
fn fits(document: &Value, (name, value): &(&str, String)) -> bool {
    let text =
        |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    match *name {
        "status" | "external_id" | "created_by" | "updated_by" => document[name] == **value,
        "name" | "email" | "type" => document["profile"][name] == **value,
        "country" => text("/profile/address/country") == value,
        "currency" => text("/invoice_delivery/currency") == value,
        "parent" => text("/parent_customer_id") == value,
        "billable" => {
            let billable = document.pointer("/billable_status/value").and_then(Value::as_str);
            billable.unwrap_or("billable") == value
        }
        "created_after" => text("/created_at") >= value.as_str(),
        "created_before" => text("/created_at") < value.as_str(),
        "updated_before" => text("/updated_at") < value.as_str(),
        "metadata[plan]" => document["metadata"]["plan"] == **value,
        "metadata[a]=b&[]" => document["metadata"]["a]=b&["] == **value,
        "custom_fields[cost]" => document["custom_fields"]["cost"] == **value,
        "tag" => {
            document["profile"]["tags"].as_array().is_some_and(|tags| tags.contains(&json!(value)))
        }
        "provider" => document["billing_configs"]
            .as_array()
            .is_some_and(|configs| configs.iter().any(|config| config["provider"] == **value)),
        other => panic!("{other} isn't known here"),
    }
}

/// The sort keys of customers, and their ids.
fn key(document: &Value, sort: &str) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let key = match sort {
        "name" => folded(&text(&document["profile"]["name"])),
        "email" => text(&document["profile"]["email"]),
        other => text(&document[other]),
    };
    (key, text(&document["id"]))
}

#[tokio::test]
async fn a_list_has_exactly_the_matching_customers_in_the_requested_order() {
    let mut chance = Chance::seeded("filters");
    let app = TestApp::new().await;
    populate(&app, &mut chance).await;
    let documents = documents(&app).await;
    app.settle().await;
    let (mut some, mut none) = (0, 0);
    for _ in 0..QUESTIONS {
        let asked = question(&mut chance, &documents);
        let sort =
            one_of(&mut chance, &["created_at", "updated_at", "name", "email", "external_id"]);
        let descending = chance.percent(50);
        let mut expected: Vec<_> = documents
            .iter()
            .filter(|document| asked.iter().all(|question| fits(document, question)))
            .cloned()
            .collect();
        expected.sort_by_key(|document| key(document, sort));
        if descending {
            expected.reverse();
        }
        let sort = format!("{}{sort}", if descending { "-" } else { "" });
        let mut parameters: Vec<(&str, &str)> =
            asked.iter().map(|(name, value)| (*name, value.as_str())).collect();
        parameters.push(("sort", &sort));
        let limit = usize::try_from(1 + chance.below(20)).expect("few");
        let found = app.list("/v1/customers", &parameters, limit).await;
        assert_eq!(found, expected, "{parameters:?}, {limit} at a time");
        *(if found.is_empty() { &mut none } else { &mut some }) += 1;
    }
    assert!(some > 10 && none > 0, "{some} questions with answers, {none} without");
}

/// The names of the found customers.
async fn search(app: &TestApp, text: &str) -> Vec<String> {
    let found = app.list("/v1/customers", &[("search", text), ("sort", "name")], 2).await;
    let name = |item: &Value| item["profile"]["name"].as_str().expect("a name").to_owned();
    found.iter().map(name).collect()
}

#[tokio::test]
async fn a_customer_is_found_by_the_beginnings_of_its_words() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    for (number, name) in
        [(1, "Acme Industries"), (2, "Blau & Söhne GmbH"), (3, "O'Neil"), (4, "''")]
    {
        app.register(customer_id(number), name).await;
        other.register(customer_id(number + 100), name).await;
    }
    let one = customer_id(1).to_string();
    let contact =
        json!({ "contact_persons": [{ "first_name": "Ada", "email": "Ada.L@example.org" }] });
    app.command(&one, "update-profile", &contact).await.expect(200);
    app.command(&one, "change-external-id", &json!({ "external_id": "crm/77-X" }))
        .await
        .expect(200);
    app.command(&one, "change-external-id", &json!({ "external_id": null })).await.expect(200);
    app.command(&one, "set-aliases", &json!({ "aliases": ["the first"] })).await.expect(200);
    let config = json!({
        "provider": "stripe", "delivery_method": "direct_to_billing_provider",
        "configuration": { "stripe_customer_id": "cus_Q4mZ81", "stripe_collection_method": "charge_automatically" },
    });
    app.command(&one, "add-billing-config", &config).await.expect(200);
    let link = json!({ "provider_type": "crm", "provider_entity_id": "8812904" });
    app.command(&one, "map-integration", &link).await.expect(200);
    app.settle().await;
    for text in [
        "acme",
        "INDU",
        "ind acm",
        "ada.l@ex",
        "example.org",
        "crm/77",
        "77-x",
        "the fir",
        "cus_q4m",
        "8812",
        &one,
        "(acme)",
    ] {
        assert_eq!(search(&app, text).await, ["Acme Industries"], "{text}");
    }
    assert_eq!(search(&app, "so\u{308}h").await, ["Blau & Söhne GmbH"]);
    assert_eq!(search(&app, "o'n").await, ["O'Neil"]);
    for text in ["cme", "acme blau", "' or 1=1", "acme:* | blau", "\\"] {
        if text == "\\" {
            app.get("/v1/customers?search=%5C").await.expect_problem(400, "invalid_query");
        } else {
            assert_eq!(search(&app, text).await, [""; 0], "{text}");
        }
    }
    assert_eq!(search(&other, "cus_q4m").await, [""; 0]);
    assert_eq!(search(&other, &one).await, [""; 0]);
}

#[tokio::test]
async fn two_tenants_with_equal_customers_see_only_their_own() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    for number in 1..=5 {
        let body = |id| {
            json!({
                "id": customer_id(id), "profile": { "name": "Same", "email": "same@same.example", "tags": ["same"] },
                "external_id": format!("same-{number}"), "metadata": { "same": "same" },
            })
        };
        app.post_with("/v1/customers", &body(number), &[("x-actor", "same")]).await.expect(201);
        other
            .post_with("/v1/customers", &body(100 + number), &[("x-actor", "same")])
            .await
            .expect(201);
    }
    app.settle().await;
    for asked in [
        vec![],
        vec![("name", "Same")],
        vec![("metadata[same]", "same")],
        vec![("tag", "same")],
        vec![("search", "same")],
        vec![("created_by", "same")],
        vec![("sort", "-external_id")],
    ] {
        for (tenant, from) in [(&app, 1), (&other, 101)] {
            let found = tenant.list("/v1/customers", &asked, 3).await;
            let mut ids: Vec<_> =
                found.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect();
            ids.sort();
            let expected: Vec<_> = (from..from + 5).map(|id| customer_id(id).to_string()).collect();
            assert_eq!(ids, expected, "{asked:?}");
        }
    }
}
