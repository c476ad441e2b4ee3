//! Queries and actions of operators on read models, across all tenants.

use domain::{CustomerId, TenantId};
use sqlx::{Connection as _, PgConnection};

use crate::connect::{Role, connect};
use crate::error::StoreError;
use crate::operator_actions::{self, Action, OperatorAction};
use crate::options::Options;
use crate::projections::follow::replay::Unparked;
use crate::projections::rebuild::{self, RebuildError};
use crate::projections::registry::Projections;
use crate::projections::{self, Parked, ParkedAt, Status};
use crate::read_pool::ask_on;
use crate::store::handle::Store;
use crate::writer::submission::Metadata;

impl Store {
    /// The projections that this program has.
    #[must_use]
    pub fn known_projections(&self) -> &Projections {
        &self.inner.projections
    }

    /// Every generation of every projection: [`projections::list`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn projections(&self) -> Result<Vec<Status>, StoreError> {
        ask_on(&self.inner.pools.operators, |connection| Box::pin(projections::list(connection)))
            .await
    }

    /// The recorded actions before `before`: [`operator_actions::list`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn operator_actions(
        &self,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<OperatorAction>, StoreError> {
        ask_on(&self.inner.pools.operators, move |connection| {
            Box::pin(operator_actions::list(connection, before, limit))
        })
        .await
    }

    /// Begins a rebuild, as [`rebuild::request`] does.
    ///
    /// # Errors
    ///
    /// Those of [`rebuild::request`]; nothing was changed.
    pub async fn request_rebuild(
        &self,
        projection: &str,
        workers: u16,
        who: &Metadata,
    ) -> Result<i32, RebuildError> {
        let mut connection = self.acting(projection, Action::Rebuild { workers }, who).await?;
        rebuild::request(&mut connection, &self.inner.projections, projection, workers).await
    }

    /// Begins a rollback, as [`rebuild::request_rollback`] does.
    ///
    /// # Errors
    ///
    /// Those of [`rebuild::request_rollback`]; nothing was changed.
    pub async fn request_rollback(
        &self,
        projection: &str,
        who: &Metadata,
    ) -> Result<i32, RebuildError> {
        let mut connection = self.acting(projection, Action::Rollback, who).await?;
        rebuild::request_rollback(&mut connection, &self.inner.projections, projection).await
    }

    /// Cancels a running rebuild or rollback, and returns whether there was one.
    ///
    /// # Errors
    ///
    /// Those of [`rebuild::cancel`]; nothing was changed.
    pub async fn cancel_rebuild(
        &self,
        projection: &str,
        who: &Metadata,
    ) -> Result<bool, RebuildError> {
        let mut connection = self.acting(projection, Action::Cancel, who).await?;
        rebuild::cancel(&mut connection, &self.inner.projections, projection).await
    }

    /// Drops the retired and cancelled generations of a projection, and returns them.
    ///
    /// # Errors
    ///
    /// Those of [`rebuild::prune_one`].
    pub async fn prune_projection(
        &self,
        projection: &str,
        who: &Metadata,
    ) -> Result<Vec<(String, i32)>, RebuildError> {
        let mut connection = self.acting(projection, Action::Prune, who).await?;
        rebuild::prune_one(&mut connection, &self.inner.projections, projection).await
    }

    /// The parked customers of a projection: [`projections::parked_in`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn parked(
        &self,
        projection: &str,
        after: Option<ParkedAt>,
        limit: i64,
    ) -> Result<Vec<Parked>, StoreError> {
        let projection = projection.to_owned();
        ask_on(&self.inner.pools.operators, move |connection| {
            let projection = projection.clone();
            Box::pin(
                async move { projections::parked_in(connection, &projection, after, limit).await },
            )
        })
        .await
    }

    /// Resumes a customer in every generation of a projection in which it is parked. Returns the
    /// result for each.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if PostgreSQL fails, or if others hold the projection's
    /// checkpoint. Generations before that are resumed.
    pub async fn unpark(
        &self,
        projection: &str,
        tenant: TenantId,
        customer: CustomerId,
        who: &Metadata,
    ) -> Result<Vec<(i32, Unparked)>, StoreError> {
        let action = Action::Unpark { customer: Some((tenant, customer)) };
        self.acting(projection, action, who).await?.close().await?;
        let (name, upcasters) = (projection.to_owned(), self.inner.upcasters.clone());
        let parked: Vec<Parked> = ask_on(&self.inner.pools.operators, move |connection| {
            let name = name.clone();
            Box::pin(async move {
                projections::parked_customer(connection, &name, tenant, customer).await
            })
        })
        .await?;
        let projections = self.inner.projections.clone();
        let options =
            Options { projections, upcasters, ..Options::new(self.inner.database.clone()) };
        let mut tried = Vec::with_capacity(parked.len());
        for parked in parked {
            tried.push((parked.generation, projections::unpark(&options, &parked).await?));
        }
        Ok(tried)
    }

    /// A connection for an action. The action is recorded first.
    async fn acting(
        &self,
        projection: &str,
        action: Action,
        who: &Metadata,
    ) -> Result<PgConnection, StoreError> {
        let mut connection = connect(&self.inner.database, Role::Projector).await?;
        operator_actions::record(&mut connection, Some(projection), action, who).await?;
        Ok(connection)
    }
}
