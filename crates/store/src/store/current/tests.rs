use super::*;
use crate::partition::Partition;

fn tenant() -> TenantRef {
    let id = TenantId(Uuid::new_v4());
    TenantRef { id, partition: Partition::of_new(id) }
}

fn asks(together: &Together, tenant: TenantRef, customer: u128) -> bool {
    let (answer, _) = oneshot::channel();
    together.join(tenant, Asker { customer: CustomerId(Uuid::from_u128(customer)), answer })
}

fn customers(askers: &[Asker]) -> Vec<u128> {
    askers.iter().map(|asker| asker.customer.0.as_u128()).collect()
}

#[test]
fn what_a_tenant_asks_for_while_its_statement_is_under_way_is_asked_together() {
    let (together, tenant) = (Together::default(), tenant());
    assert!(asks(&together, tenant, 1));
    assert!(!asks(&together, tenant, 2), "it goes with the other");
    let (_, askers) = together.next().expect("somebody waits");
    assert_eq!(customers(&askers), [1, 2]);

    assert!(!asks(&together, tenant, 3));
    assert!(!asks(&together, tenant, 4));
    assert!(together.next().is_none(), "a statement is under way");
    together.ended(tenant);
    let (_, askers) = together.next().expect("somebody waits");
    assert_eq!(customers(&askers), [3, 4]);
}

#[test]
fn when_many_wait_for_a_tenant_s_statement_a_second_goes_beside_it_and_no_third() {
    let (together, tenant) = (Together::default(), tenant());
    asks(&together, tenant, 1);
    together.next().expect("somebody waits");
    let begins: Vec<_> = (0..MANY as u128).map(|nth| asks(&together, tenant, nth)).collect();
    assert_eq!(begins.iter().position(|begins| *begins), Some(MANY - 1));
    let (_, askers) = together.next().expect("many wait");
    assert_eq!(askers.len(), MANY);

    assert!((0..2 * MANY as u128).all(|nth| !asks(&together, tenant, nth)));
    assert!(together.next().is_none(), "two are under way");
    together.ended(tenant);
    let (_, askers) = together.next().expect("more wait");
    assert_eq!(askers.len(), 2 * MANY);
    asks(&together, tenant, 1);
    together.ended(tenant);
    assert!(together.next().is_none(), "one is under way, and one waits");
    together.ended(tenant);
    assert!(together.next().is_some());
}

#[test]
fn statements_of_some_tenants_are_under_way_at_a_time() {
    let together = Together::default();
    let tenants: Vec<_> = (0..=ROUNDS_MAX).map(|_| tenant()).collect();
    let begins: Vec<_> = tenants.iter().map(|tenant| asks(&together, *tenant, 1)).collect();
    assert_eq!(begins.iter().filter(|begins| **begins).count(), ROUNDS_MAX);
    assert_eq!(begins.last(), Some(&false), "as many rounds go as may");
    let turns: Vec<_> = std::iter::from_fn(|| together.next()).map(|(tenant, _)| tenant).collect();
    assert_eq!(turns, tenants, "in the order in which they came");
}

#[test]
fn a_round_that_finds_nobody_is_over_and_the_next_read_begins_another() {
    let (together, tenant) = (Together::default(), tenant());
    for _ in 0..2 * ROUNDS_MAX {
        assert!(asks(&together, tenant, 1));
        assert!(together.next().is_some());
        together.ended(tenant);
        assert!(together.next().is_none());
    }
}

#[test]
fn what_is_too_much_for_a_statement_waits_behind_other_tenants() {
    let (together, one, other) = (Together::default(), tenant(), tenant());
    for customer in 0..=TOGETHER_MAX as u128 {
        asks(&together, one, customer);
    }
    asks(&together, other, 7);
    let turns: Vec<_> = std::iter::from_fn(|| together.next())
        .map(|(tenant, askers)| {
            together.ended(tenant);
            (tenant, askers.len())
        })
        .collect();
    assert_eq!(turns, [(one, TOGETHER_MAX), (other, 1), (one, 1)]);
}
