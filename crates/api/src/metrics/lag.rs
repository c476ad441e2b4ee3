//! What `/metrics` says of read models. The database is asked at most once a second, however many ask.

use std::time::{Duration, Instant};

use store::Store;
use store::projections::{Projections, Status};
use tokio::sync::Mutex;

/// How long what was found is as good as new.
const KEPT: Duration = Duration::from_secs(1);
/// How long the database may take; `/metrics` has other things to tell.
const PATIENCE: Duration = Duration::from_secs(2);

/// When the database was last asked.
#[derive(Debug, Default)]
pub(crate) struct Lag(Mutex<Option<Instant>>);

impl Lag {
    /// Sets what is measured of the live read models; to no number when that isn't known.
    pub(crate) async fn measure(&self, store: &Store) {
        let mut asked = self.0.lock().await;
        if asked.is_some_and(|at| at.elapsed() < KEPT) {
            return;
        }
        let found = tokio::time::timeout(PATIENCE, store.projections()).await;
        *asked = Some(Instant::now());
        if let Ok(Ok(found)) = found {
            let live = found.into_iter().filter(|status| status.state == "live");
            live.for_each(|status| set(status, store.known_projections()));
        } else {
            tracing::warn!("read models can't be measured: the database doesn't answer");
            for name in store.known_projections().names() {
                gauges(name.to_owned(), [f64::NAN; 4]);
            }
        }
    }
}

fn set(live: Status, known: &Projections) {
    let outdated = known.logic_version(&live.name) != Some(live.logic_version);
    let figures = [
        count(live.lag_events),
        live.lag_seconds,
        count(live.parked),
        if outdated { 1.0 } else { 0.0 },
    ];
    gauges(live.name, figures);
}

fn gauges(name: String, [events, seconds, parked, outdated]: [f64; 4]) {
    metrics::gauge!("dossier_projection_lag_events", "projection" => name.clone()).set(events);
    metrics::gauge!("dossier_projection_lag_seconds", "projection" => name.clone()).set(seconds);
    metrics::gauge!("dossier_projection_parked_streams", "projection" => name.clone()).set(parked);
    metrics::gauge!("dossier_projection_outdated", "projection" => name).set(outdated);
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "nobody minds a part in a thousand million millions"
)]
fn count(number: i64) -> f64 {
    number as f64
}
