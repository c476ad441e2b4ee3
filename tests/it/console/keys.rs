//! Keys that administrators make in the console.

use store::api_keys::Scope;
use tests::TestApp;

use super::visitor::Visitor;

const WITHIN: [(&str, &str); 4] =
    [("name", "billing"), ("scopes", "read"), ("actors", "support"), ("rate", "5")];

#[tokio::test]
async fn a_limited_administrator_makes_only_keys_with_the_same_limits_or_narrower_ones() {
    let app = TestApp::new().await;
    let limited = app.new_key(&[Scope::Read, Scope::Admin]).await;
    let mut owner = app.database.connect().await;
    sqlx::query(
        "update api_keys set actors = '{support,billing}', requests_per_second = 10 where key_id = $1",
    )
    .bind(limited.id())
    .execute(&mut owner)
    .await
    .expect("a limited key");
    let visitor = Visitor::with_key(&app, &limited, "support").await;
    for (field, value) in [("actors", ""), ("actors", "support\nceo"), ("rate", ""), ("rate", "11")]
    {
        let form = WITHIN.map(|(name, own)| (name, if name == field { value } else { own }));
        let page = visitor.post("/console/keys", &form).await.expect(200).body;
        assert!(page.contains("the same or narrower limits"), "{field} {value}: {page}");
    }
    let page = visitor.post("/console/keys", &WITHIN).await.expect(200).body;
    assert!(page.contains("Copy it now"), "{page}");
}

#[tokio::test]
async fn a_rate_that_is_not_stored_is_refused_in_the_form() {
    let app = TestApp::new().await;
    let visitor = Visitor::arrive(&app).await;
    let form = WITHIN.map(|(name, own)| (name, if name == "rate" { "3000000000" } else { own }));
    let page = visitor.post("/console/keys", &form).await.expect(200).body;
    assert!(page.contains("must be at most 2147483647"), "{page}");
}
