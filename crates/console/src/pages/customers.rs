//! Search: one field for all that names a customer, and the list with its filters.

mod asked;
mod filters;
mod found;
mod table;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use http::extract::{NoParameters, Query};
use http::parameters::Parameters;
use http::read_audit::shows;
use http::{App, Problem};
use maud::{Markup, html};
use store::api_keys::Scope;

use self::asked::{Asked, PATH};
use self::found::find;
use crate::look::{Page, Place, pager, states, time};
use crate::routing::Routes;
use crate::session::Session;
use crate::url;

/// The pages.
pub(crate) fn routes(app: &App) -> Router<App> {
    Routes::new(app)
        .signed_in(Router::new().route("/", get(home)))
        .read(Router::new().route("/customers", get(list)))
        .done()
}

/// `GET /console`
async fn home(session: Session, _: NoParameters) -> Response {
    if session.may(Scope::Read) {
        return Redirect::to(PATH).into_response();
    }
    Page::new(&session, Place::Elsewhere, "Console").show(html! {
        (states::empty("Choose a page above", html! {
            "Your key does not have the scope " code { "read" } ", so customers are not shown."
        }))
    })
}

/// `GET /console/customers`
async fn list(
    State(app): State<App>,
    session: Session,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = session.tenant();
    if parameters.has("as_of") && !session.may(Scope::Audit) {
        return Err(Problem::past_needs_audit("as_of"));
    }
    let cursor = parameters.text("cursor")?;
    let asked = Asked::read(&mut parameters)?;
    parameters.finish()?;
    let list = url::query(PATH, &asked.parameters());
    let cursors = app.store.cursors().await?;
    let after = cursor
        .as_deref()
        .map(|cursor| cursors.open(tenant.id, &list, cursor).ok_or_else(Problem::invalid_cursor));
    let after = after.transpose()?;
    let is_first = after.is_none();
    let found = find(&app, tenant, &asked, after).await?;
    let next = found.next.as_ref().map(|next| {
        let cursor = cursors.seal(tenant.id, &list, next);
        let mut parameters = asked.parameters();
        parameters.push(("cursor", &cursor));
        url::query(PATH, &parameters)
    });
    let past = asked.as_of.map(|at| {
        let now = url::query(PATH, &asked.parameters_now());
        html! { span { "The list as it was on " strong { (time::words(at)) } } a href=(now) { "Back to now" } }
    });
    let title = if asked.q.is_empty() { "Customers" } else { &asked.q };
    let page = Page::new(&session, Place::Customers, title).past(past).search(&asked.q).show(html! {
        div.head { h1 { (heading(&asked)) } }
        (filters::form(&asked, session.may(Scope::Audit)))
        @if found.too_many {
            (states::too_much(html! {
                "More than 2,000 customers have changed since then, so the list of that day has the order of registration only. "
                a href=(url::query(PATH, &asked.by_registration())) { "Show it in that order" }
            }))
        } @else if found.customers.is_empty() && is_first {
            (nothing(&asked))
        } @else {
            (table::table(&session, &asked, &found.customers))
            (pager::pages((!is_first).then_some(list.as_str()), next.as_deref(), "More customers"))
        }
    });
    Ok(shows(page, found.customers.iter().map(|customer| customer.now.id)))
}

fn heading(asked: &Asked) -> Markup {
    html! {
        @if asked.q.is_empty() { "Customers" } @else { "Customers found by “" (asked.q) "”" }
    }
}

fn nothing(asked: &Asked) -> Markup {
    if asked.is_everything() {
        return states::empty(
            "No customers yet",
            html! {
                "A customer appears here as soon as a service has registered it."
            },
        );
    }
    states::empty(
        "Nobody found",
        html! {
            "Words are found by their beginnings: in names, e-mail addresses, external ids (former ones, too), aliases and ids at \
             providers. A phone number is found however it is written. "
            a href=(PATH) { "Show all customers" }
        },
    )
}
