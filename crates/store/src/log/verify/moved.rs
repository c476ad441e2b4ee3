//! Recognises events that were moved from another position.

use super::findings::{Hole, Stranger};
use crate::log::chain::Link;
use crate::log::event::StoredEvent;
use crate::log::verify::damage::{Damage, Kind};
use crate::log::verify::findings::Findings;
use crate::model::Hash;

/// How far an event may be shifted to be recognised without its hole.
const SHIFT_MAX: i64 = 8;

/// Finds out which edited events were moved from other positions.
pub(super) fn recognise(found: &mut [Findings]) {
    let (mut moved, mut intact) = (Vec::new(), Vec::new());
    {
        let strangers: Vec<_> = found.iter().flat_map(|found| &found.strangers).collect();
        for findings in found.iter() {
            // The hash of the event that fits the hole right before.
            let mut filled: Option<(i64, Hash)> = None;
            for hole in &findings.holes {
                let before = match filled {
                    Some((position, hash)) if position.checked_add(1) == Some(hole.position) => {
                        hash
                    }
                    _ => hole.before,
                };
                // An event after a moved one is itself intact.
                let itself = strangers.iter().find(|stranger| place(stranger) == place_of(hole));
                if itself.is_some_and(|Stranger { event, .. }| {
                    event.hash == hash_at(event, hole.partition, hole.position, &before)
                }) {
                    intact.push(place_of(hole));
                    filled = None;
                    continue;
                }
                let fitting = strangers.iter().find_map(|stranger| {
                    let hash = hash_at(&stranger.event, hole.partition, hole.position, &before);
                    let own = stranger.event.hash == hash;
                    let fits =
                        place(stranger) != place_of(hole) && (own || hole.hash == Some(hash));
                    fits.then_some((place(stranger), hash))
                });
                filled = fitting.map(|(_, hash)| (hole.position, hash));
                moved.extend(fitting.map(|(now, _)| (now, place_of(hole))));
            }
        }
        for stranger in strangers {
            moved.extend(shifted(stranger).map(|from| (place(stranger), from)));
        }
    }
    for findings in found.iter_mut() {
        let listed = findings.listed.len();
        findings.listed.retain(|damage| {
            damage.kind != Kind::Edited || !intact.contains(&(damage.partition, damage.position))
        });
        let gone = listed.saturating_sub(findings.listed.len());
        findings.damaged = findings.damaged.saturating_sub(u64::try_from(gone).unwrap_or_default());
    }
    for damage in found.iter_mut().flat_map(|found| &mut found.listed) {
        let from = moved.iter().find(|(now, _)| *now == (damage.partition, damage.position));
        if let (Damage { kind: kind @ Kind::Edited, .. }, Some((_, (partition, position)))) =
            (damage, from)
        {
            *kind = Kind::Moved { partition: *partition, position: *position };
        }
    }
}

fn place(stranger: &Stranger) -> (i16, i64) {
    (stranger.event.partition, stranger.event.position)
}

fn place_of(hole: &Hole) -> (i16, i64) {
    (hole.partition, hole.position)
}

/// The original position of an event that still follows the same event.
fn shifted(Stranger { event, before }: &Stranger) -> Option<(i16, i64)> {
    let at = event.position;
    let near = at.saturating_sub(SHIFT_MAX)..=at.saturating_add(SHIFT_MAX);
    let mut near = near.filter(|position| *position != event.position);
    let written = near.find(|at| event.hash == hash_at(event, event.partition, *at, before))?;
    Some((event.partition, written))
}

/// The hash of an event if it were at this position.
fn hash_at(event: &StoredEvent, partition: i16, position: i64, before: &Hash) -> Hash {
    Link { partition, position, ..Link::from(event) }.hash(before)
}
