//! The audit of the tenant: what changed, who did it, when and why; found by any of these, and exported as it is shown.

mod asked;
mod export;
mod filters;
mod happened;
mod table;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, Utc};
use http::extract::Query;
use http::parameters::Parameters;
use http::read_audit::shows;
use http::{App, Problem};
use maud::{Markup, html};
use store::{After, AuditEntry, AuditQuery, TenantRef, View};

use self::asked::Asked;
use crate::assets::LIVE;
use crate::look::{Page, Place, pager, states};
use crate::routing::Routes;
use crate::session::Session;
use crate::url;
use crate::url::AUDIT;

/// Entries on a page.
const ENTRIES: u16 = 50;
/// How often a page is read on when few of the entries that were looked at match.
const READS_MAX: usize = 8;

pub(crate) fn routes(app: &App) -> Router<App> {
    let audit = Router::new().route("/audit", get(show)).route("/audit/export", get(export::send));
    Routes::new(app).audit(audit).done()
}

/// `GET /console/audit`
async fn show(
    State(app): State<App>,
    session: Session,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = session.tenant();
    let asked = Asked::read(&mut parameters)?;
    let list = url::query(AUDIT, &asked.parameters());
    let cursors = app.store.cursors().await?;
    let part = parameters.part(&cursors, tenant, &list)?;
    parameters.finish()?;
    let continued = part.after.is_some();
    // Who has just changed something sees it here.
    let behind = !continued && !is_caught_up(&app, tenant, &asked).await?;
    let query = AuditQuery {
        asked: asked.conditions(&app, tenant).await?,
        descending: true,
        after: part.after,
        limit: ENTRIES,
    };
    let (entries, next) = read(&app, tenant, query).await?;
    let customers: Vec<_> = entries.iter().filter_map(|entry| entry.event.customer_id).collect();
    let next = next.map(|next| {
        let cursor = cursors.seal(tenant.id, &list, &next);
        let mut parameters = asked.parameters();
        parameters.push(("cursor", &cursor));
        url::query(AUDIT, &parameters)
    });
    let first = continued.then(|| list.clone());
    let page = Page::new(&session, Place::Audit, "Audit").show(html! {
        div.head {
            h1 { "Audit" }
            @if !asked.is_empty() { a.button href=(AUDIT) { "Show everything" } }
        }
        (filters::form(&asked))
        @if behind {
            (states::behind(html! { "The latest changes are still being read and may be missing here. Load the page again in a moment." }))
        }
        @if entries.is_empty() && next.is_some() {
            (states::empty("Nothing matches so far", html! { "None of the latest changes matches. Older ones may." }))
        } @else if entries.is_empty() {
            (states::empty("Nothing matches", html! {
                "No change matches these filters. "
                a href=(AUDIT) { "Show everything" }
                " or take a filter away."
            }))
        } @else {
            (table::rows(session.now(), &asked, &entries))
        }
        (pager::pages(first.as_deref(), next.as_deref(), "Older changes"))
        script type="module" src=(LIVE.url()) {}
    });
    Ok(shows(page, customers))
}

/// Whether the audit has read the latest event. Waits a little for that.
async fn is_caught_up(app: &App, tenant: TenantRef, asked: &Asked) -> Result<bool, Problem> {
    let entries = app.store.caught_up(View::AuditEntries, tenant).await?;
    if !entries || asked.field.is_none() {
        return Ok(entries);
    }
    Ok(app.store.caught_up(View::FieldChanges, tenant).await?)
}

/// Entries for a page, and where the next one begins. A page of the store may have few that match, so this reads
/// several of them.
async fn read(
    app: &App,
    tenant: TenantRef,
    mut query: AuditQuery,
) -> Result<(Vec<AuditEntry>, Option<After>), Problem> {
    let mut entries = Vec::new();
    for _ in 0..READS_MAX {
        let page = app.store.audit_entries(tenant, &query, true).await?;
        let page = page.ok_or_else(Problem::cursor_ahead)?;
        entries.extend(page.items);
        query.after = page.next;
        let found = u16::try_from(entries.len()).unwrap_or(u16::MAX);
        query.limit = ENTRIES.saturating_sub(found);
        if query.limit == 0 || query.after.is_none() {
            break;
        }
    }
    Ok((entries, query.after))
}

/// Entries as the audit shows them, for other pages.
pub(crate) fn rows(now: DateTime<Utc>, entries: &[AuditEntry]) -> Markup {
    table::rows(now, &Asked::default(), entries)
}
