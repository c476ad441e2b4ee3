//! Queries of read models, and waiting for them to catch up.

use std::time::Duration;

use domain::CustomerId;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::cursors::Cursors;
use crate::error::StoreError;
use crate::lanes::Lane;
use crate::model::{Current, TenantRef};
use crate::projections::follow::Followers;
use crate::queries::{
    self, BillingConfiguration, BillingQuery, CustomerQuery, CustomerTree, IntegrationLink,
    LinkQuery, Page, View,
};
use crate::store::handle::Store;
use crate::store::pools::LookupFor;

/// How long a read waits for a view to reach a position.
const REACHED_WITHIN: Duration = Duration::from_secs(5);
/// How often it checks while other services move the view.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

impl Store {
    /// The tenant's customers that match the query, as they are now.
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
        self.ask_in(Lane::of_list(costly), tenant, move |connection| {
            let asked = asked.clone();
            Box::pin(async move { queries::customers(connection, tenant, &asked).await })
        })
        .await
    }

    /// How many of the tenant's customers match, on all pages of the list.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::TooCostly`] when it takes too long.
    pub async fn count_customers(
        &self,
        tenant: TenantRef,
        asked: &CustomerQuery,
    ) -> Result<i64, StoreError> {
        let asked = asked.clone();
        self.ask_in(Lane::SEARCHES, tenant, move |connection| {
            let asked = asked.clone();
            Box::pin(async move { queries::count(connection, tenant, &asked).await })
        })
        .await
    }

    /// The direct children of `parent`, by id, after the given one.
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
        self.ask_in(Lane::LISTS, tenant, move |connection| {
            Box::pin(queries::children(connection, tenant, parent, after, limit))
        })
        .await
    }

    /// The group of a customer that exists: those above it, and all below the topmost.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn customer_tree(
        &self,
        tenant: TenantRef,
        customer: CustomerId,
    ) -> Result<CustomerTree, StoreError> {
        self.ask_in(Lane::SEARCHES, tenant, move |connection| {
            Box::pin(queries::tree(connection, tenant, customer))
        })
        .await
    }

    /// The tenant's billing configurations that match the query.
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
        self.ask_in(Lane::LISTS, tenant, move |connection| {
            let asked = asked.clone();
            Box::pin(
                async move { queries::billing_configurations(connection, tenant, &asked).await },
            )
        })
        .await
    }

    /// The tenant's customers that hold, or held, an id in another system.
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
        self.ask_in(Lane::LISTS, tenant, move |connection| {
            let asked = asked.clone();
            Box::pin(async move { queries::integration_links(connection, tenant, &asked).await })
        })
        .await
    }

    /// Waits up to 5 seconds until a view has reached `position` of the tenant's partition. Returns
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
        self.projection_reached(view.projection(), tenant, position).await
    }

    /// The same for any projection.
    pub(crate) async fn projection_reached(
        &self,
        projection: &'static str,
        tenant: TenantRef,
        position: i64,
    ) -> Result<bool, StoreError> {
        let deadline = Instant::now() + REACHED_WITHIN;
        let mut progress = self.inner.followers.as_ref().map(Followers::progress);
        loop {
            let reached = self
                .ask(tenant, move |connection| {
                    Box::pin(async move {
                        Ok(queries::position_of(connection, tenant.partition, projection).await?)
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
                // Wakes on progress of this process and after a while in any case.
                Some(progress) => drop(timeout(LOOK_INTERVAL, progress.changed()).await),
                None => tokio::time::sleep(LOOK_INTERVAL).await,
            }
        }
    }

    /// Waits up to 5 seconds until a view has reached the current end of the log. Returns whether
    /// it has.
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

    /// The signer of cursors.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked, which it is once.
    pub async fn cursors(&self) -> Result<Cursors, StoreError> {
        let load = || {
            self.inner
                .pools
                .keys
                .ask(LookupFor::Service, |connection| Box::pin(Cursors::load(connection)))
        };
        self.inner.cursors.get_or_try_init(load).await.cloned()
    }
}
