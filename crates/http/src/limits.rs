//! Limits of one instance: for each key, for each tenant, and for all callers together.
//!
//! A key may have a rate. A tenant has a number of requests in progress. A few more wait in its queue, so
//! a tenant that sends too much slows down only itself. All tenants together have a limit that
//! keeps answers fast; requests beyond it are refused at once.

mod flight;
mod open;
mod permit;
mod tenant_queue;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::TenantId;
use tokio::sync::Semaphore;

pub use self::flight::InFlight;
use self::flight::{Exceeded, Flight};
use self::open::OpenLimit;
pub use self::open::Opened;
pub use self::permit::{Admitted, Permit, counted, holding};
use self::tenant_queue::TenantQueues;
use crate::auth::Caller;
use crate::maxima::OPEN_MAX;
use crate::problem::Problem;
use crate::quota::{Quota, Taken};
pub use crate::quota::{RATELIMIT, RATELIMIT_POLICY};

/// Answers up to this size are not counted one by one: the number of requests bounds them.
const SMALL_BYTES_MAX: usize = 64 * 1024;
/// Documents that are sent at a time: those need no key.
const DOCUMENTS_MAX: usize = 64;
/// Answers with metrics that are sent at a time: those need no key, either.
const SCRAPES_MAX: usize = 16;
/// How long a request waits for its tenant's permit.
const PERMIT_WITHIN: Duration = Duration::from_secs(1);
/// How long the answer to a caller beyond its limit is delayed, so that a caller that ignores
/// `Retry-After` can't keep the service busy with refusals.
const PAUSE: Duration = Duration::from_millis(100);
/// Keys whose rate is tracked at a time, before those with a full quota are dropped.
const KEYS_MAX: usize = 10_000;

/// The limits of one instance.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RequestLimits {
    /// Requests per second of a key that has no rate of its own; no limit, when absent.
    pub of_key_per_second: Option<NonZeroU32>,
    /// Requests of one tenant in progress at a time, a quarter of it while another tenant has some.
    /// Three times as many more wait for up to a second.
    pub of_tenant: usize,
    /// Requests of all tenants in progress or waiting at a time.
    pub of_all: usize,
    /// Bytes of answers that one tenant may leave unread, small ones not counted.
    pub unsent_bytes_of_tenant: usize,
    /// The same for all tenants together.
    pub unsent_bytes_of_all: usize,
    /// How long a stream waits for its reader, or the tenant's others, to take what was sent before.
    pub unsent_within: Duration,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            of_key_per_second: None,
            of_tenant: 64,
            of_all: 1_024,
            unsent_bytes_of_tenant: 64 << 20,
            unsent_bytes_of_all: 256 << 20,
            unsent_within: Duration::from_mins(1),
        }
    }
}

/// What is served without a key. Each kind has its own limit, so neither can block the other.
#[derive(Clone, Copy, Debug)]
pub enum Keyless {
    /// OpenAPI and the pages.
    Documents,
    /// Metrics.
    Metrics,
}

/// What is in use of this instance's limits.
#[derive(Debug)]
pub struct Limits {
    of_key_per_second: Option<NonZeroU32>,
    keys: Mutex<HashMap<String, Quota>>,
    tenants: TenantQueues,
    open: OpenLimit,
    all: Arc<Semaphore>,
    requests_max: usize,
    flight: Flight,
    /// The part of those bytes that decoders of requests keep.
    decoders: Flight,
    unsent_within: Duration,
    documents: Arc<Semaphore>,
    scrapes: Arc<Semaphore>,
}

/// What happens to an answer that exceeds the bytes that a tenant may leave unread.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Beyond {
    /// It is refused: nothing has happened.
    Refused,
    /// It is sent and counted, because what it reports has happened. Instead, requests are refused while
    /// the tenant is beyond its limit.
    Sent,
}

impl Limits {
    /// With nothing in use.
    pub fn new(limits: RequestLimits) -> Self {
        let requests_max = limits.of_all.min(Semaphore::MAX_PERMITS);
        Self {
            of_key_per_second: limits.of_key_per_second,
            keys: Mutex::default(),
            tenants: TenantQueues::new(limits.of_tenant),
            open: OpenLimit::new(OPEN_MAX),
            all: Arc::new(Semaphore::new(requests_max)),
            requests_max,
            documents: Arc::new(Semaphore::new(DOCUMENTS_MAX)),
            scrapes: Arc::new(Semaphore::new(SCRAPES_MAX)),
            flight: Flight::new(limits.unsent_bytes_of_tenant, limits.unsent_bytes_of_all),
            decoders: Flight::new(
                limits.unsent_bytes_of_tenant / 2,
                limits.unsent_bytes_of_all / 2,
            ),
            unsent_within: limits.unsent_within,
        }
    }

    /// Requests in progress or waiting, and bytes of answers that are not sent.
    pub fn in_use(&self) -> (usize, usize) {
        let requests = self.requests_max.saturating_sub(self.all.available_permits());
        (requests, self.flight.bytes())
    }

    /// Takes one request from the quota of the caller's key; nothing when the key has no limit.
    pub(crate) fn take(&self, caller: &Caller) -> Option<Taken> {
        let rate = caller.requests_per_second().or(self.of_key_per_second)?;
        let now = Instant::now();
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= KEYS_MAX {
            keys.retain(|_, quota| !quota.is_whole(now));
        }
        let quota = keys.entry(caller.key_id().to_owned()).or_insert_with(|| Quota::whole(now));
        Some(quota.take(rate, now))
    }

    /// Lets a tenant open something that stays open for long.
    ///
    /// # Errors
    ///
    /// A 429 when it has reached its limit.
    pub fn open(&self, tenant: TenantId) -> Result<Opened, Problem> {
        self.open.take(tenant).ok_or_else(Problem::too_many_streams)
    }

    /// Admits a request of a tenant, or waits for its permit.
    ///
    /// # Errors
    ///
    /// A 503 at once when too many requests are in progress; a 429 when the tenant's queue is full,
    /// or when its permit doesn't come within a second.
    pub async fn admit(&self, tenant: TenantId) -> Result<Admitted, Problem> {
        let all = Arc::clone(&self.all).try_acquire_owned();
        let of_all = all.map_err(|_| Problem::overloaded())?;
        let Some(of_tenant) = self.tenants.permit(tenant, PERMIT_WITHIN).await else {
            drop(of_all);
            return Err(refused(Problem::too_many_requests()).await);
        };
        Ok(Admitted { _of_all: of_all, _of_tenant: of_tenant })
    }

    /// Reserves bytes for a part of a stream, before it is read. Waits until a tenant's readers have
    /// taken enough of what was sent to them.
    ///
    /// # Errors
    ///
    /// A 429 or 503 when they have not in time.
    pub async fn reserve(&self, tenant: TenantId, bytes: usize) -> Result<InFlight, Problem> {
        Ok(self.flight.take(tenant, bytes, self.unsent_within).await?)
    }

    /// Reserves the bytes that the decoder of a streamed body keeps. Decoders have at most half of the bytes, or
    /// several of them could take all, and then wait for room for their answers.
    ///
    /// # Errors
    ///
    /// A 429 or 503 when there is no room in time.
    pub async fn reserve_decoder(
        &self,
        tenant: TenantId,
        bytes: usize,
    ) -> Result<[InFlight; 2], Problem> {
        let among_decoders = self.decoders.take(tenant, bytes, self.unsent_within).await?;
        Ok([among_decoders, self.reserve(tenant, bytes).await?])
    }

    /// Admits a request that needs no key.
    ///
    /// # Errors
    ///
    /// A 503 when there are too many of its kind.
    pub fn admit_keyless(&self, what: Keyless) -> Result<Permit, Problem> {
        let permits = match what {
            Keyless::Documents => &self.documents,
            Keyless::Metrics => &self.scrapes,
        };
        let permit = Arc::clone(permits).try_acquire_owned();
        permit.map(Permit::from).map_err(|_| Problem::overloaded())
    }

    /// Requires that neither the tenant nor all of them together leave too many bytes unread.
    ///
    /// # Errors
    ///
    /// A 429 or 503 when they do.
    pub fn require_room(&self, tenant: TenantId) -> Result<(), Problem> {
        Ok(self.flight.room(tenant)?)
    }

    /// Counts the bytes of an answer; nothing when it is small.
    ///
    /// # Errors
    ///
    /// A 429 or 503 when they don't fit, and may be refused.
    pub fn carry(
        &self,
        tenant: TenantId,
        size: usize,
        beyond: Beyond,
    ) -> Result<Option<InFlight>, Problem> {
        if size <= SMALL_BYTES_MAX {
            return Ok(None);
        }
        match beyond {
            Beyond::Refused => Ok(Some(self.flight.try_take(tenant, size)?)),
            Beyond::Sent => Ok(Some(self.flight.take_anyway(tenant, size))),
        }
    }
}

impl From<Exceeded> for Problem {
    fn from(exceeded: Exceeded) -> Self {
        match exceeded {
            Exceeded::Tenant => Self::too_many_bytes(),
            Exceeded::All => Self::overloaded(),
        }
    }
}

/// The answer to a caller beyond its limit, after a pause.
pub async fn refused(problem: Problem) -> Problem {
    tokio::time::sleep(PAUSE).await;
    problem
}
