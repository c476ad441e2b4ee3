//! The connections for reads, by kind of read. A kind that is busy does not block the others.

use std::net::IpAddr;

use domain::TenantId;

use crate::connect::{Role, as_role};
use crate::connections::{Connections, Usage};
use crate::options::Options;
use crate::read_pool::{EXPORT_WAIT, ReadPool};

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

/// The party for which a key is looked up.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum LookupFor {
    /// The service: for itself, or to refresh a known key.
    Service,
    /// The peer at this address. It presents an unknown key.
    Peer(IpAddr),
}

/// All pools.
pub(super) struct ReadPools {
    /// For keys, and for the service's own lookups.
    pub(super) keys: ReadPool<LookupFor>,
    /// For reads of customers by id.
    pub(super) current: ReadPool<TenantId>,
    /// For lists and histories.
    pub(super) readers: ReadPool<TenantId>,
    /// For searches and other reads that may take long.
    pub(super) searches: ReadPool<TenantId>,
    /// For followers of the feed.
    pub(super) feeds: ReadPool<TenantId>,
    /// For exports of whole lists.
    pub(super) exports: ReadPool<TenantId>,
    /// For heads of the log and proofs.
    pub(super) proofs: ReadPool<TenantId>,
    /// For operators.
    pub(super) operators: Connections,
}

impl ReadPools {
    pub(super) fn new(options: &Options) -> Self {
        let reader = as_role(&options.database, Role::Reader);
        let projector = as_role(&options.database, Role::Projector);
        let count = |number| usize::try_from(number).unwrap_or(usize::MAX);
        Self {
            keys: ReadPool::new(reader.clone(), KEYS_MAX),
            current: ReadPool::new(reader.clone(), CURRENT_MAX),
            readers: ReadPool::new(reader.clone(), count(options.readers_max)),
            searches: ReadPool::costly(
                &reader,
                count(options.searches_max),
                options.search_timeout,
                options.lower_priority,
            ),
            feeds: ReadPool::new(reader.clone(), FEEDS_MAX),
            exports: ReadPool::opening(reader, EXPORTS_MAX, options.lower_priority)
                .waiting(EXPORT_WAIT),
            proofs: ReadPool::new(projector.clone(), PROOFS_MAX),
            operators: Connections::new(projector, OPERATORS_MAX),
        }
    }

    /// How many connections of each kind are in use now.
    pub(super) fn usage(&self) -> [(&'static str, Usage); 8] {
        [
            ("keys", self.keys.usage()),
            ("customers", self.current.usage()),
            ("lists", self.readers.usage()),
            ("searches", self.searches.usage()),
            ("feed", self.feeds.usage()),
            ("exports", self.exports.usage()),
            ("proofs", self.proofs.usage()),
            ("operators", self.operators.usage()),
        ]
    }

    /// Takes no more reads.
    pub(super) fn close(&self) {
        self.keys.close();
        for pool in
            [&self.current, &self.readers, &self.searches, &self.feeds, &self.exports, &self.proofs]
        {
            pool.close();
        }
        self.operators.close();
    }
}
