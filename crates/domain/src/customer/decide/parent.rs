//! The hierarchy of customers: no cycle, and not too deep.

use super::Decision;
use crate::customer::context::{DecisionContext, HIERARCHY_DEPTH_MAX, Lineage, ParentStatus};
use crate::customer::events::Event;
use crate::customer::refusal::Refusal;
use crate::customer::state::Customer;
use crate::ids::CustomerId;

pub(super) fn set(
    state: &Customer,
    context: &DecisionContext,
    wanted: Option<CustomerId>,
) -> Decision {
    if state.parent_customer_id == wanted {
        return Ok(vec![]);
    }
    if let Some(wanted) = wanted {
        check(context, wanted)?;
    }
    Ok(vec![Event::ParentSet { parent_customer_id: wanted }])
}

/// Whether `wanted` can be the customer's parent.
pub(super) fn check(context: &DecisionContext, wanted: CustomerId) -> Result<(), Refusal> {
    if wanted == context.customer {
        return Err(Refusal::ParentIsSelf);
    }
    let lineage = context.lineage.as_ref().filter(|lineage| lineage.parent == wanted);
    let lineage = lineage.ok_or(Refusal::ParentUnknown)?;
    match lineage.status {
        ParentStatus::Archived | ParentStatus::Unknown => return Err(Refusal::ParentUnknown),
        ParentStatus::Active => {}
    }
    if lineage.ancestors.contains(&context.customer) {
        return Err(Refusal::ParentCycle);
    }
    if levels(lineage) > HIERARCHY_DEPTH_MAX { Err(Refusal::HierarchyTooDeep) } else { Ok(()) }
}

/// The levels of the hierarchy along this line, including parent and customer.
fn levels(lineage: &Lineage) -> usize {
    let below = usize::try_from(lineage.height_below).unwrap_or(usize::MAX);
    lineage.ancestors.len().saturating_add(2).saturating_add(below)
}
