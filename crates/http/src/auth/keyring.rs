//! The API keys, and a short memory of lookups.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::future::Shared;
use store::api_keys::StoredKey;
use store::{LookupFor, Store, StoreError};
use subtle::ConstantTimeEq as _;
use tokio::sync::oneshot;

use super::api_key::ApiKey;
use super::caller::Caller;

/// How long the result of a lookup is used. A revoked key stops working within this time, and a new key whose
/// id was presented before it was made begins to work within it.
const USED_FOR: Duration = Duration::from_millis(500);
/// Keys remembered at a time.
const KNOWN_MAX: usize = 10_000;
/// Ids of failed attempts remembered at a time.
const FAILED_MAX: usize = 10_000;

/// Finds the owner of a key. Asks the database about each key, and about each id of a failed attempt,
/// once in `USED_FOR`.
#[derive(Clone)]
pub struct Keyring {
    store: Store,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Default)]
struct Memory {
    known: HashMap<String, CachedKey>,
    /// Ids of failed attempts, with the time of their lookup.
    failed: HashMap<String, Instant>,
    under_way: HashMap<String, (Instant, Lookup)>,
}

#[derive(Clone)]
struct CachedKey {
    key: Arc<StoredKey>,
    at: Instant,
}

/// A lookup that several requests may wait for.
type Lookup = Shared<oneshot::Receiver<Found>>;
/// Its result. Errors can't be cloned, so they are shared.
type Found = Result<Option<Arc<StoredKey>>, Arc<StoreError>>;

/// What is remembered of a key.
enum Remembered {
    /// It was valid a moment ago.
    Valid(Arc<StoredKey>),
    /// Its id was looked up a moment ago, and the key was wrong.
    Invalid,
    /// It was valid at its last lookup, which is too old.
    Outdated,
    /// Nothing.
    Nothing,
}

/// The result of checking a key.
pub enum KeyCheck {
    /// It is valid, and this is its owner.
    Valid(Caller),
    /// It is not valid.
    Invalid,
    /// Nothing was looked up: the peer has tried too often.
    TooManyAttempts,
}

impl Keyring {
    /// The keys in this store.
    pub fn new(store: Store) -> Self {
        Self { store, memory: Arc::default() }
    }

    /// Checks a key. It is invalid when it is unknown, revoked, expired or wrong.
    ///
    /// Known and unknown ids cost the same: a failed attempt takes one lookup and one comparison, or, within
    /// `USED_FOR` of another one with the same id, one comparison. `may_try` says whether a key that
    /// isn't known to be valid may be looked up.
    pub async fn find(
        &self,
        key: &ApiKey,
        peer: Option<IpAddr>,
        may_try: impl FnOnce() -> bool,
    ) -> Result<KeyCheck, Arc<StoreError>> {
        let secret_hash = key.secret_hash();
        let looked_up_for = match self.memory().recall(key.id(), &secret_hash) {
            Remembered::Valid(stored) => return Ok(presented(Some(stored))),
            Remembered::Invalid => return Ok(KeyCheck::Invalid),
            Remembered::Outdated => LookupFor::Service,
            Remembered::Nothing if !may_try() => return Ok(KeyCheck::TooManyAttempts),
            Remembered::Nothing => {
                LookupFor::Peer(peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
            }
        };
        let asked = Instant::now();
        let stored = self.look_up(key.id(), looked_up_for).await?;
        let is_it = matches(stored.as_deref(), &secret_hash);
        if !is_it {
            self.memory().remember_failure(key.id(), asked);
        }
        Ok(presented(stored.filter(|_| is_it)))
    }

    /// Whether a caller's key is still accepted. Long requests ask this repeatedly.
    pub async fn still_accepts(&self, caller: &Caller) -> Result<bool, Arc<StoreError>> {
        Ok(self.caller(caller.key_id()).await?.is_some())
    }

    /// The caller with the key of this id, if the key is valid. Only for callers that presented the whole key
    /// before.
    pub async fn caller(&self, key_id: &str) -> Result<Option<Caller>, Arc<StoreError>> {
        let known = self.memory().known.get(key_id).cloned();
        let stored = match known {
            Some(known) if known.at.elapsed() < USED_FOR => Some(known.key),
            Some(_) | None => self.look_up(key_id, LookupFor::Service).await?,
        };
        Ok(stored.filter(|stored| stored.is_valid()).map(Caller))
    }

    /// The key of this id. Joins a lookup of the same id that has begun a moment ago.
    async fn look_up(&self, id: &str, looked_up_for: LookupFor) -> Found {
        let lookup = {
            let mut memory = self.memory();
            match memory.under_way.get(id) {
                Some((begun, lookup)) if begun.elapsed() < USED_FOR => lookup.clone(),
                Some(_) | None => self.begin(&mut memory, id, looked_up_for),
            }
        };
        lookup.await.unwrap_or_else(|_| Err(Arc::new(StoreError::Stopping)))
    }

    /// Begins a lookup. It goes on even if no caller waits for it any more.
    fn begin(&self, memory: &mut Memory, id: &str, looked_up_for: LookupFor) -> Lookup {
        metrics::counter!("dossier_key_lookups_total").increment(1);
        let (answer, lookup) = oneshot::channel();
        let (lookup, begun) = (lookup.shared(), Instant::now());
        memory.under_way.insert(id.to_owned(), (begun, lookup.clone()));
        let (keyring, id) = (self.clone(), id.to_owned());
        tokio::spawn(async move {
            let found = keyring.store.api_key(&id, looked_up_for).await;
            let found = found.map(|found| found.map(Arc::new)).map_err(Arc::new);
            keyring.memory().remember(&id, begun, &found);
            // The waiting callers may have left.
            drop(answer.send(found));
        });
        lookup
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn recall(&self, id: &str, secret_hash: &[u8; 32]) -> Remembered {
        let known = self.known.get(id);
        let is_it = matches(known.map(|known| &*known.key), secret_hash);
        match known {
            Some(known) if is_it && known.at.elapsed() < USED_FOR => {
                Remembered::Valid(Arc::clone(&known.key))
            }
            Some(_) if is_it => Remembered::Outdated,
            Some(_) | None => match self.failed.get(id) {
                Some(at) if at.elapsed() < USED_FOR => Remembered::Invalid,
                Some(_) | None => Remembered::Nothing,
            },
        }
    }

    fn remember(&mut self, id: &str, begun: Instant, found: &Found) {
        if self.under_way.get(id).is_some_and(|(other, _)| *other == begun) {
            self.under_way.remove(id);
        }
        match found {
            Ok(Some(key)) => {
                if self.known.len() >= KNOWN_MAX {
                    self.known.clear();
                    // Otherwise the owner of a dropped key would count as failed.
                    self.failed.clear();
                }
                let known = CachedKey { key: Arc::clone(key), at: begun };
                self.known.insert(id.to_owned(), known);
            }
            Ok(None) => drop(self.known.remove(id)),
            Err(_) => {}
        }
    }

    fn remember_failure(&mut self, id: &str, at: Instant) {
        if self.failed.len() >= FAILED_MAX {
            self.failed.retain(|_, at| at.elapsed() < USED_FOR);
        }
        if self.failed.len() >= FAILED_MAX {
            self.failed.clear();
        }
        self.failed.insert(id.to_owned(), at);
    }
}

/// Whether the secret is that of the key. An unknown key is compared, too, so that both take equally long.
fn matches(stored: Option<&StoredKey>, secret_hash: &[u8; 32]) -> bool {
    let hash = stored.map_or(&[0; 32][..], |stored| &stored.secret_hash);
    bool::from(secret_hash.ct_eq(hash))
}

fn presented(stored: Option<Arc<StoredKey>>) -> KeyCheck {
    match stored.filter(|stored| stored.is_valid()) {
        Some(stored) => KeyCheck::Valid(Caller(stored)),
        None => KeyCheck::Invalid,
    }
}
