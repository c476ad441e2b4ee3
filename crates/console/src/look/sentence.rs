//! Sentences about events: who did what, when and why, in a line.

use maud::{Markup, html};

use super::value;
use crate::url;
use crate::words::sentence::{Part, Sentence};

/// A sentence.
pub(crate) fn show(sentence: &Sentence) -> Markup {
    html! {
        @for part in &sentence.0 {
            @match part {
                Part::Words(words) => (words),
                Part::Thing(thing) => b { (thing) },
                Part::Was(text) => (value::old(text)),
                Part::Became(text) => (value::new(text)),
                Part::Customer(id) => a href={ "/console/customers/" (url::escaped(id)) } { "another customer" },
            }
        }
    }
}

/// The badge of who did it: initials. A service is a square, a person is round.
pub(crate) fn badge(actor: &str, service: bool) -> Markup {
    html! { span.badge.service[service] aria-hidden="true" { (initials(actor)) } }
}

fn initials(name: &str) -> String {
    let words = name.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
    let initials: String = words.filter_map(|word| word.chars().next()).take(2).collect();
    if initials.is_empty() { "?".to_owned() } else { initials.to_uppercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_has_initials() {
        for (name, shown) in [
            ("support agent", "SA"),
            ("billing-backend", "BB"),
            ("ada@example.com", "AE"),
            ("Östen", "Ö"),
            ("李雷", "李"),
            ("🤖", "?"),
            ("", "?"),
        ] {
            assert_eq!(initials(name), shown, "{name}");
        }
    }

    #[test]
    fn what_people_wrote_is_text() {
        let sentence = Sentence(vec![
            Part::Thing("<b>".to_owned()),
            Part::Was("<i>".to_owned()),
            Part::Became("\"><script>".to_owned()),
        ]);
        let shown = show(&sentence).into_string();
        assert!(!shown.contains("<i>") && !shown.contains("<script>"), "{shown}");
        assert!(shown.contains("&lt;b&gt;"), "{shown}");
    }
}
