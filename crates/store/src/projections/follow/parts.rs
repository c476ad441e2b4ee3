//! Stores rows in smaller and smaller parts, to find those that PostgreSQL rejects.

use sqlx::{Connection as _, PgConnection};

use super::advance::{Follower, Stream};
use crate::error::StoreError;
use crate::model::StreamKey;
use crate::projections::fold::{ProjectionBatch, StreamStop, fold};
use crate::projections::projection::Projection;

impl Follower<'_> {
    /// Stores the rows of some streams, and returns the streams that stopped.
    ///
    /// Rejected rows are tried in smaller and smaller parts, down to those of one event. Its stream
    /// stops there, and all others continue.
    pub(super) async fn store_parts(
        &self,
        connection: &mut PgConnection,
        projection: &'static dyn Projection,
        streams: Vec<&Stream>,
    ) -> Result<Vec<(StreamKey, StreamStop)>, StoreError> {
        let (mut parts, mut stopped) = (vec![streams], Vec::new());
        while let Some(mut part) = parts.pop() {
            let mut alone = ProjectionBatch::new(projection);
            let keys: Vec<_> = part.iter().map(|stream| stream.key).collect();
            alone.load(&mut *connection, &keys).await?;
            for stream in &part {
                self.fold(stream, std::slice::from_mut(&mut alone));
            }
            let mut savepoint = connection.begin().await?;
            match alone.store(&mut savepoint).await.map_err(StoreError::from) {
                Ok(()) => {
                    savepoint.commit().await?;
                    stopped.extend(alone.stops());
                }
                Err(StoreError::Refused(_)) => {
                    savepoint.rollback().await?;
                    if let [stream] = part[..] {
                        stopped
                            .extend(self.store_events(&mut *connection, projection, stream).await?);
                    } else {
                        let half = part.split_off(part.len() / 2);
                        parts.extend([part, half]);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(stopped)
    }

    /// Stores the rows of a stream event by event, up to one that is rejected.
    async fn store_events(
        &self,
        connection: &mut PgConnection,
        projection: &'static dyn Projection,
        stream: &Stream,
    ) -> Result<Option<(StreamKey, StreamStop)>, StoreError> {
        let Ok(mut now) = stream.before.as_ref().cloned() else { return Ok(None) };
        for event in &stream.events {
            let mut alone = [ProjectionBatch::new(projection)];
            for batch in &mut alone {
                batch.load(&mut *connection, &[stream.key]).await?;
            }
            let events = std::slice::from_ref(event);
            let next = fold(self.upcasters, &stream.key, now, events, &mut alone);
            let [alone] = alone;
            if let Some(stop) = alone.stops().pop() {
                return Ok(Some(stop));
            }
            let mut savepoint = connection.begin().await?;
            if let Err(error) = alone.store(&mut savepoint).await {
                savepoint.rollback().await?;
                let error = StoreError::from(error);
                if !matches!(error, StoreError::Refused(_)) {
                    return Err(error);
                }
                return Ok(Some((stream.key, StreamStop::at(event, &error))));
            }
            savepoint.commit().await?;
            let Some(next) = next else { return Ok(None) };
            now = next;
        }
        Ok(None)
    }
}
