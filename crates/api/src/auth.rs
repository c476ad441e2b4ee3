//! Who calls: API keys, their scopes, and the one answer to everyone else.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, HeaderMap};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest, Sha256};
use store::api_keys::{Scope, StoredKey};
use store::{Store, StoreError, TenantRef};
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::compat::Surface;
use crate::limits;
use crate::problem::Problem;
use crate::request;

/// How long a key that was found is believed. A revoked key stops working within this time.
const BELIEVED: Duration = Duration::from_millis(500);
/// Keys remembered at a time.
const REMEMBERED_MAX: usize = 10_000;

/// An API key as its owner holds it: `dossier_<id>_<secret>`.
#[derive(Clone, Eq, PartialEq)]
pub struct ApiKey {
    id: String,
    secret: String,
}

/// The text isn't of the form of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an API key is dossier_<id>_<secret>")]
pub struct NotAKey;

impl ApiKey {
    /// The length of the public part, in hexadecimal digits.
    const ID_DIGITS: usize = 16;
    /// The length of the secret, in hexadecimal digits.
    const SECRET_DIGITS: usize = 64;

    /// The key made of this randomness: 64 bits to find it by, 256 bits to keep secret.
    #[must_use]
    pub fn from_random(id: [u8; 8], secret: [u8; 32]) -> Self {
        Self { id: hex(&id), secret: hex(&secret) }
    }

    /// Its public part.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What is stored of its secret. The secret is random, so a fast hash is enough.
    #[must_use]
    pub fn secret_hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret.as_bytes()).into()
    }

    /// The whole key, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("dossier_{}_{}", self.id, self.secret)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl FromStr for ApiKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let parts = text.strip_prefix("dossier_").and_then(|rest| rest.split_once('_'));
        let (id, secret) = parts.ok_or(NotAKey)?;
        if is_hex(id, Self::ID_DIGITS) && is_hex(secret, Self::SECRET_DIGITS) {
            Ok(Self { id: id.to_owned(), secret: secret.to_owned() })
        } else {
            Err(NotAKey)
        }
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|four| char::from_digit(four.into(), 16)).collect()
}

/// The caller of a request, known by its key.
#[derive(Clone, Debug)]
pub(crate) struct Caller(Arc<StoredKey>);

impl Caller {
    /// The public part of its key.
    pub(crate) fn key_id(&self) -> &str {
        &self.0.key_id
    }

    /// Its tenant.
    pub(crate) fn tenant(&self) -> TenantRef {
        self.0.tenant
    }

    /// Requests that its key may send in a second, if that was said when it was made.
    pub(crate) fn requests_per_second(&self) -> Option<NonZeroU32> {
        self.0.requests_per_second
    }

    /// Whether its key has this scope.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.0.scopes.contains(&scope)
    }
}

/// Finds the owner of a key, asking the database at most every half second for each.
pub(crate) struct Keyring {
    store: Store,
    remembered: Mutex<HashMap<String, (Arc<StoredKey>, Instant)>>,
}

impl Keyring {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, remembered: Mutex::default() }
    }

    /// The caller whose key this is; nothing when the key is unknown, revoked, expired or wrong.
    pub(crate) async fn caller(&self, key: &ApiKey) -> Result<Option<Caller>, StoreError> {
        let stored = self.find(&key.id).await?;
        // An unknown id is compared all the same, so that it takes no less time than a wrong secret.
        let hash = stored.as_ref().map_or(&[0; 32][..], |stored| &stored.secret_hash);
        let matches = bool::from(key.secret_hash().ct_eq(hash));
        Ok(stored.filter(|stored| matches && stored.is_valid()).map(Caller))
    }

    /// Whether a caller's key is still accepted: asked again and again by what takes long.
    pub(crate) async fn still_accepts(&self, caller: &Caller) -> Result<bool, StoreError> {
        Ok(self.find(caller.key_id()).await?.is_some_and(|stored| stored.is_valid()))
    }

    async fn find(&self, key_id: &str) -> Result<Option<Arc<StoredKey>>, StoreError> {
        if let Some((stored, at)) = self.remembered().get(key_id)
            && at.elapsed() < BELIEVED
        {
            return Ok(Some(Arc::clone(stored)));
        }
        let asked = Instant::now();
        let found = self.store.api_key(key_id).await?.map(Arc::new);
        let mut remembered = self.remembered();
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        match &found {
            Some(stored) => {
                remembered.insert(key_id.to_owned(), (Arc::clone(stored), asked));
            }
            None => {
                remembered.remove(key_id);
            }
        }
        Ok(found)
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<String, (Arc<StoredKey>, Instant)>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets a request through whose key may send one more and has one of the scopes, and says who calls; runs before
/// anything of the request is looked at.
pub(crate) async fn authorize(
    State((app, scopes)): State<(App, &'static [Scope])>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let surface = request.extensions().get::<&'static Surface>();
    let bearer = surface.is_none_or(|surface| surface.bearer);
    let key = presented(request.headers(), bearer).ok_or_else(Problem::unauthorized)?;
    let caller = app.keyring.caller(&key).await?.ok_or_else(Problem::unauthorized)?;
    let taken = app.limits.take(&caller);
    let mut response = if taken.is_some_and(|taken| !taken.allowed) {
        limits::refused(Problem::rate_limited()).await.into_response()
    } else {
        allowed(caller, scopes, request, next).await.into_response()
    };
    if let Some(taken) = taken {
        taken.tell(response.headers_mut());
    }
    Ok(response)
}

async fn allowed(
    caller: Caller,
    scopes: &'static [Scope],
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if !scopes.iter().any(|scope| caller.may(*scope)) {
        tracing::info!(key_id = caller.key_id(), ?scopes, "a key lacks a scope");
        return Err(Problem::forbidden());
    }
    // Nothing keeps them of most reads, and they must be readable all the same.
    request::told(request.headers()).try_for_each(|told| told.map(drop))?;
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// The key that a request presents: exactly one, in `X-API-Key` or, where that is a place for it,
/// in `Authorization`.
fn presented(headers: &HeaderMap, bearer: bool) -> Option<ApiKey> {
    let bearer = headers.get_all(AUTHORIZATION).iter().filter(|_| bearer).map(|value| {
        let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
    });
    let plain = headers.get_all("x-api-key").iter().map(|value| value.to_str().ok());
    let mut presented = bearer.chain(plain);
    let key = presented.next()??;
    if presented.next().is_some() {
        return None;
    }
    key.parse().ok()
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or_else(Problem::unauthorized)
    }
}
