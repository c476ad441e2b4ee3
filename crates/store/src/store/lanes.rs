//! The connections for reads, by kind of read: what fills one lane leaves the others free.

use std::net::IpAddr;

use domain::TenantId;

use super::Options;
use crate::connect::{Role, as_role};
use crate::connections::Connections;
use crate::read_lane::{EXPORT_WAIT, ReadLane};

/// Connections for looking up keys, at most.
const KEYS_MAX: usize = 4;
/// Connections for reads of customers by id, at most.
pub(super) const CURRENT_MAX: usize = 4;
/// Connections for followers of the feed, at most.
const FEEDS_MAX: usize = 3;
/// Connections for exports of whole lists, at most.
const EXPORTS_MAX: usize = 3;
/// Connections for heads of the log and proofs, at most.
const PROOFS_MAX: usize = 2;
/// Connections for operators and their monitoring, at most.
const OPERATORS_MAX: usize = 2;

/// For whom a key is looked up.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum LookupFor {
    /// The service: for itself, or to refresh a key that it knows.
    Service,
    /// The peer at this address, which presents a key that the service does not know yet.
    Peer(IpAddr),
}

/// All lanes.
pub(super) struct Lanes {
    /// For keys, and for what the service asks for itself.
    pub(super) keys: ReadLane<LookupFor>,
    /// For reads of customers by id.
    pub(super) current: ReadLane<TenantId>,
    /// For lists and histories.
    pub(super) readers: ReadLane<TenantId>,
    /// For searches and other reads that may take long.
    pub(super) searches: ReadLane<TenantId>,
    /// For followers of the feed.
    pub(super) feeds: ReadLane<TenantId>,
    /// For exports of whole lists.
    pub(super) exports: ReadLane<TenantId>,
    /// For heads of the log and proofs.
    pub(super) proofs: ReadLane<TenantId>,
    /// For operators.
    pub(super) operators: Connections,
}

impl Lanes {
    pub(super) fn new(options: &Options) -> Self {
        let reader = as_role(&options.database, Role::Reader);
        let projector = as_role(&options.database, Role::Projector);
        let count = |number| usize::try_from(number).unwrap_or(usize::MAX);
        Self {
            keys: ReadLane::new(reader.clone(), KEYS_MAX),
            current: ReadLane::new(reader.clone(), CURRENT_MAX),
            readers: ReadLane::new(reader.clone(), count(options.readers_max)),
            searches: ReadLane::costly(
                &reader,
                count(options.searches_max),
                options.search_timeout,
            ),
            feeds: ReadLane::new(reader.clone(), FEEDS_MAX),
            exports: ReadLane::new(reader, EXPORTS_MAX).waiting(EXPORT_WAIT),
            proofs: ReadLane::new(projector.clone(), PROOFS_MAX),
            operators: Connections::new(projector, OPERATORS_MAX),
        }
    }

    /// Takes no more reads.
    pub(super) fn close(&self) {
        self.keys.close();
        for lane in
            [&self.current, &self.readers, &self.searches, &self.feeds, &self.exports, &self.proofs]
        {
            lane.close();
        }
        self.operators.close();
    }
}
