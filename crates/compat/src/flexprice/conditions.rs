//! What a search asks of customers.

use std::collections::BTreeSet;

use domain::check::Violation;
use http::parameters::once;
use serde_json::{Map, Value};
use store::{Condition, CustomerSearch, Field, SearchValue, TenantRef, Test};

use super::body::{number, objects, required, required_time, string, text, texts, there, time};
use super::documents::{Expand, owner};
use super::tables::{CUSTOMER, PARENT};
use crate::members::{Form, Member};

/// Customers in an answer: the default and the maximum.
const LIMIT: u64 = 50;
const LIMIT_MAX: u64 = 1_000;
/// Conditions of one search, at most. Those that are sent twice count once.
const CONDITIONS_MAX: usize = 50;
/// Conditions on a part of a text, at most: no index helps with them.
const PARTS_MAX: usize = 10;
/// Customers that a page may leave out: all of them are looked at for it.
const OFFSET_MAX: u64 = 100_000;

/// Members whose value is the same for all customers of a tenant.
const OWNERS: [&str; 2] = ["tenant_id", "environment_id"];

const CREATED_AT: &str = "created_at";
const UPDATED_AT: &str = "updated_at";
/// Members of a customer for filters and sorts.
const SEARCHABLE: [&str; 20] = [
    "id",
    "external_id",
    "name",
    "email",
    "contact",
    "address_line1",
    "address_line2",
    "address_city",
    "address_state",
    "address_postal_code",
    "address_country",
    "timezone",
    "billing_currency",
    "tax_treatment",
    PARENT,
    "status",
    CREATED_AT,
    UPDATED_AT,
    "created_by",
    "updated_by",
];

/// A whole search, and what its answer shows.
pub(super) struct Asked {
    pub(super) search: CustomerSearch,
    pub(super) expand: Expand,
}

/// Reads a search.
///
/// # Errors
///
/// The first thing that is wrong, with its place.
pub(super) fn read(tenant: TenantRef, body: &Map<String, Value>) -> Result<Asked, Violation> {
    let status = text(body, "status")?.unwrap_or("published");
    let mut conditions = vec![one_of("status", &[status])?];
    for (name, member) in [("external_id", "external_id"), ("email", "email")] {
        if let Some(value) = text(body, name)? {
            conditions.push(one_of(member, &[value])?);
        }
    }
    let lists =
        [("customer_ids", "id"), ("external_ids", "external_id"), ("parent_customer_ids", PARENT)];
    for (name, member) in lists {
        let values = texts(body, name)?;
        if !values.is_empty() {
            conditions.push(one_of(member, &values)?);
        }
    }
    let times: [(_, fn(_) -> _); 2] = [("start_time", Test::From), ("end_time", Test::Until)];
    for (name, test) in times {
        if let Some(at) = time(body, name)? {
            conditions.push(Condition::Value(sought(CREATED_AT)?, test(at)));
        }
    }
    for (key, value) in metadata(body)? {
        conditions.push(Condition::Has(Field::Metadata(key), value));
    }
    for (nth, filter) in objects(body, "filters")?.into_iter().enumerate() {
        let under = |violation: Violation| violation.under(&nth.to_string()).under("filters");
        conditions.extend(filtered(tenant, filter).map_err(under)?);
    }
    let conditions = once(conditions, CONDITIONS_MAX).ok_or_else(|| {
        Violation::invalid(format!("may have at most {CONDITIONS_MAX} conditions"))
    })?;
    if conditions.iter().filter(|condition| is_about_a_part(condition)).count() > PARTS_MAX {
        let asked =
            format!("may have at most {PARTS_MAX} conditions with contains or not_contains");
        return Err(Violation::invalid(asked).under("filters"));
    }
    let limit = number(body, "limit", 1, LIMIT_MAX)?.unwrap_or(LIMIT);
    let offset = number(body, "offset", 0, OFFSET_MAX)?.unwrap_or(0);
    let search = CustomerSearch {
        conditions,
        sorts: sorts(body)?,
        limit: limit.try_into().unwrap_or(u16::MAX),
        offset: offset.try_into().unwrap_or(u32::MAX),
    };
    Ok(Asked { search, expand: Expand::of(text(body, "expand")?.unwrap_or_default()) })
}

fn is_about_a_part(condition: &Condition) -> bool {
    matches!(condition, Condition::Value(_, Test::Contains(_) | Test::NotContains(_)))
}

/// The requested sorts; by default the latest customer comes first.
fn sorts(body: &Map<String, Value>) -> Result<Vec<(SearchValue, bool)>, Violation> {
    let descending = |object: &Map<String, Value>, name, absent| match text(object, name)? {
        None => Ok(absent),
        Some("asc") => Ok(false),
        Some("desc") => Ok(true),
        Some(_) => Err(Violation::invalid("must be asc or desc").under(name)),
    };
    let order = descending(body, "order", true)?;
    let mut sorts = Vec::new();
    for (nth, sort) in objects(body, "sort")?.into_iter().enumerate() {
        let under = |violation: Violation| violation.under(&nth.to_string()).under("sort");
        let field = required(sort, "field").map_err(under)?;
        let descending = descending(sort, "direction", false).map_err(under)?;
        if OWNERS.contains(&field) {
            continue;
        }
        let field = sought(field).map_err(|violation| under(violation.under("field")))?;
        // After a sort by a value, another one by the same value changes nothing.
        if !sorts.iter().any(|(known, _)| *known == field) {
            sorts.push((field, descending));
        }
    }
    if sorts.is_empty() {
        sorts.push((sought(CREATED_AT)?, order));
    }
    Ok(sorts)
}

/// One of `filters`, which is one condition or, for a time that is to be just this one, two.
fn filtered(tenant: TenantRef, filter: &Map<String, Value>) -> Result<Vec<Condition>, Violation> {
    let field = required(filter, "field")?;
    if OWNERS.contains(&field) {
        return of_owner(tenant, field, filter);
    }
    let sought = sought(field).map_err(|violation| violation.under("field"))?;
    let member = member(field).map_err(|violation| violation.under("field"))?;
    let operator = required(filter, "operator")?;
    let value = value(filter)?;
    let of_value = |violation: Violation| violation.under("value");
    let tests = if [CREATED_AT, UPDATED_AT].contains(&field) {
        let name = if there(&value, "date").is_some() { "date" } else { "string" };
        let at = required_time(&value, name).map_err(of_value)?;
        match operator {
            "eq" => vec![Test::From(at), Test::Until(at)],
            "gt" | "after" => vec![Test::After(at)],
            "gte" => vec![Test::From(at)],
            "lt" | "before" => vec![Test::Before(at)],
            _ => return Err(cant_be_asked()),
        }
    } else {
        let part = || string(&value, "string").map_err(of_value);
        let list = || texts(&value, "array").map_err(of_value);
        let is_text = matches!(member.form, Form::Same | Form::Code);
        vec![match operator {
            "eq" => Test::In(ours(member, &[part()?])),
            "in" => Test::In(ours(member, &list()?)),
            "not_in" => Test::NotIn(ours(member, &list()?)),
            "contains" if is_text => Test::Contains(part()?.to_owned()),
            "not_contains" if is_text => Test::NotContains(part()?.to_owned()),
            _ => return Err(cant_be_asked()),
        }]
    };
    Ok(tests.into_iter().map(|test| Condition::Value(sought, test)).collect())
}

/// The value that a filter compares with; an empty object if there is none.
fn value(filter: &Map<String, Value>) -> Result<Map<String, Value>, Violation> {
    match filter.get("value") {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(value)) => Ok(value.clone()),
        Some(_) => Err(Violation::invalid("must be an object").under("value")),
    }
}

/// A filter by the tenant or its environment: it finds all customers, or none.
fn of_owner(
    tenant: TenantRef,
    field: &str,
    filter: &Map<String, Value>,
) -> Result<Vec<Condition>, Violation> {
    let value = value(filter)?;
    let of_value = |violation: Violation| violation.under("value");
    let owner = owner(tenant);
    let own = owner.get(field).and_then(Value::as_str).unwrap_or_default();
    let part = || string(&value, "string").map_err(of_value);
    let list = || texts(&value, "array").map_err(of_value);
    let contains = |part: &str| own.to_lowercase().contains(&part.to_lowercase());
    let all = match required(filter, "operator")? {
        "eq" => part()? == own,
        "in" => list()?.contains(&own),
        "not_in" => !list()?.contains(&own),
        "contains" => contains(part()?),
        "not_contains" => !contains(part()?),
        _ => return Err(cant_be_asked()),
    };
    if all { Ok(Vec::new()) } else { Ok(vec![one_of("id", &[])?]) }
}

fn cant_be_asked() -> Violation {
    Violation::invalid("can't be asked of this field").under("operator")
}

fn one_of(field: &str, values: &[&str]) -> Result<Condition, Violation> {
    Ok(Condition::Value(sought(field)?, Test::In(ours(member(field)?, values))))
}

/// These values as our documents have them. What can't be a value of the member is nobody's.
fn ours(member: &Member, values: &[&str]) -> Vec<String> {
    let mut ours: BTreeSet<_> =
        values.iter().filter_map(|value| member.taken_text(value)).collect();
    // A customer without a value is shown with this word.
    if member.word_if_absent().is_some_and(|word| ours.contains(word)) {
        ours.insert(String::new());
    }
    ours.into_iter().collect()
}

fn member(field: &str) -> Result<&'static Member, Violation> {
    let known = CUSTOMER.iter().find(|member| member.theirs == field);
    known.filter(|_| SEARCHABLE.contains(&field)).ok_or_else(|| {
        let known = [&SEARCHABLE[..], &OWNERS].concat().join(", ");
        Violation::invalid(format!("must be one of {known}"))
    })
}

fn sought(field: &str) -> Result<SearchValue, Violation> {
    Ok(SearchValue::at(member(field)?.ours))
}

fn metadata(body: &Map<String, Value>) -> Result<Vec<(String, String)>, Violation> {
    let metadata = match there(body, "metadata") {
        None => return Ok(Vec::new()),
        Some(Value::Object(metadata)) => metadata,
        Some(_) => return Err(Violation::invalid("must be an object").under("metadata")),
    };
    let pairs = metadata.iter().map(|(key, value)| {
        if key.is_empty() {
            return Err(Violation::invalid("must not have an empty key").under("metadata"));
        }
        let value = value
            .as_str()
            .ok_or_else(|| Violation::invalid("must be a string").under(key).under("metadata"))?;
        Ok((key.clone(), value.to_owned()))
    });
    pairs.collect()
}
