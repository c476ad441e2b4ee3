use uuid::Uuid;

use super::*;
use crate::history::Span;
use crate::partition::Partition;
use crate::queries::After;

const LIMIT: u16 = 50;

fn first_page(customer: u128) -> FirstPage {
    let (tenant, customer) = (TenantId(Uuid::nil()), CustomerId(Uuid::from_u128(customer)));
    FirstPage { tenant, customer, limit: LIMIT }
}

/// Events of which the newest made `version`.
fn newest(version: i64, text: &str) -> EventColumns {
    let at = DateTime::UNIX_EPOCH;
    EventColumns(
        Some(vec![version]),
        Some(vec![version]),
        Some(vec![at]),
        Some(text.to_owned()),
        false,
        1,
    )
}

/// The version of the newest event that is kept.
fn kept(last_read: &LastRead, customer: u128) -> Option<i64> {
    last_read.get(&first_page(customer)).map(|newest| newest.made.0)
}

#[test]
fn the_least_recently_used_page_is_evicted_when_there_is_no_room() {
    let text = "x".repeat(1_000);
    let last_read = LastRead::new(3 * (newest(7, &text).bytes() + ENTRY_BYTES));
    for customer in 1..=3 {
        last_read.keep(first_page(customer), newest(7, &text));
    }
    assert_eq!(kept(&last_read, 1), Some(7), "now it is customer 2 who waits for longest");
    last_read.keep(first_page(4), newest(7, &text));
    let versions = [1, 2, 3, 4].map(|customer| kept(&last_read, customer));
    assert_eq!(versions, [Some(7), None, Some(7), Some(7)]);
}

#[test]
fn a_customer_s_newer_events_take_the_place_of_the_older_ones_and_their_room() {
    let last_read = LastRead::new(2_000);
    last_read.keep(first_page(1), newest(1, "other"));
    for version in 1..1_000 {
        last_read.keep(first_page(2), newest(version, "an event"));
    }
    assert_eq!((kept(&last_read, 1), kept(&last_read, 2)), (Some(1), Some(999)));
}

#[test]
fn without_room_and_without_events_nothing_is_kept() {
    let last_read = LastRead::new(0);
    last_read.keep(first_page(1), newest(1, "an event"));
    assert_eq!(kept(&last_read, 1), None);
    let last_read = LastRead::new(1_000);
    last_read.keep(first_page(1), EventColumns(None, None, None, None, false, 0));
    assert_eq!(kept(&last_read, 1), None);
}

#[test]
fn a_page_is_kept_only_if_it_is_the_first_of_all_events_the_newest_first() {
    let id = TenantId(Uuid::nil());
    let tenant = TenantRef { id, partition: Partition::of_new(id) };
    let customer = CustomerId(Uuid::from_u128(1));
    let recorded = Between::default();
    let (newest_first, after) = (true, None);
    let span = Span { customer, version: 9, recorded, newest_first, after, limit: LIMIT };
    let asked = EventQuery { span: span.clone(), types: Vec::new() };
    assert_eq!(FirstPage::of(tenant, &asked), Some(first_page(1)));

    let recorded = Between { from: Some(DateTime::UNIX_EPOCH), until: None };
    let after = Some(After { key: "3".to_owned(), id: customer.0 });
    for span in [
        Span { newest_first: false, ..span.clone() },
        Span { after, ..span.clone() },
        Span { recorded, ..span.clone() },
    ] {
        assert_eq!(FirstPage::of(tenant, &EventQuery { span, types: Vec::new() }), None);
    }
    let asked = EventQuery { span, types: vec!["ProfileUpdated".to_owned()] };
    assert_eq!(FirstPage::of(tenant, &asked), None);
}
