//! A repeated idempotency answer shows each key what its scopes allow.

use serde_json::Value;
use store::api_keys::Scope;
use tests::{Reply, TestApp};

use super::customers::{Canary, NOW, THEN, canary, prepare_tenant, send_with};

/// One service called with a key for everything and with a write-only key.
async fn callers(numbers: [u64; 2]) -> (TestApp, TestApp, [Canary; 2]) {
    let app = TestApp::new().await;
    prepare_tenant(&app).await;
    let writer = app.with_key(app.new_key(&[Scope::Write]).await);
    let customers = [canary(&app, numbers[0]).await, canary(&app, numbers[1]).await];
    (app, writer, customers)
}

async fn revert(app: &TestApp, canary: &Canary) -> Reply {
    let path = format!("/v1/customers/{}/commands/revert-to", canary.id);
    let key = [("idempotency-key", format!("revert-{}", canary.number))];
    let key = key.each_ref().map(|(name, value)| (*name, &**value));
    app.post_with(&path, &serde_json::json!({ "version": 1 }), &key).await.expect(200)
}

/// The answer without the data of its events.
fn without_data(mut answer: Value) -> Value {
    for event in answer["events"].as_array_mut().expect("events") {
        event["event"].as_object_mut().expect("an event").remove("data").expect("data");
    }
    answer
}

#[track_caller]
fn assert_same(again: &Reply, first: &Reply) {
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("etag"), first.header("etag"));
}

#[tokio::test]
async fn a_complete_revert_answer_is_repeated_without_values_to_a_write_only_key() {
    let (app, writer, [one, _]) = callers([1, 2]).await;
    let full = revert(&app, &one).await;
    assert!(full.body.contains(THEN));
    let narrow = revert(&writer, &one).await;
    assert!(!narrow.body.contains(THEN) && !narrow.body.contains(NOW), "{}", narrow.body);
    assert_eq!(narrow.json(), without_data(full.json()));
    assert_eq!(narrow.header("idempotency-replayed"), "true");
    assert_same(&revert(&writer, &one).await, &narrow);
    assert_same(&revert(&app, &one).await, &full);
}

#[tokio::test]
async fn a_reduced_revert_answer_is_repeated_completely_to_an_audit_key() {
    let (app, writer, [_, two]) = callers([1, 2]).await;
    let narrow = revert(&writer, &two).await;
    assert!(!narrow.body.contains(THEN) && !narrow.body.contains(NOW), "{}", narrow.body);
    let full = revert(&app, &two).await;
    assert!(full.body.contains(THEN));
    assert_eq!(narrow.json(), without_data(full.json()));
    assert_same(&revert(&app, &two).await, &full);
    let again = revert(&writer, &two).await;
    assert_eq!((again.status, &again.body), (narrow.status, &narrow.body));
}

/// An update with one member, in each API that answers with the whole customer.
async fn update(app: &TestApp, surface: &str, canary: &Canary, company: &str) -> Reply {
    let (method, path, body) = match surface {
        "flexprice" => ("PUT", format!("/v1/customers/{}", canary.cust), r#"{"contact":"+4670"}"#),
        "telness" => ("PUT", format!("/customers/{}", canary.id), r#"{"identity":"5566"}"#),
        _ => {
            let customer = canary.external_id();
            let path = format!("/api/v1/companies/{company}/customers/{customer}");
            ("PATCH", path, r#"{"title":"Dr"}"#)
        }
    };
    let name = if surface == "telness" { "x-idempotency-key" } else { "idempotency-key" };
    let key = format!("{surface}-{}", canary.number);
    let path = format!("/compat/{surface}{path}");
    send_with(app, (method, &path, body), &[(name, &key)]).await.expect(200)
}

#[tokio::test]
async fn a_vendor_s_answer_is_repeated_according_to_the_key_s_scopes() {
    let (app, writer, customers) = callers([1, 2]).await;
    let path = "/compat/maple/api/v1/companies/cmp_x/customers/x";
    let refusal = app.get(path).await.expect(404).json()["message"].to_string();
    let company = refusal.trim_end_matches('"').rsplit(' ').next().expect("an id").to_owned();
    for surface in ["flexprice", "telness", "maple"] {
        for (canary, full_first) in customers.iter().zip([true, false]) {
            let callers = if full_first { [&app, &writer] } else { [&writer, &app] };
            let first = update(callers[0], surface, canary, &company).await;
            let second = update(callers[1], surface, canary, &company).await;
            let (full, narrow) = if full_first { (&first, &second) } else { (&second, &first) };
            assert!(full.body.contains(NOW), "{}", full.body);
            assert!(!narrow.body.contains(NOW), "{surface}: {}", narrow.body);
            let members = |reply: &Reply| {
                let names: Vec<_> =
                    reply.json().as_object().expect("an object").keys().cloned().collect();
                names
            };
            assert_eq!(members(narrow), members(full), "the shape is the vendor's");
            let said = ["+4670", "5566", "Dr"];
            assert!(said.iter().any(|said| narrow.body.contains(said)), "{}", narrow.body);
            for (caller, reply) in callers.into_iter().zip([&first, &second]) {
                let again = update(caller, surface, canary, &company).await;
                assert_eq!(again.body, reply.body, "byte for byte");
            }
        }
    }
}
