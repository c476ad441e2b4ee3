//! Customers by any of their values.

use super::Store;
use crate::error::StoreError;
use crate::queries::{self, CustomerSearch, Found};
use crate::writer::submission::TenantRef;

impl Store {
    /// The tenant's customers that are asked for, as they are now, and how many there are.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::TooCostly`] when it takes too long.
    pub async fn search_customers(
        &self,
        tenant: TenantRef,
        asked: &CustomerSearch,
    ) -> Result<Found, StoreError> {
        let asked = asked.clone();
        self.ask_as(true, tenant, move |connection| {
            let asked = asked.clone();
            Box::pin(async move { queries::search(connection, tenant, &asked).await })
        })
        .await
    }
}
