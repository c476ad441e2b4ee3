//! Sets a customer aside whose rows are slow while others' are not.

use std::time::Instant;

use sqlx::{Connection as _, PgConnection};

use super::advance::{Follower, Stream};
use crate::error::StoreError;
use crate::model::StreamKey;
use crate::projections::fold::{ProjectionBatch, StreamStop};
use crate::projections::projection::Projection;

/// The first customer is set aside only if the others together took at most this part of its time.
/// Otherwise the whole database is slow, and no stream may stop for that.
const OTHERS_PART: u32 = 4;

impl Follower<'_> {
    /// Stores the rows of all streams but the first, then those of the first. If only those are too
    /// slow, the first stream stops, to be retried later, and the others continue.
    ///
    /// # Errors
    ///
    /// A timeout if the others are slow as well, or if there are none.
    pub(super) async fn store_apart(
        &self,
        connection: &mut PgConnection,
        projection: &'static dyn Projection,
        streams: &[&Stream],
    ) -> Result<Vec<(StreamKey, StreamStop)>, StoreError> {
        let Some((first, others)) = streams.split_first() else { return Ok(Vec::new()) };
        let began = Instant::now();
        let mut batch = self.batch(&mut *connection, projection, others).await?;
        batch.store(&mut *connection).await?;
        let mut stopped = batch.stops();
        let others_took = began.elapsed();

        let began = Instant::now();
        batch = self.batch(&mut *connection, projection, &[*first]).await?;
        let mut savepoint = connection.begin().await?;
        match batch.store(&mut savepoint).await.map_err(StoreError::from) {
            Ok(()) => {
                savepoint.commit().await?;
                stopped.extend(batch.stops());
            }
            Err(error) if error.took_too_long() && !others.is_empty() => {
                let alone_took = began.elapsed();
                savepoint.rollback().await?;
                let event = first.events.first();
                let event = event.filter(|_| others_took.saturating_mul(OTHERS_PART) <= alone_took);
                let Some(event) = event else { return Err(error) };
                stopped.push((first.key, StreamStop::timed_out_at(event, &error)));
            }
            Err(error) => return Err(error),
        }
        Ok(stopped)
    }

    /// The rows of some streams in one projection.
    async fn batch(
        &self,
        connection: &mut PgConnection,
        projection: &'static dyn Projection,
        streams: &[&Stream],
    ) -> sqlx::Result<ProjectionBatch> {
        let mut batch = ProjectionBatch::new(projection);
        let keys: Vec<_> = streams.iter().map(|stream| stream.key).collect();
        batch.load(connection, &keys).await?;
        for stream in streams {
            self.fold(stream, std::slice::from_mut(&mut batch));
        }
        Ok(batch)
    }
}
