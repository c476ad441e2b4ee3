use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use domain::TenantId;
use proptest::prelude::*;
use uuid::Uuid;

use super::flight::{Exceeded, Flight};
use super::{Limits, RequestLimits};
use crate::problem::Problem;
use crate::quota::Quota;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const ANOTHER: TenantId = TenantId(Uuid::from_u128(2));

fn limits(of_tenant: usize, of_all: usize) -> Limits {
    Limits::new(RequestLimits { of_tenant, of_all, ..RequestLimits::default() })
}

fn rate(rate: u32) -> NonZeroU32 {
    NonZeroU32::new(rate).expect("a rate")
}

fn code<T: std::fmt::Debug>(result: Result<T, Problem>) -> &'static str {
    result.expect_err("a refusal").code()
}

#[test]
fn a_key_may_send_its_rate_at_once_and_then_one_request_each_interval() {
    let now = Instant::now();
    let mut quota = Quota::whole(now);
    for _ in 0..4 {
        assert!(quota.take(rate(4), now).allowed);
    }
    assert!(!quota.take(rate(4), now).allowed);
    assert!(!quota.take(rate(4), now + Duration::from_millis(249)).allowed);
    assert!(quota.take(rate(4), now + Duration::from_millis(250)).allowed);
    assert!(!quota.take(rate(4), now + Duration::from_millis(250)).allowed);
}

#[test]
fn the_caller_gets_the_remaining_rate() {
    let now = Instant::now();
    let mut headers = HeaderMap::new();
    let mut quota = Quota::whole(now);
    quota.take(rate(10), now).write_to(&mut headers);
    assert_eq!(headers["ratelimit-policy"], r#""key";q=10;w=1"#);
    assert_eq!(headers["ratelimit"], r#""key";r=9;t=1"#);
}

proptest! {
    #[test]
    fn no_second_has_more_than_twice_the_rate_and_what_waits_long_enough_is_let_through(
        per_second in 1_u32..200,
        pauses in prop::collection::vec(0_u64..400, 1..400),
    ) {
        let begun = Instant::now();
        let mut quota = Quota::whole(begun);
        let mut at = begun;
        let mut allowed = Vec::new();
        for pause in pauses {
            at += Duration::from_millis(pause);
            if quota.take(rate(per_second), at).allowed {
                allowed.push(at);
            }
        }
        // A full bucket and what flows in during a second.
        for first in &allowed {
            let within = allowed.iter().filter(|at| (*first..*first + Duration::from_secs(1)).contains(at));
            prop_assert!(within.count() <= 2 * per_second as usize);
        }
        prop_assert!(quota.take(rate(per_second), at + Duration::from_secs(1)).allowed);
    }
}

#[tokio::test]
async fn what_is_beyond_the_requests_of_all_is_refused_at_once() {
    let limits = limits(8, 2);
    let _first = limits.admit(TENANT).await.expect("in");
    let second = limits.admit(ANOTHER).await.expect("in");
    assert_eq!(code(limits.admit(ANOTHER).await), "overloaded");
    drop(second);
    limits.admit(ANOTHER).await.expect("in again");
}

#[tokio::test]
async fn a_tenants_next_request_waits_for_its_turn_and_another_tenants_does_not() {
    let limits = limits(1, 100);
    let first = limits.admit(TENANT).await.expect("in");
    let mut second = Box::pin(limits.admit(TENANT));
    let soon = tokio::time::timeout(Duration::from_millis(50), &mut second).await;
    assert!(soon.is_err(), "it waits");
    limits.admit(ANOTHER).await.expect("in");
    drop(first);
    second.await.expect("its turn");
}

#[tokio::test]
async fn a_request_that_waits_longer_than_a_second_is_refused() {
    let limits = limits(1, 100);
    let _first = limits.admit(TENANT).await.expect("in");
    assert_eq!(code(limits.admit(TENANT).await), "too_many_requests");
}

#[tokio::test]
async fn a_line_has_an_end_and_who_gives_up_leaves_it() {
    let limits = limits(1, 100);
    let first = limits.admit(TENANT).await.expect("in");
    let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(limits.admit(TENANT))).collect();
    for one in &mut waiting {
        assert!(futures::poll!(one).is_pending());
    }
    let asked = Instant::now();
    assert_eq!(code(limits.admit(TENANT).await), "too_many_requests");
    assert!(asked.elapsed() < Duration::from_secs(1), "it isn't kept waiting for a turn");
    drop(waiting);
    drop(first);
    limits.admit(TENANT).await.expect("in again");
}

#[tokio::test]
async fn a_tenant_that_is_not_alone_has_a_quarter_of_its_concurrent_requests() {
    let limits = limits(8, 100);
    let mut flood = Vec::new();
    for _ in 0..8 {
        flood.push(limits.admit(TENANT).await.expect("it is alone"));
    }
    let _other = limits.admit(ANOTHER).await.expect("in");
    let mut next = Box::pin(limits.admit(TENANT));
    flood.truncate(2);
    assert!(futures::poll!(&mut next).is_pending(), "two of them are in progress");
    flood.pop();
    next.await.expect("its turn");
}

#[tokio::test]
async fn a_tenant_that_is_alone_again_has_all_its_concurrent_requests() {
    let limits = limits(8, 100);
    let other = limits.admit(ANOTHER).await.expect("in");
    let first = limits.admit(TENANT).await.expect("in");
    let _second = limits.admit(TENANT).await.expect("in");
    let mut waiting: Vec<_> = (0..7).map(|_| Box::pin(limits.admit(TENANT))).collect();
    for one in &mut waiting {
        assert!(futures::poll!(one).is_pending());
    }
    drop(other);
    drop(first);
    let mut admitted = Vec::new();
    for one in waiting {
        admitted.push(one.await.expect("its turn"));
    }
}

/// Bytes that answers may have at a time: 40 of one tenant, 100 of all.
fn flight() -> Flight {
    Flight::new(40, 100)
}

#[test]
fn a_tenant_leaves_so_many_bytes_unread_and_no_more() {
    let flight = flight();
    let first = flight.try_take(TENANT, 30).expect("room");
    assert_eq!(flight.try_take(TENANT, 11).expect_err("too many"), Exceeded::Tenant);
    let second = flight.try_take(TENANT, 10).expect("room");
    assert_eq!(flight.bytes(), 40);
    drop(first);
    flight.try_take(TENANT, 30).expect("room again");
    drop(second);
    assert_eq!(flight.bytes(), 0);
}

#[test]
fn an_answer_that_is_larger_than_the_limit_is_sent_alone() {
    let flight = flight();
    let large = flight.try_take(TENANT, 50).expect("it is alone");
    flight.try_take(TENANT, 1).expect_err("no more");
    drop(large);
    flight.try_take(TENANT, 1).expect("room again");
}

#[test]
fn tenants_that_read_nothing_leave_room_for_the_next() {
    let flight = flight();
    let mut held = Vec::new();
    for tenant in 0..20 {
        let tenant = TenantId(Uuid::from_u128(tenant));
        let before = flight.bytes();
        while let Ok(taken) = flight.try_take(tenant, 1) {
            held.push(taken);
        }
        if before < 90 {
            assert!(flight.bytes() > before, "after {before} bytes there was no room");
        }
    }
    assert!(flight.bytes() <= 100);
}

#[tokio::test]
async fn a_stream_waits_until_bytes_are_sent() {
    let flight = flight();
    let first = flight.try_take(TENANT, 30).expect("room");
    let waiting = flight.take(TENANT, 20, Duration::from_mins(1));
    let mut waiting = Box::pin(waiting);
    assert!(futures::poll!(&mut waiting).is_pending());
    drop(first);
    let mut taken = waiting.await.expect("room");
    taken.resize(5);
    assert_eq!(flight.bytes(), 5);
    assert_eq!(
        flight.take(TENANT, 36, Duration::ZERO).await.expect_err("no room"),
        Exceeded::Tenant
    );
}

#[tokio::test]
async fn decoders_leave_half_of_the_room_to_answers() {
    let (unsent_bytes_of_tenant, unsent_within) = (100, Duration::from_millis(10));
    let some = RequestLimits { unsent_bytes_of_tenant, unsent_within, ..RequestLimits::default() };
    let limits = Limits::new(some);
    let first = limits.reserve_decoder(TENANT, 40).await.expect("room");
    assert_eq!(code(limits.reserve_decoder(TENANT, 40).await), "too_many_bytes");
    limits.reserve(TENANT, 60).await.expect("room for an answer");
    assert_eq!(code(limits.reserve(TENANT, 61).await), "too_many_bytes");
    drop(first);
    limits.reserve_decoder(TENANT, 40).await.expect("room again");
}
