//! Sessions: a person who is signed in, with an API key or by an identity provider.
//!
//! The browser holds a token in a cookie, the store its hash. A session lasts 8 hours, 30 minutes of them idle, and
//! no longer than its key is valid. Each page asks for it anew.

mod cookie;
mod sign_in;
mod token;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use http::Problem;
use http::auth::Caller;
use store::TenantRef;
use store::api_keys::Scope;
use store::sessions::LASTS_HOURS;

pub(crate) use self::sign_in::{LASTS_MINUTES, SignIn};
pub(crate) use self::token::Token;

/// A person who is signed in, as one request finds it.
#[derive(Clone)]
pub(crate) struct Session(Arc<SignedIn>);

struct SignedIn {
    caller: Caller,
    token: Token,
    csrf: String,
    kept: store::sessions::Session,
}

impl Session {
    /// A session that was found.
    ///
    /// # Errors
    ///
    /// A 500 when the system has no randomness.
    pub(crate) fn new(
        caller: Caller,
        token: Token,
        kept: store::sessions::Session,
    ) -> Result<Self, Problem> {
        Ok(Self(Arc::new(SignedIn { caller, csrf: token.csrf()?, token, kept })))
    }

    /// Whether a form on one of its pages sent this.
    pub(crate) fn has_sent(&self, csrf: &str) -> bool {
        self.0.token.has_sent(csrf)
    }

    /// The caller of the API that the person is.
    pub(crate) fn caller(&self) -> &Caller {
        &self.0.caller
    }

    /// The tenant of its key.
    pub(crate) fn tenant(&self) -> TenantRef {
        self.0.caller.tenant()
    }

    /// Whether its key has this scope.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.0.caller.may(scope)
    }

    /// The person: the actor of what is done here.
    pub(crate) fn actor(&self) -> &str {
        &self.0.kept.actor
    }

    /// Why the person reads, if that was said.
    pub(crate) fn purpose(&self) -> Option<&str> {
        self.0.kept.purpose.as_deref()
    }

    /// The token that a form has to send. It shows that the form is on a page of this session.
    pub(crate) fn csrf(&self) -> &str {
        &self.0.csrf
    }

    /// The database's clock.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.0.kept.read_at
    }

    /// When it ends at the latest.
    pub(crate) fn until(&self) -> DateTime<Utc> {
        let lasts = chrono::Duration::hours(LASTS_HOURS.into());
        self.0.kept.begun_at.checked_add_signed(lasts).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Its token.
    pub(crate) fn token(&self) -> &Token {
        &self.0.token
    }
}

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or_else(Problem::unauthorized)
    }
}
