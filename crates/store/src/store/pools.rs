//! The connections for reads, by kind of read. A kind that is busy does not block the others.

use std::net::IpAddr;

use domain::TenantId;

use crate::connect::{Role, as_role};
use crate::connections::{Connections, Usage};
use crate::lanes::LanePools;
use crate::options::Options;
use crate::read_pool::ReadPool;

/// Connections for looking up keys, at most.
const KEYS_MAX: usize = 4;
/// Connections for reads of customers by id, at most.
pub(super) const CURRENT_MAX: usize = 4;
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
    /// For lists, histories, searches, the feed and exports.
    pub(super) lanes: LanePools,
    /// For heads of the log and proofs.
    pub(super) proofs: ReadPool<TenantId>,
    /// For operators.
    pub(super) operators: Connections,
}

impl ReadPools {
    pub(super) fn new(options: &Options) -> Self {
        let reader = as_role(&options.database, Role::Reader);
        let projector = as_role(&options.database, Role::Projector);
        Self {
            keys: ReadPool::new(reader.clone(), KEYS_MAX),
            current: ReadPool::new(reader, CURRENT_MAX),
            lanes: LanePools::new(&options.database, options),
            proofs: ReadPool::new(projector.clone(), PROOFS_MAX),
            operators: Connections::new(projector, OPERATORS_MAX),
        }
    }

    /// How many connections of each kind are in use now.
    pub(super) fn usage(&self) -> impl Iterator<Item = (&'static str, Usage)> {
        let first = [("keys", self.keys.usage()), ("customers", self.current.usage())];
        let lanes = LanePools::KINDS.into_iter().zip(self.lanes.usage());
        let last = [("proofs", self.proofs.usage()), ("operators", self.operators.usage())];
        first.into_iter().chain(lanes).chain(last)
    }

    /// Takes no more reads.
    pub(super) fn close(&self) {
        self.keys.close();
        self.current.close();
        self.lanes.close();
        self.proofs.close();
        self.operators.close();
    }
}
