//! What the address of a list asks for.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use domain::customer::{CountryCode, CurrencyCode, CustomerType, Status};
use domain::provider::Provider;
use http::Problem;
use http::parameters::Parameters;
use serde::de::DeserializeOwned;
use store::{Field, Search, Sort};

use crate::look::time;
use crate::words::moments;

/// Where the list is.
pub(super) const PATH: &str = "/console/customers";

/// The search, the filters and the order.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) q: String,
    pub(super) status: String,
    pub(super) kind: String,
    pub(super) country: String,
    pub(super) currency: String,
    pub(super) provider: String,
    pub(super) tag: String,
    pub(super) sort: String,
    pub(super) as_of: Option<DateTime<Utc>>,
    as_of_text: String,
}

/// The default order: the latest changes first.
const SORT: &str = "-updated_at";

impl Asked {
    pub(super) fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        // An empty field of a form asks for nothing.
        let mut text = |name: &'static str| {
            let text = parameters.text(name)?.unwrap_or_default();
            Ok::<_, Problem>(text.trim().to_owned())
        };
        let mut asked = Self {
            q: text("q")?,
            status: text("status")?,
            kind: text("type")?,
            country: text("country")?.to_uppercase(),
            currency: text("currency")?.to_uppercase(),
            provider: text("provider")?,
            tag: text("tag")?,
            sort: text("sort")?,
            as_of: None,
            as_of_text: text("as_of")?,
        };
        known::<Status>("status", &asked.status)?;
        known::<CustomerType>("type", &asked.kind)?;
        code::<CountryCode>("country", &asked.country)?;
        code::<CurrencyCode>("currency", &asked.currency)?;
        known::<Provider>("provider", &asked.provider)?;
        if asked.q.chars().count() > Search::CHARS_MAX {
            let most = format!("must have at most {} characters", Search::CHARS_MAX);
            return Err(Problem::parameter("q", &most));
        }
        if asked.sort.is_empty() {
            SORT.clone_into(&mut asked.sort);
        }
        if asked.order().is_none() {
            return Err(Problem::parameter("sort", "must be an order of customers"));
        }
        if !asked.as_of_text.is_empty() {
            let at = moments::read(&asked.as_of_text);
            let at = at.ok_or_else(|| Problem::parameter("as_of", "must be a date and a time"))?;
            (asked.as_of, asked.as_of_text) = (Some(at), time::stamp(at));
        }
        Ok(asked)
    }

    /// The order, and whether it is descending.
    pub(super) fn order(&self) -> Option<(Sort, bool)> {
        let (name, descending) = match self.sort.strip_prefix('-') {
            Some(name) => (name, true),
            None => (&*self.sort, false),
        };
        let sort = Sort::ALL.into_iter().find(|sort| sort.as_str() == name)?;
        Some((sort, descending))
    }

    /// The values that customers must have.
    pub(super) fn filters(&self) -> Vec<(Field, String)> {
        let all = [
            (Field::Status, &self.status),
            (Field::Type, &self.kind),
            (Field::Country, &self.country),
            (Field::Currency, &self.currency),
            (Field::Provider, &self.provider),
            (Field::Tag, &self.tag),
        ];
        let there = all.into_iter().filter(|(_, value)| !value.is_empty());
        there.map(|(field, value)| (field, value.clone())).collect()
    }

    /// Whether all customers are requested.
    pub(super) fn is_everything(&self) -> bool {
        self.q.is_empty() && self.filters().is_empty() && self.as_of.is_none()
    }

    /// The same as parameters of an address, without the page.
    pub(super) fn parameters(&self) -> Vec<(&str, &str)> {
        let sort = if self.sort == SORT { "" } else { &*self.sort };
        vec![
            ("q", &*self.q),
            ("status", &self.status),
            ("type", &self.kind),
            ("country", &self.country),
            ("currency", &self.currency),
            ("provider", &self.provider),
            ("tag", &self.tag),
            ("sort", sort),
            ("as_of", &self.as_of_text),
        ]
    }

    /// The same, of today.
    pub(super) fn parameters_now(&self) -> Vec<(&str, &str)> {
        self.with("as_of", "")
    }

    /// The same in the order of registration.
    pub(super) fn by_registration(&self) -> Vec<(&str, &str)> {
        self.with("sort", "created_at")
    }

    /// The same in another order.
    pub(super) fn sorted<'a>(&'a self, sort: &'a str) -> Vec<(&'a str, &'a str)> {
        self.with("sort", sort)
    }

    fn with<'a>(&'a self, name: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut parameters = self.parameters();
        for parameter in &mut parameters {
            if parameter.0 == name {
                parameter.1 = value;
            }
        }
        parameters
    }
}

fn code<T: FromStr>(name: &'static str, value: &str) -> Result<(), Problem> {
    if value.is_empty() || value.parse::<T>().is_ok() {
        return Ok(());
    }
    Err(Problem::parameter(name, "must be an ISO code, as DE or EUR"))
}

fn known<T: DeserializeOwned>(name: &'static str, value: &str) -> Result<(), Problem> {
    if value.is_empty() {
        return Ok(());
    }
    http::parameters::named::<T>(name, value.to_owned()).map(|_| ())
}
