//! The filters of the list.

use maud::{Markup, html};

use super::asked::{Asked, PATH};
use crate::words::labels::system;
use crate::words::moments;

const STATUSES: [&str; 2] = ["active", "archived"];
const TYPES: [(&str, &str); 2] = [("BUSINESS", "a company"), ("CONSUMER", "a person")];
const PROVIDERS: [&str; 9] = [
    "stripe",
    "aws_marketplace",
    "azure_marketplace",
    "gcp_marketplace",
    "netsuite",
    "custom",
    "quickbooks_online",
    "workday",
    "metronome",
];
const ORDERS: [(&str, &str); 8] = [
    ("-updated_at", "latest change first"),
    ("updated_at", "oldest change first"),
    ("-created_at", "newest first"),
    ("created_at", "oldest first"),
    ("name", "by name"),
    ("-name", "by name, from the end"),
    ("email", "by e-mail"),
    ("external_id", "by external id"),
];

/// The form. It keeps the search.
pub(super) fn form(asked: &Asked, may_see_the_past: bool) -> Markup {
    let (as_of_kind, as_of) = moments::for_field(asked.as_of);
    let narrowed = !asked.filters().is_empty() || asked.as_of.is_some();
    html! {
        form.filters action=(PATH) method="get" {
            input type="hidden" name="q" value=(asked.q);
            details open[narrowed] {
                summary { "Filters and order" }
                div.more-filters {
                    (select("status", "Status", &asked.status, &STATUSES.map(|name| (name, name)), Some("any")))
                    (select("type", "Type", &asked.kind, &TYPES, Some("any")))
                    (text("country", "Country", &asked.country, "DE", 2))
                    (text("currency", "Invoice currency", &asked.currency, "EUR", 3))
                    (select("provider", "Billing provider", &asked.provider,
                        &PROVIDERS.map(|name| (name, system(name))), Some("any")))
                    (text("tag", "Tag", &asked.tag, "", 64))
                    (select("sort", "Order", &asked.sort, &ORDERS, None))
                    @if may_see_the_past {
                        div.field {
                            label for="as_of" { "As of (UTC)" }
                            input #as_of type=(as_of_kind) name="as_of" step="any" value=(as_of);
                        }
                    }
                    div.buttons {
                        button.button.main type="submit" { "Show" }
                        @if narrowed { a.button href=(crate::url::query(PATH, &[("q", &asked.q)])) { "Take filters away" } }
                    }
                }
            }
        }
    }
}

fn text(name: &str, label: &str, value: &str, placeholder: &str, most: usize) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            input id=(name) name=(name) value=(value) placeholder=(placeholder) maxlength=(most) autocomplete="off";
        }
    }
}

/// A choice; `any` is the words for none.
fn select(
    name: &str,
    label: &str,
    value: &str,
    options: &[(&str, &str)],
    any: Option<&str>,
) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                @if let Some(any) = any { option value="" { (any) } }
                @for (option, words) in options {
                    option value=(option) selected[*option == value] { (words) }
                }
            }
        }
    }
}
