//! Setting a customer aside whose rows take too long while others' don't.

use std::time::Instant;

use sqlx::{Connection as _, PgConnection};

use super::advance::{Follower, Stream};
use crate::error::StoreError;
use crate::projections::fold::{Share, Stop};
use crate::projections::{Key, Projection};

/// The first customer is set aside only if the others together took at most this part of its time:
/// otherwise the whole database is slow, and that must stop nobody.
const OTHERS_PART: u32 = 4;

impl Follower<'_> {
    /// Stores the rows of all streams but the first, then those of the first. If only these take too
    /// long, the first customer's stream stops, to be tried again later, and the others go on.
    ///
    /// # Errors
    ///
    /// A timeout when the others' rows take long as well, or when there are no others.
    pub(super) async fn store_apart(
        &self,
        connection: &mut PgConnection,
        projection: &'static dyn Projection,
        streams: &[&Stream],
    ) -> Result<Vec<(Key, Stop)>, StoreError> {
        let Some((first, others)) = streams.split_first() else { return Ok(Vec::new()) };
        let began = Instant::now();
        let mut share = self.share(projection, others);
        share.rows.store(&mut *connection).await?;
        let mut stopped = share.stops();
        let others_took = began.elapsed();

        let began = Instant::now();
        share = self.share(projection, &[*first]);
        let mut savepoint = connection.begin().await?;
        match share.rows.store(&mut savepoint).await.map_err(StoreError::from) {
            Ok(()) => {
                savepoint.commit().await?;
                stopped.extend(share.stops());
            }
            Err(error) if error.took_too_long() && !others.is_empty() => {
                let alone_took = began.elapsed();
                savepoint.rollback().await?;
                let event = first.events.first();
                let event = event.filter(|_| others_took.saturating_mul(OTHERS_PART) <= alone_took);
                let Some(event) = event else { return Err(error) };
                stopped.push((first.key, Stop::timed_out_at(event, &error)));
            }
            Err(error) => return Err(error),
        }
        Ok(stopped)
    }

    /// What some streams come to in one projection.
    fn share(&self, projection: &'static dyn Projection, streams: &[&Stream]) -> Share {
        let mut share = Share::new(projection);
        for stream in streams {
            self.fold(stream, std::slice::from_mut(&mut share));
        }
        share
    }
}
