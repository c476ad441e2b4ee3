//! Keys in rows.

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use store::TenantKey;

use crate::look::{form_of, time, value};
use crate::session::Session;
use crate::url;
use crate::url::{AUDIT, KEYS, READS};

pub(super) fn rows(
    session: &Session,
    now: DateTime<Utc>,
    keys: &[&TenantKey],
    manages: bool,
) -> Markup {
    html! {
        div.scroll { table.sheet.stack data-keys="list" {
            thead { tr { th { "Key" } th { "May" } th { "Last used" } th { "Created" } th { "Ends" } @if manages { th { span.hidden { "What to do" } } } } }
            tbody { @for key in keys { (row(session, now, key, manages)) } }
        } }
    }
}

fn row(session: &Session, now: DateTime<Utc>, key: &TenantKey, manages: bool) -> Markup {
    let own = session.caller().key_id() == key.key_id;
    html! {
        tr data-item {
            td {
                b { (key.name) } @if own { " " span.chip.on { "this session" } }
                br; (value::id(&key.key_id))
            }
            td data-name="May" {
                div.chips { @for scope in &key.scopes { span.chip { (scope) } } }
                @if let Some(actors) = &key.actors { small { "for " (actors.join(", ")) } }
                @if let Some(rate) = key.requests_per_second { small { " " (rate) " requests a second" } }
            }
            td data-name="Last used" {
                @match key.last_used_at { Some(at) => (time::ago(now, at)), None => span.soft { "never" } }
                br;
                small { a href=(url::query(AUDIT, &[("api_key", &key.key_id)])) { "its changes" } }
                " " small { a href=(url::query(READS, &[("api_key", &key.key_id)])) { "its reads" } }
            }
            td data-name="Created" { (time::ago(now, key.created_at)) }
            td data-name="Ends" { (end(now, key)) }
            @if manages { td { (acts(session, key, own)) } }
        }
    }
}

fn end(now: DateTime<Utc>, key: &TenantKey) -> Markup {
    html! {
        @match (key.revoked_at, key.expires_at) {
            (Some(at), _) => { span.chip.bad { "revoked" } " " (time::ago(now, at)) }
            (None, Some(at)) if at <= now => { span.chip.bad { "expired" } " " (time::ago(now, at)) }
            (None, Some(at)) => (time::exact(at)),
            (None, None) => span.soft { "never" },
        }
    }
}

fn acts(session: &Session, key: &TenantKey, own: bool) -> Markup {
    let id = &key.key_id;
    html! {
        details.acts {
            summary.button aria-label={ "Rotate or revoke " (key.name) } { "Rotate or revoke" }
            (form_of(session, &format!("{KEYS}/{id}/rotate"), html! {
                p.soft { "Makes a new key like this one. This one goes on until you revoke it." }
                label { "Reason " input type="text" name="reason" maxlength="1000"; }
                button.button { "Rotate" }
            }))
            (form_of(session, &format!("{KEYS}/{id}/revoke"), html! {
                p.soft {
                    "It stops working at once and for ever."
                    @if own { b { " It is the key of this session: you will be signed out." } }
                }
                label { "Reason " input type="text" name="reason" maxlength="1000"; }
                button.button.danger { "Revoke" }
            }))
        }
    }
}
