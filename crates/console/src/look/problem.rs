//! The page about what went wrong.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use http::Problem;
use maud::{Markup, html};

use super::page::{Page, Place};
use crate::session::Session;
use crate::words::fields::capital;

/// Codes of things that don't exist or are another tenant's. Their pages are the same, so nobody learns which.
const NOT_THERE: [&str; 2] = ["not_found", "customer_unknown"];

/// The page about a problem of the request with this id. `form` is where the form was that caused it, if it was one.
pub(crate) fn problem(
    session: Option<&Session>,
    problem: &Problem,
    id: &str,
    form: Option<&str>,
) -> Response {
    let status = problem.status();
    let title = title(status);
    let not_there = NOT_THERE.contains(&problem.code());
    let page = Page::of(session, Place::Elsewhere, title).show(html! {
        section.state.wrong role="alert" {
            h1 { (title) }
            @if not_there {
                p { "There is nothing at this address, or it is not yours to see." }
            } @else {
                p { (as_sentence(&problem.message())) }
            }
            (way_out(session, status, form))
            @if status.is_server_error() {
                p.soft { "Request " code { (id) } }
            }
        }
    });
    (status, page).into_response()
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => "Not found",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::UNAUTHORIZED => "Signed out",
        StatusCode::TOO_MANY_REQUESTS => "Too much at a time",
        StatusCode::SERVICE_UNAVAILABLE => "Not available now",
        StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT => "Changed in the meantime",
        status if status.is_server_error() => "Something went wrong",
        _ => "This can’t be answered",
    }
}

fn way_out(session: Option<&Session>, status: StatusCode, form: Option<&str>) -> Markup {
    html! {
        p {
            @if session.is_none() {
                a.button href="/console/login" { "Sign in" }
            } @else if let Some(form) = form {
                // Its address takes forms only, so it can't be opened again.
                a.button href=(form) { "Back to the form" }
            } @else if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE {
                a.button href="" { "Try again" }
            } @else {
                a.button href="/console" { "Search customers" }
            }
        }
    }
}

/// A problem's words as a sentence.
pub(crate) fn as_sentence(words: &str) -> String {
    let end = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{end}", capital(words))
}
