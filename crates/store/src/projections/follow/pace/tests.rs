use std::time::Duration;

use super::{BatchSize, EVENTS_MAX, Paces};
use crate::partition::Partition;

const STATEMENT: Duration = Duration::from_secs(8);

fn partition() -> Partition {
    Partition::new(3).expect("a partition")
}

/// Batches that all time out, down to one event.
fn down_to_one(paces: &Paces) {
    for _ in 0..10 {
        let batch = paces.next(partition());
        if batch.events_max == 1 {
            return;
        }
        paces.timed_out(partition(), batch, batch.events_max, true);
    }
    panic!("it doesn't shrink");
}

#[test]
fn batches_shrink_to_one_event_and_grow_again_to_all() {
    let paces = Paces::new(STATEMENT);
    assert_eq!(paces.next(partition()), BatchSize { events_max: EVENTS_MAX, apart: false });
    down_to_one(&paces);
    assert_eq!(paces.next(partition()), BatchSize { events_max: 1, apart: false });
    for _ in 0..13 {
        paces.stored(partition(), 1, Duration::from_millis(10));
    }
    assert_eq!(paces.next(partition()), BatchSize { events_max: EVENTS_MAX, apart: false });
}

#[test]
fn a_partition_s_pace_is_its_own() {
    let paces = Paces::new(STATEMENT);
    down_to_one(&paces);
    let other = Partition::new(4).expect("a partition");
    assert_eq!(paces.next(other).events_max, EVENTS_MAX);
}

#[test]
fn a_batch_shrinks_to_a_part_of_what_it_had_not_of_what_it_might_have_had() {
    let paces = Paces::new(STATEMENT);
    assert_eq!(paces.timed_out(partition(), paces.next(partition()), 80, true), 10);
}

#[test]
fn a_batch_that_took_long_is_followed_by_a_smaller_one() {
    let paces = Paces::new(STATEMENT);
    paces.stored(partition(), 1_000, STATEMENT);
    assert_eq!(paces.next(partition()).events_max, 500);
    paces.stored(partition(), 500, STATEMENT / 4);
    assert_eq!(paces.next(partition()).events_max, 500);
}

#[test]
fn an_event_that_times_out_alone_is_tried_apart_from_fewer_and_fewer_others() {
    let paces = Paces::new(STATEMENT);
    down_to_one(&paces);
    let mut sizes = Vec::new();
    for _ in 0..6 {
        let alone = paces.next(partition());
        assert_eq!(alone, BatchSize { events_max: 1, apart: false });
        paces.timed_out(partition(), alone, 1, true);
        let apart = paces.next(partition());
        assert!(apart.apart);
        sizes.push(apart.events_max);
        paces.timed_out(partition(), apart, apart.events_max, true);
    }
    assert_eq!(sizes, [1_024, 256, 64, 16, 4, 2]);
}
