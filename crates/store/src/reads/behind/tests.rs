use std::collections::BTreeSet;

use domain::TenantId;
use uuid::Uuid;

use super::{CUSTOMERS_MAX, ReadSource, RecordedPairs, together};
use crate::model::TenantRef;
use crate::partition::Partition;
use crate::reads::Read;

fn tenant(number: u128) -> TenantRef {
    let id = TenantId(Uuid::from_u128(number));
    TenantRef { id, partition: Partition::new(0).expect("a partition") }
}

fn customers(numbers: std::ops::Range<u128>) -> Vec<Uuid> {
    numbers.map(Uuid::from_u128).collect()
}

fn read(key: &str, customers: Vec<Uuid>) -> Read {
    Read {
        id: Uuid::new_v4(),
        tenant: tenant(1),
        api_key: key.to_owned(),
        actor: None,
        reason: None,
        route: "/v1/customers/{ref}".to_owned(),
        request_id: String::new(),
        customers,
    }
}

#[test]
fn a_pair_is_missing_until_it_is_added_and_so_is_each_that_differs_in_anything() {
    let recorded = RecordedPairs::default();
    let tenant_1 = tenant(1);
    let who = ReadSource { tenant: tenant_1, api_key: "k", actor: None, reason: None, route: "r" };
    let shown: BTreeSet<_> = customers(1..4).into_iter().collect();
    assert_eq!(recorded.missing(&who, &shown), customers(1..4));
    recorded.add(&who, &customers(1..3));
    assert_eq!(recorded.missing(&who, &shown), customers(3..4));
    for other in [
        ReadSource { tenant: tenant(2), ..who },
        ReadSource { api_key: "l", ..who },
        ReadSource { actor: Some("grace"), ..who },
        ReadSource { reason: Some("ticket 7"), ..who },
        ReadSource { route: "s", ..who },
    ] {
        assert_eq!(recorded.missing(&other, &shown), customers(1..4), "{other:?}");
    }
}

#[test]
fn what_one_key_is_shown_by_one_route_is_stored_together() {
    let records =
        vec![read("k", customers(1..3)), read("l", customers(1..2)), read("k", customers(2..5))];
    let stored = together(records.clone());
    let stored: Vec<_> = stored.into_iter().map(|read| (read.id, read.customers)).collect();
    let expected = [(records[0].id, customers(1..5)), (records[1].id, customers(1..2))];
    assert_eq!(stored, expected);
}

#[test]
fn a_stored_record_has_a_bounded_number_of_customers() {
    let most = u128::try_from(CUSTOMERS_MAX).expect("a number");
    let records = (0..5).map(|nth| read("k", customers(nth * most / 2..(nth + 1) * most / 2)));
    let stored = together(records.collect());
    let sizes: Vec<_> = stored.iter().map(|read| read.customers.len()).collect();
    assert_eq!(sizes, [CUSTOMERS_MAX, CUSTOMERS_MAX, CUSTOMERS_MAX / 2]);
    assert_ne!(stored[0].id, stored[1].id);
}
