//! A customer at every version, and as of every instant.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::{Value, json};
use tests::{Draft, TestApp, customer_id, with_query};

use super::{document, path, story};

/// An instant this many microseconds later, as written in a query.
fn shifted(time: &Value, microseconds: i64) -> String {
    let time: DateTime<Utc> = time.as_str().and_then(|time| time.parse().ok()).expect("a time");
    let time = time + Duration::microseconds(microseconds);
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

async fn as_of(app: &TestApp, time: &str) -> tests::Reply {
    app.get(&with_query(&path(""), &[("as_of", time)])).await
}

#[tokio::test]
async fn every_past_version_equals_the_document_read_at_that_time() {
    let (app, documents) = story().await;
    let another = app.another_instance().await;
    for (version, document) in (1..).zip(&documents) {
        for app in [&app, &another] {
            let then = app.get(&path(&format!("?version={version}"))).await.expect(200);
            assert_eq!(then.body, *document);
            assert_eq!(then.header("etag"), format!("\"{version}\""));
        }
    }
    for reference in ["external:acme-2", "external:acme", "alias:also-acme"] {
        let then = app.get(&format!("/v1/customers/{reference}?version=2")).await.expect(200);
        assert_eq!(then.body, documents[1], "{reference}");
    }
    let known = [("if-none-match", "\"2\"")];
    app.get_with(&path("?version=2"), &known).await.expect(304);
    app.get_with(&path("?version=3"), &known).await.expect(200);
}

#[tokio::test]
async fn as_of_is_exact_to_the_microsecond() {
    let (app, documents) = story().await;
    let times: Vec<Value> = documents
        .iter()
        .map(|document| {
            serde_json::from_str::<Value>(document).expect("JSON")["updated_at"].clone()
        })
        .collect();
    let too_early = as_of(&app, &shifted(&times[0], -1)).await;
    let detail = too_early.expect_problem(404, "not_registered_then").json()["detail"].to_string();
    assert!(detail.contains("as_of"), "{detail}");
    as_of(&app, "1999-01-01T00:00:00Z").await.expect_problem(404, "not_registered_then");
    for (nth, time) in times.iter().enumerate() {
        assert_eq!(as_of(&app, &shifted(time, 0)).await.expect(200).body, documents[nth]);
        if nth > 0 {
            let before = as_of(&app, &shifted(time, -1)).await.expect(200).body;
            assert_eq!(before, documents[nth - 1]);
        }
        let until_next = times.get(nth + 1).map_or(Duration::seconds(1), |next| {
            let parse = |time: &Value| time.as_str().and_then(|t| t.parse::<DateTime<Utc>>().ok());
            parse(next).expect("a time") - parse(time).expect("a time")
        });
        let between = until_next.num_microseconds().expect("few") / 2;
        assert_eq!(as_of(&app, &shifted(time, between)).await.expect(200).body, documents[nth]);
    }
    assert_eq!(as_of(&app, "2999-01-01T00:00:00Z").await.expect(200).body, documents[5]);
    // The same instant in another zone, and with further digits, which are cut.
    let zone: DateTime<Utc> = times[2].as_str().expect("a time").parse().expect("a time");
    let zone = zone.with_timezone(&chrono::FixedOffset::east_opt(7_200).expect("a zone"));
    assert_eq!(as_of(&app, &zone.to_rfc3339()).await.expect(200).body, documents[2]);
    let finer = times[2].as_str().expect("a time").replace('Z', "999Z");
    assert_eq!(as_of(&app, &finer).await.expect(200).body, documents[2]);
}

#[tokio::test]
async fn a_version_that_is_not_there_yet_is_a_404_that_names_the_parameter() {
    let (app, _) = story().await;
    for version in ["7", "9223372036854775807", "99999999999999999999999"] {
        let reply = app.get(&path(&format!("?version={version}"))).await;
        let problem = reply.expect_problem(404, "version_not_reached").json();
        assert!(problem["detail"].to_string().contains("the parameter version"), "{problem}");
        let reply = app.get(&path(&format!("/diff?from=1&to={version}"))).await;
        let problem = reply.expect_problem(404, "version_not_reached").json();
        assert!(problem["detail"].to_string().contains("the parameter to"), "{problem}");
    }
}

#[tokio::test]
async fn events_of_commands_sent_together_appear_together() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let first = document(&app).await;
    let commands = json!({ "commands": [
        { "command": "update-profile", "body": { "name": "Bolt" } },
        { "command": "set-aliases", "body": { "aliases": ["bolt"] } },
        { "command": "archive-customer" },
    ] });
    app.post(&path("/commands"), &commands).await.expect(200);
    let last = document(&app).await;
    let time = serde_json::from_str::<Value>(&last).expect("JSON")["updated_at"].clone();
    assert_eq!(as_of(&app, &shifted(&time, -1)).await.expect(200).body, first);
    assert_eq!(as_of(&app, &shifted(&time, 0)).await.expect(200).body, last);
    // Each of them has a version.
    let second = app.get(&path("?version=2")).await.expect(200).json();
    assert_eq!((&second["profile"]["name"], second.get("aliases")), (&json!("Bolt"), None));
}

#[tokio::test]
async fn a_long_history_is_read_the_same_from_snapshots_and_without_them() {
    let app = TestApp::new().await;
    Draft::register(app.tenant, customer_id(1)).happens(&app.store).await;
    let mut documents = vec![document(&app).await];
    for note in 0..140 {
        Draft::note(app.tenant, customer_id(1), &note.to_string()).happens(&app.store).await;
        documents.push(document(&app).await);
    }
    app.settle().await;
    let mut owner = app.database.connect().await;
    let forget = "delete from customer_snapshots";
    for snapshots in [true, false] {
        if !snapshots {
            let forgotten = sqlx::query(forget).execute(&mut owner).await.expect("a delete");
            assert_eq!(forgotten.rows_affected(), 2);
        }
        for version in [1, 2, 63, 64, 65, 127, 128, 129, 140, 141] {
            let then = app.get(&path(&format!("?version={version}"))).await.expect(200).body;
            assert_eq!(then, documents[version - 1], "{version} with snapshots: {snapshots}");
        }
    }
}

#[tokio::test]
async fn past_billing_configs_and_payment_profiles_can_be_read() {
    let app = TestApp::new().await;
    let reference = customer_id(1).to_string();
    app.register(customer_id(1), "Acme").await;
    let config = |n: u64| {
        json!({ "id": customer_id(0xb0 + n), "provider": "custom",
                                  "delivery_method": "aws_sqs", "configuration": { "n": n } })
    };
    app.command(&reference, "add-billing-config", &config(2)).await.expect(200);
    app.command(&reference, "add-billing-config", &config(1)).await.expect(200);
    let archive = json!({ "ids": [customer_id(0xb2)] });
    app.command(&reference, "archive-billing-configs", &archive).await.expect(200);
    let card = json!({ "id": "card-1", "status": "ACTIVE" });
    app.command(&reference, "attach-payment-profile", &card).await.expect(200);
    app.command(&reference, "detach-payment-profile", &json!({ "id": "card-1" })).await.expect(200);

    let ids = async |asked: &[(&str, &str)]| {
        let found = app.list(&path("/billing-configs"), asked, 1).await;
        found.iter().map(|config| config["id"].clone()).collect::<Vec<_>>()
    };
    let (one, two) = (json!(customer_id(0xb1)), json!(customer_id(0xb2)));
    assert_eq!(ids(&[("version", "1")]).await, [json!(null); 0]);
    assert_eq!(ids(&[("version", "2")]).await, std::slice::from_ref(&two));
    assert_eq!(ids(&[("version", "3")]).await, [one.clone(), two.clone()]);
    assert_eq!(ids(&[("version", "4")]).await, [one.clone(), two.clone()]);
    assert_eq!(ids(&[("version", "4"), ("archived", "true")]).await, std::slice::from_ref(&two));
    assert_eq!(ids(&[("version", "4"), ("archived", "false")]).await, [one]);
    assert_eq!(ids(&[("version", "3"), ("archived", "true")]).await, [json!(null); 0]);
    let then = app.get(&path("?version=3")).await.expect(200).json();
    let at = then["updated_at"].as_str().expect("a time");
    let found = app.list(&path("/billing-configs"), &[("as_of", at)], 200).await;
    let mut expected = then["billing_configs"][0].clone();
    expected["customer_id"] = json!(customer_id(1));
    assert_eq!(found[1], expected, "what its own document said of it then");

    let paid = async |version: u64| {
        let path = path(&format!("/payment-profiles?version={version}"));
        app.get(&path).await.expect(200).json()["items"].clone()
    };
    assert_eq!(paid(4).await, json!([]));
    assert_eq!(paid(5).await, json!([card]));
    assert_eq!(paid(6).await, json!([]));
    for below in ["/billing-configs?version=7", "/payment-profiles?version=7"] {
        app.get(&path(below)).await.expect_problem(404, "version_not_reached");
    }
    for below in ["/billing-configs", "/payment-profiles"] {
        let early = path(&format!("{below}?as_of=1999-01-01T00:00:00Z"));
        app.get(&early).await.expect_problem(404, "not_registered_then");
    }
}
