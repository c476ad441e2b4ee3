//! One batch is stored while the next is decided. Whatever happens to the first, the second is
//! answered as if they were sequential.

mod any;
mod facts;
mod held;
mod waits;

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use sqlx::query;
use store::{Reference, StoreError};
use tests::{Draft, Fault, Proxy, customer_id};

use self::held::{Held, by, expecting, only_trying, queue};

/// What happens to the batch in flight.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Stored,
    HeadMoved,
    KeyTaken,
    SessionEnded,
    RequestLost,
    AnswerLost,
}

async fn one_after_the_other(fate: Fate) {
    let mut held = Held::new().await;
    let refused_under_key = Draft::register(held.app.tenant, customer_id(2)).key("refused");
    held.hold().await;
    let mut blocked = 1;
    let foreign = match fate {
        Fate::HeadMoved => Some(held.note(6, "foreign")),
        Fate::KeyTaken => Some(refused_under_key.clone()),
        Fate::Stored | Fate::SessionEnded | Fate::RequestLost | Fate::AnswerLost => None,
    };
    let foreign = match foreign {
        Some(draft) => {
            let foreign = queue(&held.app.store, draft.submission()).await;
            held.until_blocked(1).await;
            blocked = 2;
            Some(foreign)
        }
        None => None,
    };
    match fate {
        Fate::AnswerLost => held.proxy.strike(Fault::LoseAnswer),
        Fate::RequestLost => held.proxy.strike(Fault::LoseRequest),
        Fate::Stored | Fate::HeadMoved | Fate::KeyTaken | Fate::SessionEnded => {}
    }
    let body = json!({ "metadata": { "note": Proxy::MARK } });
    let first = held.aliases(1, &[]).command("replace-metadata", body).key("first");
    let out = held.queue(first.submission()).await;
    let out_refused = held.queue(refused_under_key.submission()).await;
    held.until_blocked(blocked).await;

    let takes = held.queue(held.aliases(2, &["moving"]).submission()).await;
    let wants = held.queue(held.aliases(3, &["moving"]).submission()).await;
    let same = held.queue(first.submission()).await;
    let tries = held.queue(only_trying(&held.note(1, "tried"), 5)).await;
    let expects = held.queue(expecting(&held.note(1, "expected"), 5)).await;
    let too_late = held.queue(expecting(&held.note(1, "too late"), 5)).await;
    let nothing = held.queue(held.aliases(1, &[]).submission()).await;
    let alias = Reference::Alias("moving".to_owned());
    let named = held.queue(by(alias, &held.note(6, "named"))).await;
    named.until_decided().await;
    let renderings = named.decided.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(named.decided.load(Ordering::Relaxed), renderings, "decided while it must wait");

    if fate == Fate::SessionEnded {
        query(
            "select pg_terminate_backend(pid) from pg_stat_activity
              where datname = current_database() and application_name = 'dossier'
                and wait_event_type = 'Lock'",
        )
        .execute(&mut held.connection)
        .await
        .expect("an ended session");
        held.until_blocked(1).await;
    }
    held.let_go().await;

    let done = out.happens().await;
    assert_eq!((done.rendered.version, done.replayed), (Some(5), false), "{fate:?}");
    assert_eq!(out_refused.result().await.expect("an answer").replayed, fate == Fate::KeyTaken);
    assert_eq!(takes.happens().await.rendered.version, Some(2), "{fate:?}");
    wants.refused_as("AliasTaken").await;
    let same = same.happens().await;
    assert_eq!((same.rendered, same.replayed), (done.rendered, true), "{fate:?}");
    assert_eq!(tries.happens().await.rendered.version, Some(6), "{fate:?}");
    assert_eq!(expects.happens().await.rendered.version, Some(6), "{fate:?}");
    too_late.refused_as("VersionMismatch").await;
    assert_eq!(nothing.happens().await.rendered.body, "0 events");
    assert_eq!(named.happens().await.rendered.version, Some(3), "{fate:?}");
    if let Some(foreign) = foreign {
        foreign.result().await.expect("an answer");
    }
    held.sound().await;
}

#[tokio::test]
async fn commands_after_a_stored_batch_build_on_it() {
    one_after_the_other(Fate::Stored).await;
}

#[tokio::test]
async fn commands_after_a_batch_that_lost_a_race_are_decided_again() {
    one_after_the_other(Fate::HeadMoved).await;
}

#[tokio::test]
async fn commands_after_a_batch_whose_key_was_taken_are_decided_again() {
    one_after_the_other(Fate::KeyTaken).await;
}

#[tokio::test]
async fn commands_after_a_batch_whose_session_ended_are_decided_again() {
    one_after_the_other(Fate::SessionEnded).await;
}

#[tokio::test]
async fn commands_after_a_batch_that_never_arrived_are_decided_again() {
    one_after_the_other(Fate::RequestLost).await;
}

#[tokio::test]
async fn commands_after_a_batch_whose_answer_was_lost_build_on_it() {
    one_after_the_other(Fate::AnswerLost).await;
}

#[tokio::test]
async fn decisions_on_a_batch_that_lost_to_another_instance_are_discarded() {
    let mut held = Held::new().await;
    held.hold().await;
    let foreign = queue(&held.app.store, held.aliases(6, &["wanted"]).submission()).await;
    held.until_blocked(1).await;
    let out = held.queue(held.aliases(2, &["wanted"]).submission()).await;
    held.until_blocked(2).await;

    let nothing = held.queue(held.aliases(2, &["wanted"]).submission()).await;
    let expects = held.queue(expecting(&held.note(2, "never"), 2)).await;
    let tries = held.queue(only_trying(&held.note(2, "never"), 2)).await;
    let keyed = held.queue(held.aliases(2, &["wanted"]).key("kept").submission()).await;
    let alias = Reference::Alias("wanted".to_owned());
    let named = held.queue(by(alias, &held.note(2, "named"))).await;
    named.until_decided().await;
    held.let_go().await;

    foreign.happens().await;
    out.refused_as("AliasTaken").await;
    nothing.refused_as("AliasTaken").await;
    expects.refused_as("VersionMismatch").await;
    tries.refused_as("VersionMismatch").await;
    keyed.refused_as("AliasTaken").await;
    // Customer 6 now has that name.
    assert_eq!(named.happens().await.rendered.version, Some(3));
    held.sound().await;
}

#[tokio::test]
async fn decisions_on_a_batch_that_the_database_refused_are_discarded() {
    let mut held = Held::new().await;
    held.refuse_the_unheard_of().await;
    held.hold().await;
    let body = json!({ "metadata": { "note": "unheard-of" } });
    let register = Draft::register(held.app.tenant, customer_id(9));
    let bad = register.clone().command("replace-metadata", body).key("bad");
    let out = held.queue(bad.submission()).await;
    held.until_blocked(1).await;
    let unknown = held.queue(held.note(9, "never").submission()).await;
    let orphan = held.queue(held.parent(2, 9).submission()).await;
    let again = held.queue(register.submission()).await;
    let child = held.queue(held.parent(3, 9).submission()).await;
    again.until_decided().await;
    held.let_go().await;

    let refused = out.result().await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    unknown.refused_as("CustomerUnknown").await;
    orphan.refused_as("ParentUnknown").await;
    assert_eq!(again.happens().await.rendered.version, Some(1));
    child.happens().await;
    held.sound().await;
}
