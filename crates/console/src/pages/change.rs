//! Changing a customer: a form, what it would do as a comparison, and only then the change.
//!
//! A change is sent for the version that the person saw. If somebody else was faster, all three are shown: what it was
//! then, what it is now, and what it would become.

mod compare;
mod confirm;
mod forms;
mod head;
mod kind;
mod members;
mod sending;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::context::Context;
use http::extract::{NoParameters, Path, Query};
use http::parameters::Parameters;
use http::read_audit::{shows, shows_whatever_the_key};
use http::{App, Problem, reference};
use maud::{Markup, html};
use store::api_keys::Scope;
use store::{Current, Moment, TenantRef};

use self::head::{address, head};
use self::kind::Kind;
use self::sending::{Sent, Wanted};
use crate::look::{Flash, Page, Place, form_of, with_flash};
use crate::posted::Posted;
use crate::routing::Routes;
use crate::session::Session;
use crate::url;

pub(crate) fn routes(app: &App) -> Router<App> {
    let change = Router::new()
        .route("/customers/{ref}/change", get(menu))
        .route("/customers/{ref}/change/{kind}", get(ask).post(send));
    Routes::new(app).write(change).done()
}

/// `GET /console/customers/{ref}/change`
async fn menu(
    State(app): State<App>,
    session: Session,
    Path(named): Path<String>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let current = find(&app, &session, &named).await?;
    let state = current.to_value()?;
    let page = Page::new(&session, Place::Customers, "Change").show(html! {
        (head(&current, &state, "What do you want to change?"))
        ul.menu { @for kind in Kind::LISTED { @if kind.applies(&state) {
            li { a href=(address(&current, kind)) { (kind.title()) } small { (kind.about()) } }
        } } }
    });
    Ok(shows(page, [current.id]))
}

/// `GET /console/customers/{ref}/change/{kind}`
async fn ask(
    State(app): State<App>,
    session: Session,
    Path((named, kind)): Path<(String, String)>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let kind = Kind::named(&kind).ok_or_else(Problem::not_found)?;
    let version = parameters.text("version")?;
    parameters.finish()?;
    let current = find(&app, &session, &named).await?;
    let page = form_page(&session, &current, kind, version.as_deref(), &Posted::default(), None)?;
    Ok(shows(page, [current.id]))
}

/// `POST /console/customers/{ref}/change/{kind}`
async fn send(
    State(app): State<App>,
    session: Session,
    context: Context,
    Path((named, kind)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Problem> {
    let kind = Kind::named(&kind).ok_or_else(Problem::not_found)?;
    let tenant = session.tenant();
    let current = find(&app, &session, &named).await?;
    let again = |wrong: &str| {
        let version = posted.filled("target");
        form_page(&session, &current, kind, version, &posted, Some(wrong))
            .map(|page| shows(page, [current.id]))
    };
    let Some(reason) = posted.filled("reason") else {
        return again("Say why: the reason is kept with the change.");
    };
    let version = seen_version(&posted)?;
    if version != current.version && !session.may(Scope::Audit) {
        let changed = "Somebody else changed the customer. This is how it is now.";
        let (target, empty) = (posted.filled("target"), Posted::default());
        let page = form_page(&session, &current, kind, target, &empty, Some(changed))?;
        return Ok(shows(page, [current.id]));
    }
    let seen = seen(&app, tenant, &current, version).await?;
    let body = match posted.filled("body") {
        // What a comparison showed is sent as it is.
        Some(body) => domain::json::parse(body.as_bytes())?,
        None => match forms::body(&app, tenant, kind, &seen.to_value()?, &posted).await {
            Ok(body) => body,
            Err(problem) if problem.status().is_server_error() => return Err(problem),
            Err(problem) => return again(&sending::words(kind, &problem)),
        },
    };
    let wanted = Wanted { kind, body: &body, reason, seen: &seen };
    let tries = posted.text("step") != Some("send");
    let page = match wanted.send(&app, &context, tries).await {
        Ok(Sent::Done) => return Ok(with_flash(&url::customer(current.id), Flash::Changed)),
        Ok(Sent::Nothing) => return again("That is how it is already: nothing would change."),
        Ok(Sent::Refused(why)) => return again(&why),
        Ok(Sent::Would(after)) => confirm::preview(&session, &wanted, &after)?,
        Ok(Sent::Overtaken) => {
            // It may have changed after it was read above.
            let now = find(&app, &session, &current.id.to_string()).await?;
            confirm::conflict(&app, &session, &context, &wanted, &now).await?
        }
        Err(problem) if problem.status().is_server_error() => return Err(problem),
        Err(problem) => return again(&sending::words(kind, &problem)),
    };
    // A try leaves no trace in the log.
    Ok(shows_whatever_the_key(page, [current.id]))
}

/// The customer. Every page here shows it, so the key needs the scope `read`, too.
async fn find(app: &App, session: &Session, named: &str) -> Result<Current, Problem> {
    if !session.may(Scope::Read) {
        return Err(Problem::forbidden(&[Scope::Read]));
    }
    reference::find(app, session.tenant(), &reference::read(named)?).await
}

/// The version that the person saw when the form was opened.
fn seen_version(posted: &Posted) -> Result<i64, Problem> {
    let version = posted.filled("version").and_then(|version| version.parse().ok());
    version.ok_or_else(Problem::unknown_version)
}

/// The customer at the version that the person saw.
async fn seen(
    app: &App,
    tenant: TenantRef,
    current: &Current,
    version: i64,
) -> Result<Current, Problem> {
    if version == current.version {
        return Ok(current.clone());
    }
    let seen = app.store.customer_at(tenant, current, Moment::Version(version)).await?;
    seen.ok_or_else(Problem::unknown_version)
}

/// The page with the form of a change, filled with what is there, or with what was sent.
fn form_page(
    session: &Session,
    current: &Current,
    kind: Kind,
    target: Option<&str>,
    posted: &Posted,
    wrong: Option<&str>,
) -> Result<Response, Problem> {
    let state = current.to_value()?;
    let version =
        posted.filled("version").map_or_else(|| current.version.to_string(), str::to_owned);
    let fields = forms::fields(kind, &state, target, posted);
    Ok(Page::new(session, Place::Customers, kind.title()).show(html! {
        (head(current, &state, kind.title()))
        @if let Some(wrong) = wrong { p.flash.wrong role="alert" { (wrong) } }
        (form_of(session, &address(current, kind), html! {
            div.fields.change {
                input type="hidden" name="version" value=(version);
                (fields)
                (reason(posted.text("reason")))
                div.buttons {
                    button.button.main type="submit" name="step" value="preview" { "Show what it would do" }
                    a.button href=(url::customer(current.id)) { "Cancel" }
                }
            }
        }))
    }))
}

fn reason(given: Option<&str>) -> Markup {
    html! {
        div.field {
            label for="reason" { "Reason" }
            input #reason type="text" name="reason" value=[given] required maxlength="1000" aria-describedby="reason-help";
            p.help #reason-help { "A ticket or a sentence. It stands in the timeline and in the audit." }
        }
    }
}
