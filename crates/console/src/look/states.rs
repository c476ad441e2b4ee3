//! What a page says when it has nothing to show, too much of it, or not yet.

use maud::{Markup, html};

/// Nothing is there.
pub(crate) fn empty(title: &str, text: Markup) -> Markup {
    html! { div.state { p.state-title { (title) } p { (text) } } }
}

/// More is there than a page shows: what to do about it.
pub(crate) fn too_much(text: Markup) -> Markup {
    html! { div.state.much role="note" { p.state-title { "That is too much for one page" } p { (text) } } }
}

/// What is shown comes from before the latest events.
pub(crate) fn behind(text: Markup) -> Markup {
    html! { p.note role="note" { (text) } }
}
