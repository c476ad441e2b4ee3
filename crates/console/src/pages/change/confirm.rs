//! The last look before a change: what it does; or what somebody else did meanwhile.

use axum::response::Response;
use domain::customer::Customer;
use http::context::Context;
use http::{App, Problem};
use maud::{Markup, html};
use store::{Current, Expected};

use super::compare;
use super::head::{address, head};
use super::sending::{Sent, Wanted, words};
use crate::look::{Page, Place, form_of};
use crate::session::Session;
use crate::url;

/// The page that shows what a change would do.
pub(super) fn preview(
    session: &Session,
    wanted: &Wanted<'_>,
    after: &Customer,
) -> Result<Response, Problem> {
    let before: Customer = wanted.seen.read()?;
    let title = format!("{}?", wanted.kind.title());
    Ok(Page::new(session, Place::Customers, &title).show(html! {
        (head(wanted.seen, &wanted.seen.to_value()?, &title))
        p { "This is what will change. Nothing is changed yet." }
        (compare::two(&before, after))
        (send(session, wanted, wanted.seen, "Change it"))
    }))
}

/// The page about a customer that somebody else changed first: as it was, as it is, and as it would become.
pub(super) async fn conflict(
    app: &App,
    session: &Session,
    context: &Context,
    wanted: &Wanted<'_>,
    current: &Current,
) -> Result<Response, Problem> {
    let (seen, now): (Customer, Customer) = (wanted.seen.read()?, current.read()?);
    let tried = wanted.send_at(app, context, Expected::Version(current.version), true).await;
    let (after, wrong) = match tried {
        Ok(Sent::Would(after)) => (Some(*after), None),
        Ok(Sent::Nothing) => (None, Some("Somebody else has made your change already.".to_owned())),
        // Overtaken once more: the person looks again.
        Ok(Sent::Done | Sent::Overtaken) => {
            (None, Some("It is being changed right now. Look again.".to_owned()))
        }
        Err(problem) if problem.status().is_server_error() => return Err(problem),
        Ok(Sent::Refused(why)) => (None, Some(format!("Your change is no longer possible. {why}"))),
        Err(problem) => {
            let why = words(wanted.kind, &problem);
            (None, Some(format!("Your change is no longer possible. {why}")))
        }
    };
    let rows = compare::rows(&seen, &now, after.as_ref().unwrap_or(&now));
    let contested = rows.iter().filter(|row| row.contested()).count();
    let since = url::diff(current.id, wanted.seen.version, current.version);
    Ok(Page::new(session, Place::Customers, "Changed in the meantime").show(html! {
        (head(current, &current.to_value()?, "Changed in the meantime"))
        p {
            "You saw version " (wanted.seen.version) ". Since then somebody else made it version " (current.version) ". "
            a href=(since) { "What they changed" }
            @if contested > 0 { ". " b { (contested) @if contested == 1 { " field" } @else { " fields" } } " you both changed." }
        }
        @if let Some(wrong) = &wrong { p.flash.wrong role="alert" { (wrong) } }
        (compare::three(&rows))
        @if after.is_some() {
            (send(session, wanted, current, &format!("Make my change to version {}", current.version)))
        } @else {
            div.buttons { a.button href=(url::customer(current.id)) { "Back to the customer" } }
        }
    }))
}

/// The form that makes the change of `to`.
fn send(session: &Session, wanted: &Wanted<'_>, to: &Current, button: &str) -> Markup {
    form_of(
        session,
        &address(to, wanted.kind),
        html! {
            div.fields.change {
                input type="hidden" name="version" value=(to.version);
                input type="hidden" name="body" value=(wanted.body.to_string());
                // The form of an undo or a return needs its version again if the change is refused.
                @if let Some(target) = wanted.body.get("version") {
                    input type="hidden" name="target" value=(target.to_string());
                }
                input type="hidden" name="reason" value=(wanted.reason);
                p { "Reason: " span.chip.reason { (wanted.reason) } }
                div.buttons {
                    button.button.main type="submit" name="step" value="send" { (button) }
                    a.button href=(url::customer(to.id)) { "Don’t change anything" }
                }
            }
        },
    )
}
