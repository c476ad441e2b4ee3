//! A customer's history.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::CustomerId;
use domain::customer::Customer;

use crate::error::StoreError;
use crate::history::{self, Change, ChangeQuery, EventQuery, FirstPage, Moment, SetField};
use crate::lanes::Lane;
use crate::model::{Current, Recorded, Reference, TenantRef, Versioned};
use crate::queries::{self, CustomerQuery, Page, Sort, View};
use crate::store::handle::{Inner, Store};

impl Store {
    /// The state of a customer at a moment. `now` is its current state. Nothing if it has not
    /// reached that version, or did not exist at that instant. A future instant gives the current
    /// state.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::Unreadable`] when
    /// an event isn't understood.
    pub async fn customer_at(
        &self,
        tenant: TenantRef,
        now: &Current,
        moment: Moment,
    ) -> Result<Option<Current>, StoreError> {
        let (now, upcasters) = (now.clone(), self.inner.upcasters.clone());
        self.ask(tenant, move |connection| {
            let (now, upcasters) = (now.clone(), upcasters.clone());
            Box::pin(async move {
                history::state_at(connection, &upcasters, tenant, &now, moment).await
            })
        })
        .await
    }

    /// The states of a customer at `versions`. Versions that it has not reached are left out.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::Unreadable`] when
    /// an event isn't understood.
    pub async fn past(
        &self,
        tenant: TenantRef,
        customer: CustomerId,
        versions: impl IntoIterator<Item = u64> + Send,
    ) -> Result<BTreeMap<u64, Customer>, StoreError> {
        let versions: Vec<u64> = versions.into_iter().collect();
        let upcasters = self.inner.upcasters.clone();
        self.ask(tenant, move |connection| {
            let (versions, upcasters) = (versions.clone(), upcasters.clone());
            Box::pin(async move {
                let reference = Reference::Id(customer);
                let now = queries::customer(connection, tenant, &reference).await?;
                let reached = now.map_or(0, |now| now.version);
                let wanted: Vec<_> = versions
                    .into_iter()
                    .filter_map(|version| i64::try_from(version).ok())
                    .filter(|version| (1..=reached).contains(version))
                    .map(|version| (customer.0, version))
                    .collect();
                let states = history::states(connection, &upcasters, tenant, &wanted).await?;
                let state = |((_, version), state): ((_, i64), Result<Versioned<_>, _>)| {
                    Ok((version.unsigned_abs(), state?.state))
                };
                wanted.into_iter().zip(states).map(state).collect()
            })
        })
        .await
    }

    /// The times of a customer's versions, in the order of `versions`. Those that it has not reached are
    /// left out.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn times(
        &self,
        tenant: TenantRef,
        customer: CustomerId,
        versions: Vec<i64>,
    ) -> Result<Vec<(i64, DateTime<Utc>)>, StoreError> {
        self.ask_in(Lane::LISTS, tenant, move |connection| {
            let versions = versions.clone();
            Box::pin(async move { history::times(connection, tenant, customer, &versions).await })
        })
        .await
    }

    /// The customer's events, oldest or newest first. Always current: a cached first page is used
    /// only if the customer has had no event since.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn events(
        &self,
        tenant: TenantRef,
        asked: &EventQuery,
    ) -> Result<Page<Recorded>, StoreError> {
        let Inner { last_read, upcasters, .. } = &*self.inner;
        // An export reads each page once, so it is not cached.
        let first = FirstPage::of(tenant, asked).filter(|_| !self.exporting);
        if let Some(kept) = first.and_then(|first| last_read.get(&first))
            && kept.is_within(asked.span.version)
            && let Some(now) = self.customer_of_id(tenant, asked.span.customer).await?
            && kept.is_of(&now)
        {
            return kept.events.page(upcasters, asked);
        }
        let question = asked.clone();
        let (events, next) = self
            .ask_in(Lane::LISTS, tenant, move |connection| {
                let asked = question.clone();
                Box::pin(async move { history::events(connection, tenant, &asked).await })
            })
            .await?;
        let mut page = events.page(upcasters, asked)?;
        page.next = page.next.or(next);
        if let Some(first) = first {
            last_read.keep(first, events);
        }
        Ok(page)
    }

    /// The changes of the customer's fields, oldest or newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn changes(
        &self,
        tenant: TenantRef,
        asked: &ChangeQuery,
    ) -> Result<Page<Change>, StoreError> {
        let (asked, upcasters) = (asked.clone(), self.inner.upcasters.clone());
        self.ask_in(Lane::LISTS, tenant, move |connection| {
            let (asked, upcasters) = (asked.clone(), upcasters.clone());
            Box::pin(async move { history::changes(connection, &upcasters, tenant, &asked).await })
        })
        .await
    }

    /// For each of these fields of a customer, which is at `now`, the versions after `version` that changed it or a
    /// field below it. Waits up to 5 seconds for the read model of changes; it may not have all of them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn changed_after(
        &self,
        tenant: TenantRef,
        (customer, version): (CustomerId, i64),
        now: i64,
        fields: Vec<String>,
    ) -> Result<BTreeMap<String, Vec<i64>>, StoreError> {
        let position = self
            .ask(tenant, move |connection| {
                Box::pin(history::position_of(connection, tenant, customer, now))
            })
            .await?;
        self.reached(View::FieldChanges, tenant, position).await?;
        self.ask(tenant, move |connection| {
            let asked = (customer, version);
            Box::pin(history::changed_after(connection, tenant, asked, fields.clone()))
        })
        .await
    }

    /// For each field of a customer in `state`, the event that set it. Waits up to 5 seconds for
    /// the read model of changes to reach that state; nothing if it does not.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::Unreadable`] when
    /// the state isn't understood.
    pub async fn blame(
        &self,
        tenant: TenantRef,
        state: &Current,
    ) -> Result<Option<Vec<SetField>>, StoreError> {
        let (customer, version) = (CustomerId(state.id), state.version);
        let position = self
            .ask(tenant, move |connection| {
                Box::pin(history::position_of(connection, tenant, customer, version))
            })
            .await?;
        if !self.reached(View::FieldChanges, tenant, position).await? {
            return Ok(None);
        }
        let (state, upcasters) = (state.clone(), self.inner.upcasters.clone());
        self.ask_in(Lane::LISTS, tenant, move |connection| {
            let (state, upcasters) = (state.clone(), upcasters.clone());
            Box::pin(async move { history::blame(connection, &upcasters, tenant, &state).await })
        })
        .await
    }

    /// The tenant's customers that matched the query at `instant`. Nothing if more than
    /// [`CHANGED_SINCE_MAX`](crate::CHANGED_SINCE_MAX) of them have changed since, unless they are
    /// sorted by registration.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::Unreadable`] when an
    /// event of one of them isn't understood.
    pub async fn customers_at(
        &self,
        tenant: TenantRef,
        asked: &CustomerQuery,
        instant: DateTime<Utc>,
    ) -> Result<Option<Page<Current>>, StoreError> {
        let (asked, upcasters) = (asked.clone(), self.inner.upcasters.clone());
        self.ask_in(Lane::SEARCHES, tenant, move |connection| {
            let (asked, upcasters) = (asked.clone(), upcasters.clone());
            Box::pin(async move {
                if asked.sort == Sort::CreatedAt {
                    let page =
                        history::customers_at(connection, &upcasters, tenant, &asked, instant);
                    return page.await.map(Some);
                }
                history::customers_sorted_at(connection, &upcasters, tenant, &asked, instant).await
            })
        })
        .await
    }
}
