//! The read audit: which customers an answer shows, and who reads it.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use store::api_keys::Scope;
use store::{Read, ReadSource, StoreError};
use uuid::Uuid;

use crate::app::App;
use crate::auth::Caller;
use crate::context;
use crate::ids::{RequestId, new_id};
use crate::problem::Problem;

/// The customers that an answer shows.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The customers.
    pub customers: BTreeSet<Uuid>,
    /// Whether that is recorded for each request, whatever the key's scopes.
    pub whatever_the_key: bool,
}

/// Which answers of a route are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    /// Every success: the route is for reading.
    Reads,
    /// Successes that are marked as showing a customer: the route is for commands.
    Commands,
}

/// Who reads, and by which route.
#[derive(Clone, Debug)]
pub struct Reader {
    caller: Caller,
    /// Whether each of the key's reads has its own entry.
    each: bool,
    actor: Option<String>,
    /// Why, as the caller states it.
    reason: Option<String>,
    route: Option<MatchedPath>,
    /// The request, where an entry can be about it alone.
    request: Option<RequestId>,
}

impl Reader {
    /// The reader of a request; nothing when there is no caller.
    pub fn of(request: &Request, recording: Recording) -> Result<Option<Self>, Problem> {
        let extensions = request.extensions();
        let Some(caller) = extensions.get::<Caller>() else { return Ok(None) };
        let each = caller.may(Scope::Audit);
        let alone = each || recording == Recording::Commands;
        let mut reported: BTreeMap<_, _> =
            context::reported(request.headers()).collect::<Result<_, _>>()?;
        Ok(Some(Self {
            caller: caller.clone(),
            each,
            actor: reported.remove(context::ACTOR),
            reason: reported.remove("reason"),
            route: extensions.get::<MatchedPath>().cloned(),
            request: extensions.get::<RequestId>().filter(|_| alone).cloned(),
        }))
    }

    /// The same reader, with the actor and the reason of a part of the request that has its own.
    #[must_use]
    pub fn acting_for(self, actor: Option<String>, reason: Option<String>) -> Self {
        Self { actor, reason, ..self }
    }

    /// Records that these customers are about to be shown. With a key that has the scope `audit` it
    /// returns when that is durable. With others there is one entry an hour, written after the answer.
    pub async fn record(&self, app: &App, shown: BTreeSet<Uuid>) -> Result<(), StoreError> {
        if self.each {
            return self.record_alone(app, shown).await;
        }
        if shown.is_empty() {
            return Ok(());
        }
        let (tenant, api_key) = (self.caller.tenant(), self.caller.key_id());
        let (actor, reason) = (self.actor.as_deref(), self.reason.as_deref());
        let who = ReadSource { tenant, api_key, actor, reason, route: self.route() };
        app.store.record_read(who, &shown, new_id).await
    }

    /// Makes an entry of this request alone, and returns when that is durable.
    pub async fn record_alone(&self, app: &App, shown: BTreeSet<Uuid>) -> Result<(), StoreError> {
        let read = Read {
            id: new_id(),
            tenant: self.caller.tenant(),
            api_key: self.caller.key_id().to_owned(),
            actor: self.actor.clone(),
            reason: self.reason.clone(),
            route: self.route().to_owned(),
            request_id: self.request.as_ref().map(|id| id.0.clone()).unwrap_or_default(),
            customers: shown.into_iter().collect(),
        };
        app.store.record_read_durably(read).await
    }

    fn route(&self) -> &str {
        self.route.as_ref().map_or("", MatchedPath::as_str)
    }
}

/// The response, which shows these customers.
pub fn shows(response: Response, customers: impl IntoIterator<Item = Uuid>) -> Response {
    mark(response, customers, false)
}

/// The same, recorded whatever the key's scopes.
pub fn shows_whatever_the_key(
    response: Response,
    customers: impl IntoIterator<Item = Uuid>,
) -> Response {
    mark(response, customers, true)
}

fn mark(
    mut response: Response,
    customers: impl IntoIterator<Item = Uuid>,
    whatever_the_key: bool,
) -> Response {
    let customers = customers.into_iter().collect();
    response.extensions_mut().insert(Shown { customers, whatever_the_key });
    response
}
