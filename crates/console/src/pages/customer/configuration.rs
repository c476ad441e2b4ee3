//! The configuration of a customer, in groups; and for each value who set it, when and why.

use std::collections::BTreeMap;

use domain::customer::{Customer, changes};
use maud::{Markup, html};
use serde_json::Value;
use store::api_keys::Scope;
use store::{Cause, Current, SetField};

use crate::look::{states, time, value};
use crate::session::Session;
use crate::url;
use crate::words::fields::{Group, capital, group, name, name_with};
use crate::words::labels::Labels;
use crate::words::values;

/// Values that a group shows, unless all are requested.
const SHOWN_MAX: usize = 60;

/// A value and its cause, if that is known.
struct Row<'a> {
    field: String,
    value: Value,
    cause: Option<&'a Cause>,
}

/// The configuration. `set` says who set each value; nothing when that is not known yet.
pub(super) fn show(
    session: &Session,
    shown: &Current,
    state: &Customer,
    set: Option<&[SetField]>,
    whole: bool,
) -> Markup {
    let labels = Labels::of(state);
    let rows: Vec<Row<'_>> = match set {
        Some(set) => set
            .iter()
            .map(|set| Row {
                field: set.field.clone(),
                value: set.value.clone().unwrap_or_default(),
                cause: Some(&set.cause),
            })
            .collect(),
        None => changes(&Customer::default(), state)
            .into_iter()
            .map(|change| Row {
                field: change.field,
                value: change.new.unwrap_or_default(),
                cause: None,
            })
            .collect(),
    };
    html! {
        div.head {
            h2 #configuration { "Configuration" }
            @if set.is_some() {
                label.switch.no-print { input type="checkbox" data-blame; " who set what" }
            }
        }
        @if set.is_none() && session.may(Scope::Audit) {
            (states::behind(html! { "Who set each value is not known yet: the history is being read. Load the page again in a moment." }))
        }
        @for of in Group::ALL {
            @let mine: Vec<&Row<'_>> = rows.iter().filter(|row| group(&row.field) == of).collect();
            @if !mine.is_empty() { (card(session, shown, of, &mine, &labels, whole)) }
        }
    }
}

fn card(
    session: &Session,
    shown: &Current,
    of: Group,
    rows: &[&Row<'_>],
    labels: &Labels,
    whole: bool,
) -> Markup {
    let most = if whole { usize::MAX } else { SHOWN_MAX };
    let more = rows.len().saturating_sub(most);
    let mut parts: BTreeMap<String, Vec<&Row<'_>>> = BTreeMap::new();
    for row in rows.iter().take(most) {
        parts.entry(part_of(&row.field)).or_default().push(row);
    }
    html! {
        section.card aria-label=(of.name()) {
            h3 { (of.name()) }
            @for (part, rows) in &parts {
                @if !part.is_empty() { p.part { (capital(&name_with(part, labels))) } }
                dl { @for row in rows { (line(session, shown, part, row, labels)) } }
            }
            @if more > 0 {
                p.soft { (more) " more values. " a href=(whole_page(session, shown)) { "Show all" } }
            }
        }
    }
}

/// The same page with all values. A key without the scope `audit` must not name a version.
fn whole_page(session: &Session, shown: &Current) -> String {
    let audits = session.may(Scope::Audit);
    let version = if audits { shown.version.to_string() } else { String::new() };
    url::query(&url::customer(shown.id), &[("version", &version), ("whole", "1")])
}

/// The thing with an id that a field is of: `/billing_configs/<id>`; nothing for a field of the customer itself.
fn part_of(field: &str) -> String {
    let depth = match field.split('/').nth(1) {
        Some("billing_configs" | "revenue_configs" | "integrations") => 3,
        Some("payment") if field.starts_with("/payment/profiles/") => 4,
        Some(_) | None => return String::new(),
    };
    field.split('/').take(depth).collect::<Vec<_>>().join("/")
}

fn line(session: &Session, shown: &Current, part: &str, row: &Row<'_>, labels: &Labels) -> Markup {
    // Below the heading of a part its last names are enough.
    let called = if part.is_empty() {
        name(&row.field)
    } else {
        let below = row.field.strip_prefix(part).unwrap_or(&row.field);
        let below = below.trim_start_matches('/').trim_start_matches("configuration/");
        below.replace(['_', '/'], " ")
    };
    let called = called
        .strip_prefix("metadata ")
        .or(called.strip_prefix("custom field "))
        .map_or_else(|| html! { (capital(&called)) }, |key| html! { code { (key) } });
    html! {
        dt title=(row.field) { (called) }
        dd.set {
            span.value { (shown_value(&row.field, &row.value, labels)) }
            @if let Some(cause) = row.cause {
                span.by {
                    "by " (cause.actor) ", " (time::ago(session.now(), cause.recorded_at))
                    @if let Some(reason) = &cause.reason { ", “" (reason) "”" }
                    " · " a href=(url::event(shown.id, cause.version)) { "version " (cause.version) }
                }
            }
        }
    }
}

fn shown_value(field: &str, found: &Value, labels: &Labels) -> Markup {
    match found {
        // The id of a part whose heading says its label.
        Value::String(text) if field.ends_with("/id") => value::id(text),
        Value::String(text) => match (labels.get(text), field) {
            (Some(label), _) => html! { (label) },
            (None, "/parent_customer_id") => {
                html! { a href={ "/console/customers/" (url::escaped(text)) } { code { (text) } } }
            }
            (None, _) if is_code(field) => value::id(text),
            (None, _) => html! { (text) },
        },
        Value::Array(items) => html! {
            ul.values { @for item in items { li { (shown_value(field, item, labels)) } } }
        },
        Value::Object(members) => html! {
            @for (nth, (name, member)) in members.iter().enumerate() {
                @if nth > 0 { ", " }
                span.name { (name.replace('_', " ")) } " " (values::text(member))
            }
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => html! { (values::text(found)) },
    }
}

/// Whether a field has what people copy: ids, keys and own values.
fn is_code(field: &str) -> bool {
    let last = field.rsplit('/').next().unwrap_or_default();
    ["/metadata/", "/custom_fields/", "/integrations/"].iter().any(|own| field.starts_with(own))
        || field.contains("/configuration/")
        || last.ends_with("_id")
        || ["identity", "aliases", "former_external_ids"].contains(&last)
        || field.starts_with("/former_external_ids")
}
