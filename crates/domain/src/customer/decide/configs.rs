//! The rules that billing and revenue configurations share.

use super::Decision;
use crate::customer::configs::{Archivable, active};
use crate::customer::events::Event;
use crate::customer::refusal::Refusal;

/// Archives those of `ids` that are not archived. Refuses with `unknown` if one does not exist.
pub(super) fn archive<C: Archivable>(
    configs: &[C],
    ids: &[C::Id],
    unknown: Refusal,
    archived: impl Fn(C::Id) -> Event,
) -> Decision {
    let mut events = vec![];
    for id in ids {
        let known = configs.iter().find(|known| known.id() == *id);
        if known.ok_or(unknown)?.archived_at().is_none() {
            events.push(archived(*id));
        }
    }
    Ok(events)
}

/// The events from the configurations of `now` to those of `then`. Archives first. A configuration
/// comes back under its id, in the order of `then`, if `added` allows it today.
pub(super) fn revert<C: Archivable>(
    now: &[C],
    then: &[C],
    archived: impl Fn(C::Id) -> Event,
    added: impl Fn(C) -> Result<Event, Refusal>,
) -> Decision {
    let is_in = |configs: &[C], config: &C| active(configs).any(|other| other == config);
    let gone = active(now).filter(|config| !is_in(then, config));
    let mut events: Vec<_> = gone.map(|config| archived(config.id())).collect();
    for config in active(then).filter(|config| !is_in(now, config)) {
        events.push(added(config.clone())?);
    }
    Ok(events)
}
