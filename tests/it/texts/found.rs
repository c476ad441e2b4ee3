//! Every spelling of a text finds the customer.

use axum::http::Method;
use serde_json::{Value, json};
use tests::{Reply, TestApp, customer_id, with_query};

/// One text composed, and decomposed.
const SPELLINGS: [&str; 2] = ["caf\u{e9}-1", "cafe\u{301}-1"];

/// A customer with this text in every member by which it is found, and another customer.
async fn cafe(app: &TestApp, text: &str) -> String {
    app.post(
        "/v1/tenant/commands/add-custom-field-key",
        &json!({ "key": "code", "enforce_uniqueness": true }),
    )
    .await
    .expect(200);
    let body = json!({
        "id": customer_id(1), "external_id": text, "aliases": [text],
        "profile": { "name": text, "email": format!("{text}@x.example"), "tags": [text], "org_name": text,
                     "title": text, "owner_id": text, "phone": text, "address": { "city": text } },
        "metadata": { "code": text }, "custom_fields": { "code": text },
    });
    app.post_with("/v1/customers", &body, &[("x-actor", text)]).await.expect(201);
    app.register(customer_id(2), "Other").await;
    app.settle().await;
    customer_id(1).to_string()
}

fn percent(text: &str) -> String {
    with_query("", &[("x", text)]).trim_start_matches("?x=").to_owned()
}

#[tokio::test]
async fn each_spelling_of_a_text_finds_the_customer() {
    for (stored, asked) in [(SPELLINGS[0], SPELLINGS[1]), (SPELLINGS[1], SPELLINGS[0])] {
        let app = TestApp::new().await;
        let id = cafe(&app, stored).await;
        for kind in ["external", "alias"] {
            let found = app.get(&format!("/v1/customers/{kind}:{}", percent(asked))).await;
            assert_eq!(found.expect(200).json()["id"], *id, "{kind}");
        }
        let email = format!("{asked}@x.example");
        for (filter, value) in [
            ("name", asked),
            ("external_id", asked),
            ("email", &email),
            ("tag", asked),
            ("metadata[code]", asked),
            ("custom_fields[code]", asked),
            ("created_by", asked),
            ("updated_by", asked),
            ("search", asked),
        ] {
            let found = app.list("/v1/customers", &[(filter, value)], 10).await;
            assert_eq!(found.len(), 1, "{filter}");
            assert_eq!(found[0]["id"], *id, "{filter}");
        }
        let other = customer_id(2).to_string();
        let taken = app.command(&other, "set-aliases", &json!({ "aliases": [asked] })).await;
        taken.expect_problem(409, "alias_taken");
        let taken =
            app.command(&other, "change-external-id", &json!({ "external_id": asked })).await;
        taken.expect_problem(409, "external_id_taken");
        let taken =
            app.command(&other, "set-custom-fields", &json!({ "fields": { "code": asked } })).await;
        taken.expect_problem(409, "custom_field_value_taken");
    }
}

/// How many customers the answer shows, in the list with this name.
fn count(reply: Reply, list: &str) -> usize {
    reply.expect(200).json()[list].as_array().expect("a list").len()
}

#[tokio::test]
async fn each_spelling_of_a_text_finds_the_customer_in_every_vendors_api() {
    for (stored, asked) in [(SPELLINGS[0], SPELLINGS[1]), (SPELLINGS[1], SPELLINGS[0])] {
        let app = TestApp::new().await;
        cafe(&app, stored).await;
        let path = with_query("/compat/metronome/v1/customers", &[("ingest_alias", asked)]);
        assert_eq!(count(app.get(&path).await, "data"), 1);

        let flexprice = "/compat/flexprice/v1/customers";
        for (name, value) in [("external_id", asked), ("external_ids", asked)] {
            assert_eq!(
                count(app.get(&with_query(flexprice, &[(name, value)])).await, "items"),
                1,
                "{name}"
            );
        }
        let email = format!("{asked}@X.example").to_uppercase();
        let filter = |field: &str, operator: &str, value: Value| json!({"filters": [{"field": field, "operator": operator, "value": value}]});
        let upper = asked.to_uppercase();
        for (body, found) in [
            (json!({"external_id": asked}), 1),
            (json!({"external_ids": [asked, "nobody"]}), 1),
            (json!({"email": email}), 1),
            (json!({"metadata": {"code": asked}}), 1),
            (filter("external_id", "eq", json!({"string": asked})), 1),
            (filter("external_id", "in", json!({"array": [asked]})), 1),
            (filter("external_id", "not_in", json!({"array": [asked]})), 1),
            (filter("email", "not_in", json!({"array": [email]})), 1),
            (filter("name", "eq", json!({"string": asked})), 1),
            (filter("created_by", "eq", json!({"string": asked})), 1),
            (filter("address_city", "eq", json!({"string": asked})), 1),
            (filter("address_city", "in", json!({"array": [asked, "x"]})), 1),
            (filter("address_city", "not_in", json!({"array": [asked]})), 1),
            (filter("address_city", "contains", json!({"string": upper})), 1),
            (filter("address_city", "contains", json!({"string": "AFE-"})), 1),
            (filter("address_city", "not_contains", json!({"string": upper})), 1),
            (filter("external_id", "contains", json!({"string": upper})), 1),
            (filter("email", "contains", json!({"string": upper})), 1),
            (filter("name", "contains", json!({"string": "AFE-"})), 1),
        ] {
            let reply = app.post(&format!("{flexprice}/search"), &body).await;
            assert_eq!(count(reply, "items"), found, "{body}");
        }
        let one = app.get(&format!("{flexprice}/external/{}", percent(asked))).await;
        one.expect(200);

        let message =
            app.get("/compat/maple/api/v1/companies/cmp_x/customers/x").await.expect(404).json();
        let message = message["message"].to_string();
        let company = message.split_whitespace().last().expect("an id").trim_end_matches('"');
        let maple = format!("/compat/maple/api/v1/companies/{company}/customers");
        app.get(&format!("{maple}/{}", percent(asked))).await.expect(200);
        for query in [
            json!({"identifier": asked}),
            json!({"email": email}),
            json!({"name": asked}),
            json!({"org_name": asked}),
            json!({"title": asked}),
            json!({"owner_id": asked}),
            json!({"owner_ids": [asked]}),
            json!({"phone": asked}),
            json!({"tags": [asked]}),
            json!({"metadata": {"values": {"code": asked}}}),
            json!({"search": upper}),
        ] {
            let reply = app.post(&format!("{maple}/find"), &json!({"query": query})).await;
            assert_eq!(count(reply, "results"), 1, "{query}");
        }
    }
}

#[tokio::test]
async fn a_search_ignores_case_accents_and_width_and_looks_into_words_without_spaces() {
    let app = TestApp::new().await;
    let names = [
        "ΟΔΟΣΤΡΩΜΑ",
        "İstanbul Gıda",
        "Straße 7",
        "Łódź Café",
        "株式会社東京商事",
        "ﾃｽﾄｻｰﾊﾞｰ",
        "삼성전자",
        "Ｆｕｌｌ Ｗｉｄｔｈ",
        "ธนาคารกรุงเทพ",
        "Москва Ёлка",
        "नमस्ते दुनिया",
    ];
    for (number, name) in (1..).zip(names) {
        app.register(customer_id(number), name).await;
    }
    app.settle().await;
    let maple = "/compat/maple/api/v1/companies";
    let message =
        app.get(&format!("{maple}/cmp_x/customers/x")).await.expect(404).json()["message"]
            .to_string();
    let company =
        message.split_whitespace().last().expect("an id").trim_end_matches('"').to_owned();
    for (asked, name) in [
        ("ΟΔΟΣ", "ΟΔΟΣΤΡΩΜΑ"),
        ("οδοσ", "ΟΔΟΣΤΡΩΜΑ"),
        ("istanbul", "İstanbul Gıda"),
        ("ISTANBUL GIDA", "İstanbul Gıda"),
        ("STRASSE", "Straße 7"),
        ("lodz cafe", "Łódź Café"),
        ("CAFE\u{301}", "Łódź Café"),
        ("東京", "株式会社東京商事"),
        ("商事 会社", "株式会社東京商事"),
        ("サーバ", "ﾃｽﾄｻｰﾊﾞｰ"),
        ("전자", "삼성전자"),
        ("width full", "Ｆｕｌｌ Ｗｉｄｔｈ"),
        ("ＦＵＬＬ", "Ｆｕｌｌ Ｗｉｄｔｈ"),
        ("กรุงเทพ", "ธนาคารกรุงเทพ"),
        ("елка", "Москва Ёлка"),
        ("दुनि", "नमस्ते दुनिया"),
    ] {
        let found = app.list("/v1/customers", &[("search", asked)], 10).await;
        let found: Vec<_> = found.iter().map(|customer| &customer["profile"]["name"]).collect();
        assert_eq!(found, [name], "{asked}");
        let body = json!({"query": {"search": asked}});
        let found =
            app.post(&format!("{maple}/{company}/customers/find"), &body).await.expect(200).json();
        assert_eq!(found["results"][0]["name"], name, "{asked}");
    }
    for asked in ["京東", "tanbul", "rasse"] {
        assert!(app.list("/v1/customers", &[("search", asked)], 10).await.is_empty(), "{asked}");
    }
    // The past is searched like the present.
    let past = [("search", "STRASSE"), ("as_of", "2100-01-01T00:00:00Z")];
    assert_eq!(app.list("/v1/customers", &past, 10).await.len(), 1);
}

#[tokio::test]
async fn filters_by_email_ignore_case() {
    let app = TestApp::new().await;
    let body = json!({ "id": customer_id(1), "profile": { "name": "Ada", "email": "Ada.L@B\u{fc}cher.Example" } });
    app.post("/v1/customers", &body).await.expect(201);
    app.settle().await;
    for asked in
        ["ada.l@b\u{fc}cher.example", "ADA.L@B\u{dc}CHER.EXAMPLE", "ada.L@xn--bcher-kva.example"]
    {
        let found = app.list("/v1/customers", &[("email", asked)], 10).await;
        assert_eq!(found.len(), 1, "{asked}");
        let found = app
            .list("/v1/customers", &[("email", asked), ("as_of", "2100-01-01T00:00:00Z")], 10)
            .await;
        assert_eq!(found.len(), 1, "{asked} in the past");
    }
    let shown = app.get(&format!("/v1/customers/{}", customer_id(1))).await.expect(200).json();
    assert_eq!(shown["profile"]["email"], "Ada.L@B\u{fc}cher.Example", "shown as it was sent");
    let wrong = app.send(app.request(Method::GET, "/v1/customers?email=a.l@x.example", "")).await;
    assert_eq!(wrong.expect(200).json()["items"], json!([]));
}
