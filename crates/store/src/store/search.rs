//! Searches for customers.

use crate::error::StoreError;
use crate::lanes::Lane;
use crate::model::TenantRef;
use crate::queries::{self, CustomerSearch, FoundCustomers};
use crate::store::handle::Store;

impl Store {
    /// The tenant's matching customers, as they are now, and their number.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::TooCostly`] when it takes too long.
    pub async fn search_customers(
        &self,
        tenant: TenantRef,
        asked: &CustomerSearch,
    ) -> Result<FoundCustomers, StoreError> {
        let asked = asked.clone();
        self.ask_in(Lane::SEARCHES, tenant, move |connection| {
            let asked = asked.clone();
            Box::pin(async move { queries::search(connection, tenant, &asked).await })
        })
        .await
    }
}
