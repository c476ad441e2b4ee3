//! A group: a customer's whole tree of parents and children, what each has of its own, and its latest changes together.

mod tree;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::CustomerId;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::extract::{NoParameters, Path};
use http::read_audit::shows;
use http::{App, Problem, reference};
use maud::{Markup, html};
use serde_json::Value;
use store::api_keys::Scope;
use store::{AuditConditions, AuditEntry, AuditQuery, TenantRef};

use self::tree::{Member, Tree};
use super::audit;
use crate::look::{Page, Place, states};
use crate::routing::Routes;
use crate::session::Session;
use crate::url;

/// Members whose latest changes are shown together, and changes of each.
const FOLLOWED: usize = 30;
const CHANGES_OF_EACH: u16 = 10;
/// Changes that are shown.
const CHANGES: usize = 30;
/// Members that are asked at a time.
const AT_A_TIME: usize = 4;

pub(crate) fn routes(app: &App) -> Router<App> {
    Routes::new(app).read(Router::new().route("/customers/{ref}/group", get(show))).done()
}

/// `GET /console/customers/{ref}/group`
async fn show(
    State(app): State<App>,
    session: Session,
    Path(named): Path<String>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let tenant = session.tenant();
    let current = reference::find(&app, tenant, &reference::read(&named)?).await?;
    let tree = Tree::around(&app.store, tenant, &current).await?;
    let of_tenant = match app.store.tenant(tenant).await? {
        Some(of_tenant) => of_tenant.to_value()?,
        None => Value::Null,
    };
    let changes =
        if session.may(Scope::Audit) { changes(&app, tenant, &tree).await? } else { Vec::new() };
    let root = tree.members.first().map_or("", |member| &*member.name);
    let page = Page::new(&session, Place::Customers, "Group").show(html! {
        p.crumbs { a href=(url::customer(current.id)) { "Back to the customer" } }
        div.head { h1 { "The group of " (root) } small { (tree.members.len()) @if tree.members.len() == 1 { " customer" } @else { " customers" } } }
        @if tree.cut {
            (states::too_much(html! { "Only the first " (tree.members.len()) " customers of this group are shown." }))
        }
        @if tree.members.len() == 1 {
            (states::empty("It stands alone", html! { "This customer has no parent and no children." }))
        } @else {
            div.scroll { table.sheet.tree data-keys="list" {
                thead { tr { th { "Customer" } th { "Status" } th { "Own settings" } th { "From the tenant" } } }
                tbody { @for member in &tree.members { (row(member, &of_tenant, member.id == current.id)) } }
            } }
        }
        @if session.may(Scope::Audit) {
            h2 { "Latest changes of the group" }
            @if changes.is_empty() { (states::empty("Nothing has changed", html! { "No change of the group is there yet." })) }
            @else { (audit::rows(session.now(), &changes)) }
        }
    });
    let shown: Vec<_> = tree.members.iter().map(|member| member.id).collect();
    Ok(shows(page, shown))
}

fn row(member: &Member, of_tenant: &Value, here: bool) -> Markup {
    let own = member.own_settings();
    let inherited = member.inherited(of_tenant);
    let depth = format!("depth-{}", member.depth.min(7));
    html! {
        tr data-item {
            td class=(depth) {
                span.hidden { "level " (member.depth) ": " }
                a href=(url::customer(member.id)) aria-current=[here.then_some("true")] { (member.name) }
                @if here { " " span.chip.on { "here" } }
                @if let Some(external) = &member.external_id { br; small { (external) } }
            }
            td { (member.status) }
            td { @if own.is_empty() { span.soft { "none" } } @for (name, value) in &own { div { (name) ": " span.mono { (value) } } } }
            td { @if inherited.is_empty() { span.soft { "none" } } @for (name, value) in &inherited { div.soft { (name) ": " span.mono { (value) } } } }
        }
    }
}

/// The latest changes of the members, the newest first.
async fn changes(app: &App, tenant: TenantRef, tree: &Tree) -> Result<Vec<AuditEntry>, Problem> {
    let mut queries = Vec::new();
    for member in tree.members.iter().take(FOLLOWED) {
        let customer = Some(CustomerId(member.id));
        let asked = AuditConditions { customer, ..AuditConditions::default() };
        queries.push(AuditQuery { asked, descending: true, after: None, limit: CHANGES_OF_EACH });
    }
    let pages = stream::iter(queries).map(|query| async move {
        let page = app.store.audit_entries(tenant, &query, true).await?;
        Ok::<_, Problem>(page.map(|page| page.items).unwrap_or_default())
    });
    let found: Vec<Vec<AuditEntry>> = pages.buffer_unordered(AT_A_TIME).try_collect().await?;
    let mut changes: Vec<_> = found.into_iter().flatten().collect();
    changes.sort_by_key(|entry| std::cmp::Reverse(entry.event.position));
    changes.truncate(CHANGES);
    Ok(changes)
}
