//! Sorted lists of customers as of an instant.
//!
//! Customers without changes since are listed from today's list, in the order of an index.
//! Customers with changes are folded from their events, all of them for each page; so their number
//! is limited.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use domain::customer::Customer;
use domain::upcast::Upcasters;
use sqlx::{PgConnection, query_scalar};
use uuid::Uuid;

use super::list::{FOLDED_TOGETHER, matches, then, until};
use crate::error::StoreError;
use crate::model::{Current, TenantRef};
use crate::projections::customer_list::{email, external_id, name_key};
use crate::queries::{
    After, Between, CustomerQuery, PAGE_BYTES_MAX, Page, Part, Sort, View, as_tenant, hold, listed,
    position,
};

/// The maximum of customers changed since the instant for a sorted list.
pub const CHANGED_SINCE_MAX: u16 = 2_000;
/// How many of them are read at a time.
const TOGETHER: u16 = 500;
/// A time in PostgreSQL's format, as lists give sort keys.
const TIME: &str = "%Y-%m-%d %H:%M:%S%.f%#z";

/// The customers that matched the query at `instant`, in its order; nothing if more than
/// [`CHANGED_SINCE_MAX`] of them have changed since.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::Unreadable`] when an event
/// of one of them isn't understood.
pub(crate) async fn customers_sorted_at(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    tenant: TenantRef,
    asked: &CustomerQuery,
    instant: DateTime<Utc>,
) -> Result<Option<Page<Current>>, StoreError> {
    let mut transaction = as_tenant(connection, tenant.id).await?;
    hold(&mut transaction, View::CustomerList).await?;
    let position = position(&mut transaction, tenant.partition, View::CustomerList).await?;
    let mut changed = changed(asked, instant);
    if count(&mut transaction, tenant, &changed).await? > i64::from(CHANGED_SINCE_MAX) {
        transaction.rollback().await?;
        return Ok(None);
    }
    let mut found = SortedPage::begin(asked)?;
    // Read first: a customer that changes between the two queries is in both results, and is left
    // out of the second.
    let Part { rows, cut } = listed(&mut transaction, tenant, &unchanged(asked, instant)).await?;
    let (now, afters): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let were = then(&mut transaction, upcasters, tenant, now, instant).await?;
    let known: BTreeSet<Uuid> = were.iter().map(|customer| customer.id).collect();
    for (customer, after) in were.into_iter().zip(afters) {
        found.add(customer, SortPosition::read(asked.sort, &after)?);
    }
    if cut {
        found.end_at_last();
    }
    loop {
        let Part { rows, cut } = listed(&mut transaction, tenant, &changed).await?;
        let last = !cut && rows.len() <= usize::from(changed.limit);
        changed.after = rows.last().map(|(_, after)| after.clone());
        let now = rows.into_iter().map(|(now, _)| now).filter(|now| !known.contains(&now.id));
        let mut now = now.peekable();
        // A few at a time: past states may take more memory than current ones.
        while now.peek().is_some() {
            let now = now.by_ref().take(FOLDED_TOGETHER).collect();
            for customer in then(&mut transaction, upcasters, tenant, now, instant).await? {
                if matches(tenant, &customer, asked)? {
                    let place = SortPosition::of(asked.sort, &customer)?;
                    found.add(customer, place);
                }
            }
            found.cut();
        }
        if last {
            transaction.rollback().await?;
            return Ok(Some(found.into_page(position)));
        }
    }
}

/// Customers without changes since, as lists know them.
fn unchanged(asked: &CustomerQuery, instant: DateTime<Utc>) -> CustomerQuery {
    let updated = Between { until: Some(until(asked.updated.until, instant)), ..asked.updated };
    let created = Between { until: Some(until(asked.created.until, instant)), ..asked.created };
    CustomerQuery { created, updated, ..asked.clone() }
}

/// Customers registered before and changed since. Of their past only the time of registration is
/// known.
fn changed(asked: &CustomerQuery, instant: DateTime<Utc>) -> CustomerQuery {
    let since = instant.checked_add_signed(Duration::microseconds(1)).unwrap_or(instant);
    CustomerQuery {
        filters: Vec::new(),
        created: Between { until: Some(until(asked.created.until, instant)), ..asked.created },
        updated: Between { from: Some(since), until: None },
        search: None,
        sort: Sort::CreatedAt,
        descending: false,
        after: None,
        limit: TOGETHER,
    }
}

/// Their number, counted up to one more than allowed.
async fn count(
    connection: &mut PgConnection,
    tenant: TenantRef,
    changed: &CustomerQuery,
) -> sqlx::Result<i64> {
    query_scalar(
        "select count(*)
           from list_customers($1, 'updated_at', true, null, null, null, $2, $3, $4, null, null, null,
                               $5)",
    )
    .bind(tenant.partition.number())
    .bind(changed.created.from)
    .bind(changed.created.until)
    .bind(changed.updated.from)
    .bind(i32::from(CHANGED_SINCE_MAX).saturating_add(1))
    .fetch_one(connection)
    .await
}

/// The customers of a page so far, each with its sort position.
struct SortedPage<'a> {
    asked: &'a CustomerQuery,
    after: Option<SortPosition>,
    rows: Vec<(SortPosition, Current)>,
    /// The position at which the page must end, because later customers are unknown or do not fit.
    end: Option<SortPosition>,
}

impl<'a> SortedPage<'a> {
    fn begin(asked: &'a CustomerQuery) -> Result<Self, StoreError> {
        let after =
            asked.after.as_ref().map(|after| SortPosition::read(asked.sort, after)).transpose()?;
        Ok(Self { asked, after, rows: Vec::new(), end: None })
    }

    fn add(&mut self, customer: Current, place: SortPosition) {
        let behind = self.after.as_ref().is_none_or(|after| self.is_beyond(&place, after));
        let within = self.end.as_ref().is_none_or(|end| !self.is_beyond(&place, end));
        if behind && within {
            self.rows.push((place, customer));
        }
    }

    fn is_beyond(&self, place: &SortPosition, other: &SortPosition) -> bool {
        if self.asked.descending { place < other } else { place > other }
    }

    /// Marks that nothing is known after the last added customer.
    fn end_at_last(&mut self) {
        self.end = self.rows.last().map(|(place, _)| place.clone());
    }

    /// Sorts them, and keeps no more than the page may need.
    fn cut(&mut self) {
        let descending = self.asked.descending;
        self.rows.sort_by(
            |(one, _), (other, _)| {
                if descending { other.cmp(one) } else { one.cmp(other) }
            },
        );
        self.rows.truncate(usize::from(self.asked.limit).saturating_add(1));
        let mut bytes: usize = 0;
        let fit = self.rows.iter().take_while(|(_, customer)| {
            let fits = bytes < PAGE_BYTES_MAX;
            bytes = bytes.saturating_add(customer.state.len());
            fits
        });
        let fit = fit.count();
        if fit < self.rows.len() {
            self.rows.truncate(fit);
            self.end_at_last();
        }
    }

    fn into_page(mut self, position: Option<i64>) -> Page<Current> {
        self.cut();
        let limit = self.asked.limit;
        let rows =
            self.rows.into_iter().map(|(place, customer)| (customer, place.into_after())).collect();
        Page::of_part(rows, self.end.is_some(), limit, position)
    }
}

/// A position in an order. Texts are compared by code points, as in lists.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct SortPosition {
    key: SortKey,
    id: Uuid,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum SortKey {
    Time(DateTime<Utc>),
    Text(String),
}

impl SortPosition {
    /// The position of a past state.
    fn of(sort: Sort, customer: &Current) -> Result<Self, StoreError> {
        let state = || customer.read::<Customer>();
        let key = match sort {
            Sort::CreatedAt => SortKey::Time(customer.created_at()),
            Sort::UpdatedAt => SortKey::Time(customer.updated_at()),
            Sort::Name => SortKey::Text(name_key(&state()?)),
            Sort::Email => SortKey::Text(email(&state()?).into_owned()),
            Sort::ExternalId => SortKey::Text(external_id(&state()?).into_owned()),
        };
        Ok(Self { key, id: customer.id })
    }

    /// The position of a cursor.
    fn read(sort: Sort, after: &After) -> Result<Self, StoreError> {
        let key = match sort {
            Sort::CreatedAt | Sort::UpdatedAt => {
                let time = DateTime::parse_from_str(&after.key, TIME)
                    .map_err(|error| StoreError::unreadable("a place in a list", error))?;
                SortKey::Time(time.to_utc())
            }
            Sort::Name | Sort::Email | Sort::ExternalId => SortKey::Text(after.key.clone()),
        };
        Ok(Self { key, id: after.id })
    }

    fn into_after(self) -> After {
        let key = match self.key {
            SortKey::Time(time) => time.format("%Y-%m-%d %H:%M:%S%.6f+00").to_string(),
            SortKey::Text(text) => text,
        };
        After { key, id: self.id }
    }
}
