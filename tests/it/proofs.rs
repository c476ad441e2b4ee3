//! Signed heads, and proofs that events are in the log.

use http::{App, Settings};
use store::log::{Proof, ProofError, Verifier, read_heads, verify_partition};
use tests::{Draft, TestApp, customer_id};

/// The verifier of the tenant's partition, as the service publishes it.
async fn verifier(app: &TestApp) -> Verifier {
    let key = app.get("/v1/log/key").await.expect(200);
    key.body.trim_end().parse().expect("a verifier key")
}

#[tokio::test]
async fn the_head_is_signed_and_covers_the_whole_log() {
    let app = TestApp::new().await;
    let verifiers = [verifier(&app).await];
    let mut connection = app.database.connect().await;
    let mut kept = Vec::new();
    // From 256 events on parts of the tree are stored.
    for round in 0..6 {
        for note in 0..60 {
            if round == 0 && note == 0 {
                Draft::register(app.tenant, customer_id(1)).happens(&app.store).await;
            }
            let text = format!("note {round} {note}");
            Draft::note(app.tenant, customer_id(1), &text).happens(&app.store).await;
        }
        let head = app.get("/v1/log/head").await.expect(200);
        assert_eq!(head.header("content-type"), "text/plain; charset=utf-8");
        let [head] = read_heads(&head.body, &verifiers).expect("a head")[..] else {
            panic!("one head");
        };
        kept.push(head);
        let found = verify_partition(&mut connection, app.tenant.partition, &kept).await;
        let found = found.expect("a check");
        assert!(found.is_whole(), "{found:?}");
        assert_eq!((found.events, found.root), (head.size, head.root));
    }
    assert!(kept.last().is_some_and(|head| head.size > 300));
}

#[tokio::test]
async fn every_event_of_a_customer_has_a_verifiable_proof() {
    let app = TestApp::new().await;
    let id = customer_id(1);
    Draft::register(app.tenant, id).happens(&app.store).await;
    for note in 0..300 {
        Draft::note(app.tenant, id, &format!("note {note}")).happens(&app.store).await;
    }
    let verifiers = [verifier(&app).await];
    for version in [1, 2, 7, 128, 255, 256, 257, 300, 301] {
        let path = format!("/v1/customers/{id}/events/{version}/proof");
        let text = app.get(&path).await.expect(200).body;
        let Proof { event, .. } = Proof::verify(&text, &verifiers).expect("a proof");
        assert_eq!(event.sequence, version);
        assert_eq!(event.aggregate_id, format!("{}/{id}", app.tenant.id));
        let moved = text.replacen("\nindex ", "\nindex 1", 1);
        assert_eq!(Proof::verify(&moved, &verifiers), Err(ProofError::NotInLog), "{version}");
    }
}

#[tokio::test]
async fn proofs_of_missing_or_foreign_events_are_404() {
    let app = TestApp::new().await;
    let id = customer_id(1);
    app.register(id, "Acme").await;
    let path = format!("/v1/customers/{id}/events");
    app.get(&format!("{path}/1/proof")).await.expect(200);
    for version in ["0", "2", "-1", "x", "9223372036854775807", "-9223372036854775808", "1e9"] {
        let proof = app.get(&format!("{path}/{version}/proof")).await;
        proof.expect_problem(404, "unknown_version");
    }
    let other = app.another_tenant().await;
    other.get(&format!("{path}/1/proof")).await.expect_problem(404, "customer_unknown");
    app.get("/v1/log/head?x=1").await.expect_problem(400, "invalid_query");
}

#[tokio::test]
async fn a_service_without_a_signing_key_answers_404() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let unsigned = app.at(App::new(app.store.clone(), Settings::default()));
    let proof = format!("/v1/customers/{}/events/1/proof", customer_id(1));
    for path in ["/v1/log/head", "/v1/log/key", &proof] {
        unsigned.get(path).await.expect_problem(404, "no_log_key");
    }
}

#[tokio::test]
async fn the_service_s_roles_cannot_change_the_merkle_tree() {
    let app = TestApp::new().await;
    for role in [store::Role::Reader, store::Role::Writer, store::Role::Projector] {
        let mut connection = store::connect(&app.database.options, role).await.expect("a role");
        for change in ["update log_tree set nth = 1", "delete from log_tree", "truncate log_tree"] {
            let refused = sqlx::query(change).execute(&mut connection).await;
            let error = refused.expect_err("a refusal").to_string();
            assert!(error.contains("permission denied"), "{change}: {error}");
        }
    }
}
