//! An event as an entry of the timeline: a sentence, and all that is known about it one click below.

use std::collections::BTreeMap;

use domain::customer::FieldChange;
use maud::{Markup, html};
use serde_json::Value;
use store::api_keys::Scope;
use store::{Current, Recorded};
use uuid::Uuid;

use crate::look::{sentence, time, value};
use crate::session::Session;
use crate::url;
use crate::words::fields::{capital, name_with};
use crate::words::labels::Labels;
use crate::words::{surfaces, values};

/// An event with what it changed.
pub(super) struct Entry {
    pub(super) event: Recorded,
    pub(super) changes: Vec<FieldChange>,
    /// The name of its key.
    pub(super) key_name: Option<String>,
}

/// What the metadata of an event say.
struct Said(BTreeMap<String, String>);

impl Said {
    fn of(event: &Recorded) -> Self {
        Self(serde_json::from_str(&event.metadata).unwrap_or_default())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }
}

/// An entry of a list. `open` shows all of it.
pub(super) fn show(
    session: &Session,
    customer: &Current,
    entry: &Entry,
    labels: &Labels,
    open: bool,
) -> Markup {
    let Entry { event, changes, key_name } = entry;
    let said = Said::of(event);
    let key = key_name.as_deref().or_else(|| said.get("api_key"));
    let actor = said.get("actor").or(key).unwrap_or("the service");
    let page = url::event(customer.id, event.version);
    html! {
        article.entry data-item id={ "v" (event.version) } {
            (sentence::badge(actor, said.get("actor").is_none()))
            div {
                p.sentence {
                    b { (actor) } " "
                    (sentence::show(&crate::words::sentence::sentence(&event.payload, changes, labels)))
                }
                p.why {
                    @match said.get("reason") {
                        Some(reason) => span.chip.reason { (reason) },
                        None => span { "no reason given" },
                    }
                    @if let Some(surface) = said.get("surface") { span { "through " (surfaces::name(surface)) } }
                    a href=(page) { "version " (event.version) }
                }
            }
            (time::ago(session.now(), event.recorded_at))
            details open[open] {
                summary { "Details" }
                div.inside {
                    (fields(changes, labels))
                    (facts(session, event, &said, key_name.as_deref()))
                    div.buttons {
                        a.button href=(url::at(customer.id, event.version)) { "State after it" }
                        @if event.version > 1 {
                            a.button href=(url::diff(customer.id, event.version.saturating_sub(1), event.version)) {
                                "Before and after"
                            }
                        }
                        @if event.version > 1 && session.may(Scope::Write) {
                            a.button href=(url::undo(customer.id, event.version)) { "Undo this change" }
                        }
                        @if event.version < customer.version && session.may(Scope::Write) {
                            a.button href=(url::revert(customer.id, event.version)) { "Go back to this version" }
                        }
                        a.button href={ (page) "/proof" } { "Proof" }
                        @if event.version < customer.version {
                            a.button href=(url::diff(customer.id, event.version, customer.version)) { "Compare with now" }
                        }
                    }
                    details { summary { "Event as JSON" } (json(event)) }
                }
            }
        }
    }
}

fn fields(changes: &[FieldChange], labels: &Labels) -> Markup {
    html! {
        @if !changes.is_empty() {
            div.scroll {
                table.stack {
                    caption.hidden { "Changed fields" }
                    thead { tr { th scope="col" { "Field" } th scope="col" { "Before" } th scope="col" { "After" } } }
                    tbody {
                        @for change in changes {
                            tr {
                                th scope="row" title=(change.field) { (capital(&name_with(&change.field, labels))) }
                                td data-name="Before" { @if let Some(old) = &change.old { (value::old(&values::text(old))) } }
                                td data-name="After" { @if let Some(new) = &change.new { (value::new(&values::text(new))) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn facts(session: &Session, event: &Recorded, said: &Said, key_name: Option<&str>) -> Markup {
    let same = |name: &str, text: &str| url::query(url::AUDIT, &[(name, text)]);
    html! {
        dl {
            dt { "When" } dd { (time::exact(event.recorded_at)) " (" (time::ago(session.now(), event.recorded_at)) ")" }
            dt { "Event" } dd { (event.event_type) }
            @if let Some(key) = said.get("api_key") {
                dt { "API key" } dd { @if let Some(name) = key_name { (name) " " } (value::id(key)) }
            }
            @if let Some(address) = said.get("client_address") { dt { "Address" } dd { (value::id(address)) } }
            @if let Some(agent) = said.get("user_agent") { dt { "Program" } dd { (agent) } }
            @if let Some(request) = said.get("request_id") {
                dt { "Request" } dd { (value::id(request)) " " a href=(same("request_id", request)) { "all its changes" } }
            }
            @if let Some(id) = said.get("correlation_id") {
                dt { "Correlation" } dd { (value::id(id)) " " a href=(same("correlation_id", id)) { "all its changes" } }
            }
            @if let Some(id) = said.get("causation_id") { dt { "Cause" } dd { (value::id(id)) } }
        }
    }
}

/// The event as readers of the API get it.
fn json(event: &Recorded) -> Markup {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let document = serde_json::json!({
        "customer_id": event.customer_id.map(|id: Uuid| id.to_string()),
        "version": event.version,
        "position": event.position,
        "recorded_at": time::stamp(event.recorded_at),
        "event_version": event.event_version,
        "event": parsed(&event.payload),
        "metadata": parsed(&event.metadata),
    });
    value::json(&document)
}
