use std::pin::pin;

use futures::poll;

use super::*;

const LONG: Duration = Duration::from_mins(1);
const NOT: Duration = Duration::ZERO;

/// Takes permits for a party until it gets no more.
async fn take_all(permits: &FairPermits<char>, party: char) -> Vec<Permit<char>> {
    let mut taken = Vec::new();
    while let Ok(permit) = permits.acquire(party, NOT).await {
        taken.push(permit);
    }
    taken
}

#[tokio::test]
async fn one_party_gets_at_most_half_of_the_permits() {
    for (max, share) in [(1, 1), (2, 1), (3, 2), (4, 2), (8, 4)] {
        let permits = FairPermits::new(max);
        let taken = take_all(&permits, 'a').await;
        assert_eq!(taken.len(), share, "of {max}");
    }
}

#[tokio::test]
async fn several_greedy_parties_leave_a_permit_for_one_that_holds_none() {
    let permits = FairPermits::new(8);
    let mut taken = Vec::new();
    for (party, share) in [('a', 4), ('b', 2), ('c', 1)] {
        let its = take_all(&permits, party).await;
        assert_eq!(its.len(), share, "{party}");
        taken.extend(its);
    }
    permits.acquire('d', NOT).await.expect("one is left");
}

#[tokio::test]
async fn a_denial_says_whether_the_party_or_the_others_hold_the_permits() {
    let permits = FairPermits::new(2);
    let _a = permits.acquire('a', NOT).await.expect("free");
    assert_eq!(permits.acquire('a', NOT).await.err(), Some(Denied::ShareUsed));
    let _b = permits.acquire('b', NOT).await.expect("free");
    assert_eq!(permits.acquire('a', NOT).await.err(), Some(Denied::ShareUsed));
    assert_eq!(permits.acquire('c', NOT).await.err(), Some(Denied::NoneFree));
    permits.close();
    assert_eq!(permits.acquire('c', NOT).await.err(), Some(Denied::Closed));
}

#[tokio::test]
async fn parties_that_wait_take_turns() {
    let permits = FairPermits::new(1);
    let first = permits.acquire('x', NOT).await.expect("free");
    let mut a = [0; 3].map(|_| Box::pin(permits.acquire('a', LONG)));
    for waiter in &mut a {
        assert!(poll!(waiter).is_pending());
    }
    let mut b = pin!(permits.acquire('b', LONG));
    assert!(poll!(&mut b).is_pending());
    let [a1, a2, a3] = a;
    drop(first);
    let permit = a1.await.expect("its turn");
    assert!(poll!(&mut b).is_pending());
    drop(permit);
    let permit = b.await.expect("its turn comes before the second of a");
    drop(permit);
    drop(a2.await.expect("its turn"));
    drop(a3.await.expect("its turn"));
}

#[tokio::test]
async fn a_permit_goes_past_a_waiter_that_has_given_up() {
    let permits = FairPermits::new(1);
    let first = permits.acquire('x', NOT).await.expect("free");
    let mut gone = Box::pin(permits.acquire('a', LONG));
    assert!(poll!(&mut gone).is_pending());
    let mut waits = pin!(permits.acquire('a', LONG));
    assert!(poll!(&mut waits).is_pending());
    drop(gone);
    drop(first);
    drop(waits.await.expect("its turn"));
    permits.acquire('b', NOT).await.expect("nothing is lost");
}

#[tokio::test]
async fn a_queue_has_an_end() {
    let permits = FairPermits::new(1);
    let _first = permits.acquire('x', NOT).await.expect("free");
    let mut waiting: Vec<_> =
        (0..WAITING_MAX).map(|_| Box::pin(permits.acquire('a', LONG))).collect();
    for waiter in &mut waiting {
        assert!(poll!(waiter).is_pending());
    }
    assert_eq!(permits.acquire('a', LONG).await.err(), Some(Denied::ShareUsed));
    let mut other = pin!(permits.acquire('b', LONG));
    assert!(poll!(&mut other).is_pending(), "another party may wait");
}
