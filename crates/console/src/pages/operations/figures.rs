//! What pages say of read models.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use http::{App, Problem};
use store::projections::Status;

/// A read model and its generations.
pub(super) struct ReadModel {
    pub(super) name: &'static str,
    /// The generation that answers.
    pub(super) live: Status,
    /// The one that is being built.
    pub(super) building: Option<Status>,
    /// The others, oldest first.
    pub(super) others: Vec<Status>,
    /// Whether the live rows were made by other logic than this program's.
    pub(super) outdated: bool,
}

impl ReadModel {
    /// All that this program has, by name.
    pub(super) async fn all(app: &App) -> Result<Vec<Self>, Problem> {
        let known = app.store.known_projections();
        let mut by_name: BTreeMap<String, Vec<Status>> = BTreeMap::new();
        for status in app.store.projections().await? {
            by_name.entry(status.name.clone()).or_default().push(status);
        }
        let mut names: Vec<_> = known.names().collect();
        names.sort_unstable();
        let model = |name: &'static str| {
            let mut generations = by_name.remove(name)?;
            let mut take = |state: &str| {
                let nth = generations.iter().position(|status| status.state == state)?;
                Some(generations.remove(nth))
            };
            let (live, building) = (take("live")?, take("building"));
            let outdated = known.logic_version(name) != Some(live.logic_version);
            Some(Self { name, live, building, others: generations, outdated })
        };
        Ok(names.into_iter().filter_map(model).collect())
    }

    /// The one that a switch back would make live.
    pub(super) fn retired(&self) -> Option<&Status> {
        self.others.iter().rev().find(|status| status.state == "retired")
    }

    /// How far it is behind, in words.
    pub(super) fn lag(&self) -> String {
        match self.live.lag_events {
            0 => "up to date".to_owned(),
            1 => format!("1 event behind, for {:.1} s", self.live.lag_seconds),
            events => {
                format!("{} events behind, for {:.1} s", grouped(events), self.live.lag_seconds)
            }
        }
    }
}

/// How far a generation is loaded, in words.
pub(super) fn progress(building: &Status) -> String {
    let phase = building.phase.as_deref().unwrap_or("waiting");
    if phase != "loading" {
        return match phase {
            "indexing" => "building indexes".to_owned(),
            "following" => format!("catching up: {} events behind", grouped(building.lag_events)),
            "comparing" => "comparing its rows with the live ones".to_owned(),
            other => other.to_owned(),
        };
    }
    let (done, total) = (grouped(building.events_done), grouped(building.events_total));
    let mut text = format!("loading: {done} of {total} events");
    if let Some(rate) = building.load_rate() {
        // Writing to a string can't fail.
        let _ = write!(
            text,
            ", {:.0} a second, {:.0} s left",
            rate.events_per_second, rate.seconds_left
        );
    }
    text
}

/// What has to change for a page to be out of date: not numbers, but what is under way.
pub(super) fn state(models: &[ReadModel]) -> String {
    let state = models.iter().map(|model| {
        let building = model.building.as_ref().map(|status| status.generation);
        format!("{}:{}:{building:?}:{}", model.name, model.live.generation, model.live.parked)
    });
    state.collect::<Vec<_>>().join(" ")
}

/// A number with its thousands apart.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    if number < 0 {
        text.push('−');
    }
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && digits.len().saturating_sub(nth).checked_rem(3) == Some(0) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in the unit that gives it at most four digits.
pub(super) fn bytes(size: i64) -> String {
    let mut size = size;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if size < 10_000 {
            return format!("{} {unit}", grouped(size));
        }
        size = size.checked_div(1_024).unwrap_or_default();
    }
    format!("{} TiB", grouped(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "−1,234,567")]
        {
            assert_eq!(grouped(number), text);
        }
        for (size, text) in [(512, "512 B"), (10_240, "10 KiB"), (7_000_000_000_000, "6,519 GiB")] {
            assert_eq!(bytes(size), text);
        }
    }
}
