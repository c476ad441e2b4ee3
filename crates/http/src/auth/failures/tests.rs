use super::*;

fn peer(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// Records as many failures as a peer may have.
fn use_up(failures: &Failures, peer: Option<IpAddr>) {
    for _ in 0..=OF_PEER_PER_SECOND.get() {
        failures.record(peer, None);
    }
}

#[test]
fn a_peer_that_fails_too_often_is_known_and_others_are_not_affected() {
    let failures = Failures::default();
    let (hostile, other) = (Some(peer("203.0.113.9")), Some(peer("203.0.113.10")));
    assert!(!failures.has_too_many(hostile));
    // The quota refills while the test runs.
    while !failures.has_too_many(hostile) {
        use_up(&failures, hostile);
    }
    assert!(!failures.has_too_many(other));
    assert!(!failures.has_too_many(None));
}

#[test]
fn a_whole_network_of_ipv6_is_one_peer() {
    assert_eq!(network(peer("2001:db8:1:2:3::1")), network(peer("2001:db8:1:2:4::9")));
    assert_ne!(network(peer("2001:db8:1:2::1")), network(peer("2001:db8:1:3::1")));
}

#[test]
fn peers_are_remembered_in_bounded_memory() {
    let failures = Failures::default();
    for number in 0..3 * u32::try_from(PEERS_MAX).expect("a number") {
        failures.record(Some(std::net::Ipv4Addr::from(number).into()), None);
    }
    assert!(failures.counted().peers.len() <= PEERS_MAX);
}
