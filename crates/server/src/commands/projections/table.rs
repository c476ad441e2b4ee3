//! The table of read models: a line per generation, 100 columns wide.

use store::projections::{Projections, Status};

use crate::progress::{duration, grouped};

/// The table's head, and a line for each generation. The live one is first.
pub(super) fn lines(found: &[Status], known: &Projections) -> Vec<String> {
    let mut sorted: Vec<&Status> = found.iter().collect();
    sorted.sort_by(|a, b| {
        let key = |status: &Status| (status.state != "live", status.generation.saturating_neg());
        a.name.cmp(&b.name).then_with(|| key(a).cmp(&key(b)))
    });
    let head = ["PROJECTION", "GEN", "LAG", "OLDEST", "PARKED", "STATE"].map(ToOwned::to_owned);
    let mut lines = vec![line(head)];
    let mut before = "";
    for status in sorted {
        let name = if status.name == before { String::new() } else { status.name.clone() };
        before = &status.name;
        lines.push(line([
            name,
            status.generation.to_string(),
            grouped(status.lag_events.unsigned_abs()),
            duration(seconds(status.lag_seconds)),
            grouped(status.parked.unsigned_abs()),
            state(status, known),
        ]));
    }
    lines
}

fn line([name, generation, lag, oldest, parked, state]: [String; 6]) -> String {
    format!("{name:<23} {generation:>3} {lag:>11} {oldest:>11} {parked:>7}  {state}")
}

/// The state of a generation, with its progress.
fn state(status: &Status, known: &Projections) -> String {
    let logic = status.logic_version;
    match (&*status.state, status.phase.as_deref()) {
        ("live", _) => match known.logic_version(&status.name) {
            Some(ours) if ours == logic => "live".to_owned(),
            Some(ours) => format!("live, outdated: logic {logic}, not {ours}"),
            None => format!("live, unknown here: logic {logic}"),
        },
        (_, Some("loading")) => {
            let (done, total) = (status.events_done.max(0), status.events_total.max(0));
            let percent =
                i128::from(done).saturating_mul(100).checked_div(total.into()).unwrap_or(0);
            match status.load_rate() {
                Some(rate) => {
                    let left = duration(seconds(rate.seconds_left));
                    format!("loading, {percent} %, {left} left")
                }
                None => format!("loading, {percent} %"),
            }
        }
        (_, Some(phase)) => phase.to_owned(),
        (state, None) => state.to_owned(),
    }
}

/// Whole seconds, rounded up.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::as_conversions,
    reason = "the cast yields the nearest number of seconds"
)]
fn seconds(seconds: f64) -> u64 {
    seconds.ceil() as u64
}

#[cfg(test)]
mod tests;
