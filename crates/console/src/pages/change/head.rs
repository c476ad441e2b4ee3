//! The head of pages that change a customer, and their addresses.

use maud::{Markup, html};
use serde_json::Value;
use store::Current;

use super::kind::Kind;
use super::members;
use crate::url;

/// The head of these pages: the customer, its version, and the title.
pub(super) fn head(current: &Current, state: &Value, title: &str) -> Markup {
    html! {
        p.crumbs {
            a href=(url::customer(current.id)) { (members::name(state)) }
            " · version " (current.version)
        }
        div.head { h1 { (title) } }
    }
}

/// Where a change is made.
pub(super) fn address(current: &Current, kind: Kind) -> String {
    format!("{}/change/{}", url::customer(current.id), kind.name())
}
