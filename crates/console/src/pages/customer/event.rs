//! One event: the permanent address of a change.

use axum::extract::State;
use axum::response::Response;
use chrono::Duration;
use domain::CustomerId;
use domain::customer::{Customer, changes};
use http::extract::{NoParameters, Path};
use http::read_audit::shows;
use http::{App, Problem, reference};
use maud::html;
use store::{AuditConditions, AuditQuery, Between, Current, EventQuery, Recorded, Span, TenantRef};

use super::entry::{self, Entry};
use super::named::name_of;
use crate::look::{Page, Place, time};
use crate::session::Session;
use crate::url;
use crate::words::labels::Labels;

/// Events with the same time that are looked at: those of one command have it.
const OF_A_COMMAND: u16 = 200;

/// `GET /console/customers/{ref}/events/{version}`
pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    Path((reference, version)): Path<(String, String)>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let tenant = session.tenant();
    let now = reference::find(&app, tenant, &reference::read(&reference)?).await?;
    let version: Option<i64> = version.parse().ok();
    let version = version.filter(|version| (1..=now.version).contains(version));
    let version = version.ok_or_else(Problem::unknown_version)?;
    let state: Customer = now.read()?;
    let entry = read(&app, &session, &now, version).await?.ok_or_else(Problem::unknown_version)?;
    let name = name_of(&state);
    let title = format!("{name}, version {version}");
    let page = Page::new(&session, Place::Customers, &title).show(html! {
        p.crumbs { a href=(url::customer(now.id)) { (name) } " / version " (version) }
        div.head {
            h1 { "Version " (version) }
            span.soft { (time::ago(session.now(), entry.event.recorded_at)) }
            div.buttons {
                @if version > 1 { a.button rel="prev" href=(url::event(now.id, version.saturating_sub(1))) { "Change before" } }
                @if version < now.version {
                    a.button rel="next" href=(url::event(now.id, version.saturating_add(1))) { "Next change" }
                }
            }
        }
        div.timeline { (entry::show(&session, &now, &entry, &Labels::of(&state), true)) }
    });
    Ok(shows(page, [now.id]))
}

/// The customer's event that made a version, with what it changed.
async fn read(
    app: &App,
    session: &Session,
    now: &Current,
    version: i64,
) -> Result<Option<Entry>, Problem> {
    let (tenant, customer) = (session.tenant(), CustomerId(now.id));
    let span = Span {
        customer,
        version,
        recorded: Between::default(),
        newest_first: true,
        after: None,
        limit: 1,
    };
    let events = app.store.events(tenant, &EventQuery { span, types: Vec::new() }).await?;
    let Some(event) = events.items.into_iter().find(|event| event.version == version) else {
        return Ok(None);
    };
    let made = version.unsigned_abs();
    let before = made.saturating_sub(1);
    let mut states = app.store.past(tenant, customer, [before, made]).await?;
    let earlier = states.remove(&before).unwrap_or_default();
    let changes = states.get(&made).map(|state| changes(&earlier, state)).unwrap_or_default();
    let key_name = key_name(app, tenant, &event).await?;
    Ok(Some(Entry { event, changes, key_name }))
}

/// The name of the key that an event came by, if the audit has the event already.
async fn key_name(
    app: &App,
    tenant: TenantRef,
    event: &Recorded,
) -> Result<Option<String>, Problem> {
    let at = event.recorded_at;
    let recorded =
        Between { from: Some(at), until: at.checked_add_signed(Duration::microseconds(1)) };
    let customer = event.customer_id.map(CustomerId);
    let asked = AuditConditions { customer, recorded, ..AuditConditions::default() };
    let query = AuditQuery { asked, descending: true, after: None, limit: OF_A_COMMAND };
    let found = app.store.audit_entries(tenant, &query, false).await?;
    let entries = found.map(|page| page.items).unwrap_or_default();
    let entry = entries.into_iter().find(|entry| entry.event.version == event.version);
    Ok(entry.and_then(|entry| entry.api_key_name))
}
