//! Authentication and authorization: a valid key with a scope that the route needs.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HeaderMap};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use store::StoreError;
use store::api_keys::Scope;

use crate::app::App;
use crate::auth::{ApiKey, Caller, KeyCheck};
use crate::context;
use crate::encoding;
use crate::limits;
use crate::origin::Origin;
use crate::peer::Peer;
use crate::problem::{Code, Problem};

/// Requires a valid key with quota and with one of the scopes. Runs before anything else of the request is
/// read.
pub async fn authorize(
    State((app, scopes)): State<(App, &'static [Scope])>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let bearer = Origin::of(request.extensions()).bearer;
    let credentials = presented(request.headers(), bearer);
    let caller = identify(&app, credentials.key(), Peer::of(request.extensions())).await;
    let caller = caller.map_err(|problem| credentials.explain(problem))?;
    Ok(admit_caller(&app, caller, scopes, request, next).await)
}

/// Runs the request of a known caller, if its key has quota and one of the scopes.
pub async fn admit_caller(
    app: &App,
    caller: Caller,
    scopes: &'static [Scope],
    request: Request,
    next: Next,
) -> Response {
    let taken = app.limits.take(&caller);
    let mut response = if taken.is_some_and(|taken| !taken.allowed) {
        limits::refused(Problem::rate_limited()).await.into_response()
    } else {
        allowed(caller, scopes, request, next).await.into_response()
    };
    if let Some(taken) = taken {
        taken.write_to(response.headers_mut());
    }
    response
}

/// Who calls with this key.
///
/// # Errors
///
/// The same 401 for all invalid keys; a 429 when the peer has failed too often recently.
pub async fn identify(
    app: &App,
    key: Option<&ApiKey>,
    peer: Option<IpAddr>,
) -> Result<Caller, Problem> {
    let may_try = || !app.failures.has_too_many(peer);
    let found = match key {
        Some(key) => app.keyring.find(key, peer, may_try).await,
        None if may_try() => Ok(KeyCheck::Invalid),
        None => Ok(KeyCheck::TooManyAttempts),
    };
    match found {
        Ok(KeyCheck::Valid(caller)) => Ok(caller),
        Ok(KeyCheck::Invalid) => {
            app.failures.record(peer, key.map(ApiKey::id));
            Err(Problem::unauthorized())
        }
        Ok(KeyCheck::TooManyAttempts) => Err(limits::refused(Problem::too_many_attempts()).await),
        Err(error) if matches!(*error, StoreError::ShareUsed) => {
            Err(limits::refused(Problem::too_many_attempts()).await)
        }
        Err(error) => Err(Problem::of_store(&error)),
    }
}

async fn allowed(
    caller: Caller,
    scopes: &'static [Scope],
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if !scopes.iter().any(|scope| caller.may(*scope)) {
        tracing::info!(key_id = caller.key_id(), ?scopes, "a key lacks a scope");
        return Err(Problem::forbidden(scopes));
    }
    // Most reads don't store them, but they must be valid anyway.
    check_reported(&caller, request.headers())?;
    let mut request = encoding::decoded(request)?;
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// Checks what a caller says about who acts and why.
///
/// # Errors
///
/// A 400 when a header is not what it has to be; a 403 when the key may not act for the actor.
pub fn check_reported(caller: &Caller, headers: &HeaderMap) -> Result<(), Problem> {
    for reported in context::reported(headers) {
        let (name, text) = reported?;
        if name == context::ACTOR {
            caller.require_actor(&text)?;
        }
    }
    Ok(())
}

/// What a request presents to show who calls.
enum Credentials {
    /// Nothing that has the form of a key.
    None,
    /// A key.
    Key(ApiKey),
    /// More than one credential.
    Several,
}

impl Credentials {
    /// The key, if there is exactly one.
    const fn key(&self) -> Option<&ApiKey> {
        match self {
            Self::Key(key) => Some(key),
            Self::None | Self::Several => None,
        }
    }

    /// The refusal of these credentials, which says so if there are several.
    fn explain(&self, refusal: Problem) -> Problem {
        let unauthorized = refusal.code() == Code::Unauthorized.name();
        match self {
            Self::Several if unauthorized => Problem::several_credentials(),
            Self::None | Self::Key(_) | Self::Several => refusal,
        }
    }
}

/// The credentials of a request: a key in `X-API-Key` or, where the surface allows it, in `Authorization`.
fn presented(headers: &HeaderMap, bearer: bool) -> Credentials {
    let bearer = headers.get_all(AUTHORIZATION).iter().filter(|_| bearer).map(|value| {
        let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
    });
    let plain = headers.get_all("x-api-key").iter().map(|value| value.to_str().ok());
    let mut presented = bearer.chain(plain);
    let first = presented.next().flatten();
    if presented.next().is_some() {
        return Credentials::Several;
    }
    let key = first.and_then(|key| key.parse().ok());
    key.map_or(Credentials::None, Credentials::Key)
}
