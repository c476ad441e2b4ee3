//! Restarts a private PostgreSQL that a restart can cure.

use std::time::{Duration, Instant};

use store::{OutageCause, Store, StoreError};

use crate::postgres::Restarter;

/// Between two looks at the database.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// How long after a restart there is no other one: it did not help then.
const RESTART_PAUSE: Duration = Duration::from_mins(5);

/// Looks whether the database can load its libraries, and restarts it if it can't: most often they
/// were replaced while it ran. Requests are answered 503 meanwhile. Never ends.
pub(super) async fn keep_healthy(store: Store, restarter: Restarter) {
    let mut last: Option<Instant> = None;
    loop {
        tokio::time::sleep(LOOK_INTERVAL).await;
        let Err(StoreError::Unavailable(outage)) = store.ready().await else { continue };
        let due = last.is_none_or(|at| at.elapsed() >= RESTART_PAUSE);
        if outage.cause() == OutageCause::Files && due {
            let error: &dyn std::error::Error = &outage;
            tracing::error!(error, "PostgreSQL can't load its libraries: it is restarted");
            last = Some(Instant::now());
            restarter.restart();
        }
    }
}
