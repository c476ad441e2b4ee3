use uuid::Uuid;

use super::*;
use crate::model::TenantRef;
use crate::partition::Partition;

fn tenant() -> TenantRef {
    let id = TenantId(Uuid::new_v4());
    TenantRef { id, partition: Partition::of_new(id) }
}

fn asks(coalescer: &ReadCoalescer, tenant: TenantRef, customer: u128) -> bool {
    let (answer, _) = oneshot::channel();
    let (customer, answer) = (CustomerId(Uuid::from_u128(customer)), Answer::Current(answer));
    coalescer.join(tenant.id, WaitingRead { customer, answer })
}

fn customers(reads: &[WaitingRead]) -> Vec<u128> {
    reads.iter().map(|read| read.customer.0.as_u128()).collect()
}

#[test]
fn what_a_tenant_asks_for_while_its_statement_is_under_way_is_asked_together() {
    let (coalescer, tenant) = (ReadCoalescer::default(), tenant());
    assert!(asks(&coalescer, tenant, 1));
    assert!(!asks(&coalescer, tenant, 2), "it goes with the other");
    let reads = coalescer.next(tenant.id).expect("somebody waits");
    assert_eq!(customers(&reads), [1, 2]);

    assert!(!asks(&coalescer, tenant, 3));
    assert!(!asks(&coalescer, tenant, 4));
    assert!(coalescer.goes_on(tenant.id));
    let reads = coalescer.next(tenant.id).expect("somebody waits");
    assert_eq!(customers(&reads), [3, 4]);
}

#[test]
fn when_many_wait_for_a_tenant_s_statement_a_second_goes_beside_it_and_no_third() {
    let (coalescer, tenant) = (ReadCoalescer::default(), tenant());
    asks(&coalescer, tenant, 1);
    coalescer.next(tenant.id).expect("somebody waits");
    let begins: Vec<_> = (0..MANY as u128).map(|nth| asks(&coalescer, tenant, nth)).collect();
    assert_eq!(begins.iter().position(|begins| *begins), Some(MANY - 1));
    assert_eq!(coalescer.next(tenant.id).expect("many wait").len(), MANY);

    assert!((0..2 * MANY as u128).all(|nth| !asks(&coalescer, tenant, nth)), "two are under way");
    assert!(coalescer.goes_on(tenant.id));
    assert_eq!(coalescer.next(tenant.id).expect("more wait").len(), 2 * MANY);
    asks(&coalescer, tenant, 1);
    assert!(!coalescer.goes_on(tenant.id), "one is under way, and one waits");
    assert!(coalescer.goes_on(tenant.id));
    assert_eq!(coalescer.next(tenant.id).expect("one waits").len(), 1);
}

#[test]
fn a_tenant_s_round_does_not_depend_on_those_of_others() {
    let coalescer = ReadCoalescer::default();
    for _ in 0..100 {
        assert!(asks(&coalescer, tenant(), 1));
    }
}

#[test]
fn a_round_that_finds_nobody_is_over_and_the_next_read_begins_another() {
    let (coalescer, tenant) = (ReadCoalescer::default(), tenant());
    for _ in 0..8 {
        assert!(asks(&coalescer, tenant, 1));
        assert!(coalescer.next(tenant.id).is_some());
        assert!(!coalescer.goes_on(tenant.id));
        assert!(asks(&coalescer, tenant, 1));
        assert!(coalescer.next(tenant.id).is_some());
        assert!(coalescer.next(tenant.id).is_none());
    }
}

#[test]
fn what_is_too_much_for_a_statement_waits_for_another() {
    let (coalescer, one) = (ReadCoalescer::default(), tenant());
    for customer in 0..=TOGETHER_MAX as u128 {
        asks(&coalescer, one, customer);
    }
    // Many wait, so two rounds are under way.
    assert_eq!(coalescer.next(one.id).expect("many wait").len(), TOGETHER_MAX);
    assert_eq!(coalescer.next(one.id).expect("one waits").len(), 1);
}
