//! How far read models were behind in the last half hour, and the plot of it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::App;
use maud::{Markup, html};

use super::figures::{ReadModel, grouped};

/// How often the lag is looked at.
const INTERVAL: Duration = Duration::from_secs(5);
/// Looks that are kept: half an hour.
const KEPT: usize = 360;
/// The size of a plot.
const WIDTH: u32 = 360;
const HEIGHT: u32 = 44;
/// Lags below this look like none.
const SCALE_MIN: i64 = 20;

/// The lag of all read models, looked at from the first visit of the page on, and kept in memory.
#[derive(Default)]
pub(super) struct Lags {
    looks: Mutex<Looks>,
    watched: AtomicBool,
}

#[derive(Default)]
struct Looks {
    begun: Option<Instant>,
    /// Events behind, the latest last.
    by_name: BTreeMap<&'static str, VecDeque<i64>>,
}

impl Lags {
    /// At the first call, notes what is known now, and then looks regularly until the service stops.
    pub(super) fn watch(self: &Arc<Self>, app: &App, models: &[ReadModel]) {
        if self.watched.swap(true, Ordering::Relaxed) {
            return;
        }
        self.keep(models);
        let (lags, app) = (Arc::clone(self), app.clone());
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = tokio::time::sleep(INTERVAL) => {}
                    () = app.stopped() => return,
                }
                // A database that doesn't answer leaves a gap.
                if let Ok(models) = ReadModel::all(&app).await {
                    lags.keep(&models);
                }
            }
        });
    }

    fn keep(&self, models: &[ReadModel]) {
        let mut looks = self.looks();
        looks.begun.get_or_insert_with(Instant::now);
        for model in models {
            let kept = looks.by_name.entry(model.name).or_default();
            if kept.len() >= KEPT {
                kept.pop_front();
            }
            kept.push_back(model.live.lag_events);
        }
    }

    fn looks(&self) -> MutexGuard<'_, Looks> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plot of a read model.
    pub(super) fn plot(&self, name: &str) -> Markup {
        let looks = self.looks();
        let kept: Vec<i64> =
            looks.by_name.get(name).map(|kept| kept.iter().copied().collect()).unwrap_or_default();
        let most = kept.iter().copied().max().unwrap_or_default();
        let since = looks.begun.map_or(0, |begun| begun.elapsed().as_secs());
        drop(looks);
        let minutes = (since / 60).clamp(1, 30);
        let text = format!("At most {} events behind in the last {minutes} min", grouped(most));
        html! {
            svg.plot viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" role="img" aria-label=(text) {
                line.base x1="0" x2=(WIDTH) y1=(HEIGHT) y2=(HEIGHT) {}
                polyline points=(points(&kept, most.max(SCALE_MIN))) {}
            }
            small { (text) }
        }
    }
}

/// The line through what was seen, the latest at the right end.
fn points(kept: &[i64], most: i64) -> String {
    let slots = i64::try_from(KEPT.saturating_sub(1)).unwrap_or(1).max(1);
    let mut points = String::new();
    for (back, lag) in (0_i64..).zip(kept.iter().rev()) {
        let x = i64::from(WIDTH)
            .saturating_mul(slots.saturating_sub(back))
            .checked_div(slots)
            .unwrap_or(0);
        let high = i64::from(HEIGHT).saturating_sub(2);
        let y = high.saturating_mul((*lag).clamp(0, most)).checked_div(most).unwrap_or(0);
        // Writing to a string can't fail.
        let _ = write!(points, "{x},{} ", high.saturating_sub(y).saturating_add(1));
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_is_at_the_right_end_and_the_most_at_the_top() {
        assert_eq!(points(&[], 20), "");
        assert_eq!(points(&[0, 20], 20).trim_end(), "360,1 358,43");
    }
}
