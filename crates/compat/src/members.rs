//! How a vendor's object and a customer's document say the same: one table, read in both directions.
//!
//! A table is a list of [`Member`]s. From a request it makes the part of a document that is to change,
//! from a document an answer, and from the place of a mistake in our document its place in the request.
//! So no surface writes down a field twice.

use domain::check::Violation;
use serde_json::{Map, Number, Value, json};

use crate::blank::Blank;
use crate::ids::{read_id, show_id};

/// A member of a vendor's object, and where its value is in ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    /// Its name there.
    pub(crate) theirs: &'static str,
    /// Where it is: a JSON pointer into the customer's document, or from where the table begins.
    pub(crate) ours: &'static str,
    /// How the value is written there.
    pub(crate) form: Form,
    /// In which directions it goes.
    way: Way,
    /// What is shown where there is no value.
    empty: Empty,
}

/// How a value is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// As it is.
    Same,
    /// The id of a customer, with this prefix; without one as it is.
    Id(&'static str),
    /// One of several words: theirs, and ours.
    Word(&'static [(&'static str, &'static str)]),
    /// A number there, decimal text here.
    Decimal,
    /// A code that may be sent in lower case.
    Code,
    /// Texts by their keys; any other value in our document is shown as its JSON.
    Texts,
    /// A time with as many decimals as it needs.
    Time,
    /// A time to the second.
    Second,
    /// The day of a time, in UTC.
    Day,
    /// A text that isn't known here.
    Unknown,
    /// An object whose members are elsewhere in our document.
    Group(&'static [Member]),
    /// A list of objects, each by this table.
    Each(&'static [Member]),
}

/// What is inside a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Content {
    /// Nothing that a table describes.
    Plain,
    /// Members of an object.
    Members(&'static [Member]),
    /// Items of a list, each by this table.
    Items(&'static [Member]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Both,
    Taken,
    Shown,
}

/// What a vendor shows where there is nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Empty {
    Null,
    Text,
    Word(&'static str),
    List,
    Object,
    False,
    True,
}

impl Member {
    /// A member that goes both ways.
    pub(crate) const fn new(theirs: &'static str, ours: &'static str) -> Self {
        Self { theirs, ours, form: Form::Same, way: Way::Both, empty: Empty::Null }
    }

    /// A member that only answers have.
    pub(crate) const fn shown(theirs: &'static str, ours: &'static str) -> Self {
        Self { way: Way::Shown, ..Self::new(theirs, ours) }
    }

    /// A member that only requests have.
    pub(crate) const fn taken(theirs: &'static str, ours: &'static str) -> Self {
        Self { way: Way::Taken, ..Self::new(theirs, ours) }
    }

    /// Whether requests have it, or (not `sent`) answers.
    pub(crate) fn goes(&self, sent: bool) -> bool {
        self.way != if sent { Way::Shown } else { Way::Taken }
    }

    /// A text there as our documents have it; nothing when it can't be this member's.
    pub(crate) fn taken_text(&self, text: &str) -> Option<String> {
        let ours = self.form.take(Blank::Null, &json!(text)).ok()?;
        ours.as_str().map(str::to_owned)
    }

    /// A member of answers whose value isn't known here.
    pub(crate) const fn unknown(theirs: &'static str) -> Self {
        Self { form: Form::Unknown, ..Self::shown(theirs, "") }
    }

    /// The word that is shown where there is no value, if it is a word.
    pub(crate) const fn word_if_absent(&self) -> Option<&'static str> {
        if let Empty::Word(word) = self.empty { Some(word) } else { None }
    }

    /// The same, written so.
    pub(crate) const fn as_a(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// The same, shown so where there is nothing.
    pub(crate) const fn or(self, empty: Empty) -> Self {
        Self { empty, ..self }
    }
}

/// What a request asks of a customer: the part of its document that is to change, in which `null` is
/// what is to go.
///
/// # Errors
///
/// Every violation of the table itself, with its place in the request. The values are checked by
/// the commands that result.
pub(crate) fn take(
    members: &[Member],
    blank: Blank,
    body: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<Violation>> {
    let mut found = Vec::new();
    let mut document = Value::Object(Map::new());
    take_into(&mut document, "", members, blank, body, &mut found);
    let Value::Object(document) = document else { return Err(found) };
    if found.is_empty() { Ok(document) } else { Err(found) }
}

fn take_into(
    document: &mut Value,
    at: &str,
    members: &[Member],
    blank: Blank,
    body: &Map<String, Value>,
    found: &mut Vec<Violation>,
) {
    for member in members.iter().filter(|member| member.goes(true)) {
        let Some(value) = body.get(member.theirs) else { continue };
        if blank == Blank::EmptyText && value.is_null() {
            continue;
        }
        let value = if blank.is(value) { &Value::Null } else { value };
        let ours = format!("{at}{}", member.ours);
        if let Form::Group(members) = member.form {
            let nothing: Map<String, Value>;
            let inner = if let Value::Object(inner) = value {
                inner
            } else if value.is_null() {
                nothing = members.iter().map(|m| (m.theirs.to_owned(), Value::Null)).collect();
                &nothing
            } else {
                found.push(Violation::invalid("must be an object").under(member.theirs));
                continue;
            };
            let mut within = Vec::new();
            take_into(document, &ours, members, blank, inner, &mut within);
            found.extend(within.into_iter().map(|violation| violation.under(member.theirs)));
            continue;
        }
        match member.form.take(blank, value) {
            Ok(value) => put(document, &ours, value),
            Err(violation) => found.push(violation.under(member.theirs)),
        }
    }
}

/// Puts `value` where the pointer says, into objects that are made on the way.
fn put(document: &mut Value, pointer: &str, value: Value) {
    let mut place = document;
    for segment in pointer.split('/').skip(1) {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(object) = place else { return };
        place = object.entry(segment).or_insert(Value::Null);
    }
    *place = value;
}

/// A document as the vendor shows it, with every member of the table.
pub(crate) fn show(members: &[Member], document: &Value) -> Map<String, Value> {
    let shown = members.iter().filter(|member| member.goes(false));
    let shown = shown.map(|member| {
        let value = value_at(document, member.ours).filter(|value| !value.is_null());
        let value = value.map(|value| member.form.show(value)).filter(|value| !value.is_null());
        (member.theirs.to_owned(), value.unwrap_or_else(|| member.empty.value()))
    });
    shown.collect()
}

/// The value at a pointer of a table. Tables name members of objects that need no escape, so unlike
/// [`Value::pointer`] this copies no name.
fn value_at<'a>(document: &'a Value, pointer: &str) -> Option<&'a Value> {
    pointer.split('/').skip(1).try_fold(document, |value, name| value.get(name))
}

impl Form {
    /// What is inside the value.
    pub(crate) const fn content(self) -> Content {
        match self {
            Self::Group(members) => Content::Members(members),
            Self::Each(members) => Content::Items(members),
            Self::Same
            | Self::Id(_)
            | Self::Word(_)
            | Self::Decimal
            | Self::Code
            | Self::Texts
            | Self::Time
            | Self::Second
            | Self::Day
            | Self::Unknown => Content::Plain,
        }
    }

    /// The value as our document has it.
    ///
    /// # Errors
    ///
    /// The error text for an invalid value.
    pub(crate) fn take(self, blank: Blank, value: &Value) -> Result<Value, Violation> {
        if value.is_null() {
            return Ok(Value::Null);
        }
        match self {
            Self::Same | Self::Group(_) | Self::Time | Self::Second | Self::Day | Self::Unknown => {
                Ok(value.clone())
            }
            Self::Texts => {
                let members = value.as_object().into_iter().flatten();
                let mut others = members.filter(|(_, value)| !value.is_string());
                match others.next() {
                    Some((name, _)) => Err(Violation::invalid("must be a string").under(name)),
                    None => Ok(value.clone()),
                }
            }
            Self::Id(prefix) => {
                let id = value.as_str().and_then(|text| read_id(prefix, text));
                let asked = || Violation::invalid("must be the id of a customer");
                id.map(|id| json!(id)).ok_or_else(asked)
            }
            Self::Word(words) => {
                let word = words.iter().find(|(theirs, _)| value == theirs);
                let names = || words.iter().map(|(theirs, _)| *theirs).collect::<Vec<_>>();
                let asked = || Violation::invalid(format!("must be one of {}", names().join(", ")));
                word.map(|(_, ours)| json!(ours)).ok_or_else(asked)
            }
            Self::Decimal => {
                let text = value.as_number().map(decimal_text);
                text.map(Value::from).ok_or_else(|| Violation::invalid("must be a number"))
            }
            Self::Code => {
                let code = value.as_str().map(str::to_ascii_uppercase);
                Ok(code.map_or_else(|| value.clone(), Value::String))
            }
            Self::Each(members) => {
                let Value::Array(items) = value else {
                    return Err(Violation::invalid("must be a list"));
                };
                let items = items.iter().enumerate().map(|(nth, item)| {
                    let Value::Object(item) = item else {
                        return Err(Violation::invalid("must be an object").under(&nth.to_string()));
                    };
                    // An item is new as a whole, so that a blank says nothing in it.
                    let given = item.iter().filter(|(_, value)| !blank.is(value));
                    let given = given.map(|(name, value)| (name.clone(), value.clone())).collect();
                    let item = take(members, blank, &given).map(Value::Object);
                    item.map_err(|found| {
                        let first = found.into_iter().next();
                        let first = first.unwrap_or_else(|| Violation::invalid("is not valid"));
                        first.under(&nth.to_string())
                    })
                });
                items.collect::<Result<_, _>>().map(Value::Array)
            }
        }
    }

    /// The value as the vendor writes it.
    fn show(self, value: &Value) -> Value {
        match self {
            Self::Same | Self::Code => value.clone(),
            Self::Texts => {
                let members = value.as_object().into_iter().flatten();
                members.map(|(name, value)| (name.clone(), Value::from(as_text(value)))).collect()
            }
            Self::Time => {
                let time = value.as_str().map(|time| match time.split_once('.') {
                    Some((second, rest)) => {
                        let decimals = rest.trim_end_matches('Z').trim_end_matches('0');
                        let point = if decimals.is_empty() { "" } else { "." };
                        format!("{second}{point}{decimals}Z")
                    }
                    None => time.to_owned(),
                });
                time.into()
            }
            Self::Second => {
                let time = value.as_str().map(|time| match time.split_once('.') {
                    Some((second, _)) => format!("{second}Z"),
                    None => time.to_owned(),
                });
                time.into()
            }
            Self::Day => {
                let day = value.as_str().and_then(|time| time.split('T').next());
                day.into()
            }
            Self::Unknown => Value::Null,
            Self::Id(prefix) => {
                let id = value.as_str().and_then(|text| text.parse().ok());
                id.map_or(Value::Null, |id| json!(show_id(prefix, id)))
            }
            Self::Word(words) => {
                let word = words.iter().find(|(_, ours)| value == ours);
                word.map_or(Value::Null, |(theirs, _)| json!(theirs))
            }
            Self::Decimal => {
                let number = value.as_str().and_then(|text| serde_json::from_str(text).ok());
                number.unwrap_or(Value::Null)
            }
            Self::Group(members) => {
                let group = show(members, value);
                let empty = group.values().all(Value::is_null);
                if empty { Value::Null } else { Value::Object(group) }
            }
            Self::Each(members) => {
                let items = value.as_array().into_iter().flatten();
                items.map(|item| Value::Object(show(members, item))).collect()
            }
        }
    }
}

/// A text itself, any other value as compact JSON: as lists are filtered by metadata.
pub(crate) fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A number in digits alone. A double writes the shortest decimal that is nearest to it: what was sent.
fn decimal_text(number: &Number) -> String {
    let double = number.as_f64().filter(|_| number.is_f64());
    double.map_or_else(|| number.to_string(), |double| double.to_string())
}

impl Empty {
    fn value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text => json!(""),
            Self::Word(word) => json!(word),
            Self::List => json!([]),
            Self::Object => json!({}),
            Self::False => json!(false),
            Self::True => json!(true),
        }
    }
}

#[cfg(test)]
mod tests;
