//! The page on which people sign in: by the identity provider, if there is one, or with a key.

use axum::response::Response;
use http::context::REASON_CHARS_MAX;
use maud::{Markup, html};
use oidc::Provider;
use store::sessions::LASTS_HOURS;

use crate::look::{Flash, Page, Place};

/// Characters of a person's name, at most: the field of the form stops there. `X-Actor` has the rule.
const ACTOR_CHARS: usize = 256;
/// Characters of a purpose that a browser keeps while its person is at the provider.
pub(super) const PURPOSE_CHARS: usize = 300;

/// What a person filled in, besides the key, and what was wrong with it.
#[derive(Default)]
pub(super) struct Said {
    pub(super) to: String,
    pub(super) actor: String,
    pub(super) purpose: String,
    pub(super) wrong: Option<String>,
}

/// The page. `signed_out` is where a person ends the session of the provider, too.
pub(super) fn page(
    provider: Option<&Provider>,
    said: &Said,
    flash: Option<Flash>,
    signed_out: Option<&str>,
) -> Response {
    Page::of(None, Place::Elsewhere, "Sign in").flash(flash).show(html! {
        section.login {
            h1 { "Who changed what, when and why" }
            p.soft {
                @if provider.is_none() { "Sign in with an API key of your company. " }
                "What you do here is recorded under your name."
            }
            @if let Some(wrong) = &said.wrong { p.flash.wrong role="alert" #wrong { (wrong) } }
            @if let Some(provider) = provider {
                @let host = provider.settings().issuer.host();
                @if let Some(address) = signed_out {
                    p { "You may still be signed in at " (host) ". " a href=(address) { "Sign out there, too" } }
                }
                (by_provider(host, said))
                h2 { "Or with an API key" }
            }
            (by_key(said, provider.is_none()))
            p.soft { "You stay signed in for " (LASTS_HOURS) " hours, 30 minutes of them idle, on this browser only." }
        }
    })
}

fn by_provider(host: &str, said: &Said) -> Markup {
    html! {
        form.fields action="/console/login/provider" method="post" {
            input type="hidden" name="to" value=(said.to);
            (purpose("provider-purpose", said, PURPOSE_CHARS))
            button.button.main type="submit" { "Sign in at " (host) }
        }
    }
}

fn by_key(said: &Said, first: bool) -> Markup {
    html! {
        form.fields action="/console/login" method="post" {
            input type="hidden" name="to" value=(said.to);
            (field("actor", "Your name", Some("As colleagues know you: it becomes the actor of your changes."),
                html! { input #actor name="actor" value=(said.actor) required maxlength=(ACTOR_CHARS)
                    autocomplete="name" autofocus[first] aria-describedby="actor-help"; }))
            (field("key", "API key", None,
                html! { input #key name="key" type="password" required autocomplete="current-password"
                    spellcheck="false" placeholder="dossier_…"; }))
            (purpose("purpose", said, REASON_CHARS_MAX))
            button.button.main[first] type="submit" { "Sign in" @if !first { " with the key" } }
        }
    }
}

fn purpose(id: &str, said: &Said, chars: usize) -> Markup {
    let help = "Optional: a ticket or a sentence, kept with what you look at.";
    field(
        id,
        "Purpose",
        Some(help),
        html! {
            input id=(id) name="purpose" value=(said.purpose) maxlength=(chars) autocomplete="off"
                aria-describedby={ (id) "-help" };
        },
    )
}

fn field(id: &str, label: &str, help: Option<&str>, input: Markup) -> Markup {
    html! {
        div.field {
            label for=(id) { (label) }
            (input)
            @if let Some(help) = help { p.help id={ (id) "-help" } { (help) } }
        }
    }
}
