//! What leads from one JSON document to another, as a JSON Patch (RFC 6902).

use serde::Serialize;
use serde_json::{Map, Value};

/// A step from one document to another.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Operation {
    /// Puts a member, or an item before the one that has this index now.
    Add {
        /// Where: a JSON pointer (RFC 6901).
        path: String,
        /// What.
        value: Value,
    },
    /// Takes a member or an item away.
    Remove {
        /// Where.
        path: String,
    },
    /// Puts a value in the place of another.
    Replace {
        /// Where.
        path: String,
        /// What.
        value: Value,
    },
}

/// The steps that make `after` of `before`, to be taken in their order; none when they are equal.
///
/// Of two lists, what both begin and end with stays; what is between is compared item by item.
#[must_use]
pub fn patch(before: &Value, after: &Value) -> Vec<Operation> {
    let mut steps = Steps::default();
    steps.values(before, after);
    steps.taken
}

/// The steps so far, and the place that is being looked at.
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

    /// Goes to a member or an item, and comes back.
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
