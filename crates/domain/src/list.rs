//! Collections with a limit: lists, lists without duplicates, and dictionaries.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::check::{Check, Pointer, Violation};

/// A value that may be vacant. JSON then leaves it out.
pub trait Vacant {
    /// Whether it is vacant.
    fn is_vacant(&self) -> bool;
}

impl<T> Vacant for Option<T> {
    fn is_vacant(&self) -> bool {
        self.is_none()
    }
}

impl<T> Vacant for crate::Patch<T> {
    fn is_vacant(&self) -> bool {
        self.is_keep()
    }
}

impl<T> Vacant for Vec<T> {
    fn is_vacant(&self) -> bool {
        self.is_empty()
    }
}

impl<T> Vacant for BTreeSet<T> {
    fn is_vacant(&self) -> bool {
        self.is_empty()
    }
}

/// A list of at most `MAX` items. Stored lists are read without a limit, so a lower limit does not
/// make them unreadable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct List<T, const MAX: usize>(Vec<T>);

/// A list of at most `MAX` different items, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Distinct<T, const MAX: usize>(Vec<T>);

/// At most `MAX` values, each under its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[serde(bound(deserialize = "K: Deserialize<'de> + Ord, V: Deserialize<'de>"))]
pub struct Dict<K, V, const MAX: usize>(BTreeMap<K, V>);

fn check_length(length: usize, max: usize, at: &Pointer, found: &mut Vec<Violation>) {
    if length > max {
        at.refuse(found, format!("must have at most {max} entries"));
    }
}

macro_rules! lists {
    ($($List:ident),*) => {$(
        impl<T, const MAX: usize> Default for $List<T, MAX> {
            fn default() -> Self {
                Self(vec![])
            }
        }

        impl<T, const MAX: usize> From<Vec<T>> for $List<T, MAX> {
            fn from(items: Vec<T>) -> Self {
                Self(items)
            }
        }

        impl<T, const MAX: usize> Deref for $List<T, MAX> {
            type Target = Vec<T>;

            fn deref(&self) -> &Vec<T> {
                &self.0
            }
        }

        impl<T, const MAX: usize> $List<T, MAX> {
            /// The items as a plain vector.
            #[must_use]
            pub fn into_vec(self) -> Vec<T> {
                self.0
            }
        }

        impl<T, const MAX: usize> Vacant for $List<T, MAX> {
            fn is_vacant(&self) -> bool {
                self.0.is_empty()
            }
        }
    )*};
}
lists!(List, Distinct);

impl<T: Check, const MAX: usize> Check for List<T, MAX> {
    fn check(&self, at: &mut Pointer, found: &mut Vec<Violation>) {
        check_length(self.len(), MAX, at, found);
        self.0.check(at, found);
    }
}

impl<T: Check + Ord, const MAX: usize> Check for Distinct<T, MAX> {
    fn check(&self, at: &mut Pointer, found: &mut Vec<Violation>) {
        check_length(self.len(), MAX, at, found);
        self.0.check(at, found);
        let mut seen = BTreeSet::new();
        for (index, item) in self.iter().enumerate() {
            if !seen.insert(item) {
                at.within(&index.to_string(), |at| at.refuse(found, "must not be there twice"));
            }
        }
    }
}

impl<K, V, const MAX: usize> Default for Dict<K, V, MAX> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, V, const MAX: usize> FromIterator<(K, V)> for Dict<K, V, MAX> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl<K, V, const MAX: usize> Deref for Dict<K, V, MAX> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &BTreeMap<K, V> {
        &self.0
    }
}

impl<K: Ord, V, const MAX: usize> Dict<K, V, MAX> {
    /// The most entries accepted from outside.
    pub const ENTRIES_MAX: usize = MAX;

    /// Sets one entry. The caller checks the limit.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.0.insert(key, value);
    }

    /// Removes one entry, if it is there.
    pub(crate) fn remove(&mut self, key: &K) {
        self.0.remove(key);
    }

    /// The entries as a plain map.
    #[must_use]
    pub fn into_map(self) -> BTreeMap<K, V> {
        self.0
    }
}

impl<K, V, const MAX: usize> Vacant for Dict<K, V, MAX> {
    fn is_vacant(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Check + AsRef<str>, V: Check, const MAX: usize> Check for Dict<K, V, MAX> {
    fn check(&self, at: &mut Pointer, found: &mut Vec<Violation>) {
        check_length(self.len(), MAX, at, found);
        for (key, value) in &self.0 {
            at.within(key.as_ref(), |at| {
                key.check(at, found);
                value.check(at, found);
            });
        }
    }
}

/// The schema of a plain collection with one more keyword.
fn limited<T: JsonSchema>(generator: &mut SchemaGenerator, keyword: &str, max: usize) -> Schema {
    let mut schema = T::json_schema(generator);
    schema.insert(keyword.to_owned(), max.into());
    schema
}

macro_rules! limited_schema {
    ($([$($generic:tt)*] $Type:ty, $Plain:ty, $keyword:literal, $more:expr;)*) => {$(
        impl<$($generic)*, const MAX: usize> JsonSchema for $Type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                format!("{}UpTo{MAX}", <$Plain>::schema_name()).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let mut schema = limited::<$Plain>(generator, $keyword, MAX);
                let more: fn(&mut SchemaGenerator) -> Option<(&'static str, Schema)> = $more;
                if let Some((keyword, value)) = more(generator) {
                    schema.insert(keyword.to_owned(), value.into());
                }
                schema
            }
        }
    )*};
}
limited_schema! {
    [T: JsonSchema] List<T, MAX>, Vec<T>, "maxItems", |_| None;
    [T: JsonSchema] Distinct<T, MAX>, Vec<T>, "maxItems",
        |_| Some(("uniqueItems", true.into()));
    [K: JsonSchema, V: JsonSchema] Dict<K, V, MAX>, BTreeMap<String, V>, "maxProperties",
        |generator| Some(("propertyNames", generator.subschema_for::<K>()));
}

#[cfg(test)]
mod tests;
