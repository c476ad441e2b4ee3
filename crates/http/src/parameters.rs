//! Query parameters of lists, read strictly: what isn't known, or is there twice, is a 400.

use std::str::FromStr;

use domain::Timestamp;
use domain::customer::is_field;
use domain::text::key;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::{After, Between, Cursors, Search, TenantRef};

use crate::problem::Problem;

/// Items on a page by default.
const LIMIT_DEFAULT: u16 = 50;
/// Items on a page, at most.
pub const LIMIT_MAX: u16 = 200;

/// Values that customers of a list may have to have, at most. Those that are sent twice count once.
pub const FILTERS_MAX: usize = 50;

/// The parameters of a request that nobody has read yet, and the names that were read.
#[derive(Debug, serde::Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub struct Parameters {
    unread: Vec<(String, String)>,
    known: Vec<Name>,
}

/// The name of a parameter that a route knows.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Name {
    Plain(&'static str),
    /// With a key in brackets behind it.
    Keyed(&'static str),
}

impl From<Vec<(String, String)>> for Parameters {
    fn from(unread: Vec<(String, String)>) -> Self {
        Self { unread, known: Vec::new() }
    }
}

/// The requested part of a list.
#[derive(Debug)]
pub struct Part {
    /// Where it begins: behind this; at the beginning, when absent.
    pub after: Option<After>,
    /// How many items, at most; nothing when that isn't said.
    pub limit: Option<u16>,
}

impl Part {
    /// All of it.
    pub const ALL: Self = Self { after: None, limit: None };

    /// How many items are on a page, at most.
    pub fn page_limit(&self) -> u16 {
        self.limit.unwrap_or(LIMIT_DEFAULT)
    }
}

impl Parameters {
    /// What a cursor is bound to, besides the tenant: the list with all its filters and its order.
    /// To be asked before anything is read.
    pub fn list(&self, path: &str) -> String {
        let mut asked: Vec<_> = self
            .unread
            .iter()
            .filter(|(name, _)| !["cursor", "limit"].contains(&&**name))
            .collect();
        asked.sort();
        let asked = serde_json::to_string(&asked).unwrap_or_default();
        format!("{path}?{asked}")
    }

    /// Whether a parameter is there that nobody has read yet.
    pub fn has(&self, name: &str) -> bool {
        self.unread.iter().any(|(known, _)| known == name)
    }

    /// The one value of a parameter; nothing when it isn't there.
    pub fn text(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        let mut values = self.texts(name)?;
        if values.len() > 1 {
            return Err(Problem::parameter(name, "may be there once"));
        }
        Ok(values.pop())
    }

    /// The same, where an empty text could be no one's.
    pub fn filled(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        self.text(name)?.map(|text| filled(name, text)).transpose()
    }

    /// What a caller claims in metadata, in the spelling in which it is stored.
    pub fn claimed(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        Ok(self.filled(name)?.map(|text| key(&text).into_owned()))
    }

    /// All values of a parameter that may be there several times.
    pub fn texts(&mut self, name: &'static str) -> Result<Vec<String>, Problem> {
        self.known.push(Name::Plain(name));
        let (found, rest): (Vec<_>, _) =
            std::mem::take(&mut self.unread).into_iter().partition(|(known, _)| known == name);
        self.unread = rest;
        found.into_iter().map(|(_, value)| storable(name, value)).collect()
    }

    /// The values of `name[key]`, with their keys.
    pub fn keyed(&mut self, name: &'static str) -> Result<Vec<(String, String)>, Problem> {
        self.known.push(Name::Keyed(name));
        let (mut found, mut rest) = (Vec::new(), Vec::new());
        for (full, value) in std::mem::take(&mut self.unread) {
            let key = full.strip_prefix(name).and_then(|key| key.strip_prefix('['));
            match key.and_then(|key| key.strip_suffix(']')) {
                Some("") => {
                    return Err(Problem::parameter(name, "must have a key between its brackets"));
                }
                Some(key) => found.push((storable(name, key.to_owned())?, storable(name, value)?)),
                None => rest.push((full, value)),
            }
        }
        self.unread = rest;
        Ok(found)
    }

    /// A value of a type of the domain.
    pub fn parsed<T: FromStr>(
        &mut self,
        name: &'static str,
        asked: &str,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| Problem::parameter(name, asked))
    }

    /// A value of an enumeration `T`, under the name that it has in documents.
    pub fn named<T: DeserializeOwned>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<String>, Problem> {
        self.text(name)?.map(|text| named::<T>(name, text)).transpose()
    }

    /// Words for a search.
    pub fn search(&mut self, name: &'static str) -> Result<Option<Search>, Problem> {
        self.text(name)?.map(|text| search(name, &text)).transpose()
    }

    /// `order`: whether the newest come first, which is the default.
    pub fn newest_first(&mut self) -> Result<bool, Problem> {
        match self.text("order")?.as_deref() {
            None | Some("newest") => Ok(true),
            Some("oldest") => Ok(false),
            Some(_) => Err(Problem::parameter("order", "must be newest or oldest")),
        }
    }

    /// `field`: a field of customers, or the beginning that several fields share.
    pub fn field(&mut self) -> Result<Option<String>, Problem> {
        let field = self.text("field")?;
        if field.as_ref().is_some_and(|field| !is_field(field)) {
            let asked =
                "must be a field of customers, as a JSON pointer: /profile/name, /profile/address";
            return Err(Problem::parameter("field", asked));
        }
        Ok(field)
    }

    /// The requested part of the list.
    pub fn part(
        &mut self,
        cursors: &Cursors,
        tenant: TenantRef,
        list: &str,
    ) -> Result<Part, Problem> {
        let asked = format!("must be a number from 1 to {LIMIT_MAX}");
        let limit: Option<u16> = self.parsed("limit", &asked)?;
        if limit.is_some_and(|limit| !(1..=LIMIT_MAX).contains(&limit)) {
            return Err(Problem::parameter("limit", &asked));
        }
        let open = |cursor: String| cursors.open(tenant.id, list, &cursor);
        let after = match self.text("cursor")? {
            Some(cursor) => Some(open(cursor).ok_or_else(Problem::invalid_cursor)?),
            None => None,
        };
        Ok(Part { after, limit })
    }

    /// Refuses what nobody has read.
    pub fn finish(&self) -> Result<(), Problem> {
        let Some((unknown, _)) = self.unread.first() else { return Ok(()) };
        let mut known = self.known.clone();
        known.sort_unstable();
        known.dedup();
        let known: Vec<_> = known
            .into_iter()
            .map(|name| match name {
                Name::Plain(name) => name.to_owned(),
                Name::Keyed(name) => format!("{name}[key]"),
            })
            .collect();
        Err(Problem::unknown_parameter(unknown, &known))
    }
}

/// Times that two parameters bound: from the first, before the second.
pub fn between(parameters: &mut Parameters, names: [&'static str; 2]) -> Result<Between, Problem> {
    let [from, until] = names.map(|name| {
        let time = parameters.parsed::<Timestamp>(name, "must be a time as in RFC 3339");
        time.map(|time| time.map(Timestamp::to_utc))
    });
    Ok(Between { from: from?, until: until? })
}

/// A value of an enumeration `T`, checked to be one.
pub fn named<T: DeserializeOwned>(name: &'static str, text: String) -> Result<String, Problem> {
    match serde_json::from_value::<T>(Value::String(text.clone())) {
        Ok(_) => Ok(text),
        Err(_) => Err(Problem::parameter(name, "must be one of the values that documents have")),
    }
}

/// A text, checked not to be empty.
pub fn filled(name: &'static str, text: String) -> Result<String, Problem> {
    if text.is_empty() {
        return Err(Problem::parameter(name, "must not be empty"));
    }
    Ok(text)
}

/// The words of a search.
pub fn search(name: &'static str, text: &str) -> Result<Search, Problem> {
    let (chars, words) = (Search::CHARS_MAX, Search::WORDS_MAX);
    let asked = format!("must have 1 to {words} words and at most {chars} characters");
    Search::read(text).ok_or_else(|| Problem::parameter(name, &asked))
}

/// Each of these once, in the order in which they were first sent; nothing when they are more than `max`.
pub fn once<T: PartialEq>(sent: Vec<T>, max: usize) -> Option<Vec<T>> {
    let mut kept = Vec::new();
    for one in sent {
        if kept.contains(&one) {
            continue;
        }
        if kept.len() >= max {
            return None;
        }
        kept.push(one);
    }
    Some(kept)
}

/// A text that PostgreSQL accepts.
fn storable(name: &'static str, text: String) -> Result<String, Problem> {
    if text.contains('\0') {
        return Err(Problem::parameter(name, "must not contain U+0000"));
    }
    Ok(text)
}
