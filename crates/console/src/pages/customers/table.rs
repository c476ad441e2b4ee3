//! The list itself.

use domain::customer::Status;
use maud::{Markup, html};

use super::asked::{Asked, PATH};
use super::found::Listed;
use crate::look::time;
use crate::session::Session;
use crate::url;

/// The customers, one in a row.
pub(super) fn table(session: &Session, asked: &Asked, customers: &[Listed]) -> Markup {
    html! {
        div.scroll.sheet {
            table.stack {
                caption.hidden { "Customers" }
                thead {
                    tr {
                        (column(asked, "Name", "name"))
                        (column(asked, "External id", "external_id"))
                        (column(asked, "E-mail", "email"))
                        th scope="col" { "Country" }
                        (column(asked, "Changed", "updated_at"))
                    }
                }
                tbody { @for customer in customers { (row(session, asked, customer)) } }
            }
        }
    }
}

/// The head of a column by which the list can be sorted.
fn column(asked: &Asked, name: &str, sort: &str) -> Markup {
    let descending = format!("-{sort}");
    let (order, other) = match &*asked.sort {
        now if now == sort => (Some("ascending"), &*descending),
        now if now == descending => (Some("descending"), sort),
        _ if sort == "updated_at" => (None, &*descending),
        _ => (None, sort),
    };
    html! {
        th scope="col" aria-sort=[order] {
            a href=(url::query(PATH, &asked.sorted(other))) {
                (name)
                @match order {
                    Some("ascending") => { " " span aria-hidden="true" { "↑" } }
                    Some(_) => { " " span aria-hidden="true" { "↓" } }
                    None => {}
                }
            }
        }
    }
}

fn row(session: &Session, asked: &Asked, Listed { now, state, why }: &Listed) -> Markup {
    let url = match asked.as_of {
        Some(at) => url::query(&url::customer(now.id), &[("as_of", &time::stamp(at))]),
        None => url::customer(now.id),
    };
    let profile = &state.profile;
    let country = profile.address.country.as_ref();
    html! {
        tr data-item {
            td {
                a href=(url) {
                    @match &profile.name { Some(name) => (name), None => "without a name" }
                }
                @if state.status == Status::Archived { " " span.chip.warn { "archived" } }
                @for found in why.iter().filter(|found| !["name", "external id", "e-mail"].contains(&&*found.by)) {
                    br; span.small.soft { (found.by) " " code { (found.text) } }
                }
            }
            td data-name="External id" { @if let Some(id) = &state.external_id { code { (id) } } }
            td data-name="E-mail" { @if let Some(email) = &profile.email { (email) } }
            td data-name="Country" { @if let Some(country) = country { (country) } }
            td.small data-name="Changed" {
                (time::ago(session.now(), now.updated_at())) " by " (now.updated_by())
            }
        }
    }
}
