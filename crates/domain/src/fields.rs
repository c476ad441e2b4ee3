//! The differences between two values of one type, field by field, as JSON shows them.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::list::{Dict, Distinct, List};

/// One field that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The field, as a JSON pointer (RFC 6901).
    pub field: String,
    /// The old value as JSON; absent if there was none.
    pub old: Option<Value>,
    /// The new value; absent if there is none. Never equal to `old`.
    pub new: Option<Value>,
}

/// A value that can be compared field by field.
pub(crate) trait Fields {
    /// Records each field that differs.
    fn differ(before: &Self, after: &Self, differences: &mut Differences);
}

/// An item of a list that has a name of its own.
pub(crate) trait Identified {
    /// The name, which no other item of the list has.
    fn identity(&self) -> String;
}

/// The differences found so far, and the current place.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    at: String,
    found: Vec<FieldChange>,
}

impl Differences {
    /// All differences, in the order in which they were found.
    pub(crate) fn into_found(self) -> Vec<FieldChange> {
        self.found
    }

    /// Compares a field by its name in the code. Equal values cost one comparison.
    pub(crate) fn field<T: Fields + PartialEq>(
        &mut self,
        name: &'static str,
        before: &T,
        after: &T,
    ) {
        if before != after {
            // `stringify!` keeps the prefix of a raw identifier. The JSON name has none.
            let name = name.strip_prefix("r#").unwrap_or(name);
            self.within(name, |differences| T::differ(before, after, differences));
        }
    }

    /// Compares a member with any name.
    fn member<T: PartialEq + Serialize>(
        &mut self,
        name: &str,
        before: Option<&T>,
        after: Option<&T>,
    ) {
        if before != after {
            self.within(name, |differences| differences.values(before.map(json), after.map(json)));
        }
    }

    /// Compares JSON at the current place. An object without members is a leaf: nothing in it would
    /// show that it exists.
    fn values(&mut self, before: Option<Value>, after: Option<Value>) {
        let (old, old_members) = leaf_or_members(before);
        let (new, new_members) = leaf_or_members(after);
        if old != new {
            self.found.push(FieldChange { field: self.at.clone(), old, new });
        }
        for (name, old, new) in paired(old_members, new_members) {
            self.within(&name, |differences| differences.values(old, new));
        }
    }

    /// Enters a member, calls `look`, and leaves it. Repeats names of any length.
    fn within(&mut self, name: &str, look: impl FnOnce(&mut Self)) {
        let length = self.at.len();
        self.at.push('/');
        for character in name.chars() {
            match character {
                '~' => self.at.push_str("~0"),
                '/' => self.at.push_str("~1"),
                other => self.at.push(other),
            }
        }
        look(self);
        self.at.truncate(length);
    }
}

impl<T: PartialEq + Serialize> Fields for Option<T> {
    fn differ(before: &Self, after: &Self, differences: &mut Differences) {
        differences.values(before.as_ref().map(json), after.as_ref().map(json));
    }
}

impl<K, V, const MAX: usize> Fields for Dict<K, V, MAX>
where
    K: AsRef<str> + Ord,
    V: PartialEq + Serialize,
{
    fn differ(before: &Self, after: &Self, differences: &mut Differences) {
        for (name, old, new) in paired(before.iter(), after.iter()) {
            differences.member(name.as_ref(), old, new);
        }
    }
}

/// Compared by the names of the items. Their order has no meaning.
impl<T: Identified + PartialEq + Serialize> Fields for Vec<T> {
    fn differ(before: &Self, after: &Self, differences: &mut Differences) {
        // Most changes are at the end. Items that both lists begin with need no names.
        let same = before.iter().zip(after).take_while(|(old, new)| old == new).count();
        let named = |items: &'_ [T]| -> BTreeMap<String, usize> {
            let items = items.iter().enumerate().skip(same);
            items.map(|(index, item)| (item.identity(), index)).collect()
        };
        for (name, old, new) in paired(named(before), named(after)) {
            let old = old.and_then(|index| before.get(index));
            let new = new.and_then(|index| after.get(index));
            differences.member(&name, old, new);
        }
    }
}

/// A list whose items have no names is one field. An empty one is absent.
macro_rules! whole_lists {
    ($([$($generic:tt)*] $List:ty;)*) => {$(
        impl<$($generic)*> Fields for $List {
            fn differ(before: &Self, after: &Self, differences: &mut Differences) {
                let shown = |list: &Self| (!list.is_empty()).then(|| json(list));
                differences.values(shown(before), shown(after));
            }
        }
    )*};
}
whole_lists! {
    [T: Serialize, const MAX: usize] List<T, MAX>;
    [T: Serialize, const MAX: usize] Distinct<T, MAX>;
    [T: Serialize] BTreeSet<T>;
    [] Vec<crate::customer::ExternalId>;
}

/// Compares the named fields of two values. Without `..` it compiles only if all fields are named.
macro_rules! differ {
    ($differences:ident, $before:ident, $after:ident: $Type:ident { $($field:ident),* $(,)? }) => {
        let $Type { $($field),* } = $after;
        $($differences.field(stringify!($field), &$before.$field, $field);)*
    };
}
pub(crate) use differ;

/// A part of a state as JSON.
#[expect(clippy::expect_used, reason = "every state can be written as JSON")]
pub(crate) fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("a state can be written as JSON: its keys are texts")
}

fn leaf_or_members(value: Option<Value>) -> (Option<Value>, BTreeMap<String, Value>) {
    match value {
        Some(Value::Object(members)) if !members.is_empty() => {
            (None, members.into_iter().collect())
        }
        leaf => (leaf, BTreeMap::new()),
    }
}

/// Both values of each key, in the order of the keys. Both inputs have to be sorted by key.
fn paired<K: Ord, V>(
    before: impl IntoIterator<Item = (K, V)>,
    after: impl IntoIterator<Item = (K, V)>,
) -> impl Iterator<Item = (K, Option<V>, Option<V>)> {
    let (mut before, mut after) = (before.into_iter().peekable(), after.into_iter().peekable());
    std::iter::from_fn(move || {
        let order = match (before.peek(), after.peek()) {
            (Some((old, _)), Some((new, _))) => old.cmp(new),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return None,
        };
        match order {
            Ordering::Less => before.next().map(|(key, old)| (key, Some(old), None)),
            Ordering::Greater => after.next().map(|(key, new)| (key, None, Some(new))),
            Ordering::Equal => {
                let (key, old) = before.next()?;
                Some((key, Some(old), after.next().map(|(_, new)| new)))
            }
        }
    })
}
