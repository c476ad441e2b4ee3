//! Finding customers by what they are.

use axum::extract::State;
use axum::response::Response;
use domain::check::Violation;
use http::auth::Caller;
use http::extract::Path;
use http::parameters::LIMIT_MAX;
use http::parameters::{FILTERS_MAX, once};
use http::{App, Problem};
use serde_json::{Map, Value, json};
use store::{Between, Current, CustomerQuery, Field, Page, Search, Sort, TenantRef, View};

use super::company;
use super::customers::customer;
use super::tables::{ID, STATUS};
use crate::any_of::{any_of, distinct};
use crate::blank::Blank;
use crate::members::{Form, as_text};
use crate::reading::{self, shown};
use crate::vendor_request::VendorRequest;

/// Items on a page by default.
const LIMIT_DEFAULT: u16 = 20;
/// The maximum of owners in a request.
const OWNERS_MAX: usize = 20;

/// The orders, each with whether it is the other way round.
const ORDERS: [(&str, bool); 2] = [("createdAtDesc", true), ("createdAtAsc", false)];

/// What a filter is compared with.
enum Asked {
    Text,
    Flag,
    As(Form),
}

/// Filters by one value, and the field that has to have it.
const FILTERS: [(&str, Field, Asked); 12] = [
    ("email", Field::Email, Asked::Text),
    ("exclude_from_metrics", Field::ExcludeFromMetrics, Asked::Flag),
    ("has_parent", Field::HasParent, Asked::Flag),
    ("identifier", Field::ExternalId, Asked::Text),
    ("managed_externally", Field::ManagedExternally, Asked::Flag),
    ("name", Field::Name, Asked::Text),
    ("org_name", Field::OrgName, Asked::Text),
    ("owner_id", Field::Owner, Asked::Text),
    ("parent_customer_id", Field::Parent, Asked::As(Form::Id(ID))),
    ("phone", Field::Phone, Asked::Text),
    ("status", Field::Status, Asked::As(Form::Word(STATUS))),
    ("title", Field::Title, Asked::Text),
];

/// The filters of a request.
struct Wanted {
    filters: Vec<(Field, String)>,
    search: Option<Search>,
    owners: Owners,
}

/// Which owners a customer may have.
enum Owners {
    Anybody,
    /// One of these. None is here twice.
    OneOf(Vec<String>),
    /// Several at once. A customer has one owner, so no customer matches.
    Several,
}

/// `POST /companies/{company}/customers/find`
pub(super) async fn find(
    State(app): State<App>,
    caller: Caller,
    Path(company): Path<String>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    company::require(&caller, &company)?;
    let tenant = caller.tenant();
    let in_pagination = |violation: Violation| violation.under("pagination");
    let pagination = object(&sent.body, "pagination")?;
    let limit = limit(&pagination).map_err(in_pagination)?;
    let descending = descending(&sent.body)?;
    let include_meta = include_meta(&sent.body)?;
    let query = object(&sent.body, "query")?;
    let wanted = Wanted::read(&query)
        .map_err(|found| found.into_iter().map(|v| v.under("query")).collect::<Vec<_>>())?;
    // A page of another list would begin anywhere in this one.
    let list = format!("maple/customers?{descending}{}", Value::Object(query));
    let cursors = app.store.cursors().await?;
    let after = given(&pagination, "from_key").filter(|key| *key != "").map(|key| {
        let after = key.as_str().and_then(|key| cursors.open(tenant.id, &list, key));
        let asked = || Violation::invalid("must be from the page before").under("from_key");
        after.ok_or_else(asked).map_err(in_pagination)
    });
    let after = after.transpose()?;
    let asked = CustomerQuery {
        filters: wanted.filters,
        created: Between::default(),
        updated: Between::default(),
        search: wanted.search,
        sort: Sort::CreatedAt,
        descending,
        after,
        limit,
    };
    let page = page(&app, tenant, &asked, &wanted.owners).await?;
    let total =
        if include_meta { Some(total(&app, tenant, &asked, &wanted.owners).await?) } else { None };
    let documents = page.items.iter().map(Current::to_value).collect::<Result<Vec<_>, _>>()?;
    let results: Vec<_> = documents.iter().map(|document| customer(tenant.id, document)).collect();
    let next = page.next.map(|after| cursors.seal(tenant.id, &list, &after));
    let mut pagination = json!({"from_key": next, "limit": limit});
    if let (Value::Object(pagination), Some(total)) = (&mut pagination, total) {
        pagination.insert("total".to_owned(), total.into());
    }
    let body = json!({"pagination": pagination, "results": results});
    Ok(shown(&body, page.items.iter().map(|customer| customer.id)))
}

async fn page(
    app: &App,
    tenant: TenantRef,
    asked: &CustomerQuery,
    owners: &Owners,
) -> Result<Page<Current>, Problem> {
    reading::settled(app, tenant, View::CustomerList).await?;
    match owners {
        Owners::Anybody => Ok(app.store.customers(tenant, asked).await?),
        Owners::OneOf(owners) => any_of(app, tenant, asked, &Field::Owner, owners).await,
        Owners::Several => Ok(Page::of(Vec::new(), asked.limit, None)),
    }
}

/// How many customers match, on all pages.
async fn total(
    app: &App,
    tenant: TenantRef,
    asked: &CustomerQuery,
    owners: &Owners,
) -> Result<i64, Problem> {
    let mut total: i64 = 0;
    match owners {
        Owners::Anybody => total = app.store.count_customers(tenant, asked).await?,
        Owners::OneOf(owners) => {
            for owner in owners {
                let mut asked = asked.clone();
                asked.filters.push((Field::Owner, owner.clone()));
                total = total.saturating_add(app.store.count_customers(tenant, &asked).await?);
            }
        }
        Owners::Several => {}
    }
    Ok(total)
}

/// How many customers a page may have. As in Go, 0 is the same as none.
fn limit(pagination: &Map<String, Value>) -> Result<u16, Violation> {
    let Some(limit) = given(pagination, "limit") else { return Ok(LIMIT_DEFAULT) };
    let limit = limit.as_u64().and_then(|limit| u16::try_from(limit).ok());
    match limit {
        Some(0) => Ok(LIMIT_DEFAULT),
        Some(limit) if limit <= LIMIT_MAX => Ok(limit),
        Some(_) | None => {
            Err(Violation::invalid(format!("must be from 0 to {LIMIT_MAX}")).under("limit"))
        }
    }
}

/// Whether the answer has the number of customers.
fn include_meta(body: &Map<String, Value>) -> Result<bool, Violation> {
    let asked = || Violation::invalid("must be true or false").under("include_meta");
    let given = given(body, "include_meta");
    given.map_or(Ok(false), |include| include.as_bool().ok_or_else(asked))
}

/// Whether the newest come first.
fn descending(body: &Map<String, Value>) -> Result<bool, Violation> {
    let Some(key) = given(body, "sort_key") else { return Ok(true) };
    let order = ORDERS.iter().find(|(name, _)| key == name);
    order.map(|(_, descending)| *descending).ok_or_else(|| {
        let names = ORDERS.map(|(name, _)| name).join(", ");
        Violation::invalid(format!("must be one of {names}")).under("sort_key")
    })
}

/// An object, or nothing.
fn object(body: &Map<String, Value>, name: &'static str) -> Result<Map<String, Value>, Violation> {
    match given(body, name) {
        None => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object.clone()),
        Some(_) => Err(Violation::invalid("must be an object").under(name)),
    }
}

impl Wanted {
    /// Reads what customers must be; all that is wrong with it, else.
    fn read(query: &Map<String, Value>) -> Result<Self, Vec<Violation>> {
        let mut found = Vec::new();
        let mut filters = Vec::new();
        for (name, field, asked) in FILTERS {
            match given(query, name).map(|value| asked.read(value)) {
                Some(Ok(value)) => filters.push((field, value)),
                Some(Err(violation)) => found.push(violation.under(name)),
                None => {}
            }
        }
        let mut take = |read: Result<Vec<(Field, String)>, Violation>| match read {
            Ok(further) => filters.extend(further),
            Err(violation) => found.push(violation),
        };
        take(statuses(query));
        take(tags(query).map_err(|violation| violation.under("tags")));
        take(metadata(query).map_err(|violation| violation.under("metadata")));
        let search = search(query).unwrap_or_else(|violation| {
            found.push(violation);
            None
        });
        let owners = owners(query).unwrap_or_else(|violation| {
            found.push(violation.under("owner_ids"));
            Owners::Anybody
        });
        for name in ["arr", "mrr"] {
            let empty = given(query, name).is_none_or(|value| {
                value.as_object().is_some_and(|o| o.values().all(Value::is_null))
            });
            if !empty {
                found.push(Violation::invalid("can't be used: it is not known here").under(name));
            }
        }
        let filters = once(filters, FILTERS_MAX).unwrap_or_else(|| {
            found.push(Violation::invalid(format!("may have at most {FILTERS_MAX} filters")));
            Vec::new()
        });
        if found.is_empty() { Ok(Self { filters, search, owners }) } else { Err(found) }
    }
}

impl Asked {
    /// The value as the list of customers has it.
    fn read(&self, value: &Value) -> Result<String, Violation> {
        match self {
            Self::Text => text(value),
            Self::Flag => {
                let flag = value.as_bool().map(|flag| flag.to_string());
                flag.ok_or_else(|| Violation::invalid("must be true or false"))
            }
            Self::As(form) => text(&form.take(Blank::Null, value)?),
        }
    }
}

/// A member that is there.
fn given<'a>(query: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    query.get(name).filter(|value| !value.is_null())
}

/// A text. An empty one would find nobody, or everybody.
fn text(value: &Value) -> Result<String, Violation> {
    let text = value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    text.ok_or_else(|| Violation::invalid("must be a text that isn't empty"))
}

/// Whether customers must have all of several values, or one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    And,
    Or,
}

/// What a filter asks with `{"condition": …, "values": …}`.
fn condition(asked: &Map<String, Value>) -> Result<Option<Condition>, Violation> {
    match given(asked, "condition") {
        None => Ok(None),
        Some(condition) if condition == "AND" => Ok(Some(Condition::And)),
        Some(condition) if condition == "OR" => Ok(Some(Condition::Or)),
        Some(_) => Err(Violation::invalid("must be AND or OR").under("condition")),
    }
}

/// Refuses a condition that no list of customers answers.
fn all_of(condition: Option<Condition>, count: usize) -> Result<(), Violation> {
    if condition == Some(Condition::Or) && count > 1 {
        return Err(Violation::invalid("must be AND: all values must match").under("condition"));
    }
    Ok(())
}

/// Values with their condition, if one is given: a list, or an object that has it under `values`.
fn listed(
    query: &Map<String, Value>,
    name: &str,
) -> Result<(Option<Condition>, Vec<String>), Violation> {
    match given(query, name) {
        None => Ok((None, Vec::new())),
        Some(Value::Object(asked)) => {
            let values = given(asked, "values").map_or(Ok(Vec::new()), texts);
            Ok((condition(asked)?, values.map_err(|violation| violation.under("values"))?))
        }
        Some(list) => Ok((None, texts(list)?)),
    }
}

/// A list of texts, each once.
fn texts(list: &Value) -> Result<Vec<String>, Violation> {
    let items = list.as_array().ok_or_else(|| Violation::invalid("must be a list"))?;
    let read = |(nth, item): (usize, &Value)| {
        text(item).map_err(|violation| violation.under(&nth.to_string()))
    };
    let mut texts = items.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    texts.sort();
    texts.dedup();
    Ok(texts)
}

/// Customers in one of these statuses, or in this one. There are two: a request that names both filters nothing.
fn statuses(query: &Map<String, Value>) -> Result<Vec<(Field, String)>, Violation> {
    let word = Asked::As(Form::Word(STATUS));
    let under = |violation: Violation| violation.under("statuses");
    let named = match given(query, "statuses") {
        None => Vec::new(),
        Some(Value::String(status)) => vec![status.clone()],
        Some(list) => texts(list).map_err(under)?,
    };
    let mut statuses = named
        .into_iter()
        .map(|status| word.read(&status.into()).map_err(under))
        .collect::<Result<Vec<_>, _>>()?;
    let one = statuses.pop().filter(|_| statuses.is_empty());
    Ok(one.into_iter().map(|status| (Field::Status, status)).collect())
}

/// Tags that a customer must have, all of them.
fn tags(query: &Map<String, Value>) -> Result<Vec<(Field, String)>, Violation> {
    let (condition, tags) = listed(query, "tags")?;
    all_of(condition, tags.len())?;
    Ok(tags.into_iter().map(|tag| (Field::Tag, tag)).collect())
}

/// What the metadata must have, all of it: values by their keys, or a list of keys, in which an object has
/// a key and a value.
fn metadata(query: &Map<String, Value>) -> Result<Vec<(Field, String)>, Violation> {
    let Some(asked) = given(query, "metadata") else { return Ok(Vec::new()) };
    let Value::Object(asked) = asked else { return Err(Violation::invalid("must be an object")) };
    let value = |key: &str, value: &Value| Ok((Field::Metadata(key.to_owned()), text_of(value)?));
    let wanted: Result<Vec<_>, Violation> = match given(asked, "values") {
        None => Ok(Vec::new()),
        Some(Value::Object(values)) => values
            .iter()
            .map(|(key, wanted)| value(key, wanted).map_err(|v: Violation| v.under(key)))
            .collect(),
        Some(Value::Array(items)) => {
            let read = |(nth, item): (usize, &Value)| {
                let read = if let Value::Object(pair) = item {
                    let [key, wanted] =
                        ["key", "value"].map(|name| pair.get(name).unwrap_or(&Value::Null));
                    text(key).and_then(|key| value(&key, wanted))
                } else {
                    text(item).map(|key| (Field::MetadataKey, key))
                };
                read.map_err(|violation| violation.under(&nth.to_string()))
            };
            items.iter().enumerate().map(read).collect()
        }
        Some(_) => Err(Violation::invalid("must be a list of keys, or an object")),
    };
    let wanted = wanted.map_err(|violation| violation.under("values"))?;
    let unnamed = |field: &Field| matches!(field, Field::Metadata(key) if key.is_empty());
    if wanted.iter().any(|(field, _)| unnamed(field)) {
        return Err(Violation::invalid("must not have an empty key").under("values"));
    }
    all_of(condition(asked)?, wanted.len())?;
    Ok(wanted)
}

/// A value of metadata as lists have it.
fn text_of(value: &Value) -> Result<String, Violation> {
    if value.is_string() { text(value) } else { Ok(as_text(value)) }
}

fn search(query: &Map<String, Value>) -> Result<Option<Search>, Violation> {
    let Some(value) = given(query, "search") else { return Ok(None) };
    let search = value.as_str().and_then(Search::read);
    let asked = || {
        let (chars, words) = (Search::CHARS_MAX, Search::WORDS_MAX);
        Violation::invalid(format!("must have 1 to {words} words and at most {chars} characters"))
            .under("search")
    };
    search.map(Some).ok_or_else(asked)
}

/// Who must look after the customer: one of a list, or those that a condition names.
fn owners(query: &Map<String, Value>) -> Result<Owners, Violation> {
    let (condition, owners) = listed(query, "owner_ids")?;
    let owners = distinct(&owners);
    if owners.len() > OWNERS_MAX {
        return Err(Violation::invalid(format!("may have {OWNERS_MAX} owners")));
    }
    Ok(match condition {
        _ if owners.is_empty() => Owners::Anybody,
        Some(Condition::And) if owners.len() > 1 => Owners::Several,
        Some(Condition::And | Condition::Or) | None => Owners::OneOf(owners),
    })
}
