//! Restarts a private PostgreSQL if a restart can help.

use std::time::{Duration, Instant};

use store::{OutageCause, Store, StoreError};

use crate::postgres::Restarter;

/// How often the database is checked.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// The shortest time between two restarts: if the first didn't help, another won't.
const RESTART_PAUSE: Duration = Duration::from_mins(5);

/// Restarts the database when it can't load its libraries, usually because an upgrade replaced them while
/// it ran. Requests get 503 meanwhile.
pub(crate) async fn keep_healthy(store: Store, restarter: Restarter) {
    let mut last: Option<Instant> = None;
    loop {
        tokio::time::sleep(LOOK_INTERVAL).await;
        let Err(StoreError::Unavailable(outage)) = store.ready().await else { continue };
        let due = last.is_none_or(|at| at.elapsed() >= RESTART_PAUSE);
        if outage.cause() == OutageCause::Files && due {
            let error: &dyn std::error::Error = &outage;
            tracing::error!(error, "PostgreSQL can't load its libraries: restarting it");
            last = Some(Instant::now());
            restarter.restart();
        }
    }
}
