//! Values of fields: text as text; ids, numbers and JSON monospaced, to be copied with one click.

use maud::{Markup, html};
use serde_json::Value;

/// An id or other text that people copy.
pub(crate) fn id(text: &str) -> Markup {
    html! {
        span.copyable {
            code { (text) }
            button.copy type="button" data-copy=(text) aria-label={ "Copy " (text) } { "copy" }
        }
    }
}

/// JSON, indented, to be copied.
pub(crate) fn json(value: &Value) -> Markup {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    html! {
        div.json {
            button.copy type="button" data-copy="" { "copy" }
            pre tabindex="0" role="region" aria-label="JSON" { code { (text) } }
        }
    }
}

/// A value as it was, and as it is.
pub(crate) fn old(text: &str) -> Markup {
    html! { del { span.hidden { "before: " } (text) } }
}

/// A value as it became.
pub(crate) fn new(text: &str) -> Markup {
    html! { ins { span.hidden { "after: " } (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_in_a_value_becomes_markup() {
        let hostile = "<script>alert(1)</script>\"'&";
        for markup in [id(hostile), json(&json!(hostile)), old(hostile), new(hostile)] {
            let markup = markup.into_string();
            assert!(!markup.contains("<script"), "{markup}");
            assert!(!markup.contains("\"'&\""), "{markup}");
        }
    }
}
