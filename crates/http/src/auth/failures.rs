//! Requests without a valid key: how many a peer may send, and how they are logged.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::quota::Quota;

/// Requests without a valid key that one peer may send in a second.
pub(super) const OF_PEER_PER_SECOND: NonZeroU32 = NonZeroU32::new(100).expect("not zero");
/// Log lines about such requests in a second.
const LOGGED_PER_SECOND: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
/// Peers that are tracked at a time.
const PEERS_MAX: usize = 10_000;

/// Recent failures.
#[derive(Debug, Default)]
pub struct Failures(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    peers: HashMap<IpAddr, Quota>,
    logged: Option<Quota>,
    /// Failures since the last log line.
    not_logged: u64,
}

impl Failures {
    /// Whether a peer has reached its limit of requests without a valid key.
    pub fn has_too_many(&self, peer: Option<IpAddr>) -> bool {
        let Some(peer) = peer else { return false };
        let now = Instant::now();
        let counted = self.counted();
        counted
            .peers
            .get(&network(peer))
            .is_some_and(|quota| quota.is_used_up(OF_PEER_PER_SECOND, now))
    }

    /// Counts a failure, and logs it unless the log has too many lines about failures.
    pub fn record(&self, peer: Option<IpAddr>, key_id: Option<&str>) {
        let now = Instant::now();
        let mut counted = self.counted();
        if let Some(peer) = peer {
            if counted.peers.len() >= PEERS_MAX {
                counted.peers.retain(|_, quota| !quota.is_whole(now));
            }
            if counted.peers.len() >= PEERS_MAX {
                counted.peers.clear();
            }
            let quota = counted.peers.entry(network(peer)).or_insert_with(|| Quota::whole(now));
            quota.take(OF_PEER_PER_SECOND, now);
        }
        metrics::counter!("dossier_authentication_failures_total").increment(1);
        let logged = counted.logged.get_or_insert_with(|| Quota::whole(now));
        if !logged.take(LOGGED_PER_SECOND, now).allowed {
            counted.not_logged = counted.not_logged.saturating_add(1);
            return;
        }
        let not_logged = std::mem::take(&mut counted.not_logged);
        drop(counted);
        let peer = peer.map(tracing::field::display);
        tracing::info!(key_id, peer, not_logged, "a request has no valid API key");
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What counts as one peer. The owner of an IPv6 address usually owns its whole /64.
fn network(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests;
