//! Data that the next batch needs from the batch in flight, which the database doesn't show yet.

use domain::tenant;
use serde_json::json;
use store::{Reference, StoreError, Submission, Target};
use tests::{Draft, until_taken};

use super::held::{Held, by, expecting, only_trying};

#[tokio::test]
async fn a_customer_found_by_name_has_the_changes_of_the_batch_in_flight() {
    let mut held = Held::new().await;
    held.note(1, "old").happens(&held.store).await;
    // So that the writer drops the name from its cache.
    held.note(2, "between").happens(&held.store).await;
    let acme = || Reference::External("acme".to_owned());
    for (round, version) in [(0, 5), (1, 7)] {
        held.hold().await;
        let out = held.queue(held.note(1, "new").submission()).await;
        held.until_blocked(1).await;
        // The database still has it so.
        let back = held.queue(by(acme(), &held.note(1, "old"))).await;
        let tries = held.queue(only_trying(&held.note(1, "tried"), version + 1)).await;
        let expects = held.queue(by(acme(), &held.note(1, "old"))).await;
        expects.until_decided().await;
        held.let_go().await;
        assert_eq!(out.happens().await.rendered.version, Some(version), "{round}");
        let back = back.happens().await.rendered;
        assert_eq!((back.version, &*back.body), (Some(version + 1), "1 events"), "{round}");
        assert_eq!(tries.happens().await.rendered.version, Some(version + 2), "{round}");
        assert_eq!(expects.happens().await.rendered.body, "0 events", "{round}");
    }
    held.sound().await;
}

#[tokio::test]
async fn a_cycle_of_parents_over_two_batches_is_refused() {
    let mut held = Held::new().await;
    held.hold().await;
    let out = held.queue(held.parent(1, 2).submission()).await;
    held.until_blocked(1).await;
    let cycle = held.queue(held.parent(2, 1).submission()).await;
    let other = held.queue(held.note(3, "other").submission()).await;
    until_taken(&held.store).await;
    held.let_go().await;
    out.happens().await;
    cycle.refused_as("ParentCycle").await;
    other.happens().await;
    held.sound().await;
}

#[tokio::test]
async fn a_cycle_of_parents_within_a_batch_that_grows_is_refused() {
    let mut held = Held::new().await;
    held.hold().await;
    let out = held.queue(held.note(1, "out").submission()).await;
    held.until_blocked(1).await;
    let below = held.queue(held.parent(3, 4).submission()).await;
    below.until_decided().await;
    let cycle = held.queue(held.parent(4, 3).submission()).await;
    until_taken(&held.store).await;
    held.let_go().await;
    out.happens().await;
    below.happens().await;
    cycle.refused_as("ParentCycle").await;
    held.sound().await;
}

#[tokio::test]
async fn parents_have_their_status_from_the_batch_in_flight() {
    let mut held = Held::new().await;
    held.hold().await;
    let new = held.queue(Draft::register(held.app.tenant, tests::customer_id(9)).submission());
    let new = new.await;
    let archived = held.on(4).command("archive-customer", json!({}));
    let archived = held.queue(archived.submission()).await;
    held.until_blocked(1).await;
    let orphan = held.queue(held.parent(3, 4).submission()).await;
    let late = held.queue(expecting(&held.note(4, "late"), 2)).await;
    let child = held.queue(held.parent(2, 9).submission()).await;
    child.until_decided().await;
    held.let_go().await;
    new.happens().await;
    archived.happens().await;
    orphan.refused_as("ParentUnknown").await;
    late.refused_as("CustomerArchived").await;
    child.happens().await;
    held.sound().await;
}

/// Defines a unique custom field.
fn define(held: &Held, key: &str) -> Submission {
    let body = json!({ "key": key, "enforce_uniqueness": true });
    let command = tenant::Command::read("add-custom-field-key", body).expect("a command");
    let commands = vec![command.expect("a valid body")];
    Submission { target: Target::Tenant { commands }, ..held.on(1).submission() }
}

fn field(held: &Held, number: u64, key: &str) -> Submission {
    held.on(number).command("set-custom-fields", json!({ "fields": { key: "1" } })).submission()
}

#[tokio::test]
async fn tenant_settings_of_the_batch_in_flight_count_unless_refused() {
    let mut held = Held::new().await;
    held.refuse_the_unheard_of().await;
    for (key, counts) in [("usual", true), ("unheard-of", false)] {
        held.hold().await;
        let out = held.queue(define(&held, key)).await;
        held.until_blocked(1).await;
        let first = held.queue(field(&held, 1, key)).await;
        let second = held.queue(field(&held, 2, key)).await;
        second.until_decided().await;
        held.let_go().await;
        if counts {
            out.happens().await;
            first.happens().await;
            second.refused_as("CustomFieldValueTaken").await;
        } else {
            let out = out.result().await;
            assert!(matches!(out, Err(StoreError::Refused(_))), "{out:?}");
            first.refused_as("CustomFieldKeyUnknown").await;
            second.refused_as("CustomFieldKeyUnknown").await;
        }
    }
    held.sound().await;
}

#[tokio::test]
async fn an_idempotency_key_of_the_batch_in_flight_is_in_use() {
    let mut held = Held::new().await;
    held.hold().await;
    let out = held.queue(held.note(1, "this").key("key").submission()).await;
    held.until_blocked(1).await;
    let other = held.queue(held.note(1, "that").key("key").submission()).await;
    other.until_decided().await;
    held.let_go().await;
    out.happens().await;
    other.refused_as("KeyReused").await;
    held.sound().await;
}
