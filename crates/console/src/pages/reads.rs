//! Who looked at what: the records of reads of personal data.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, Utc};
use http::extract::Query;
use http::parameters::Parameters;
use http::read_audit::shows;
use http::{App, Problem, reference};
use maud::{Markup, html};
use store::{ReadAuditEntry, ReadQuery};

use crate::look::{Page, Place, pager, states, time};
use crate::routing::Routes;
use crate::session::Session;
use crate::url;
use crate::url::READS;

/// Records on a page.
const SHOWN: u16 = 50;
/// Customers that a row links.
const LINKED: usize = 3;

pub(crate) fn routes(app: &App) -> Router<App> {
    Routes::new(app).audit(Router::new().route("/reads", get(show))).done()
}

/// `GET /console/reads`
async fn show(
    State(app): State<App>,
    session: Session,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = session.tenant();
    let mut text = |name| {
        let text = parameters.text(name)?;
        Ok::<_, Problem>(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
    };
    let (customer, api_key) = (text("customer")?, text("api_key")?);
    let asked: Vec<(&str, &str)> = [("customer", &customer), ("api_key", &api_key)]
        .into_iter()
        .filter_map(|(name, text)| Some((name, text.as_deref()?)))
        .collect();
    let list = url::query(READS, &asked);
    let cursors = app.store.cursors().await?;
    let part = parameters.part(&cursors, tenant, &list)?;
    parameters.finish()?;
    let named = match &customer {
        Some(customer) => Some(reference::id_of(&app, tenant, customer).await?),
        None => None,
    };
    let continued = part.after.is_some();
    let query = ReadQuery {
        api_key: api_key.clone(),
        customer: named,
        after: part.after,
        limit: SHOWN,
        ..ReadQuery::default()
    };
    let page = app.store.reads(tenant, &query).await?;
    let next = page.next.as_ref().map(|next| {
        let cursor = cursors.seal(tenant.id, &list, next);
        let mut parameters = asked.clone();
        parameters.push(("cursor", &cursor));
        url::query(READS, &parameters)
    });
    let first = continued.then_some(&*list);
    let shown = Page::new(&session, Place::Keys, "Who looked").show(html! {
        div.head { h1 { "Who looked at what" } }
        form.ask method="get" action=(READS) {
            "Reads of "
            input type="text" name="customer" aria-label="Customer" placeholder="any customer: id, external:…" value=[customer.as_deref()];
            " with key "
            input type="text" name="api_key" aria-label="Key" placeholder="any key’s id" value=[api_key.as_deref()];
            " "
            button.button.main { "Show" }
        }
        @if page.items.is_empty() {
            (states::empty("Nobody looked", html! { "No read is recorded that matches." }))
        } @else {
            div.scroll { table.sheet.stack data-keys="list" {
                thead { tr { th { "When" } th { "Who" } th { "Page or route" } th { "Customers" } } }
                tbody { @for read in &page.items { (row(session.now(), read)) } }
            } }
            (pager::pages(first, next.as_deref(), "Earlier reads"))
        }
    });
    Ok(shows(shown, named.map(|customer| customer.0)))
}

fn row(now: DateTime<Utc>, read: &ReadAuditEntry) -> Markup {
    let more = read.customers.len().saturating_sub(LINKED);
    html! {
        tr data-item {
            td { (time::ago(now, read.read_at)) }
            td data-name="Who" {
                @match &read.actor { Some(actor) => (actor), None => span.soft { "no actor" } }
                br;
                small { a href=(url::query(READS, &[("api_key", &read.api_key)])) { (read.api_key_name.as_deref().unwrap_or(&read.api_key)) } }
            }
            td data-name="Page" { code { (read.route) } }
            td data-name="Customers" {
                @if read.customers.is_empty() { span.soft { "none" } }
                @for id in read.customers.iter().take(LINKED) { a.mono href=(url::customer(*id)) { (id.to_string()) } br; }
                @if more > 0 { small { "and " (more) " more" } }
            }
        }
    }
}
