//! Who read what: recorded, and told to those who ask.

use std::collections::BTreeSet;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::{CustomerId, Timestamp};
use futures::FutureExt as _;
use serde::Serialize;
use store::api_keys::Scope;
use store::{NotedRead, Read, ReadQuery, StoreError, Who};
use uuid::Uuid;

use crate::app::App;
use crate::auth::Caller;
use crate::commands::new_id;
use crate::export::columns::READS;
use crate::extract::Query;
use crate::headers;
use crate::listing::{self, Asking, Item, List, answer, shown};
use crate::parameters::{Parameters, between};
use crate::problem::Problem;
use crate::reference;
use crate::request::RequestId;

/// The customers that an answer shows.
#[derive(Clone, Debug)]
struct Shown {
    customers: BTreeSet<Uuid>,
    /// Whether that is recorded whatever the key's scopes.
    whatever_the_key: bool,
}

/// Which answers of a route are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Every success: the route is for reading.
    Reads,
    /// Successes that are marked as showing a customer: the route is for commands.
    Commands,
}

/// Who reads, and by which route.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    caller: Caller,
    /// Whether each of the key's reads is recorded by itself.
    each: bool,
    actor: Option<String>,
    route: Option<MatchedPath>,
    /// The request, where a record can be of it alone.
    request: Option<RequestId>,
}

impl Reader {
    /// The reader of a request; nothing when nobody knows who calls.
    fn of(request: &Request, route: Route) -> Result<Option<Self>, Problem> {
        let extensions = request.extensions();
        let Some(caller) = extensions.get::<Caller>() else { return Ok(None) };
        let each = caller.may(Scope::Audit);
        let alone = each || route == Route::Commands;
        Ok(Some(Self {
            caller: caller.clone(),
            each,
            actor: headers::text(request.headers(), "x-actor", 256)?,
            route: extensions.get::<MatchedPath>().cloned(),
            request: extensions.get::<RequestId>().filter(|_| alone).cloned(),
        }))
    }

    /// Records that these customers are about to be shown. With a key that has the scope `audit` it
    /// returns when that is durable; with others it is recorded behind the answer, once an hour.
    pub(crate) async fn note(&self, app: &App, shown: BTreeSet<Uuid>) -> Result<(), StoreError> {
        if self.each {
            return self.note_alone(app, shown).await;
        }
        if shown.is_empty() {
            return Ok(());
        }
        let (tenant, api_key) = (self.caller.tenant(), self.caller.key_id());
        let who = Who { tenant, api_key, actor: self.actor.as_deref(), route: self.route() };
        app.store.record_read(who, &shown, new_id).await
    }

    /// Records this request by itself, and returns when that is durable.
    async fn note_alone(&self, app: &App, shown: BTreeSet<Uuid>) -> Result<(), StoreError> {
        let read = Read {
            id: new_id(),
            tenant: self.caller.tenant(),
            api_key: self.caller.key_id().to_owned(),
            actor: self.actor.clone(),
            route: self.route().to_owned(),
            request_id: self.request.as_ref().map(|id| id.0.clone()).unwrap_or_default(),
            customers: shown.into_iter().collect(),
        };
        app.store.note_read(read).await
    }

    fn route(&self) -> &str {
        self.route.as_ref().map_or("", MatchedPath::as_str)
    }
}

/// Records what a request is about to be answered with. What can't be recorded isn't shown.
pub(crate) async fn note(
    State((app, route)): State<(App, Route)>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let Some(reader) = Reader::of(&request, route)? else { return Ok(next.run(request).await) };
    request.extensions_mut().insert(reader.clone());
    let mut response = next.run(request).await;
    let shown = response.extensions_mut().remove::<Shown>();
    if !response.status().is_success() {
        return Ok(response);
    }
    match shown {
        Some(Shown { customers, whatever_the_key: true }) => {
            reader.note_alone(&app, customers).await?;
        }
        Some(Shown { customers, whatever_the_key: false }) => reader.note(&app, customers).await?,
        None if route == Route::Reads => reader.note(&app, BTreeSet::new()).await?,
        None => {}
    }
    Ok(response)
}

/// The response, which shows these customers.
pub(crate) fn shows(response: Response, customers: impl IntoIterator<Item = Uuid>) -> Response {
    mark(response, customers, false)
}

/// The same, recorded whatever the key's scopes.
pub(crate) fn shows_whatever_the_key(
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

/// `GET /v1/audit/reads`
pub(crate) async fn list_reads(
    asking: Asking,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let (app, tenant) = (&asking.app, asking.tenant());
    let name = parameters.list("/v1/audit/reads");
    let part = parameters.part(&app.store.cursors().await?, tenant, &name)?;
    let api_key = parameters.filled("api_key")?;
    let read = between(&mut parameters, ["after", "before"])?;
    let customer = parameters.filled("customer")?;
    parameters.finish()?;
    let customer: Option<CustomerId> = match customer {
        Some(customer) => Some(reference::id_of(app, tenant, &customer).await?),
        None => None,
    };
    let asked = ReadQuery { api_key, customer, read, after: None, limit: 0 };
    let read: listing::Read = Box::new(move |store, after, limit| {
        let asked = ReadQuery { after, limit, ..asked.clone() };
        let page = async move { Ok(shown(store.reads(tenant, &asked).await?, item)) };
        page.boxed()
    });
    answer(asking, List { name, columns: READS, about: None }, part, read).await
}

/// A read as callers see it.
#[derive(Serialize)]
struct Document<'a> {
    id: Uuid,
    read_at: Timestamp,
    api_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
    route: &'a str,
    /// Absent when the record stands for all such reads within the hour that it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    customers: &'a [Uuid],
}

fn item(read: &NotedRead) -> Item {
    let document = Document {
        id: read.id,
        read_at: read.read_at.into(),
        api_key: &read.api_key,
        actor: read.actor.as_deref(),
        route: &read.route,
        request_id: Some(&*read.request_id).filter(|id| !id.is_empty()),
        customers: &read.customers,
    };
    // A struct of texts and lists always becomes JSON.
    let document = serde_json::to_string(&document).unwrap_or_default();
    Item { document, customer: None }
}
