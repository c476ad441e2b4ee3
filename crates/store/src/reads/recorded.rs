//! The reads recorded within the hour, in bounded memory.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashSet};
use std::hash::BuildHasher as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::model::TenantRef;

/// How long a record covers later reads.
const HOUR: Duration = Duration::from_hours(1);
/// Pairs of a reader and a customer in each of the two generations.
const REMEMBERED_MAX: usize = 131_072;

/// The reader and the route.
#[derive(Clone, Copy, Debug, Hash)]
pub struct ReadSource<'a> {
    /// The tenant.
    pub tenant: TenantRef,
    /// The id of the API key.
    pub api_key: &'a str,
    /// The actor.
    pub actor: Option<&'a str>,
    /// The reason, as the caller stated it.
    pub reason: Option<&'a str>,
    /// The route, as in the documentation.
    pub route: &'a str,
}

/// Pairs of a reader and a customer whose record is stored or queued. A forgotten pair is recorded
/// again, which is harmless.
///
/// A pair is 128 bits that an attacker can't predict, so collisions can't be forced.
#[derive(Debug)]
pub(super) struct RecordedPairs {
    hashers: [RandomState; 2],
    pairs: Mutex<Pairs>,
}

#[derive(Debug)]
struct Pairs {
    begun: Instant,
    young: HashSet<Pair>,
    old: HashSet<Pair>,
}

type Pair = (u64, u64);

impl Default for RecordedPairs {
    fn default() -> Self {
        let (young, old) = (HashSet::new(), HashSet::new());
        let pairs = Pairs { begun: Instant::now(), young, old };
        Self { hashers: Default::default(), pairs: Mutex::new(pairs) }
    }
}

impl RecordedPairs {
    /// The customers without a record.
    pub(super) fn missing(&self, who: &ReadSource<'_>, customers: &BTreeSet<Uuid>) -> Vec<Uuid> {
        let who = self.hashed(who);
        let mut pairs = self.pairs();
        if pairs.begun.elapsed() >= HOUR {
            *pairs = Pairs { begun: Instant::now(), young: HashSet::new(), old: HashSet::new() };
        }
        let missing = |customer: &&Uuid| {
            let pair = self.hashed(&(who, customer));
            !pairs.young.contains(&pair) && !pairs.old.contains(&pair)
        };
        customers.iter().filter(missing).copied().collect()
    }

    /// Adds the records of these customers.
    pub(super) fn add(&self, who: &ReadSource<'_>, customers: &[Uuid]) {
        let who = self.hashed(who);
        let mut pairs = self.pairs();
        for customer in customers {
            if pairs.young.len() >= REMEMBERED_MAX {
                pairs.old = std::mem::take(&mut pairs.young);
            }
            pairs.young.insert(self.hashed(&(who, customer)));
        }
    }

    fn hashed(&self, value: &impl std::hash::Hash) -> Pair {
        let [one, other] = &self.hashers;
        (one.hash_one(value), other.hash_one(value))
    }

    fn pairs(&self) -> MutexGuard<'_, Pairs> {
        self.pairs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
