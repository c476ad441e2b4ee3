//! Operators' actions are recorded, whatever their result.

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};
use sqlx::Executor as _;
use store::Role;
use store::api_keys::Scope;
use store::operator_actions::{self, Action};
use tests::{TestApp, customer_id};

/// The service, called with an operator key.
async fn operator(app: &TestApp) -> TestApp {
    app.with_key(app.new_key(&[Scope::Operator]).await)
}

async fn actions(app: &TestApp) -> Vec<Value> {
    app.get("/admin/audit").await.expect(200).json()["items"].as_array().expect("items").clone()
}

#[tokio::test]
async fn every_operator_action_is_in_the_operator_audit() {
    let app = TestApp::new().await;
    let operator = operator(&app).await;
    let (tenant, customer) = (app.tenant.id.0, customer_id(1));
    let unpark = json!({ "tenant_id": tenant, "customer_id": customer });
    let of = "/admin/projections/customer_list";
    for (path, body, status) in [
        ("rebuild", json!({ "workers": 3 }), 202),
        ("rebuild/cancel", Value::Null, 200),
        ("rollback", Value::Null, 409),
        ("prune", Value::Null, 200),
        ("unpark", unpark, 404),
    ] {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let mut request = operator.request(Method::POST, &format!("{of}/{path}"), body);
        let headers = request.headers_mut();
        headers.insert("x-actor", "ada".parse().expect("a value"));
        headers.insert("x-request-id", "r-1".parse().expect("a value"));
        if path != "rebuild" && path != "unpark" {
            headers.remove("content-type");
        }
        operator.send(request).await.expect(status);
    }
    let found = actions(&operator).await;
    let names: Vec<_> = found.iter().map(|one| one["action"].as_str().expect("a name")).collect();
    assert_eq!(names, ["unpark", "prune", "rollback", "cancel", "rebuild"]);
    for one in &found {
        assert_eq!(one["projection"], "customer_list");
        assert_eq!(one["api_key"], operator.key.id());
        assert_eq!((&one["actor"], &one["request_id"]), (&json!("ada"), &json!("r-1")));
        assert!(one["database_login"].is_string() && one["recorded_at"].is_string());
    }
    assert_eq!(found[4]["workers"], 3);
    assert_eq!(
        (&found[0]["tenant_id"], &found[0]["customer_id"]),
        (&json!(tenant), &json!(customer))
    );
    // Reads leave no record, and neither do requests for unknown read models.
    operator.get("/admin/projections").await.expect(200);
    operator.post("/admin/projections/nothing/prune", &json!({})).await.expect(404);
    assert_eq!(actions(&operator).await.len(), 5);

    let mut page = operator.get("/admin/audit?limit=2").await.expect(200).json();
    let mut seen = page["items"].as_array().expect("items").clone();
    while let Some(cursor) = page["next_cursor"].as_str() {
        let path = tests::with_query("/admin/audit", &[("limit", "2"), ("cursor", cursor)]);
        page = operator.get(&path).await.expect(200).json();
        seen.extend(page["items"].as_array().expect("items").iter().cloned());
    }
    assert_eq!(seen, found);
}

#[tokio::test]
async fn the_operator_audit_cannot_be_changed() {
    let app = TestApp::new().await;
    let options = &app.database.options;
    let mut projector = store::connect(options, Role::Projector).await.expect("a session");
    let who = server::operator::by_operator("prune");
    let recorded = operator_actions::record(&mut projector, None, Action::Prune, &who).await;
    recorded.expect("an entry");
    let mut owner = app.database.connect().await;
    owner.execute("set session_replication_role = replica").await.expect("a superuser may");
    for connection in [&mut projector, &mut owner] {
        for statement in [
            "update operator_actions set action = 'rebuild'",
            "delete from operator_actions",
            "truncate operator_actions",
        ] {
            let error = connection.execute(statement).await.expect_err(statement);
            let code = error.as_database_error().and_then(|error| error.code().map(String::from));
            assert_eq!(code.as_deref(), Some("42501"), "{statement}");
        }
    }
    for forged in [
        "insert into operator_actions (action, about, metadata, login) values ('a', '{}', '{}', 'b')",
        "insert into operator_actions (action, about, metadata, recorded_at)
         values ('a', '{}', '{}', 'epoch')",
    ] {
        projector.execute(forged).await.expect_err(forged);
    }
    let found = operator_actions::list(&mut projector, None, 10).await.expect("the entries");
    assert_eq!(found.len(), 1);
    assert_eq!((&*found[0].action, &found[0].projection), ("prune", &None));
}

#[tokio::test]
async fn an_operator_action_that_cannot_be_recorded_is_not_done() {
    let app = TestApp::new().await;
    let operator = operator(&app).await;
    let mut owner = app.database.connect().await;
    owner
        .execute("revoke insert (action, projection, about, metadata) on operator_actions from dossier_projector")
        .await
        .expect("no right");
    operator.post("/admin/projections/customer_list/rebuild", &json!({})).await.expect(503);
    let shown = operator.get("/admin/projections/customer_list").await.expect(200).json();
    assert_eq!(shown["generations"].as_array().expect("generations").len(), 1);
}
