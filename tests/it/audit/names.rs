//! Entries of the audit with the names of customers and keys, with old and new values, and by reason.

use serde_json::{Value, json};
use store::api_keys::Scope;
use tests::{TestApp, customer_id, full_names, store_behind, with_query};

async fn audit(app: &TestApp, asked: &[(&str, &str)]) -> Vec<Value> {
    let page = app.get(&with_query("/v1/audit", asked)).await.expect(200).json();
    page["items"].as_array().expect("items").clone()
}

/// Changes a customer's profile for a reason.
async fn update(app: &TestApp, number: u64, patch: &Value, reason: &str) {
    let url = format!("/v1/customers/{}/commands/update-profile", customer_id(number));
    app.post_with(&url, patch, &[("x-reason", reason)]).await.expect(200);
}

#[tokio::test]
async fn an_entry_has_the_names_of_its_customer_and_of_its_key() {
    let app = TestApp::new().await;
    let body = json!({
        "id": customer_id(1), "profile": { "name": "Acme" }, "external_id": "acme-1",
    });
    app.post("/v1/customers", &body).await.expect(201);
    app.register(customer_id(2), "Other").await;
    update(&app, 1, &json!({ "name": "Acme Ltd" }), "a move").await;
    app.settle().await;
    let entries = audit(&app, &[]).await;
    let key_name = |entry: &Value| entry["api_key_name"].clone();
    assert_eq!(entries[0]["customer_name"], "Acme Ltd");
    assert_eq!(entries[0]["customer_external_id"], "acme-1");
    assert!(key_name(&entries[0]).is_string(), "{}", entries[0]);
    assert_eq!(entries[1]["customer_name"], "Other");
    assert!(entries[1].get("customer_external_id").is_none());
    // The registration shows today's name.
    assert_eq!(entries[2]["customer_name"], "Acme Ltd");
    let of_tenant = &entries[3];
    assert_eq!(of_tenant["type"], "TenantCreated");
    assert!(of_tenant.get("customer_name").is_none() && of_tenant.get("api_key").is_none());
    let reads = app.get("/v1/audit/reads").await.expect(200).json();
    assert_eq!(key_name(&reads["items"][0]), key_name(&entries[0]));
}

#[tokio::test]
async fn a_key_of_another_tenant_has_no_name() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    app.register(customer_id(1), "Acme").await;
    sqlx::query("update api_keys set tenant_id = $1, partition = $2 where key_id = $3")
        .bind(other.tenant.id.0)
        .bind(other.tenant.partition.number())
        .bind(app.key.id())
        .execute(&mut app.database.connect().await)
        .await
        .expect("a change");
    let app = app.with_key(app.new_key(&Scope::OF_TENANT).await);
    app.settle().await;
    let entries = audit(&app, &[("type", "CustomerRegistered")]).await;
    assert!(entries[0]["api_key"].is_string() && entries[0].get("api_key_name").is_none());
}

#[tokio::test]
async fn an_entry_has_old_and_new_values_on_request() {
    let app = TestApp::new().await;
    for number in 1..=60 {
        app.register(customer_id(number), "Acme").await;
    }
    update(&app, 1, &json!({ "name": "One", "address": { "city": "Bern" } }), "a").await;
    update(&app, 2, &json!({ "name": "Two" }), "a").await;
    update(&app, 1, &json!({ "address": { "city": null } }), "a").await;
    app.settle().await;
    let plain = audit(&app, &[("limit", "3")]).await;
    assert!(plain.iter().all(|entry| entry.get("changes").is_none()));
    for (order, turned) in [("newest", false), ("oldest", true)] {
        let asked = [("include", "values"), ("limit", "200"), ("order", order)];
        let mut entries = audit(&app, &asked).await;
        if turned {
            entries.reverse();
        }
        let changes = |nth: usize| entries[nth]["changes"].clone();
        assert_eq!(changes(0), json!([{ "field": "/profile/address/city", "old": "Bern" }]));
        assert_eq!(changes(1), json!([{ "field": "/profile/name", "old": "Acme", "new": "Two" }]));
        assert_eq!(
            changes(2),
            json!([
                { "field": "/profile/address/city", "new": "Bern" },
                { "field": "/profile/name", "old": "Acme", "new": "One" },
            ])
        );
        let registered = json!([
            { "field": "/profile/name", "new": "Acme" },
            { "field": "/status", "old": "unregistered", "new": "active" },
        ]);
        assert_eq!(changes(3)[0], registered[0]);
        assert_eq!(entries.len(), 64);
        assert!(entries[63].get("changes").is_none(), "the tenant's own has none");
    }
    let wrong = app.get("/v1/audit?include=everything").await;
    wrong.expect_problem(400, "invalid_query");
}

#[tokio::test]
async fn an_event_that_cannot_be_read_has_no_values() {
    let app = TestApp::with_upcasters(full_names()).await;
    app.register(customer_id(1), "Acme").await;
    let older = json!({ "full_name": "Grace" });
    store_behind(&app, customer_id(1), "ProfileUpdated", "0.9", &older).await;
    app.settle().await;
    let asked = [("type", "ProfileUpdated"), ("include", "values")];
    let known = audit(&app, &asked).await;
    let renamed = json!([{ "field": "/profile/name", "old": "Acme", "new": "Grace" }]);
    assert_eq!(known[0]["changes"], renamed);
    let unknowing = app.another_release(domain::upcast::Upcasters::default()).await;
    assert!(audit(&unknowing, &asked).await[0].get("changes").is_none());
}

#[tokio::test]
async fn values_of_many_large_events_come_on_several_pages() {
    let app = TestApp::new().await;
    let id = customer_id(1).to_string();
    app.register(customer_id(1), "Acme").await;
    let metadata = |sign: &str| -> Value {
        let entries = (0..100).map(|n| (format!("key {n}"), json!(sign.repeat(500))));
        json!({ "metadata": entries.collect::<serde_json::Map<_, _>>() })
    };
    for nth in 0..120 {
        let sign = if nth % 2 == 0 { "a" } else { "b" };
        app.command(&id, "replace-metadata", &metadata(sign)).await.expect(200);
    }
    app.settle().await;
    let mut found = Vec::new();
    let mut cursor = String::new();
    let mut pages = 0;
    loop {
        let mut asked = vec![("include", "values"), ("limit", "200")];
        asked.push(("type", "MetadataReplaced"));
        if !cursor.is_empty() {
            asked.push(("cursor", &cursor));
        }
        let page = app.get(&with_query("/v1/audit", &asked)).await.expect(200).json();
        let items = page["items"].as_array().expect("items");
        assert!(
            items.iter().all(|item| item["changes"].as_array().is_some_and(|c| c.len() == 100))
        );
        found.extend(items.iter().map(|item| item["version"].as_i64().expect("a version")));
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(found, (2..=121).rev().collect::<Vec<_>>());
    assert!(pages > 2, "values count, too");
}

#[tokio::test]
async fn events_are_found_by_their_reason() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    update(&app, 1, &json!({ "name": "A" }), "ZD-4711: Moved to Zürich").await;
    update(&app, 1, &json!({ "name": "B" }), "ZD-4711: a typo").await;
    update(&app, 1, &json!({ "name": "C" }), "monthly clean-up").await;
    let long = format!("{} ends here", "long ".repeat(100));
    update(&app, 1, &json!({ "name": "D" }), &long).await;
    let renamed = json!({ "name": "Northwind" });
    let reason = [("x-reason", "ZD-4711: rebranding")];
    app.post_with("/v1/tenant/commands/rename-tenant", &renamed, &reason).await.expect(200);
    app.settle().await;
    let versions = |entries: Vec<Value>| -> Vec<String> {
        let name = |entry: &Value| {
            format!("{} {}", entry["type"].as_str().expect("a name"), entry["version"])
        };
        entries.iter().map(name).collect()
    };
    for (asked, expected) in [
        (("reason", "ZD-4711: a typo"), vec!["ProfileUpdated 3"]),
        (("reason", "ZD-4711"), vec![]),
        (("reason", &*long), vec!["ProfileUpdated 5"]),
        (
            ("reason_prefix", "ZD-4711"),
            vec!["TenantRenamed 2", "ProfileUpdated 3", "ProfileUpdated 2"],
        ),
        (("reason_prefix", "zd-4711"), vec![]),
        (("reason_prefix", &long[..300]), vec!["ProfileUpdated 5"]),
        (("reason_search", "4711 zür"), vec!["ProfileUpdated 2"]),
        (("reason_search", "up monthly"), vec!["ProfileUpdated 4"]),
        (("reason_search", "REBRAND"), vec!["TenantRenamed 2"]),
        (("has_reason", "false"), vec!["CustomerRegistered 1", "TenantCreated 1"]),
    ] {
        let found = versions(audit(&app, &[asked]).await);
        assert_eq!(found, expected, "{asked:?}");
    }
    for (name, value) in [("reason", ""), ("reason_search", "!"), ("has_reason", "maybe")] {
        let reply = app.get(&with_query("/v1/audit", &[(name, value)])).await;
        let detail = reply.expect_problem(400, "invalid_query").json()["detail"].to_string();
        assert!(detail.contains(name), "{detail}");
    }
}

#[tokio::test]
async fn rare_words_of_a_reason_are_found_far_behind_others() {
    let app = TestApp::new().await;
    let id = customer_id(1).to_string();
    app.register(customer_id(1), "Acme").await;
    update(&app, 1, &json!({ "name": "First" }), "ZD-1: the needle").await;
    for first in (0..2_100).step_by(100) {
        let commands: Vec<_> = (first..first + 100)
            .map(|n| json!({ "command": "update-profile", "body": { "name": n.to_string() } }))
            .collect();
        let body = json!({ "commands": commands });
        let path = format!("/v1/customers/{id}/commands");
        app.post_with(&path, &body, &[("x-reason", "ZD-2: hay")]).await.expect(200);
    }
    update(&app, 1, &json!({ "name": "Last" }), "ZD-1: the needle again").await;
    app.settle().await;
    for asked in [[("reason_search", "needle")], [("reason_prefix", "ZD-1")]] {
        let page = app.get(&with_query("/v1/audit", &asked)).await.expect(200).json();
        let items = page["items"].as_array().expect("items");
        let versions: Vec<_> = items.iter().map(|item| item["version"].clone()).collect();
        assert_eq!(versions, [json!(2_103), json!(2)], "{asked:?}");
        assert!(page.get("next_cursor").is_none(), "one page has all of {asked:?}");
        let mut one = asked.to_vec();
        one.extend([("limit", "1"), ("order", "oldest")]);
        let page = app.get(&with_query("/v1/audit", &one)).await.expect(200).json();
        assert_eq!(page["items"][0]["version"], 2);
        let cursor = page["next_cursor"].as_str().expect("a cursor").to_owned();
        one.push(("cursor", &cursor));
        let page = app.get(&with_query("/v1/audit", &one)).await.expect(200).json();
        assert_eq!(page["items"][0]["version"], 2_103);
    }
}

#[tokio::test]
async fn a_field_finds_what_changed_below_it_and_one_that_cannot_be_is_refused() {
    let app = TestApp::new().await;
    let id = customer_id(1).to_string();
    app.register(customer_id(1), "Acme").await;
    update(&app, 1, &json!({ "address": { "line1": "Gasse 1", "city": "Bern" } }), "a").await;
    update(&app, 1, &json!({ "email": "a@example.com" }), "a").await;
    let metadata = json!({ "metadata": { "segment": "x" } });
    app.command(&id, "replace-metadata", &metadata).await.expect(200);
    let config = json!({ "provider": "custom", "delivery_method": "aws_sqs" });
    app.command(&id, "add-billing-config", &config).await.expect(200);
    app.settle().await;
    let changes = format!("/v1/customers/{id}/changes");
    for (field, versions) in [
        ("/profile/address", vec![2]),
        ("/profile/address/line1", vec![2]),
        ("/profile", vec![3, 2, 1]),
        ("/metadata", vec![4]),
        ("/billing_configs", vec![5]),
        ("/tax", vec![]),
    ] {
        for mut asked in [vec![("field", field)], vec![("field", field), ("customer", &*id)]] {
            let found: Vec<_> = audit(&app, &asked).await;
            let found: Vec<_> =
                found.iter().map(|item| item["version"].as_i64().expect("a version")).collect();
            assert_eq!(found, versions, "{asked:?}");
            asked.push(("actor", "nobody"));
            assert!(audit(&app, &asked).await.is_empty(), "{asked:?}");
        }
        let page = app.get(&with_query(&changes, &[("field", field)])).await.expect(200).json();
        let items = page["items"].as_array().expect("items").iter();
        let mut found: Vec<_> =
            items.map(|item| item["version"].as_i64().expect("a version")).collect();
        found.dedup();
        assert_eq!(found, versions, "changes of {field}");
    }
    for field in ["/profile/adress", "/profil", "/aliases/0", "/version", "profile"] {
        for path in ["/v1/audit", &changes] {
            let reply = app.get(&with_query(path, &[("field", field)])).await;
            reply.expect_problem(400, "invalid_query");
        }
    }
}
