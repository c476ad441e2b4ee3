//! What is asked of read models, and how long it waits for them.

use std::time::Duration;

use domain::CustomerId;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::{LookupFor, Store};
use crate::cursors::Cursors;
use crate::error::StoreError;
use crate::projections::follow::Followers;
use crate::queries::{
    self, BillingConfiguration, BillingQuery, Current, CustomerQuery, IntegrationLink, LinkQuery,
    Page, View,
};
use crate::writer::submission::TenantRef;

/// How long a read waits for a view to come to a position.
const REACHED_WITHIN: Duration = Duration::from_secs(5);
/// How often it looks while other services move the view on.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

impl Store {
    /// The tenant's customers that are asked for, as they are now.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn customers(
        &self,
        tenant: TenantRef,
        asked: &CustomerQuery,
    ) -> Result<Page<Current>, StoreError> {
        let (asked, costly) = (asked.clone(), asked.is_costly());
        self.ask_as(costly, tenant, move |connection| {
            let asked = asked.clone();
            Box::pin(async move { queries::customers(connection, tenant, &asked).await })
        })
        .await
    }

    /// The customers right below `parent`, by id, after the one called `after`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn children(
        &self,
        tenant: TenantRef,
        parent: CustomerId,
        after: Option<Uuid>,
        limit: u16,
    ) -> Result<Page<Current>, StoreError> {
        self.ask(tenant, move |connection| {
            Box::pin(queries::children(connection, tenant, parent, after, limit))
        })
        .await
    }

    /// The tenant's billing configurations that are asked for.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn billing_configurations(
        &self,
        tenant: TenantRef,
        asked: &BillingQuery,
    ) -> Result<Page<BillingConfiguration>, StoreError> {
        let asked = asked.clone();
        self.ask(tenant, move |connection| {
            let asked = asked.clone();
            Box::pin(
                async move { queries::billing_configurations(connection, tenant, &asked).await },
            )
        })
        .await
    }

    /// Who of the tenant's customers holds, or held, an id in another system.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn integration_links(
        &self,
        tenant: TenantRef,
        asked: &LinkQuery,
    ) -> Result<Page<IntegrationLink>, StoreError> {
        let asked = asked.clone();
        self.ask(tenant, move |connection| {
            let asked = asked.clone();
            Box::pin(async move { queries::integration_links(connection, tenant, &asked).await })
        })
        .await
    }

    /// Waits up to 5 seconds until a view has come to `position` of the tenant's partition, and says
    /// whether it has.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn reached(
        &self,
        view: View,
        tenant: TenantRef,
        position: i64,
    ) -> Result<bool, StoreError> {
        let deadline = Instant::now() + REACHED_WITHIN;
        let mut progress = self.inner.followers.as_ref().map(Followers::progress);
        loop {
            let reached = self
                .ask(tenant, move |connection| {
                    Box::pin(async move {
                        Ok(queries::position(connection, tenant.partition, view).await?)
                    })
                })
                .await?;
            if reached.is_some_and(|reached| reached >= position) {
                return Ok(true);
            }
            if Instant::now() >= deadline {
                return Ok(false);
            }
            match &mut progress {
                // What the workers of this process did, or time that passed: both are looked at.
                Some(progress) => drop(timeout(LOOK_INTERVAL, progress.changed()).await),
                None => tokio::time::sleep(LOOK_INTERVAL).await,
            }
        }
    }

    /// Waits up to 5 seconds until a view has come to where the log is now, and says whether it has.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn caught_up(&self, view: View, tenant: TenantRef) -> Result<bool, StoreError> {
        let head = self
            .ask(tenant, move |connection| {
                Box::pin(async move { Ok(queries::head(connection, tenant.partition).await?) })
            })
            .await?;
        self.reached(view, tenant, head).await
    }

    /// What signs how far callers have read in lists.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked, which it is once.
    pub async fn cursors(&self) -> Result<Cursors, StoreError> {
        let load = || {
            self.inner
                .lanes
                .keys
                .ask(LookupFor::Service, |connection| Box::pin(Cursors::load(connection)))
        };
        self.inner.cursors.get_or_try_init(load).await.cloned()
    }
}
