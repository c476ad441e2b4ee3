//! The way to the next page of a list.

use maud::{Markup, html};

/// Links to the beginning, when this is not it, and to what comes next, if there is more.
pub(crate) fn pages(first: Option<&str>, next: Option<&str>, what: &str) -> Markup {
    html! {
        @if first.is_some() || next.is_some() {
            nav.pager aria-label="Pages" {
                @if let Some(first) = first { a.button href=(first) { "From the beginning" } }
                @if let Some(next) = next { a.button rel="next" href=(next) { (what) } }
            }
        }
    }
}
