use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use domain::{CustomerId, TenantId, customer};
use futures::FutureExt as _;
use uuid::Uuid;

use super::{Inbox, InboxReader};
use crate::error::StoreError;
use crate::model::{Reference, Rendered, TenantRef};
use crate::partition::Partition;
use crate::writer::submission::{Expected, Pending, Queued, Submission, Target};

const BATCH_MAX: usize = 64;

/// The `nth` request of a tenant, with so many commands.
fn request(tenant: u128, nth: u128, commands: usize) -> (Queued, Pending) {
    let body = serde_json::json!({ "name": "Acme" });
    let rename = customer::Command::read("update-profile", body).expect("a command");
    let rename = rename.expect("a valid body");
    Queued::new(Submission {
        tenant: TenantRef {
            id: TenantId(Uuid::from_u128(tenant)),
            partition: Partition::new(0).expect("a partition"),
        },
        target: Target::Customer {
            reference: Reference::Id(CustomerId(Uuid::from_u128(nth))),
            commands: vec![rename; commands],
            past: BTreeMap::new(),
        },
        expected: Expected::Any,
        idempotency: None,
        metadata: BTreeMap::new(),
        dry_run: false,
        shown: false,
        render: Box::new(|_| Rendered {
            status: 200,
            version: None,
            position: None,
            body: String::new(),
        }),
    })
}

/// Adds requests until there is no room, and says how many there was room for.
fn fill(inbox: &Inbox, tenant: u128) -> usize {
    (0..1_000_000).take_while(|nth| inbox.push(request(tenant, *nth, 1).0).is_ok()).count()
}

/// Which tenants' requests the next batch has, and which of theirs.
fn batch(outlet: &InboxReader) -> Vec<(u128, u128)> {
    let mut taken = VecDeque::new();
    outlet.begin_batch();
    outlet.take(&mut taken, BATCH_MAX);
    let request = |queued: &Queued| {
        let Target::Customer { reference: Reference::Id(nth), .. } = &queued.submission.target
        else {
            panic!("another request")
        };
        (queued.submission.tenant.id.0.as_u128(), nth.0.as_u128())
    };
    taken.iter().map(request).collect()
}

fn inbox(of_tenant_max: usize) -> (Arc<Inbox>, InboxReader) {
    let inbox = Arc::new(Inbox::new(of_tenant_max));
    (Arc::clone(&inbox), InboxReader(inbox))
}

#[test]
fn a_tenant_alone_gets_whole_batches_in_its_order() {
    let (inbox, outlet) = inbox(100);
    assert_eq!(fill(&inbox, 1), 100);
    let first: Vec<_> = (0..64).map(|nth| (1, nth)).collect();
    assert_eq!(batch(&outlet), first);
    let rest: Vec<_> = (64..100).map(|nth| (1, nth)).collect();
    assert_eq!(batch(&outlet), rest);
}

#[test]
fn tenants_take_turns_and_none_gets_more_than_its_part_of_a_batch() {
    let (inbox, outlet) = inbox(100);
    fill(&inbox, 1);
    for nth in 0..3 {
        inbox.push(request(2, nth, 1).0).expect("room");
    }
    let taken = batch(&outlet);
    let of_first: Vec<_> = taken.iter().filter(|(tenant, _)| *tenant == 1).collect();
    assert_eq!(of_first, (0..8).map(|nth| (1, nth)).collect::<Vec<_>>().iter().collect::<Vec<_>>());
    assert_eq!(taken.iter().filter(|(tenant, _)| *tenant == 2).count(), 3);
}

#[test]
fn a_batch_stays_open_to_others_while_they_write() {
    let (inbox, outlet) = inbox(100);
    inbox.push(request(2, 0, 1).0).expect("room");
    assert_eq!(batch(&outlet), [(2, 0)]);
    fill(&inbox, 1);
    let mut taken = VecDeque::new();
    outlet.begin_batch();
    outlet.take(&mut taken, BATCH_MAX);
    assert_eq!(taken.len(), 8);
    inbox.push(request(2, 1, 1).0).expect("room");
    outlet.take(&mut taken, BATCH_MAX);
    assert_eq!(taken.len(), 9, "the other tenant's joins the batch that is open");
}

#[test]
fn many_commands_in_one_request_count_for_as_many() {
    let (inbox, outlet) = inbox(100);
    for nth in 0..20 {
        inbox.push(request(1, nth, 100).0).expect("room");
        inbox.push(request(2, nth, 1).0).expect("room");
    }
    let taken = batch(&outlet);
    assert_eq!(taken.iter().filter(|(tenant, _)| *tenant == 1).count(), 1);
    assert_eq!(taken.iter().filter(|(tenant, _)| *tenant == 2).count(), 8);
}

#[test]
fn however_many_tenants_send_much_there_is_room_for_another() {
    let (inbox, _outlet) = inbox(100);
    for tenant in 1..=30 {
        assert!(fill(&inbox, tenant) >= 8, "tenant {tenant}");
    }
    assert!(inbox.waiting() <= 400 + 30 * 8, "{}", inbox.waiting());
    let refused = inbox.push(request(30, 1_000, 1).0);
    assert!(matches!(refused, Err(StoreError::PartitionBusy)), "{refused:?}");
    let refused = inbox.push(request(1, 1_000, 1).0);
    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
}

#[test]
fn callers_who_wait_for_room_go_on_in_their_order() {
    let (inbox, outlet) = inbox(10);
    assert_eq!(fill(&inbox, 1), 10);
    let mut waiting: Vec<_> =
        (10..80).map(|nth| Box::pin(inbox.push_patiently(request(1, nth, 1).0))).collect();
    for waits in &mut waiting {
        assert!(waits.now_or_never().is_none());
    }
    let refused = inbox.push(request(1, 80, 1).0);
    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    let first: Vec<_> = (0..64).map(|nth| (1, nth)).collect();
    assert_eq!(batch(&outlet), first);
    let went_on = waiting.iter_mut().map(|waits| waits.now_or_never().is_some());
    assert_eq!(went_on.filter(|went_on| *went_on).count(), 64);
    let rest: Vec<_> = (64..80).map(|nth| (1, nth)).collect();
    assert_eq!(batch(&outlet), rest);
    assert_eq!(fill(&inbox, 1), 10);
}

#[test]
fn nobody_is_left_waiting_when_the_writer_has_gone() {
    let (inbox, outlet) = inbox(1);
    let (queued, pending) = request(1, 0, 1);
    inbox.push(queued).expect("room");
    let mut waits = Box::pin(inbox.push_patiently(request(1, 1, 1).0));
    assert!((&mut waits).now_or_never().is_none());
    drop(outlet);
    assert!(matches!(waits.now_or_never(), Some(Err(StoreError::Stopping))));
    assert!(matches!(pending.answer().now_or_never(), Some(Err(StoreError::Unavailable(_)))));
    assert!(matches!(inbox.push(request(1, 2, 1).0), Err(StoreError::Stopping)));
}
