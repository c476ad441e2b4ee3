//! The JSON Patch (RFC 6902) that turns one JSON document into another.

use serde::Serialize;
use serde_json::{Map, Value};

/// One operation of a patch.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub(super) enum Operation {
    /// Adds a member, or inserts an item before this index.
    Add {
        /// The place: a JSON pointer (RFC 6901).
        path: String,
        /// The new value.
        value: Value,
    },
    /// Removes a member or an item.
    Remove {
        /// The place.
        path: String,
    },
    /// Replaces a value.
    Replace {
        /// The place.
        path: String,
        /// The new value.
        value: Value,
    },
}

/// The operations that turn `before` into `after`, in their order; none if they are equal.
///
/// Items that both lists begin and end with stay. The items between are compared one by one.
pub(super) fn patch(before: &Value, after: &Value) -> Vec<Operation> {
    let mut steps = Steps::default();
    steps.values(before, after);
    steps.taken
}

/// The operations so far, and the current place.
#[derive(Default)]
struct Steps {
    at: String,
    taken: Vec<Operation>,
}

impl Steps {
    fn values(&mut self, before: &Value, after: &Value) {
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => self.objects(before, after),
            (Value::Array(before), Value::Array(after)) => self.lists(before, after),
            _ if before == after => {}
            _ => {
                self.taken.push(Operation::Replace { path: self.at.clone(), value: after.clone() });
            }
        }
    }

    fn objects(&mut self, before: &Map<String, Value>, after: &Map<String, Value>) {
        for name in before.keys().filter(|name| !after.contains_key(*name)) {
            self.within(name, Self::remove);
        }
        for (name, value) in after {
            self.within(name, |steps| match before.get(name) {
                Some(old) => steps.values(old, value),
                None => steps.add(value),
            });
        }
    }

    #[expect(clippy::arithmetic_side_effects, reason = "places within lists that are in memory")]
    fn lists(&mut self, before: &[Value], after: &[Value]) {
        let same = |(old, new): &(&Value, &Value)| old == new;
        let begin = before.iter().zip(after).take_while(same).count();
        let rest = |list| <[Value]>::get(list, begin..).unwrap_or_default();
        let (before, after) = (rest(before), rest(after));
        let end = before.iter().rev().zip(after.iter().rev()).take_while(same).count();
        let middle = |list: &'_ [Value]| list.len() - end;
        let before = before.get(..middle(before)).unwrap_or_default();
        let after = after.get(..middle(after)).unwrap_or_default();
        for (nth, (old, new)) in before.iter().zip(after).enumerate() {
            self.within(&(begin + nth).to_string(), |steps| steps.values(old, new));
        }
        for _ in after.len()..before.len() {
            self.within(&(begin + after.len()).to_string(), Self::remove);
        }
        for (nth, new) in after.iter().enumerate().skip(before.len()) {
            self.within(&(begin + nth).to_string(), |steps| steps.add(new));
        }
    }

    fn add(&mut self, value: &Value) {
        self.taken.push(Operation::Add { path: self.at.clone(), value: value.clone() });
    }

    fn remove(&mut self) {
        self.taken.push(Operation::Remove { path: self.at.clone() });
    }

    /// Enters a member or an item, calls `look`, and leaves it.
    fn within(&mut self, name: &str, look: impl FnOnce(&mut Self)) {
        let length = self.at.len();
        self.at.push('/');
        self.at.push_str(&name.replace('~', "~0").replace('/', "~1"));
        look(self);
        self.at.truncate(length);
    }
}

#[cfg(test)]
mod tests;
