//! Texts that look like others, or like nothing, are refused.

use serde_json::json;
use tests::{TestApp, customer_id};

const NOTHING: [&str; 5] = ["\u{2800}", "\u{200b}", "\u{3164}", "\u{ad}", " \u{feff}\u{202e} "];
const HIDDEN: [&str; 6] = ["\u{200b}", "\u{feff}", "\u{202e}", "\u{2066}", "\u{ad}", "\u{200d}"];

#[tokio::test]
async fn a_name_that_shows_nothing_is_refused_in_every_api() {
    let app = TestApp::new().await;
    for name in NOTHING {
        let body = json!({ "profile": { "name": name } });
        let refused =
            app.post("/v1/customers", &body).await.expect_problem(422, "invalid_body").json();
        assert_eq!(refused["errors"][0]["detail"], "must have a visible character", "{name:?}");
        for (path, body) in [
            ("/compat/metronome/v1/customers", json!({"name": name})),
            ("/compat/flexprice/v1/customers", json!({"name": name, "external_id": "1"})),
        ] {
            app.post(path, &body).await.expect(400);
        }
    }
    for (number, name) in (1..).zip([
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "\u{2764}\u{fe0f}",
        "\u{0645}\u{06cc}\u{200c}\u{0634}",
    ]) {
        app.register(customer_id(number), name).await.expect(201);
    }
}

#[tokio::test]
async fn ids_actors_and_addresses_have_no_invisible_characters() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Ada").await;
    let id = customer_id(1).to_string();
    for hidden in HIDDEN {
        let text = format!("a{hidden}1");
        for (command, body) in [
            ("change-external-id", json!({ "external_id": text })),
            ("set-aliases", json!({ "aliases": [text] })),
            ("update-profile", json!({ "owner_id": text })),
            ("update-profile", json!({ "email": format!("{text}@x.example") })),
            ("attach-payment-profile", json!({ "id": text, "status": "ACTIVE" })),
            ("map-integration", json!({ "provider_type": "crm", "provider_entity_id": text })),
        ] {
            let refused =
                app.command(&id, command, &body).await.expect_problem(422, "invalid_body").json();
            let detail = refused["errors"][0]["detail"].as_str().expect("a detail").to_owned();
            assert_eq!(detail, "must not contain invisible characters", "{command} {hidden:?}");
        }
        let body = json!({ "name": "Bo" });
        let path = format!("/v1/customers/{id}/commands/update-profile");
        let refused = app.post_with(&path, &body, &[("x-actor", &text)]).await;
        refused.expect(400);
        let path = "/compat/flexprice/v1/customers";
        app.post(path, &json!({"name": "Bo", "external_id": text})).await.expect(400);
    }
    for text in [" a", "a ", "a\u{a0}"] {
        let body = json!({ "external_id": text });
        let refused =
            app.command(&id, "change-external-id", &body).await.expect_problem(422, "invalid_body");
        assert!(
            refused.body.contains("must not begin or end with white space"),
            "{}",
            refused.body
        );
    }
}
