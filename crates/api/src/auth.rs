//! Who calls: API keys, their scopes, and the one answer to everyone else.

mod failures;
mod keyring;

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, HeaderMap};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest, Sha256};
use store::api_keys::{Scope, StoredKey};
use store::{StoreError, TenantRef};

pub(crate) use self::failures::Failures;
pub(crate) use self::keyring::Keyring;
use self::keyring::Presented;
use crate::app::App;
use crate::compat::Surface;
use crate::limits;
use crate::peer::Peer;
use crate::problem::Problem;
use crate::request;

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

    /// The actors that its requests may name; any, when absent.
    fn actors(&self) -> Option<&[String]> {
        self.0.actors.as_deref()
    }

    /// Whether its key has this scope.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.0.scopes.contains(&scope)
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
    let key = presented(request.headers(), bearer);
    let caller = identify(&app, key.as_ref(), Peer::of(request.extensions())).await?;
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

/// Who calls.
///
/// # Errors
///
/// One and the same 401 for whatever is wrong with the key; a 429 when the peer has failed too often of late.
async fn identify(
    app: &App,
    key: Option<&ApiKey>,
    peer: Option<IpAddr>,
) -> Result<Caller, Problem> {
    let may_try = || !app.failures.has_too_many(peer);
    let found = match key {
        Some(key) => app.keyring.find(key, peer, may_try).await,
        None if may_try() => Ok(Presented::InVain),
        None => Ok(Presented::TooOften),
    };
    match found {
        Ok(Presented::By(caller)) => Ok(caller),
        Ok(Presented::InVain) => {
            app.failures.record(peer, key.map(ApiKey::id));
            Err(Problem::unauthorized())
        }
        Ok(Presented::TooOften) => Err(limits::refused(Problem::too_many_attempts()).await),
        Err(error) if matches!(*error, StoreError::ShareUsed) => {
            Err(limits::refused(Problem::too_many_attempts()).await)
        }
        Err(error) => Err(Problem::of_store(&error)),
    }
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
    for told in request::told(request.headers()) {
        let (name, text) = told?;
        if name == request::ACTOR
            && let Some(allowed) = caller.actors()
            && !allowed.contains(&text)
        {
            tracing::info!(key_id = caller.key_id(), "a key names an actor that it may not name");
            return Err(Problem::actor_not_allowed(&text, allowed));
        }
    }
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
