//! The head of a customer's page: what it is called, and what finds it.

use domain::customer::{Customer, Status};
use maud::{Markup, html};
use store::Current;
use store::api_keys::Scope;

use super::named::{Named, name_of};
use crate::look::{time, value};
use crate::session::Session;
use crate::url;
use crate::words::labels::{provider_name, system};

/// Former ids and aliases that are shown, at most; the configuration has all.
const SHOWN_MAX: usize = 3;

pub(super) fn head(
    session: &Session,
    shown: &Current,
    state: &Customer,
    parent: Option<&Named>,
) -> Markup {
    html! {
        div.head {
            h1 { (name_of(state)) }
            @match state.status {
                Status::Active => span.chip.good { "active" },
                Status::Archived => span.chip.warn { "archived" },
                Status::Unregistered => {}
            }
            span.soft {
                "version " (shown.version) " · changed " (time::ago(session.now(), shown.updated_at()))
                " by " (shown.updated_by())
            }
            div.buttons {
                @if session.may(Scope::Write) { a.button.main href=(url::change(shown.id)) { "Change" } }
                a.button href=(url::group(shown.id)) { "Group" }
                @if session.may(Scope::Audit) {
                    a.button href=(url::query(url::READS, &[("customer", &shown.id.to_string())])) { "Who looked" }
                }
            }
        }
        ul.chips aria-label="Names" {
            (chip("id", value::id(&shown.id.to_string())))
            @if let Some(id) = &state.external_id { (chip("external id", value::id(id.as_str()))) }
            @for id in state.former_external_ids.iter().rev().take(SHOWN_MAX) {
                (chip("formerly", html! { code { (id) } }))
            }
            @for alias in state.aliases.iter().take(SHOWN_MAX) { (chip("alias", html! { code { (alias) } })) }
            @for (provider, id) in providers(state) { (chip(&provider, value::id(&id))) }
            @if let Some(parent) = parent {
                (chip("parent", html! { a href=(url::customer(parent.id)) { (parent.name) } }))
            }
        }
    }
}

fn chip(name: &str, content: Markup) -> Markup {
    html! { li.chip { span.name { (name) } (content) } }
}

/// The ids that billing providers and other systems know the customer by, in use.
fn providers(state: &Customer) -> Vec<(String, String)> {
    let billing = state.billing_configs.iter().filter(|config| config.archived_at.is_none());
    let billing = billing.filter_map(|config| {
        let id = config.configuration.customer_id(config.provider)?;
        Some((provider_name(&config.provider), id.to_owned()))
    });
    let links = state.integrations.iter().map(|link| {
        (system(link.provider_type.as_str()).to_owned(), link.provider_entity_id.to_string())
    });
    let mut all: Vec<_> = billing.chain(links).collect();
    all.dedup();
    all.truncate(SHOWN_MAX.saturating_mul(2));
    all
}
