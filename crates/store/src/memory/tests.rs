use bytes::Bytes;
use domain::{CustomerId, TenantId};
use proptest::prelude::*;
use uuid::Uuid;

use super::partition::MISSED_MAX;
use super::*;

/// Room for ten documents.
const ROOM: usize = 10 * (ENTRY_BYTES + 100);

fn partition(number: i16) -> Partition {
    Partition::new(number).expect("a partition")
}

fn mark(position: i64) -> Mark {
    Mark { position, fence: 0, hash: [u8::try_from(position % 251).expect("small"); 32] }
}

fn key(customer: u128) -> Key {
    (TenantId(Uuid::from_u128(1)), CustomerId(Uuid::from_u128(customer)))
}

fn document(version: i64) -> Document {
    Document { version, json: Bytes::from(vec![b'x'; 100]), ..Document::default() }
}

/// A memory at position 10 with versions of the customers 1 and 2.
fn memory() -> ReadMemory {
    let memory = ReadMemory::new(ROOM);
    let documents = [(key(1), document(1)), (key(2), document(2))];
    assert_eq!(memory.keep(partition(0), &mark(10), documents), None);
    memory
}

fn version(memory: &ReadMemory, head: &Mark, customer: u128) -> Option<i64> {
    memory.at(partition(0), head, &key(customer)).map(|document| document.version)
}

fn compare(memory: &ReadMemory, head: &Mark) -> Comparison {
    memory.compare(partition(0), head, [mark(10)].iter())
}

#[test]
fn a_document_is_found_at_its_mark_and_at_no_other() {
    let memory = memory();
    assert_eq!(compare(&memory, &mark(10)), Comparison::Equal);
    assert_eq!(version(&memory, &mark(10), 1), Some(1));
    assert_eq!(version(&memory, &mark(11), 1), None);
    let (found, _) = memory.recall(partition(0), &key(2)).expect("a document");
    assert_eq!(found, mark(10));
}

#[test]
fn another_tenant_s_customer_with_the_same_id_is_not_found() {
    let memory = memory();
    let (_, customer) = key(1);
    let other = (TenantId(Uuid::from_u128(2)), customer);
    assert_eq!(memory.at(partition(0), &mark(10), &other), None);
    assert_eq!(memory.recall(partition(1), &key(1)), None, "nor in another partition");
}

#[test]
fn customers_of_missed_events_are_dropped_and_the_others_stay() {
    let memory = memory();
    assert_eq!(compare(&memory, &mark(12)), Comparison::Behind(mark(10)));
    memory.advance(partition(0), &mark(10), &mark(12), &[key(1)]);
    assert_eq!(version(&memory, &mark(12), 1), None);
    assert_eq!(version(&memory, &mark(12), 2), Some(2));
    memory.advance(partition(0), &mark(10), &mark(11), &[]);
    assert_eq!(version(&memory, &mark(12), 2), Some(2), "it has moved on already");
}

#[test]
fn a_partition_is_forgotten_when_its_head_does_not_follow() {
    let rewound = mark(9);
    let other_hash = Mark { hash: [255; 32], ..mark(10) };
    let fenced = Mark { fence: 1, ..mark(11) };
    for head in [rewound, other_hash, fenced, mark(11 + MISSED_MAX)] {
        let memory = memory();
        assert_eq!(compare(&memory, &head), Comparison::Unusable, "{head:?}");
        assert_eq!(memory.recall(partition(0), &key(1)), None);
        assert_eq!(memory.bytes.load(Ordering::Relaxed), 0);
    }
}

#[test]
fn a_head_from_before_the_last_commit_forgets_nothing() {
    let memory = memory();
    let heads = (&mark(10), &mark(11));
    memory.committed(partition(0), heads, [key(1)].into_iter(), |_| Some(document(7)));
    let late = mark(9);
    assert_eq!(compare(&memory, &late), Comparison::Unusable);
    assert_eq!(version(&memory, &mark(11), 2), Some(2));
}

#[test]
fn a_commit_replaces_documents_that_are_there_and_adds_none() {
    let memory = memory();
    let changed = [key(1), key(3)];
    let heads = (&mark(10), &mark(12));
    memory.committed(partition(0), heads, changed.into_iter(), |_| Some(document(5)));
    assert_eq!(version(&memory, &mark(12), 1), Some(5));
    assert_eq!(version(&memory, &mark(12), 2), Some(2));
    assert_eq!(version(&memory, &mark(12), 3), None);
}

#[test]
fn a_commit_that_was_decided_elsewhere_changes_nothing() {
    let memory = memory();
    let heads = (&mark(11), &mark(12));
    memory.committed(partition(0), heads, [key(1)].into_iter(), |_| Some(document(5)));
    assert_eq!(version(&memory, &mark(10), 1), Some(1));
    assert_eq!(version(&memory, &mark(12), 1), None);
}

#[test]
fn documents_of_a_later_head_wait_until_the_memory_has_moved_there() {
    let memory = memory();
    let behind = memory.keep(partition(0), &mark(11), [(key(3), document(3))]);
    assert_eq!(behind, Some(mark(10)));
    assert_eq!(memory.recall(partition(0), &key(3)), None);
    memory.advance(partition(0), &mark(10), &mark(11), &[]);
    assert_eq!(memory.keep(partition(0), &mark(11), [(key(3), document(3))]), None);
    assert_eq!(version(&memory, &mark(11), 3), Some(3));
}

#[test]
fn documents_of_an_earlier_head_are_not_kept_unless_all_are_earlier() {
    let memory = memory();
    for _ in 0..15 {
        assert_eq!(memory.keep(partition(0), &mark(9), [(key(3), document(3))]), None);
        assert_eq!(version(&memory, &mark(10), 1), Some(1));
        assert_eq!(version(&memory, &mark(9), 3), None);
    }
    memory.keep(partition(0), &mark(9), [(key(3), document(3))]);
    assert_eq!(version(&memory, &mark(9), 3), Some(3), "the database was restored");
    assert_eq!(version(&memory, &mark(9), 1), None);
}

#[test]
fn a_memory_of_no_bytes_keeps_nothing() {
    let memory = ReadMemory::new(0);
    memory.keep(partition(0), &mark(1), [(key(1), document(1))]);
    assert_eq!(memory.recall(partition(0), &key(1)), None);
}

#[test]
fn a_partition_that_is_read_much_gives_room_to_others() {
    let memory = ReadMemory::new(ROOM);
    let many = (0..10).map(|customer| (key(customer), document(1)));
    memory.keep(partition(0), &mark(1), many);
    memory.keep(partition(1), &mark(1), [(key(50), document(1))]);
    assert!(memory.recall(partition(1), &key(50)).is_some());
    assert_eq!(memory.recall(partition(0), &key(0)), None, "the least recently used one");
    assert!(memory.recall(partition(0), &key(9)).is_some());
}

/// What can happen to a memory.
#[derive(Clone, Debug)]
enum Step {
    Keep { partition: i16, position: i64, customer: u128, bytes: usize },
    Commit { partition: i16, base: i64, customer: u128, bytes: usize },
    Advance { partition: i16, from: i64, customer: u128 },
    Look { partition: i16, position: i64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let keep = (0..3_i16, 1..6_i64, 0..20_u128, 0..3_000_usize);
    let keep = keep.prop_map(|(partition, position, customer, bytes)| Step::Keep {
        partition,
        position,
        customer,
        bytes,
    });
    let commit = (0..3_i16, 1..6_i64, 0..20_u128, 0..3_000_usize);
    let commit = commit.prop_map(|(partition, base, customer, bytes)| Step::Commit {
        partition,
        base,
        customer,
        bytes,
    });
    let advance = (0..3_i16, 1..6_i64, 0..20_u128)
        .prop_map(|(partition, from, customer)| Step::Advance { partition, from, customer });
    let look =
        (0..3_i16, 1..6_i64).prop_map(|(partition, position)| Step::Look { partition, position });
    prop::collection::vec(prop_oneof![keep, commit, advance, look], 1..200)
}

fn sized(bytes: usize) -> Document {
    Document { json: Bytes::from(vec![b'x'; bytes]), ..Document::default() }
}

proptest! {
    #[test]
    fn the_memory_stays_within_its_setting_and_counts_what_it_has(steps in steps()) {
        let memory = ReadMemory::new(ROOM);
        for step in steps {
            match step {
                Step::Keep { partition: number, position, customer, bytes } => {
                    memory.keep(partition(number), &mark(position), [(key(customer), sized(bytes))]);
                }
                Step::Commit { partition: number, base, customer, bytes } => {
                    let heads = (&mark(base), &mark(base + 1));
                    let changed = [key(customer)].into_iter();
                    memory.committed(partition(number), heads, changed, |_| Some(sized(bytes)));
                }
                Step::Advance { partition: number, from, customer } => {
                    let touched = [key(customer)];
                    memory.advance(partition(number), &mark(from), &mark(from + 1), &touched);
                }
                Step::Look { partition: number, position } => {
                    memory.compare(partition(number), &mark(position), [mark(position - 1)].iter());
                }
            }
            let held: usize = memory.shards.iter().map(|shard| shard.memory().bytes()).sum();
            prop_assert!(held <= ROOM, "{held}");
            prop_assert_eq!(held, memory.bytes.load(Ordering::Relaxed));
            let of_shards = memory.shards.iter().map(|shard| shard.bytes.load(Ordering::Relaxed));
            prop_assert_eq!(held, of_shards.sum::<usize>());
        }
    }
}
