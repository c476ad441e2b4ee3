//! Field by field: what differs between two values of one type, as their JSON shows it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::list::{Dict, Distinct, List};

/// One field that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Where it is: a JSON pointer (RFC 6901).
    pub field: String,
    /// What it was, as JSON shows it; absent when it wasn't there.
    pub old: Option<Value>,
    /// What it is now; absent when it is gone. Never the same as `old`.
    pub new: Option<Value>,
}

/// What can be compared field by field.
pub(crate) trait Fields {
    /// Notes each field that differs.
    fn differ(before: &Self, after: &Self, differences: &mut Differences);
}

/// What is one of several, and is told from the others by a name of its own.
pub(crate) trait Identified {
    /// The name; no two things in a list have the same.
    fn identity(&self) -> String;
}

/// The differences found so far, and the place that is being looked at.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    at: String,
    found: Vec<FieldChange>,
}

impl Differences {
    /// All of them, in the order in which they were found.
    pub(crate) fn into_found(self) -> Vec<FieldChange> {
        self.found
    }

    /// Looks at a field by the name that it has in the code. What is equal costs one comparison.
    pub(crate) fn field<T: Fields + PartialEq>(
        &mut self,
        name: &'static str,
        before: &T,
        after: &T,
    ) {
        if before != after {
            // `stringify!` keeps the mark of a raw identifier, which the JSON name does not have.
            let name = name.strip_prefix("r#").unwrap_or(name);
            self.within(name, |differences| T::differ(before, after, differences));
        }
    }

    /// Looks at a member whose name is anybody's.
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

    /// Looks at JSON at the current place. An object without members is a leaf, as anything is that
    /// isn't an object: it is there, and nothing in it says so.
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

    /// Goes to a member, and comes back. Unlike a place in a request, it repeats any name whole.
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

/// Read by what tells its items apart: their order says nothing.
impl<T: Identified + PartialEq + Serialize> Fields for Vec<T> {
    fn differ(before: &Self, after: &Self, differences: &mut Differences) {
        // Most changes are at the end: what both begin with needs no names.
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

/// Lists whose items have no name are one field; empty ones are absent.
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

/// Compares the named fields of two values of a type. All fields have to be named, else it does not
/// compile: there is no `..`.
macro_rules! differ {
    ($differences:ident, $before:ident, $after:ident: $Type:ident { $($field:ident),* $(,)? }) => {
        let $Type { $($field),* } = $after;
        $($differences.field(stringify!($field), &$before.$field, $field);)*
    };
}
pub(crate) use differ;

/// A part of a state as the state's own JSON shows it.
#[expect(clippy::expect_used, reason = "a state is written as JSON, whatever its values are")]
pub(crate) fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("every state is written as JSON, whose keys are texts")
}

fn leaf_or_members(value: Option<Value>) -> (Option<Value>, BTreeMap<String, Value>) {
    match value {
        Some(Value::Object(members)) if !members.is_empty() => {
            (None, members.into_iter().collect())
        }
        leaf => (leaf, BTreeMap::new()),
    }
}

/// Both values of each key, in the order of the keys. Each side has to come in that order.
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
