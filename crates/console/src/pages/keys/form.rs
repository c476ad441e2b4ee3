//! The form for a new key.

use std::num::NonZeroU32;

use chrono::{NaiveDate, NaiveTime};
use http::KeyLimits;
use maud::{Markup, html};
use store::api_keys::Scope;

use super::made::New;
use crate::look::form_of;
use crate::posted::Posted;
use crate::session::Session;
use crate::url::KEYS;

/// What the scopes of a tenant let a key do.
const SCOPES: [(Scope, &str); 4] = [
    (Scope::Read, "read customers as they are"),
    (Scope::Write, "change customers"),
    (Scope::Audit, "read history, the audit, and who looked"),
    (Scope::Admin, "change the tenant and its keys"),
];

pub(super) fn create(session: &Session, posted: &Posted) -> Markup {
    let sent: Vec<_> = posted.texts("scopes").collect();
    let own = SCOPES.into_iter().filter(|(scope, _)| session.may(*scope));
    html! {
        section.card {
            h2 { "Create a key" }
            (form_of(session, KEYS, html! { div.fields.change {
                div.field { label for="name" { "Name" }
                    input #name type="text" name="name" required maxlength="200" value=[posted.text("name")] autocomplete="off"; }
                fieldset {
                    legend { "It may" }
                    @for (scope, what) in own {
                        label.check {
                            input type="checkbox" name="scopes" value=(scope.as_str()) checked[sent.contains(&scope.as_str())];
                            span { b { (scope.as_str()) } ": " (what) }
                        }
                    }
                    p.soft { "A key can’t get a scope that yours lacks." }
                }
                div.field { label for="expires" { "Last day" }
                    input #expires type="date" name="expires" value=[posted.text("expires")]; }
                div.field { label for="actors" { "Actors that it may name, one in a line; empty for any" }
                    textarea #actors name="actors" rows="2" { (posted.text("actors").unwrap_or_default()) } }
                div.field { label for="rate" { "Requests a second; empty for the usual" }
                    input #rate type="text" inputmode="numeric" name="rate" value=[posted.text("rate")]; }
                div.field { label for="reason" { "Reason" }
                    input #reason type="text" name="reason" maxlength="1000" value=[posted.text("reason")]; }
                button.button.main { "Create" }
            } }))
        }
    }
}

/// The key that a form asks for; or what is wrong with it.
pub(super) fn read(session: &Session, posted: &Posted) -> Result<New, String> {
    let name = posted.filled("name").ok_or("Give the key a name.")?.to_owned();
    let scopes: Vec<Scope> = posted.texts("scopes").filter_map(|name| name.parse().ok()).collect();
    if scopes.is_empty() {
        return Err("Choose what the key may do.".to_owned());
    }
    if !may_give(session, &scopes) {
        return Err("A key can’t get a scope that yours lacks.".to_owned());
    }
    // The day is the last on which it works.
    let after = |day: &str| day.parse::<NaiveDate>().ok()?.succ_opt();
    let asked = "The last day must be a day, as 2027-01-31.";
    let end = posted.filled("expires").map(|day| after(day).ok_or(asked)).transpose()?;
    let end = end.map(|end| end.and_time(NaiveTime::MIN).and_utc());
    if end.is_some_and(|end| end <= session.now()) {
        return Err("The last day is over.".to_owned());
    }
    let rate = posted.filled("rate").map(str::parse::<NonZeroU32>).transpose();
    let requests_per_second = rate.map_err(|_| "Requests a second must be a number, 1 or more.")?;
    let actors = posted.text("actors").unwrap_or_default().lines().map(str::trim);
    let actors = actors.filter(|actor| !actor.is_empty()).map(str::to_owned).collect();
    Ok(New { name, scopes, limits: KeyLimits { expires_at: end, requests_per_second, actors } })
}

/// Whether the person may give a key these scopes: only those of the person's own key, and never that of operators.
pub(super) fn may_give(session: &Session, scopes: &[Scope]) -> bool {
    scopes.iter().all(|scope| Scope::OF_TENANT.contains(scope) && session.may(*scope))
}
