//! Fields of two or three states of a customer beside each other.

use std::collections::{BTreeMap, BTreeSet};

use domain::customer::{Customer, FieldChange, changes};
use maud::{Markup, html};
use serde_json::Value;

use crate::look::value;
use crate::words::{fields, values};

/// What a change does, field by field.
pub(super) fn two(before: &Customer, after: &Customer) -> Markup {
    html! {
        div.scroll { table.sheet.stack {
            thead { tr { th { "Field" } th { "Now" } th { "Then" } } }
            tbody { @for change in changes(before, after) { tr {
                th scope="row" { (fields::name(&change.field)) }
                td data-name="Now" { (shown(change.old.as_ref(), value::old)) }
                td data-name="Then" { (shown(change.new.as_ref(), value::new)) }
            } } }
        } }
    }
}

/// A field that somebody changed: as it was, as it is, as it would become.
pub(super) struct Row {
    field: String,
    seen: Option<Value>,
    now: Option<Value>,
    wanted: Option<Value>,
}

impl Row {
    /// Whether both wanted something else of it.
    pub(super) fn contested(&self) -> bool {
        self.seen != self.now && self.now != self.wanted
    }
}

/// The fields that differ between any two of three states.
pub(super) fn rows(seen: &Customer, now: &Customer, wanted: &Customer) -> Vec<Row> {
    let by_field = |changes: Vec<FieldChange>| {
        let named = changes.into_iter().map(|change| (change.field, (change.old, change.new)));
        named.collect::<BTreeMap<_, _>>()
    };
    let (theirs, mine) = (by_field(changes(seen, now)), by_field(changes(now, wanted)));
    let fields: BTreeSet<&String> = theirs.keys().chain(mine.keys()).collect();
    let row = |field: &String| {
        let (theirs, mine) = (theirs.get(field), mine.get(field));
        let now = mine.map(|(old, _)| old.clone()).or(theirs.map(|(_, new)| new.clone()));
        let now = now.unwrap_or_default();
        Row {
            field: field.clone(),
            seen: theirs.map_or_else(|| now.clone(), |(old, _)| old.clone()),
            wanted: mine.map_or_else(|| now.clone(), |(_, new)| new.clone()),
            now,
        }
    };
    fields.into_iter().map(row).collect()
}

/// These rows.
pub(super) fn three(rows: &[Row]) -> Markup {
    html! {
        div.scroll { table.sheet.stack {
            thead { tr { th { "Field" } th { "When you began" } th { "Now" } th { "With your change" } th { span.hidden { "Note" } } } }
            tbody { @for row in rows { tr {
                th scope="row" { (fields::name(&row.field)) }
                td data-name="When you began" { (shown(row.seen.as_ref(), plain)) }
                td data-name="Now" {
                    @if row.seen == row.now { span.soft { "the same" } } @else { (shown(row.now.as_ref(), value::new)) }
                }
                td data-name="With your change" {
                    @if row.wanted == row.now { span.soft { "the same" } } @else { (shown(row.wanted.as_ref(), value::new)) }
                }
                td { @if row.contested() { span.chip.warn { "both changed it" } } }
            } } }
        } }
    }
}

fn shown(value: Option<&Value>, show: impl Fn(&str) -> Markup) -> Markup {
    if let Some(value) = value {
        show(&values::text(value))
    } else {
        html! { span.soft { "nothing" } }
    }
}

fn plain(text: &str) -> Markup {
    html! { span.mono { (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn customer(city: &str, email: &str) -> Customer {
        let state = json!({ "profile": { "email": email, "address": { "city": city } } });
        serde_json::from_value(state).expect("a state")
    }

    #[test]
    fn fields_that_both_changed_are_contested_and_others_are_not() {
        let seen = customer("Bern", "a@acme.example");
        let now = customer("Basel", "b@acme.example");
        let wanted = customer("Chur", "b@acme.example");
        let rows = rows(&seen, &now, &wanted);
        let found: Vec<_> = rows.iter().map(|row| (&*row.field, row.contested())).collect();
        assert_eq!(found, [("/profile/address/city", true), ("/profile/email", false)]);
        let values: Vec<_> = rows.iter().map(|row| row.wanted.clone()).collect();
        assert_eq!(values, [Some(json!("Chur")), Some(json!("b@acme.example"))]);
    }
}
