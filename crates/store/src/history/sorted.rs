//! The tenant's customers as they were known at an instant, sorted by what they were then.
//!
//! Who hasn't changed since stands where a list of today has it, and an index gives those in their order.
//! Who has is folded from its events, all of them for each page; so they may only be so many.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use domain::customer::Customer;
use domain::upcast::Upcasters;
use sqlx::{PgConnection, query_scalar};
use uuid::Uuid;

use super::list::{FOLDED_TOGETHER, matches, then, until};
use crate::error::StoreError;
use crate::projections::customer_list::{email, external_id, name_key};
use crate::queries::{
    After, Between, Current, CustomerQuery, PAGE_BYTES_MAX, Page, Part, Sort, View, as_tenant,
    hold, listed, position,
};
use crate::writer::submission::TenantRef;

/// How many customers may have changed since an instant for a list as of then to be sorted by what they
/// were.
pub const CHANGED_SINCE_MAX: u16 = 2_000;
/// How many of them are read at a time.
const TOGETHER: u16 = 500;
/// A time as PostgreSQL writes it, which is how lists give places in an order by time.
const TIME: &str = "%Y-%m-%d %H:%M:%S%.f%#z";

/// The customers that were so at `instant` as is asked for, in the order that is asked for; nothing when
/// more than [`CHANGED_SINCE_MAX`] of them have changed since.
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
    let mut found = Found::begin(asked)?;
    // These first: who changes between the two questions is in both answers, and is left out of the second.
    let Part { rows, cut } = listed(&mut transaction, tenant, &unchanged(asked, instant)).await?;
    let (now, afters): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let were = then(&mut transaction, upcasters, tenant, now, instant).await?;
    let known: BTreeSet<Uuid> = were.iter().map(|customer| customer.id).collect();
    for (customer, after) in were.into_iter().zip(afters) {
        found.add(customer, Place::read(asked.sort, &after)?);
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
        // A few at a time: what they were may take more memory than what they are.
        while now.peek().is_some() {
            let now = now.by_ref().take(FOLDED_TOGETHER).collect();
            for customer in then(&mut transaction, upcasters, tenant, now, instant).await? {
                if matches(tenant, &customer, asked)? {
                    let place = Place::of(asked.sort, &customer)?;
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

/// Those who are today as they were, of whom lists know all that is asked for.
fn unchanged(asked: &CustomerQuery, instant: DateTime<Utc>) -> CustomerQuery {
    let updated = Between { until: Some(until(asked.updated.until, instant)), ..asked.updated };
    let created = Between { until: Some(until(asked.created.until, instant)), ..asked.created };
    CustomerQuery { created, updated, ..asked.clone() }
}

/// Those who had been registered and have changed since. When they were registered is all that is known of
/// what they were.
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

/// How many they are, counted to one more than may be.
async fn count(
    connection: &mut PgConnection,
    tenant: TenantRef,
    changed: &CustomerQuery,
) -> sqlx::Result<i64> {
    query_scalar(
        "select count(*)
           from list_customers($1, 'updated_at', true, null, null, $2, $3, $4, null, null, null, $5)",
    )
    .bind(tenant.partition.number())
    .bind(changed.created.from)
    .bind(changed.created.until)
    .bind(changed.updated.from)
    .bind(i32::from(CHANGED_SINCE_MAX).saturating_add(1))
    .fetch_one(connection)
    .await
}

/// The customers of a page as far as they are known, each with its place in the order.
struct Found<'a> {
    asked: &'a CustomerQuery,
    after: Option<Place>,
    rows: Vec<(Place, Current)>,
    /// Where the page ends at the latest, because what comes next is not known or does not fit.
    end: Option<Place>,
}

impl<'a> Found<'a> {
    fn begin(asked: &'a CustomerQuery) -> Result<Self, StoreError> {
        let after = asked.after.as_ref().map(|after| Place::read(asked.sort, after)).transpose()?;
        Ok(Self { asked, after, rows: Vec::new(), end: None })
    }

    fn add(&mut self, customer: Current, place: Place) {
        let behind = self.after.as_ref().is_none_or(|after| self.is_beyond(&place, after));
        let within = self.end.as_ref().is_none_or(|end| !self.is_beyond(&place, end));
        if behind && within {
            self.rows.push((place, customer));
        }
    }

    fn is_beyond(&self, place: &Place, other: &Place) -> bool {
        if self.asked.descending { place < other } else { place > other }
    }

    /// Says that nothing is known of what comes behind the last of those that were added.
    fn end_at_last(&mut self) {
        self.end = self.rows.last().map(|(place, _)| place.clone());
    }

    /// Puts them in order, and keeps no more than the page may need.
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

/// Where a customer stands in an order. Texts are compared by code points, as lists do.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Place {
    key: Key,
    id: Uuid,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Key {
    Time(DateTime<Utc>),
    Text(String),
}

impl Place {
    /// Where it stands by what it was.
    fn of(sort: Sort, customer: &Current) -> Result<Self, StoreError> {
        let state = || customer.read::<Customer>();
        let key = match sort {
            Sort::CreatedAt => Key::Time(customer.created_at()),
            Sort::UpdatedAt => Key::Time(customer.updated_at()),
            Sort::Name => Key::Text(name_key(&state()?)),
            Sort::Email => Key::Text(email(&state()?).to_owned()),
            Sort::ExternalId => Key::Text(external_id(&state()?).to_owned()),
        };
        Ok(Self { key, id: customer.id })
    }

    /// The place that a list gave, or that was given here.
    fn read(sort: Sort, after: &After) -> Result<Self, StoreError> {
        let key = match sort {
            Sort::CreatedAt | Sort::UpdatedAt => {
                let time = DateTime::parse_from_str(&after.key, TIME)
                    .map_err(|error| StoreError::unreadable("a place in a list", error))?;
                Key::Time(time.to_utc())
            }
            Sort::Name | Sort::Email | Sort::ExternalId => Key::Text(after.key.clone()),
        };
        Ok(Self { key, id: after.id })
    }

    fn into_after(self) -> After {
        let key = match self.key {
            Key::Time(time) => time.format("%Y-%m-%d %H:%M:%S%.6f+00").to_string(),
            Key::Text(text) => text,
        };
        After { key, id: self.id }
    }
}
