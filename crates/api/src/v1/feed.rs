//! The feed: a tenant's events as they happen, in pages or as a stream.

mod stream;

use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use http::accept::names;
use http::auth::Caller;
use http::event::{EventItem, visible_to};
use http::extract::Query;
use http::headers::single;
use http::limits::Permit;
use http::list::{Item, List, ListItem as _, answer_page, shown};
use http::parameters::Parameters;
use http::read_audit::Reader;
use http::{App, Problem, reference};
use store::api_keys::Scope;
use store::{After, Cursors, FeedPart, FeedQuery, Page, Recorded, TenantRef};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use self::stream::Stream;
use super::audit::event_type;

/// How long a page may be waited for, in seconds.
pub(crate) const WAIT_MAX: u64 = 30;

/// The content type of server-sent events.
pub(crate) const EVENT_STREAM: &str = "text/event-stream";

/// `GET /v1/feed`
pub(crate) async fn follow_feed(
    State(app): State<App>,
    caller: Caller,
    reader: Option<Extension<Reader>>,
    headers: HeaderMap,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let from_now = from_now(&mut parameters)?;
    let wait = wait(&mut parameters)?;
    let list = parameters.list("/v1/feed");
    let cursors = app.store.cursors().await?;
    let part = parameters.part(&cursors, tenant, &list)?;
    let event_type = event_type(&mut parameters)?;
    let customer = parameters.filled("customer")?;
    parameters.finish()?;
    if part.after.is_some() && from_now.is_some() {
        return Err(Problem::parameter("from", "can't be combined with a cursor"));
    }
    let customer = match customer {
        Some(customer) => Some(reference::id_of(&app, tenant, &customer).await?),
        None => None,
    };
    // A cursor was signed by us, so it has a number.
    let after = part.after.as_ref().and_then(|after| after.key.parse().ok());
    let start = if from_now == Some(true) { None } else { Some(after.unwrap_or(0)) };
    let mut asked = FeedQuery { after: start, customer, event_type, limit: part.page_limit() };
    if !names(&headers, EVENT_STREAM) {
        let wait = wait.unwrap_or_default();
        let permit = permit(&app, tenant, wait).await?;
        let page = page(&app, tenant, asked, wait).await?;
        let item = |shown: &Recorded| Item {
            document: visible_to(&caller, shown),
            // Without the scope `audit` nothing of a customer is shown but its id.
            customer: shown.customer_id.filter(|_| caller.may(Scope::Audit)),
        };
        let page = shown(page, item);
        let list = List { name: list, columns: EventItem::COLUMNS, about: None };
        let mut answer = answer_page(&app, tenant, &list, &page).await?;
        answer.extensions_mut().insert(permit);
        return Ok(answer);
    }
    if wait.is_some() {
        return Err(Problem::parameter("wait", "does not apply to a stream"));
    }
    if let Some(position) = resumed(&headers, &cursors, tenant, &list)? {
        asked.after = Some(position);
    }
    let opened = app.limits.open(tenant.id)?;
    let reader = reader.map(|Extension(reader)| reader).filter(|_| caller.may(Scope::Audit));
    let stream = Stream::open(app, caller, reader, asked, cursors, list, opened);
    Ok(stream.await?.response())
}

/// What the answer holds until it is sent. A request that waits needs little meanwhile, so there may be
/// more of them.
async fn permit(app: &App, tenant: TenantRef, wait: Duration) -> Result<Permit, Problem> {
    if wait.is_zero() {
        return Ok(app.limits.admit(tenant.id).await?.into());
    }
    Ok(app.limits.open(tenant.id)?.into())
}

/// The next page, as soon as there is anything on it; an empty one when there is nothing in time.
async fn page(
    app: &App,
    tenant: TenantRef,
    mut asked: FeedQuery,
    wait: Duration,
) -> Result<Page<Recorded>, Problem> {
    let deadline = Instant::now() + wait;
    let mut news = app.store.news(tenant);
    loop {
        let part = app.store.feed(tenant, &asked).await?;
        let FeedPart { items, until, caught_up } = part.ok_or_else(Problem::cursor_ahead)?;
        if !items.is_empty() || Instant::now() >= deadline || app.is_stopping() {
            let next = Some(After { key: until.to_string(), id: Uuid::nil() });
            return Ok(Page { items, next, position: Some(until) });
        }
        asked.after = Some(until);
        if caught_up {
            tokio::select! {
                () = news.wait() => {}
                () = sleep_until(deadline) => {}
                () = app.stopped() => {}
            }
        }
    }
}

/// Whether to begin now rather than at the beginning; nothing when nothing is said.
fn from_now(parameters: &mut Parameters) -> Result<Option<bool>, Problem> {
    match parameters.text("from")?.as_deref() {
        None => Ok(None),
        Some("beginning") => Ok(Some(false)),
        Some("now") => Ok(Some(true)),
        Some(_) => Err(Problem::parameter("from", "must be beginning or now")),
    }
}

fn wait(parameters: &mut Parameters) -> Result<Option<Duration>, Problem> {
    let asked = format!("must be a number of seconds from 0 to {WAIT_MAX}");
    let seconds: Option<u64> = parameters.parsed("wait", &asked)?;
    if seconds.is_some_and(|seconds| seconds > WAIT_MAX) {
        return Err(Problem::parameter("wait", &asked));
    }
    Ok(seconds.map(Duration::from_secs))
}

/// Where a stream that was cut off goes on: its `Last-Event-ID`.
fn resumed(
    headers: &HeaderMap,
    cursors: &Cursors,
    tenant: TenantRef,
    list: &str,
) -> Result<Option<i64>, Problem> {
    let Some(id) = single(headers, "last-event-id")? else { return Ok(None) };
    let after = cursors.open(tenant.id, list, id).and_then(|after| after.key.parse().ok());
    after.map(Some).ok_or_else(Problem::invalid_cursor)
}
