//! The hierarchy of customers: no cycle, and not too deep.

use super::Decision;
use crate::customer::events::Event;
use crate::customer::facts::{Facts, HIERARCHY_DEPTH_MAX, Lineage, Standing};
use crate::customer::refusal::Refusal;
use crate::customer::state::Customer;
use crate::ids::CustomerId;

pub(super) fn set(state: &Customer, facts: &Facts, wanted: Option<CustomerId>) -> Decision {
    if state.parent_customer_id == wanted {
        return Ok(vec![]);
    }
    if let Some(wanted) = wanted {
        check(facts, wanted)?;
    }
    Ok(vec![Event::ParentSet { parent_customer_id: wanted }])
}

/// Whether the customer can be put below `wanted`.
pub(super) fn check(facts: &Facts, wanted: CustomerId) -> Result<(), Refusal> {
    if wanted == facts.customer {
        return Err(Refusal::ParentIsSelf);
    }
    let lineage = facts.lineage.as_ref().filter(|lineage| lineage.parent == wanted);
    let lineage = lineage.ok_or(Refusal::ParentUnknown)?;
    match lineage.standing {
        Standing::Archived | Standing::Unknown => return Err(Refusal::ParentUnknown),
        Standing::Active => {}
    }
    if lineage.ancestors.contains(&facts.customer) {
        return Err(Refusal::ParentCycle);
    }
    if levels(lineage) > HIERARCHY_DEPTH_MAX { Err(Refusal::HierarchyTooDeep) } else { Ok(()) }
}

/// The levels that the hierarchy would have along this line, with the parent and the customer.
fn levels(lineage: &Lineage) -> usize {
    let below = usize::try_from(lineage.height_below).unwrap_or(usize::MAX);
    lineage.ancestors.len().saturating_add(2).saturating_add(below)
}
