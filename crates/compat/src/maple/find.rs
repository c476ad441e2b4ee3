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
use crate::any_of::any_of;
use crate::blank::Blank;
use crate::members::Form;
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
    owners: Vec<String>,
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
    let documents = page.items.iter().map(Current::to_value).collect::<Result<Vec<_>, _>>()?;
    let results: Vec<_> = documents.iter().map(|document| customer(tenant.id, document)).collect();
    let next = page.next.map(|after| cursors.seal(tenant.id, &list, &after));
    let body = json!({"pagination": {"from_key": next, "limit": limit}, "results": results});
    Ok(shown(&body, page.items.iter().map(|customer| customer.id)))
}

async fn page(
    app: &App,
    tenant: TenantRef,
    asked: &CustomerQuery,
    owners: &[String],
) -> Result<Page<Current>, Problem> {
    reading::settled(app, tenant, View::CustomerList).await?;
    if owners.is_empty() {
        return Ok(app.store.customers(tenant, asked).await?);
    }
    any_of(app, tenant, asked, &Field::Owner, owners).await
}

/// How many customers a page may have.
fn limit(pagination: &Map<String, Value>) -> Result<u16, Violation> {
    let Some(limit) = given(pagination, "limit") else { return Ok(LIMIT_DEFAULT) };
    let limit = limit.as_u64().and_then(|limit| u16::try_from(limit).ok());
    let limit = limit.filter(|limit| (1..=LIMIT_MAX).contains(limit));
    let asked = || Violation::invalid(format!("must be from 1 to {LIMIT_MAX}")).under("limit");
    limit.ok_or_else(asked)
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
        take(
            texts(query, "tags")
                .map(|tags| tags.into_iter().map(|tag| (Field::Tag, tag)).collect()),
        );
        take(metadata(query).map_err(|violation| violation.under("metadata")));
        let search = search(query).unwrap_or_else(|violation| {
            found.push(violation);
            None
        });
        let owners = owners(query).unwrap_or_else(|violation| {
            found.push(violation);
            Vec::new()
        });
        for name in ["arr", "mrr"] {
            let empty = given(query, name).is_none_or(|value| *value == json!({}));
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

/// A list of texts, or nothing.
fn texts(query: &Map<String, Value>, name: &'static str) -> Result<Vec<String>, Violation> {
    let items = match given(query, name) {
        None => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(Violation::invalid("must be a list").under(name)),
    };
    let read = |(nth, item): (usize, &Value)| {
        text(item).map_err(|violation| violation.under(&nth.to_string()).under(name))
    };
    items.iter().enumerate().map(read).collect()
}

/// Who is in one of these statuses. There are two, so who names both asks for nothing.
fn statuses(query: &Map<String, Value>) -> Result<Vec<(Field, String)>, Violation> {
    let word = Asked::As(Form::Word(STATUS));
    let mut statuses = texts(query, "statuses")?
        .into_iter()
        .map(|status| word.read(&status.into()).map_err(|violation| violation.under("statuses")))
        .collect::<Result<Vec<_>, _>>()?;
    statuses.sort();
    statuses.dedup();
    let one = statuses.pop().filter(|_| statuses.is_empty());
    Ok(one.into_iter().map(|status| (Field::Status, status)).collect())
}

/// Values that the metadata must have, all of them: by their keys, or in a list of keys and values.
fn metadata(query: &Map<String, Value>) -> Result<Vec<(Field, String)>, Violation> {
    let Some(asked) = given(query, "metadata") else { return Ok(Vec::new()) };
    let Value::Object(asked) = asked else { return Err(Violation::invalid("must be an object")) };
    if given(asked, "condition").is_some_and(|condition| condition != "AND") {
        return Err(Violation::invalid("must be AND").under("condition"));
    }
    let under = |violation: Violation| violation.under("values");
    match given(asked, "values") {
        None => Ok(Vec::new()),
        Some(Value::Object(values)) => {
            let values = values.iter().map(|(key, value)| {
                let value = text(value).map_err(|violation| under(violation.under(key)))?;
                Ok((Field::Metadata(key.clone()), value))
            });
            values.collect()
        }
        Some(Value::Array(values)) => {
            let values = values.iter().map(|pair| {
                let [key, value] =
                    ["key", "value"].map(|name| pair.get(name).unwrap_or(&Value::Null));
                Ok((Field::Metadata(text(key).map_err(under)?), text(value).map_err(under)?))
            });
            values.collect()
        }
        Some(_) => Err(under(Violation::invalid("must be an object"))),
    }
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

/// Those one of whom must look after the customer, each once; none when that isn't asked.
fn owners(query: &Map<String, Value>) -> Result<Vec<String>, Violation> {
    let mut owners = texts(query, "owner_ids")?;
    owners.sort();
    owners.dedup();
    if owners.len() > OWNERS_MAX {
        return Err(Violation::invalid(format!("may have {OWNERS_MAX} owners")).under("owner_ids"));
    }
    Ok(owners)
}
