//! Who read what: noted before it is answered, and told to those who ask.

use std::collections::BTreeSet;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::{CustomerId, Timestamp};
use futures::FutureExt as _;
use serde::Serialize;
use store::api_keys::Scope;
use store::{NotedRead, Read, ReadQuery, StoreError, TenantRef};
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

/// Who reads.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    tenant: TenantRef,
    api_key: String,
    actor: Option<String>,
    route: String,
    request_id: String,
}

impl Reader {
    /// The reader of a request, and whether all that it reads is recorded.
    fn of(request: &Request) -> Result<Option<(Self, bool)>, Problem> {
        let extensions = request.extensions();
        let Some(caller) = extensions.get::<Caller>() else { return Ok(None) };
        let route = extensions.get::<MatchedPath>();
        let request_id = extensions.get::<RequestId>();
        let reader = Self {
            tenant: caller.tenant(),
            api_key: caller.key_id().to_owned(),
            actor: headers::text(request.headers(), "x-actor", 256)?,
            route: route.map(|route| route.as_str().to_owned()).unwrap_or_default(),
            request_id: request_id.map(|id| id.0.clone()).unwrap_or_default(),
        };
        Ok(Some((reader, caller.may(Scope::Audit))))
    }

    /// Notes that these customers are about to be shown, and returns when that is durable.
    pub(crate) async fn note(&self, app: &App, shown: BTreeSet<Uuid>) -> Result<(), StoreError> {
        let Self { tenant, api_key, actor, route, request_id } = self.clone();
        let customers = shown.into_iter().collect();
        let read = Read { id: new_id(), tenant, api_key, actor, route, request_id, customers };
        app.store.note_read(read).await
    }
}

/// Records what a request is about to be answered with. What can't be recorded isn't shown.
pub(crate) async fn note(
    State((app, route)): State<(App, Route)>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let Some((reader, audits)) = Reader::of(&request)? else { return Ok(next.run(request).await) };
    if audits {
        request.extensions_mut().insert(reader.clone());
    }
    let mut response = next.run(request).await;
    let shown = response.extensions_mut().remove::<Shown>();
    let recorded = match &shown {
        Some(shown) => audits || shown.whatever_the_key,
        None => audits && route == Route::Reads,
    };
    if recorded && response.status().is_success() {
        reader.note(&app, shown.map(|shown| shown.customers).unwrap_or_default()).await?;
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
    request_id: &'a str,
    customers: &'a [Uuid],
}

fn item(read: &NotedRead) -> Item {
    let document = Document {
        id: read.id,
        read_at: read.read_at.into(),
        api_key: &read.api_key,
        actor: read.actor.as_deref(),
        route: &read.route,
        request_id: &read.request_id,
        customers: &read.customers,
    };
    // A struct of texts and lists always becomes JSON.
    let document = serde_json::to_string(&document).unwrap_or_default();
    Item { document, customer: None }
}
