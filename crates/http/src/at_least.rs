//! Reading your own writes: `Dossier-At-Least`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use store::{TenantRef, View};

use crate::app::App;
use crate::auth::Caller;
use crate::headers;
use crate::problem::Problem;

/// How far the log must have been read for an answer; nothing when the caller doesn't mind.
#[derive(Clone, Copy, Debug)]
pub struct AtLeast(Option<i64>);

impl<S: Sync> FromRequestParts<S> for AtLeast {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let tenant = Caller::from_request_parts(parts, state).await?.tenant();
        headers::at_least(&parts.headers, tenant.partition).map(Self)
    }
}

impl AtLeast {
    /// Waits until `view` has come that far, and gives up in time to say so.
    pub async fn wait(self, app: &App, tenant: TenantRef, view: View) -> Result<(), Problem> {
        let Some(position) = self.0 else { return Ok(()) };
        if app.store.reached(view, tenant, position).await? {
            Ok(())
        } else {
            Err(Problem::not_yet())
        }
    }
}
