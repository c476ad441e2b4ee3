//! The entries of the audit in one row each: time, customer, change, actor and reason.

use chrono::{DateTime, Utc};
use domain::customer::FieldChange;
use http::event::Context;
use maud::{Markup, html};
use store::AuditEntry;

use super::asked::Asked;
use super::happened::happened;
use crate::look::{time, value};
use crate::url;
use crate::url::AUDIT;
use crate::words::{fields, surfaces, values};

/// Changed fields of an event that a row shows. The page of the event has all.
const FIELDS_SHOWN: usize = 8;

/// The table.
pub(super) fn rows(now: DateTime<Utc>, asked: &Asked, entries: &[AuditEntry]) -> Markup {
    html! {
        div.scroll {
            table.audit.sheet.stack data-keys="list" {
                thead { tr { th { "When" } th { "Customer" } th { "What" } th { "Who" } th { "Why" } } }
                tbody { @for entry in entries { (row(now, asked, entry)) } }
            }
        }
    }
}

fn row(now: DateTime<Utc>, asked: &Asked, entry: &AuditEntry) -> Markup {
    let event = &entry.event;
    // What is stored is shown as far as it can be read.
    let who: Context<'_> = serde_json::from_str(&event.metadata).unwrap_or_default();
    html! {
        tr data-item {
            td.when { (time::ago(now, event.recorded_at)) }
            td { (customer(entry)) }
            td.what { (what(asked, entry)) }
            td { (actor(&who, entry.api_key_name.as_deref())) }
            td { (reason(&who)) }
        }
    }
}

fn customer(entry: &AuditEntry) -> Markup {
    let (event, version) = (&entry.event, entry.event.version);
    let Some((id, customer)) = event.customer_id.zip(entry.customer.as_ref()) else {
        return html! { "the tenant itself" br; small { "version " (version) } };
    };
    html! {
        a href=(url::customer(id)) { (customer.name) }
        br;
        small {
            @if let Some(external) = &customer.external_id { (external) " · " }
            a href=(url::event(id, version)) { "version " (version) }
        }
    }
}

fn what(asked: &Asked, entry: &AuditEntry) -> Markup {
    let within = |change: &&FieldChange| {
        asked.field.as_deref().is_none_or(|field| below(field, &change.field))
    };
    let all = entry.changes.as_deref().unwrap_or_default();
    // The fields that the filter names come first.
    let (wanted, others): (Vec<_>, Vec<_>) = all.iter().partition(within);
    let shown = wanted.len().clamp(1, FIELDS_SHOWN);
    let hidden = all.len().saturating_sub(shown);
    html! {
        @if all.is_empty() || entry.event.version == 1 {
            div { (happened(&entry.event)) }
        }
        @for change in wanted.iter().chain(&others).take(shown) { (changed(change)) }
        @if hidden > 0 {
            @if let Some(id) = entry.event.customer_id {
                a.soft href=(url::event(id, entry.event.version)) { "and " (hidden) " more" }
            }
        }
    }
}

fn changed(change: &FieldChange) -> Markup {
    html! {
        div {
            a.field href=(url::query(AUDIT, &[("field", &change.field)])) title="All changes of this field" { (fields::name(&change.field)) }
            " "
            @if let Some(old) = &change.old { (value::old(&values::short(old))) " → " }
            @match &change.new {
                Some(new) => { (value::new(&values::short(new))) }
                None => { span.soft { "removed" } }
            }
        }
    }
}

fn actor(who: &Context<'_>, key_name: Option<&str>) -> Markup {
    let (actor, key) = (who.actor.as_deref(), who.api_key.as_deref());
    html! {
        @if let Some(actor) = actor {
            a href=(url::query(AUDIT, &[("actor", actor)])) title="Everything by this actor" { (actor) }
        } @else { span.soft { "no actor" } }
        br;
        small {
            @if let Some(key) = key {
                a href=(url::query(AUDIT, &[("api_key", key)])) title={ "Everything with the key " (key) } { (key_name.unwrap_or(key)) }
            }
            @if let Some(surface) = who.surface.as_deref() { " · " (surfaces::name(surface)) }
        }
    }
}

fn reason(who: &Context<'_>) -> Markup {
    html! {
        @match who.reason.as_deref() {
            Some(reason) => {
                a.chip.reason href=(url::query(AUDIT, &[("reason_is", reason)])) title="Everything with this reason" { (reason) }
            }
            None => { small { "no reason given" } }
        }
        @if let Some(request) = who.request_id.as_deref() {
            br;
            small { a href=(url::query(AUDIT, &[("request_id", request)])) { "same request" } }
        }
    }
}

/// Whether a field is this one, or below it.
fn below(field: &str, changed: &str) -> bool {
    changed.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
