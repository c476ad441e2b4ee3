//! Loading views.

use cqrs_es::View;
use cqrs_es::persist::{PersistenceError, ViewContext, ViewRepository};
use domain::customer::Customer;
use sqlx::query_as;
use uuid::Uuid;

use super::view::ViewProjection;
use crate::error::StoreError;
use crate::model::TenantRef;
use crate::queries::as_tenant;
use crate::store::Store;

/// The views of one tenant's customers.
///
/// A view id is a customer's id, or `<tenant>/<customer>`. A view of another tenant is not found.
pub struct ViewStore<V: 'static> {
    store: Store,
    view: ViewProjection<V>,
    tenant: TenantRef,
}

/// The follower of the log writes views, and no one else.
#[derive(Debug, thiserror::Error)]
#[error("this view follows the log: it can't be written")]
pub struct NotWritten;

impl Store {
    /// The views of a tenant's customers. `view` must be one of the store's
    /// [`Options::projections`](crate::Options::projections).
    #[must_use]
    pub fn views<V: View<Customer> + 'static>(
        &self,
        view: ViewProjection<V>,
        tenant: TenantRef,
    ) -> ViewStore<V> {
        ViewStore { store: self.clone(), view, tenant }
    }
}

impl<V: View<Customer> + 'static> ViewStore<V> {
    /// Waits up to 5 seconds until the views have reached `position` of the tenant's partition, and says
    /// whether they have.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn reached(&self, position: i64) -> Result<bool, StoreError> {
        self.store.projection_reached(self.view.name(), self.tenant, position).await
    }

    async fn read(&self, view_id: &str) -> Result<Option<(i64, String)>, StoreError> {
        let Some(customer) = self.customer(view_id) else { return Ok(None) };
        let (tenant, table) = (self.tenant, self.view.table().name);
        self.store
            .ask(tenant, move |connection| {
                Box::pin(async move {
                    let mut transaction = as_tenant(connection, tenant.id).await?;
                    // The table's name has only letters, digits and underscores.
                    let row = query_as(&format!(
                        "select version, payload::text from {table}
                          where partition = $1 and tenant_id = $2 and customer_id = $3"
                    ))
                    .bind(tenant.partition.number())
                    .bind(tenant.id.0)
                    .bind(customer)
                    .fetch_optional(&mut *transaction)
                    .await?;
                    transaction.rollback().await?;
                    Ok(row)
                })
            })
            .await
    }

    /// The customer that `view_id` names; nothing if it isn't this tenant's.
    fn customer(&self, view_id: &str) -> Option<Uuid> {
        let customer = match view_id.split_once('/') {
            Some((tenant, customer)) => {
                let tenant: Uuid = tenant.parse().ok()?;
                (tenant == self.tenant.id.0).then_some(customer)?
            }
            None => view_id,
        };
        customer.parse().ok()
    }
}

impl<V: View<Customer> + 'static> ViewRepository<V, Customer> for ViewStore<V> {
    async fn load(&self, view_id: &str) -> Result<Option<V>, PersistenceError> {
        let loaded = self.load_with_context(view_id).await?;
        Ok(loaded.map(|(view, _)| view))
    }

    async fn load_with_context(
        &self,
        view_id: &str,
    ) -> Result<Option<(V, ViewContext)>, PersistenceError> {
        let Some((version, payload)) = self.read(view_id).await? else { return Ok(None) };
        let view = serde_json::from_str(&payload)?;
        Ok(Some((view, ViewContext::new(view_id.to_owned(), version))))
    }

    async fn update_view(&self, _: V, _: ViewContext) -> Result<(), PersistenceError> {
        Err(PersistenceError::UnknownError(Box::new(NotWritten)))
    }
}

impl From<StoreError> for PersistenceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unreadable { .. } => Self::DeserializationError(Box::new(error)),
            StoreError::Busy
            | StoreError::PartitionBusy
            | StoreError::TooManyKeys
            | StoreError::ReadersBusy
            | StoreError::ShareUsed
            | StoreError::TooCostly { .. }
            | StoreError::Stopping
            | StoreError::Unavailable(_) => Self::ConnectionError(Box::new(error)),
            StoreError::Refused(_) | StoreError::Unfit(_) => Self::UnknownError(Box::new(error)),
        }
    }
}
