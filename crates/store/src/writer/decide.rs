//! Deciding one submission against what is known, in memory.

use std::collections::HashMap;
use std::sync::Arc;

use domain::customer::{self, Customer, DecisionContext, Reservation};
use domain::tenant::{self, Tenant};
use domain::{CustomerId, TenantId};

use super::conclude::{Stream, conclude, prepare};
use super::known::CustomerKey;
use super::submission::{Answer, Expected, Outcome, Refused, Submission, Target};
use super::wants::Wants;
use super::working::{Kept, Looked, Working};
use crate::error::StoreError;
use crate::log::customer_stream;
use crate::queries::Reference;

/// How far deciding a submission came.
pub(crate) enum Step {
    /// Its answer, valid once the batch is stored.
    Decided(Answer),
    /// These must be loaded first; nothing has changed.
    Missing(Box<Wants>),
    /// It must begin a batch of its own: what it needs to know, this batch has changed.
    Later,
}

/// Decides `submission` and, unless it is a dry run, puts its effects into `working`.
pub(crate) fn decide(
    working: &mut Working<'_>,
    submission: &Submission,
) -> Result<Step, StoreError> {
    if let Some(answer) = replay(working, submission) {
        return Ok(Step::Decided(answer));
    }
    let mut missing = Wants::default();
    let outcome = match &submission.target {
        Target::Customer { .. } => decide_customer(working, submission, &mut missing)?,
        Target::Tenant { commands } => decide_tenant(working, submission, commands, &mut missing)?,
    };
    if !missing.is_empty() {
        let stale = working.lineages_stale && !missing.lineages.is_empty();
        return Ok(if stale { Step::Later } else { Step::Missing(missing.into()) });
    }
    let Some(outcome) = outcome else { return Ok(Step::Missing(missing.into())) };
    let rendered = (submission.render)(&outcome);
    if let Some(idempotency) = submission.idempotency.as_ref().filter(|_| !submission.dry_run) {
        let kept = Kept { request_hash: idempotency.request_hash, rendered: rendered.clone() };
        working.keep_answer(submission.tenant.id, idempotency.key.clone(), kept);
    }
    Ok(Step::Decided(Answer { rendered, replayed: false }))
}

/// The answer that is kept under the submission's idempotency key, if there is one.
fn replay(working: &Working<'_>, submission: &Submission) -> Option<Answer> {
    let idempotency = submission.idempotency.as_ref()?;
    let Looked::Found(kept) = working.kept(submission.tenant.id, &idempotency.key) else {
        return None;
    };
    if kept.request_hash == idempotency.request_hash {
        return Some(Answer { rendered: kept.rendered.clone(), replayed: true });
    }
    let rendered = (submission.render)(&Outcome::Refused(Refused::KeyReused));
    Some(Answer { rendered, replayed: false })
}

fn decide_customer(
    working: &mut Working<'_>,
    submission: &Submission,
    missing: &mut Wants,
) -> Result<Option<Outcome>, StoreError> {
    let Target::Customer { reference, commands, past } = &submission.target else {
        return Ok(None);
    };
    let tenant = submission.tenant.id;
    let id = match resolve(working, tenant, reference, missing) {
        Looked::Found(id) => id,
        Looked::Nothing => return Ok(Some(Outcome::Refused(Refused::Unknown))),
        Looked::NotYet => return Ok(None),
    };
    let key = (tenant, id);
    let Some(before) = working.customer(&key).cloned() else {
        missing.customers.insert(key);
        return Ok(None);
    };
    let settings = working.tenant(tenant).map(|entry| Arc::clone(&entry.state));
    let Some(settings) = settings else {
        missing.tenants.insert(tenant);
        return Ok(None);
    };
    if let Some(refused) = unexpected(submission.expected, before.version) {
        return Ok(Some(Outcome::Refused(refused)));
    }

    let now = working.now();
    let (mut state, mut events) = (before.state.clone(), Vec::new());
    let mut held = vec![state.reservations()];
    for (nth, command) in commands.iter().enumerate() {
        let past = command.past_version().and_then(|version| past.get(&version));
        let context = DecisionContext {
            now,
            customer: id,
            tenant: Arc::clone(&settings),
            holders: holders(working, tenant, command, &state, past, missing),
            lineage: lineage(working, key, command, &state, past, missing),
            past: past.cloned().map(Box::new),
        };
        if !missing.is_empty() {
            return Ok(None);
        }
        match customer::decide(&state, &context, command.clone()) {
            Ok(decided) => {
                for event in decided {
                    events.push(prepare(&event, customer::Event::name(&event))?);
                    state = state.evolve(event);
                }
                held.push(state.reservations());
            }
            Err(refusal) => {
                let refused = Refused::Customer { command: nth, refusal };
                return Ok(Some(Outcome::Refused(refused)));
            }
        }
    }
    let stream = Stream {
        id: id.0,
        aggregate_type: "customer",
        aggregate_id: customer_stream(tenant, id),
        event_version: customer::Event::VERSION,
    };
    let (entry, outcome) = conclude(working, submission, &stream, &before, state, events)?;
    if let Some(entry) = entry {
        working.change_customer(key, &before.state, entry, &held);
    }
    Ok(Some(outcome))
}

fn decide_tenant(
    working: &mut Working<'_>,
    submission: &Submission,
    commands: &[tenant::Command],
    missing: &mut Wants,
) -> Result<Option<Outcome>, StoreError> {
    let id = submission.tenant.id;
    let Some(before) = working.tenant(id).cloned() else {
        missing.tenants.insert(id);
        return Ok(None);
    };
    if let Some(refused) = unexpected(submission.expected, before.version) {
        return Ok(Some(Outcome::Refused(refused)));
    }
    let context = tenant::DecisionContext { now: working.now() };
    let (mut state, mut events) = (Tenant::clone(&before.state), Vec::new());
    for (nth, command) in commands.iter().enumerate() {
        match tenant::decide(&state, &context, command.clone()) {
            Ok(decided) => {
                for event in decided {
                    events.push(prepare(&event, tenant::Event::name(&event))?);
                    state = state.evolve(event);
                }
            }
            Err(refusal) => {
                let refused = Refused::Tenant { command: nth, refusal };
                return Ok(Some(Outcome::Refused(refused)));
            }
        }
    }
    let stream = Stream::of_tenant(id);
    let state = Arc::new(state);
    let (entry, outcome) = conclude(working, submission, &stream, &before, state, events)?;
    if let Some(entry) = entry {
        working.change_tenant(id, entry);
    }
    Ok(Some(outcome))
}

/// Which customer a reference names.
fn resolve(
    working: &Working<'_>,
    tenant: TenantId,
    reference: &Reference,
    missing: &mut Wants,
) -> Looked<CustomerId> {
    if let Reference::Id(id) = reference {
        return Looked::Found(*id);
    }
    for claim in reference.claims() {
        match working.holder(tenant, &claim) {
            Looked::Found(holder) => return Looked::Found(holder),
            Looked::Nothing => {}
            Looked::NotYet => {
                let claims = reference.claims().into_iter().map(|claim| (tenant, claim));
                missing.references.extend(claims);
                return Looked::NotYet;
            }
        }
    }
    Looked::Nothing
}

/// Why a customer at `version` isn't what the caller expects, if it isn't.
fn unexpected(expected: Expected, version: i64) -> Option<Refused> {
    match expected {
        Expected::Version(_) | Expected::Exists if version == 0 => Some(Refused::Unknown),
        Expected::Version(wanted) => (wanted != version).then_some(Refused::VersionMismatch),
        Expected::Any | Expected::Exists => None,
        Expected::Absent => (version != 0).then_some(Refused::VersionMismatch),
    }
}

/// Who holds the keys that `command` would claim.
fn holders(
    working: &Working<'_>,
    tenant: TenantId,
    command: &customer::Command,
    state: &Customer,
    past: Option<&Customer>,
    missing: &mut Wants,
) -> HashMap<Reservation, CustomerId> {
    let mut holders = HashMap::new();
    for claim in command.wanted_reservations(state, past) {
        match working.holder(tenant, &claim) {
            Looked::Found(holder) => {
                holders.insert(claim, holder);
            }
            Looked::Nothing => {}
            Looked::NotYet => {
                missing.claims.insert((tenant, claim));
            }
        }
    }
    holders
}

/// The line of ancestors of the parent that `command` names, if it names one.
fn lineage(
    working: &Working<'_>,
    (tenant, customer): CustomerKey,
    command: &customer::Command,
    state: &Customer,
    past: Option<&Customer>,
    missing: &mut Wants,
) -> Option<customer::Lineage> {
    let parent = command.wanted_parent(state, past)?;
    let key = (tenant, customer, parent);
    let Some(lineage) = working.lineage(&key) else {
        missing.lineages.insert(key);
        return None;
    };
    let mut lineage = lineage.clone();
    // The parent may have been registered, archived or restored earlier in this batch.
    if let Some(parent) = working.customer(&(tenant, parent)) {
        lineage.status = parent.state.status.into();
    }
    Some(lineage)
}

/// What `submission` will surely need, as far as that can be told before anything is loaded.
pub(crate) fn foresee(working: &Working<'_>, submission: &Submission, wants: &mut Wants) {
    let tenant = submission.tenant.id;
    if working.tenant(tenant).is_none() {
        wants.tenants.insert(tenant);
    }
    let Target::Customer { reference, commands, past } = &submission.target else { return };
    let known = match resolve(working, tenant, reference, wants) {
        Looked::Found(id) => {
            let known = working.customer(&(tenant, id));
            if known.is_none() {
                wants.customers.insert((tenant, id));
            }
            known
        }
        Looked::Nothing | Looked::NotYet => None,
    };
    let unregistered = Customer::default();
    let state = known.map_or(&unregistered, |entry| &entry.state);
    for command in commands {
        let past = command.past_version().and_then(|version| past.get(&version));
        holders(working, tenant, command, state, past, wants);
        // A lineage that is out of date is better missed than loaded: see `Step::Later`.
        if let Reference::Id(id) = reference
            && !working.lineages_stale
        {
            lineage(working, (tenant, *id), command, state, past, wants);
        }
    }
}
