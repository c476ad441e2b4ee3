//! Searches for customers by any value, in any order, with their number.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::text::{folded, key};
use serde_json::{Map, Value, json};
use sqlx::postgres::PgRow;
use sqlx::{FromRow as _, PgConnection, Row as _, query};
use uuid::Uuid;

use super::customers::within_bytes;
use super::page::{Part, page_bytes};
use crate::error::StoreError;
use crate::model::{Current, TenantRef};
use crate::projections::customer_list::labels::{Field, label};
use crate::queries::scope::as_tenant;

/// A value in a customer's document.
///
/// Values that lists have are found by an index. Others are checked customer by customer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SearchValue(&'static str);

/// The list's columns, by their pointer in documents.
const COLUMNS: [(&str, &str); 10] = [
    ("/id", "customer_id"),
    ("/status", "status"),
    ("/profile/name", "name"),
    ("/profile/email", "email"),
    ("/external_id", "external_id"),
    ("/parent_customer_id", "parent_id"),
    ("/created_at", "created_at"),
    ("/created_by", "created_by"),
    ("/updated_at", "updated_at"),
    ("/updated_by", "updated_by"),
];
/// Names as searches compare them, also for sorting.
const NAME: (&str, &str) = ("name", "name_key");

impl SearchValue {
    /// The value at a JSON pointer into the document. An absent value counts as an empty text.
    #[must_use]
    pub const fn at(pointer: &'static str) -> Self {
        Self(pointer)
    }

    /// The field with labels of this value, if there is one.
    fn field(self) -> Option<Field> {
        match self.column()? {
            "name" => Some(Field::Name),
            "email" => Some(Field::Email),
            "external_id" => Some(Field::ExternalId),
            "created_by" => Some(Field::CreatedBy),
            "parent_id" => Some(Field::Parent),
            _ => None,
        }
    }

    /// The list's column with this value.
    fn column(self) -> Option<&'static str> {
        COLUMNS.iter().find_map(|(pointer, column)| (*pointer == self.0).then_some(*column))
    }

    fn as_json(self, column: Option<&'static str>) -> Map<String, Value> {
        let member = match column {
            Some(column) => ("column", column),
            None => ("path", self.0.trim_start_matches('/')),
        };
        Map::from_iter([(member.0.to_owned(), json!(member.1))])
    }
}

/// A test of a value. Ids are written as in our documents.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Test {
    /// One of these.
    In(Vec<String>),
    /// None of these.
    NotIn(Vec<String>),
    /// A text that contains this. Case, accents and width make no difference.
    Contains(String),
    /// A text that does not contain this, in the same sense.
    NotContains(String),
    /// Before this time.
    Before(DateTime<Utc>),
    /// At this time or before.
    Until(DateTime<Utc>),
    /// After this time.
    After(DateTime<Utc>),
    /// At this time or after.
    From(DateTime<Utc>),
}

/// A condition on a customer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Condition {
    /// One of its values passes a test.
    Value(SearchValue, Test),
    /// A field with several values has this one.
    Has(Field, String),
}

/// A search.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CustomerSearch {
    /// The conditions, all of which must hold.
    pub conditions: Vec<Condition>,
    /// The sort values, each with whether it is descending; then by id.
    pub sorts: Vec<(SearchValue, bool)>,
    /// The maximum.
    pub limit: u16,
    /// How many to skip.
    pub offset: u32,
}

/// A page of the found customers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FoundCustomers {
    /// The customers, as they are now.
    pub items: Vec<Current>,
    /// The number of all matches.
    pub total: i64,
    /// Whether the page was cut because its documents have too many bytes.
    pub cut: bool,
}

/// The matching customers, as they are now.
///
/// The list follows the log, so a customer may have changed since it was listed.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked, or takes too long.
pub(crate) async fn search(
    connection: &mut PgConnection,
    tenant: TenantRef,
    asked: &CustomerSearch,
) -> Result<FoundCustomers, StoreError> {
    let Bound { conditions, values } = Bound::of(tenant, &asked.conditions);
    let conditions = Value::from(conditions).to_string();
    let mut transaction = as_tenant(connection, tenant.id).await?;
    let rows = query(within_bytes!(
        "select c.customer_id as id, c.version, coalesce(c.state, json '{}') as state,
                c.created_at, c.created_by, c.updated_at, c.updated_by, l.total, l.nth
           from find_customers($1, $3::text::jsonb, $4, $5::text::jsonb, $6, $7)
                with ordinality as l(customer_id, total, nth)
           left join lateral (
                select *
                  from customers as c
                 where c.partition = $1 and c.tenant_id = $2 and c.customer_id = l.customer_id
                 limit 1) as c on true",
        "$8",
        ", l.total"
    ))
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(&conditions)
    .bind(&values)
    .bind(sorts(&asked.sorts).to_string())
    .bind(i32::from(asked.limit))
    .bind(i64::from(asked.offset))
    .bind(page_bytes())
    .fetch_all(&mut *transaction)
    .await?;
    transaction.rollback().await?;
    // A page without customers is one row with the number alone.
    let total = rows.first().map_or(Ok(0), |row| row.try_get("total"))?;
    let row = |row: &PgRow| {
        let id: Option<Uuid> = row.try_get("id")?;
        Ok((id.map(|_| Current::from_row(row)).transpose()?, ()))
    };
    let Part { rows, cut } = Part::of(&rows, row)?;
    Ok(FoundCustomers {
        items: rows.into_iter().filter_map(|(customer, ())| customer).collect(),
        total,
        cut,
    })
}

fn sorts(asked: &[(SearchValue, bool)]) -> Value {
    let sorts = asked.iter().map(|(sought, descending)| {
        let column = sought.column().map(|column| if column == NAME.0 { NAME.1 } else { column });
        let mut sort = sought.as_json(column);
        sort.insert("descending".to_owned(), json!(descending));
        Value::Object(sort)
    });
    sorts.collect()
}

/// The conditions as JSON, with the indexes of their values.
#[derive(Default)]
struct Bound {
    conditions: Vec<Value>,
    values: Vec<String>,
}

impl Bound {
    fn of(tenant: TenantRef, conditions: &[Condition]) -> Self {
        let mut bound = Self::default();
        let mut labels = Vec::new();
        for condition in conditions {
            match condition {
                Condition::Value(sought, test) => {
                    // The label is found by an index. The value is tested as well.
                    if let (Some(field), Test::In(values)) = (sought.field(), test)
                        && let [value] = &**values
                        && !value.is_empty()
                    {
                        // An id may be written in several ways, but has one label.
                        let id = value.parse().map(|id: Uuid| id.to_string());
                        let id = id.ok().filter(|_| field == Field::Parent);
                        labels.push(
                            label(tenant.id, &field, id.as_ref().unwrap_or(value)).to_string(),
                        );
                    }
                    bound.add(*sought, test);
                }
                Condition::Has(field, value) => {
                    labels.push(label(tenant.id, field, value).to_string());
                }
            }
        }
        // All labels are one condition, which one index lookup answers.
        if !labels.is_empty() {
            let labelled = Map::from_iter([("column".to_owned(), json!("labels"))]);
            bound.push(labelled, "has", labels);
        }
        bound
    }

    fn add(&mut self, sought: SearchValue, test: &Test) {
        let time = |time: &DateTime<Utc>| vec![time.to_rfc3339_opts(SecondsFormat::Nanos, true)];
        let column = sought.column();
        let named = column.filter(|column| *column == NAME.0).map(|_| NAME.1);
        // The list has names folded. PostgreSQL folds other texts, and then the part as well.
        let part = |text: &String| vec![if named.is_some() { folded(text) } else { text.clone() }];
        let field = sought.field();
        let keys = |values: &[String]| {
            let key = |value: &String| match &field {
                Some(field) => field.key(value).into_owned(),
                None => key(value).into_owned(),
            };
            values.iter().map(key).collect()
        };
        let (column, test, values) = match test {
            Test::In(values) if values.len() == 1 => (column, "is", keys(values)),
            Test::In(values) => (column, "in", keys(values)),
            Test::NotIn(values) => (column, "not_in", keys(values)),
            Test::Contains(wanted) => (named.or(column), "contains", part(wanted)),
            Test::NotContains(wanted) => (named.or(column), "not_contains", part(wanted)),
            Test::Before(at) => (column, "before", time(at)),
            Test::Until(at) => (column, "until", time(at)),
            Test::After(at) => (column, "after", time(at)),
            Test::From(at) => (column, "from", time(at)),
        };
        self.push(sought.as_json(column), test, values);
    }

    fn push(&mut self, mut about: Map<String, Value>, test: &str, mut values: Vec<String>) {
        let first = self.values.len().saturating_add(1);
        self.values.append(&mut values);
        about.insert("test".to_owned(), json!(test));
        about.insert("first".to_owned(), json!(first));
        about.insert("last".to_owned(), json!(self.values.len()));
        self.conditions.push(Value::Object(about));
    }
}
