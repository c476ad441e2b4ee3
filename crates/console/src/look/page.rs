//! The frame of every page: header, navigation, search, content.

use axum::response::{Html, IntoResponse as _, Response};
use maud::{DOCTYPE, Markup, html};
use store::api_keys::Scope;

use super::flash::Flash;
use super::time;
use crate::assets::{ICON, SCRIPT, STYLE};
use crate::session::Session;
use crate::url;

/// A place of the navigation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// Lists of customers, and one of them.
    Customers,
    /// What changed, in the whole tenant.
    Audit,
    /// The tenant's keys.
    Keys,
    /// How the service is.
    Operations,
    /// None of those that the navigation has.
    Elsewhere,
}

/// The navigation: the place, its address, its name, and the scope that it needs.
const PLACES: [(Place, &str, &str, Scope); 4] = [
    (Place::Customers, "/console/customers", "Customers", Scope::Read),
    (Place::Audit, url::AUDIT, "Audit", Scope::Audit),
    (Place::Keys, url::KEYS, "Keys", Scope::Admin),
    (Place::Operations, url::OPERATIONS, "Operations", Scope::Operator),
];

/// The shortcuts that the script knows, for the page that `?` opens.
const KEYS: [(&str, &str); 7] = [
    ("/", "search"),
    ("j", "next item"),
    ("k", "item before"),
    ("Enter", "open the item"),
    ("e", "unfold the item"),
    ("?", "these shortcuts"),
    ("Esc", "close, or leave a field"),
];

/// A page under construction.
pub(crate) struct Page<'a> {
    session: Option<&'a Session>,
    place: Place,
    title: &'a str,
    past: Option<Markup>,
    flash: Option<Flash>,
    search: &'a str,
}

impl<'a> Page<'a> {
    /// A page for a signed-in person.
    pub(crate) fn new(session: &'a Session, place: Place, title: &'a str) -> Self {
        Self::of(Some(session), place, title)
    }

    /// A page for anybody.
    pub(crate) fn of(session: Option<&'a Session>, place: Place, title: &'a str) -> Self {
        Self { session, place, title, past: None, flash: None, search: "" }
    }

    /// The same, of the past: a frame and a banner with this text say so.
    #[must_use]
    pub(crate) fn past(self, past: Option<Markup>) -> Self {
        Self { past, ..self }
    }

    /// The same, with the result of the form that was sent before.
    #[must_use]
    pub(crate) fn flash(self, flash: Option<Flash>) -> Self {
        Self { flash, ..self }
    }

    /// The same, with this text in the search field.
    #[must_use]
    pub(crate) fn search(self, search: &'a str) -> Self {
        Self { search, ..self }
    }

    /// The page with its content.
    pub(crate) fn show(self, content: Markup) -> Response {
        Html(self.markup(&content).into_string()).into_response()
    }

    fn markup(&self, content: &Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                (head(self.title))
                body.in-past[self.past.is_some()] {
                    a.skip href="#main" { "Skip to content" }
                    (self.header())
                    @if let Some(past) = &self.past {
                        aside.past aria-label="The past" { (past) }
                    }
                    main #main tabindex="-1" {
                        @if let Some(flash) = self.flash { (flash.show()) }
                        (content)
                    }
                    @if self.session.is_some() { (shortcuts()) }
                }
            }
        }
    }

    fn header(&self) -> Markup {
        html! {
            header.top {
                a.brand href="/console" { span.logo aria-hidden="true" { "D" } "Dossier" }
                @if let Some(session) = self.session {
                    nav aria-label="Main" {
                        @for (place, url, name, scope) in PLACES {
                            @if session.may(scope) {
                                a href=(url) aria-current=[(place == self.place).then_some("page")] { (name) }
                            }
                        }
                    }
                    @if session.may(Scope::Read) {
                        form.search role="search" action="/console/customers" method="get" {
                            label.hidden for="search" { "Search customers" }
                            input #search type="search" name="q" value=(self.search) maxlength="200" autocomplete="off"
                                placeholder="Name, e-mail, phone, id, provider’s id";
                            kbd aria-hidden="true" { "/" }
                        }
                    }
                    (person(session))
                }
            }
        }
    }
}

/// Who is signed in, until when, and the way out.
fn person(session: &Session) -> Markup {
    html! {
        details.person {
            summary { span.hidden { "Signed in as " } (session.actor()) }
            div {
                dl {
                    dt { "API key" } dd { code { (session.caller().key_id()) } }
                    dt { "Purpose" }
                    dd { @match session.purpose() { Some(purpose) => (purpose), None => span.soft { "not given" } } }
                    dt { "Signed in until" } dd { (time::exact(session.until())) }
                }
                (form_of(session, "/console/logout", html! { button.button type="submit" { "Sign out" } }))
            }
        }
    }
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) " · Dossier" }
            link rel="icon" href=(ICON.url()) type="image/svg+xml";
            link rel="stylesheet" href=(STYLE.url());
            script type="module" src=(SCRIPT.url()) {}
        }
    }
}

fn shortcuts() -> Markup {
    html! {
        dialog #keys aria-labelledby="keys-title" {
            h2 #keys-title { "Shortcuts" }
            dl.keys { @for (key, what) in KEYS { dt { kbd { (key) } } dd { (what) } } }
            form method="dialog" { button.button type="submit" { "Close" } }
        }
    }
}

/// A form that this session may send: it has the session's token.
pub(crate) fn form_of(session: &Session, action: &str, content: Markup) -> Markup {
    html! {
        form action=(action) method="post" {
            input type="hidden" name="csrf" value=(session.csrf());
            (content)
        }
    }
}

/// A page that opens an address of ours again. This time the browser sends the session's cookie, which it does not
/// while it follows a link of another site.
pub(crate) fn once_more(to: &str) -> Response {
    opening(to, "Open the console")
}

/// A page that leads to an address of another site.
pub(crate) fn lead_to(address: &str) -> Response {
    opening(address, "Go on to sign in")
}

fn opening(to: &str, text: &str) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="refresh" content={ "0; url=" (to) };
                title { "Dossier" }
            }
            body { p { a href=(to) { (text) } } }
        }
    };
    Html(page.into_string()).into_response()
}
