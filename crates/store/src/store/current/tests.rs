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
fn reads_that_come_while_rounds_go_are_asked_together_tenant_by_tenant() {
    let (together, one, other) = (Together::default(), tenant(), tenant());
    assert!((0..ROUNDS_MAX).all(|_| asks(&together, one, 1)));
    assert!(!asks(&together, other, 2), "as many rounds go as may");
    assert!(!asks(&together, one, 3));

    let (of, askers) = together.next().expect("somebody waits");
    assert_eq!((of, customers(&askers)), (one, vec![1, 1, 3]));
    let (of, askers) = together.next().expect("somebody waits");
    assert_eq!((of, customers(&askers)), (other, vec![2]));
}

#[test]
fn a_round_that_finds_nobody_is_over_and_the_next_read_begins_another() {
    let (together, tenant) = (Together::default(), tenant());
    for _ in 0..2 * ROUNDS_MAX {
        assert!(asks(&together, tenant, 1));
        assert!(together.next().is_some());
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
        .map(|(tenant, askers)| (tenant, askers.len()))
        .collect();
    assert_eq!(turns, [(one, TOGETHER_MAX), (other, 1), (one, 1)]);
}
