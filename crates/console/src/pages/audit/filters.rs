//! The filters of the audit as a sentence with gaps, and as what can be taken away.

use domain::customer;
use domain::tenant;
use maud::{Markup, html};

use super::asked::Asked;
use crate::url;
use crate::url::AUDIT;
use crate::words::{fields, surfaces};

/// The surface of events that operators cause.
const COMMAND_LINE: &str = "command line";

/// The form, and what it is set to.
pub(super) fn form(asked: &Asked) -> Markup {
    html! {
        form.ask method="get" action=(AUDIT) role="search" aria-label="Filter the audit" {
            "Changes of "
            select name="field" aria-label="Field" {
                option value="" { "anything" }
                (options(fields::PARTS.into_iter().map(|(_, field, name)| (field, name)), asked.field.as_deref(), fields::name))
            }
            " by "
            (input("actor", "Actor", "anyone", asked.actor.as_deref()))
            " because of "
            (input("reason", "Reason", "any reason", asked.reason.as_deref()))
            ", through "
            select name="surface" aria-label="Surface" {
                option value="" { "any surface" }
                (options(surfaces::ALL.into_iter().chain([COMMAND_LINE]).map(|known| (known, surfaces::name(known))), asked.surface.as_deref(), surface))
            }
            " from "
            (day("since", "From", asked.since.as_deref()))
            " to "
            (day("until", "To", asked.until.as_deref()))
            " "
            details.more open[more(asked)] {
                summary { "more" }
                div {
                    label { input type="checkbox" name="no_reason" value="yes" checked[asked.no_reason]; " without a reason" }
                    (input("customer", "Customer", "any customer: id, external:…", asked.customer.as_deref()))
                    (input("api_key", "Key", "any key's id", asked.api_key.as_deref()))
                    (input("request_id", "Request", "any request", asked.request_id.as_deref()))
                    (input("correlation_id", "Correlation id", "any correlation id", asked.correlation_id.as_deref()))
                    select name="type" aria-label="Event" {
                        option value="" { "any event" }
                        @for name in customer::Event::NAMES.iter().chain(tenant::Event::NAMES) {
                            option value=(name) selected[asked.event_type.as_deref() == Some(*name)] { (name) }
                        }
                    }
                }
            }
            // What links filter by, and no field shows.
            @if let Some(reason) = &asked.reason_is { input type="hidden" name="reason_is" value=(reason); }
            button.button.main { "Show" }
            span.exports {
                "Export this as "
                a.button href=(export(asked, "csv")) download data-export { "CSV" }
                " "
                a.button href=(export(asked, "ndjson")) download data-export { "NDJSON" }
            }
        }
        @if !asked.is_empty() {
            div.chips role="group" aria-label="Filters" {
                @for (name, text) in asked.parameters() {
                    a.chip.on href=(without(asked, name)) title="Take this filter away" {
                        (said(name, text)) " " span aria-hidden="true" { "×" }
                    }
                }
            }
        }
    }
}

fn input(name: &str, label: &str, any: &str, value: Option<&str>) -> Markup {
    html! { input type="text" name=(name) aria-label=(label) placeholder=(any) value=[value]; }
}

fn day(name: &str, label: &str, value: Option<&str>) -> Markup {
    // An instant, as links have it, is no day.
    let kind =
        if value.is_some_and(|value| value.len() > "2026-11-30".len()) { "text" } else { "date" };
    html! { input type=(kind) name=(name) aria-label=(label) value=[value]; }
}

/// Options, the chosen one too if it is none of them.
fn options(
    known: impl Iterator<Item = (&'static str, &'static str)>,
    chosen: Option<&str>,
    name: impl Fn(&str) -> String,
) -> Markup {
    let known: Vec<_> = known.collect();
    let other = chosen.filter(|chosen| known.iter().all(|(value, _)| value != chosen));
    html! {
        @for (value, text) in &known {
            option value=(value) selected[chosen == Some(*value)] { (text) }
        }
        @if let Some(other) = other { option value=(other) selected { (name(other)) } }
    }
}

fn surface(name: &str) -> String {
    surfaces::name(name).to_owned()
}

/// Whether a filter is set that the sentence hides.
fn more(asked: &Asked) -> bool {
    let Asked { api_key, request_id, correlation_id, customer, event_type, no_reason, .. } = asked;
    let hidden = [api_key, request_id, correlation_id, customer, event_type];
    *no_reason || hidden.into_iter().any(Option::is_some)
}

/// A filter in words.
fn said(name: &str, text: &str) -> String {
    match name {
        "field" => {
            let mut known = fields::PARTS.into_iter();
            let known =
                known.find(|(_, field, _)| *field == text).map(|(_, _, name)| name.to_owned());
            format!("of {}", known.unwrap_or_else(|| fields::name(text)))
        }
        "actor" => format!("by {text}"),
        "api_key" => format!("with key {text}"),
        "reason" => format!("with “{text}” in the reason"),
        "reason_is" => format!("because of “{text}”"),
        "no_reason" => "without a reason".to_owned(),
        "request_id" => format!("in request {text}"),
        "correlation_id" => format!("in process {text}"),
        "surface" => format!("through {}", surfaces::name(text)),
        "customer" => format!("of customer {text}"),
        "since" => format!("from {text}"),
        "until" => format!("to {text}"),
        _ => text.to_owned(),
    }
}

/// The same view without one of its filters.
fn without(asked: &Asked, name: &str) -> String {
    let mut parameters = asked.parameters();
    parameters.retain(|(other, _)| *other != name);
    url::query(AUDIT, &parameters)
}

/// Where exactly this view is exported.
fn export(asked: &Asked, format: &str) -> String {
    let mut parameters = asked.parameters();
    parameters.push(("format", format));
    url::query("/console/audit/export", &parameters)
}
