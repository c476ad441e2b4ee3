use super::*;
use crate::partition::Partition;

fn tenant() -> TenantRef {
    let id = TenantId(Uuid::new_v4());
    TenantRef { id, partition: Partition::of_new(id) }
}

fn asks(together: &Together, tenant: TenantRef, customer: u128) -> bool {
    let (answer, _) = oneshot::channel();
    together.join(tenant.id, Asker { customer: CustomerId(Uuid::from_u128(customer)), answer })
}

fn customers(askers: &[Asker]) -> Vec<u128> {
    askers.iter().map(|asker| asker.customer.0.as_u128()).collect()
}

#[test]
fn what_a_tenant_asks_for_while_its_statement_is_under_way_is_asked_together() {
    let (together, tenant) = (Together::default(), tenant());
    assert!(asks(&together, tenant, 1));
    assert!(!asks(&together, tenant, 2), "it goes with the other");
    let askers = together.next(tenant.id).expect("somebody waits");
    assert_eq!(customers(&askers), [1, 2]);

    assert!(!asks(&together, tenant, 3));
    assert!(!asks(&together, tenant, 4));
    assert!(together.goes_on(tenant.id));
    let askers = together.next(tenant.id).expect("somebody waits");
    assert_eq!(customers(&askers), [3, 4]);
}

#[test]
fn when_many_wait_for_a_tenant_s_statement_a_second_goes_beside_it_and_no_third() {
    let (together, tenant) = (Together::default(), tenant());
    asks(&together, tenant, 1);
    together.next(tenant.id).expect("somebody waits");
    let begins: Vec<_> = (0..MANY as u128).map(|nth| asks(&together, tenant, nth)).collect();
    assert_eq!(begins.iter().position(|begins| *begins), Some(MANY - 1));
    assert_eq!(together.next(tenant.id).expect("many wait").len(), MANY);

    assert!((0..2 * MANY as u128).all(|nth| !asks(&together, tenant, nth)), "two are under way");
    assert!(together.goes_on(tenant.id));
    assert_eq!(together.next(tenant.id).expect("more wait").len(), 2 * MANY);
    asks(&together, tenant, 1);
    assert!(!together.goes_on(tenant.id), "one is under way, and one waits");
    assert!(together.goes_on(tenant.id));
    assert_eq!(together.next(tenant.id).expect("one waits").len(), 1);
}

#[test]
fn a_tenant_s_round_does_not_depend_on_those_of_others() {
    let together = Together::default();
    for _ in 0..100 {
        assert!(asks(&together, tenant(), 1));
    }
}

#[test]
fn a_round_that_finds_nobody_is_over_and_the_next_read_begins_another() {
    let (together, tenant) = (Together::default(), tenant());
    for _ in 0..8 {
        assert!(asks(&together, tenant, 1));
        assert!(together.next(tenant.id).is_some());
        assert!(!together.goes_on(tenant.id));
        assert!(asks(&together, tenant, 1));
        assert!(together.next(tenant.id).is_some());
        assert!(together.next(tenant.id).is_none());
    }
}

#[test]
fn what_is_too_much_for_a_statement_waits_for_another() {
    let (together, one) = (Together::default(), tenant());
    for customer in 0..=TOGETHER_MAX as u128 {
        asks(&together, one, customer);
    }
    // Many wait, so two rounds are under way.
    assert_eq!(together.next(one.id).expect("many wait").len(), TOGETHER_MAX);
    assert_eq!(together.next(one.id).expect("one waits").len(), 1);
}
