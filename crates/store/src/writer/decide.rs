//! Decides one submission in memory.

use std::collections::HashMap;
use std::sync::Arc;

use cqrs_es::Aggregate as _;
use domain::customer::{self, Customer, DecisionContext, Reservation};
use domain::tenant::{self, Tenant};
use domain::{CustomerId, TenantId};

use super::aggregate::decide_all;
use super::batch_state::{BatchState, IdempotencyRecord, Lookup};
use super::cache::CustomerKey;
use super::loads::Loads;
use super::outcome::{Stream, build_outcome};
use super::submission::{Answer, AnswerResult, Expected, Outcome, Refused, Submission, Target};
use crate::error::StoreError;
use crate::log::customer_stream;
use crate::model::Reference;

/// The result of trying to decide a submission.
pub(crate) enum Step {
    /// The answer. It is valid once the batch is stored.
    Decided(Answer),
    /// These must be loaded first. Nothing has changed.
    Missing(Box<Loads>),
    /// The submission must start a new batch: it needs data that this batch has changed.
    NeedsNewBatch,
}

/// Decides `submission`. Unless it is a dry run, its effects are added to `batch_state`.
pub(crate) fn decide(
    batch_state: &mut BatchState<'_>,
    submission: &Submission,
) -> Result<Step, StoreError> {
    if let Some(answer) = replay(batch_state, submission) {
        return Ok(Step::Decided(answer));
    }
    let mut missing = Loads::default();
    let Some(tenant) = batch_state.tenant(submission.tenant.id) else {
        missing.tenants.insert(submission.tenant.id);
        return Ok(Step::Missing(missing.into()));
    };
    let named = |member| submission.metadata.contains_key(member);
    if let Err(refusal) = tenant.state.check_attribution(named("actor"), named("reason")) {
        // This refusal is not appended, and only an append finds a key that was used before.
        if let Some(idempotency) = &submission.idempotency
            && matches!(batch_state.kept(submission.tenant.id, &idempotency.key), Lookup::Unloaded)
        {
            missing.keys.insert((submission.tenant.id, idempotency.key.clone()));
            return Ok(Step::Missing(missing.into()));
        }
        // Not kept: the headers that are missing are not part of the request that a key stands for.
        let rendered = (submission.render)(&Outcome::Refused(Refused::Unattributed(refusal)));
        let result = AnswerResult::Refused;
        return Ok(Step::Decided(Answer { rendered, replayed: false, result }));
    }
    let outcome = match &submission.target {
        Target::Customer { .. } => decide_customer(batch_state, submission, &mut missing)?,
        Target::Tenant { commands } => {
            decide_tenant(batch_state, submission, commands, &mut missing)?
        }
    };
    if !missing.is_empty() {
        let stale = batch_state.lineages_stale && !missing.lineages.is_empty();
        return Ok(if stale { Step::NeedsNewBatch } else { Step::Missing(missing.into()) });
    }
    let Some(outcome) = outcome else { return Ok(Step::Missing(missing.into())) };
    let rendered = (submission.render)(&outcome);
    if let Some(idempotency) = submission.idempotency.as_ref().filter(|_| !submission.dry_run) {
        let kept = IdempotencyRecord {
            request_hash: idempotency.request_hash,
            rendered: rendered.clone(),
        };
        batch_state.add_answer(submission.tenant.id, idempotency.key.clone(), kept);
    }
    let result = AnswerResult::from(&outcome);
    Ok(Step::Decided(Answer { rendered, replayed: false, result }))
}

/// The answer stored under the submission's idempotency key, if any.
fn replay(batch_state: &BatchState<'_>, submission: &Submission) -> Option<Answer> {
    let idempotency = submission.idempotency.as_ref()?;
    let Lookup::Found(kept) = batch_state.kept(submission.tenant.id, &idempotency.key) else {
        return None;
    };
    if kept.request_hash == idempotency.request_hash {
        let (rendered, result) = (kept.rendered.clone(), AnswerResult::Replayed);
        return Some(Answer { rendered, replayed: true, result });
    }
    let rendered = (submission.render)(&Outcome::Refused(Refused::KeyReused));
    Some(Answer { rendered, replayed: false, result: AnswerResult::Refused })
}

fn decide_customer(
    batch_state: &mut BatchState<'_>,
    submission: &Submission,
    missing: &mut Loads,
) -> Result<Option<Outcome>, StoreError> {
    let Target::Customer { reference, commands, past } = &submission.target else {
        return Ok(None);
    };
    let tenant = submission.tenant.id;
    let id = match resolve(batch_state, tenant, reference, missing) {
        Lookup::Found(id) => id,
        Lookup::Absent => match id_if_new(commands) {
            Some(id) => id,
            None => return Ok(Some(Outcome::Refused(Refused::Unknown))),
        },
        Lookup::Unloaded => return Ok(None),
    };
    let key = (tenant, id);
    let Some(before) = batch_state.customer(&key).cloned() else {
        missing.customers.insert(key);
        return Ok(None);
    };
    let settings = batch_state.tenant(tenant).map(|entry| Arc::clone(&entry.state));
    let Some(settings) = settings else {
        missing.tenants.insert(tenant);
        return Ok(None);
    };
    if let Some(refused) = unexpected(Customer::TYPE, &submission.expected, before.version) {
        return Ok(Some(Outcome::Refused(refused)));
    }

    let now = batch_state.now();
    let mut held = vec![before.state.reservations()];
    let context = |state: &Customer, command: &customer::Command| {
        let undone = command.undone_version().and_then(|version| past.get(&version));
        let past = command.past_version().and_then(|version| past.get(&version));
        let context = DecisionContext {
            now,
            customer: id,
            tenant: Arc::clone(&settings),
            holders: holders(batch_state, tenant, command, state, past, missing),
            lineage: lineage(batch_state, key, command, state, past, missing),
            past: past.cloned().map(Box::new),
            undone: undone.cloned().map(Box::new),
        };
        missing.is_empty().then_some(context)
    };
    let decided = decide_all(before.state.clone(), commands, context, |state| {
        held.push(state.reservations());
    })?;
    let (state, events) = match decided {
        Some(Ok(decided)) => decided,
        Some(Err(refused)) => return Ok(Some(Outcome::Refused(refused))),
        None => return Ok(None),
    };
    let stream = Stream::of::<Customer>(id.0, customer_stream(tenant, id));
    let (entry, outcome) = build_outcome(batch_state, submission, &stream, &before, state, events)?;
    if let Some(entry) = entry {
        batch_state.change_customer(key, &before.state, entry, &held);
    }
    Ok(Some(outcome))
}

fn decide_tenant(
    batch_state: &mut BatchState<'_>,
    submission: &Submission,
    commands: &[tenant::Command],
    missing: &mut Loads,
) -> Result<Option<Outcome>, StoreError> {
    let id = submission.tenant.id;
    let Some(before) = batch_state.tenant(id).cloned() else {
        missing.tenants.insert(id);
        return Ok(None);
    };
    if let Some(refused) = unexpected(Tenant::TYPE, &submission.expected, before.version) {
        return Ok(Some(Outcome::Refused(refused)));
    }
    let now = batch_state.now();
    let context = |_: &Tenant, _: &tenant::Command| Some(tenant::DecisionContext { now });
    let (state, events) = match decide_all((*before.state).clone(), commands, context, |_| {})? {
        Some(Ok(decided)) => decided,
        Some(Err(refused)) => return Ok(Some(Outcome::Refused(refused))),
        None => return Ok(None),
    };
    let stream = Stream::of::<Tenant>(id.0, id.to_string());
    let state = Arc::new(state);
    let (entry, outcome) = build_outcome(batch_state, submission, &stream, &before, state, events)?;
    if let Some(entry) = entry {
        batch_state.change_tenant(id, entry);
    }
    Ok(Some(outcome))
}

/// The customer that a reference names.
fn resolve(
    batch_state: &BatchState<'_>,
    tenant: TenantId,
    reference: &Reference,
    missing: &mut Loads,
) -> Lookup<CustomerId> {
    if let Reference::Id(id) = reference {
        return Lookup::Found(*id);
    }
    for reservation in reference.reservations() {
        match batch_state.holder(tenant, &reservation) {
            Lookup::Found(holder) => return Lookup::Found(holder),
            Lookup::Absent => {}
            Lookup::Unloaded => {
                let reservations =
                    reference.reservations().into_iter().map(|reservation| (tenant, reservation));
                missing.references.extend(reservations);
                return Lookup::Unloaded;
            }
        }
    }
    Lookup::Absent
}

/// The id of the customer that these commands register if nobody has the name that they are sent to.
fn id_if_new(commands: &[customer::Command]) -> Option<CustomerId> {
    commands.first().and_then(customer::Command::id_if_new)
}

/// The refusal if a customer or tenant at `version` is not what the caller expects.
fn unexpected(what: &'static str, expected: &Expected, version: i64) -> Option<Refused> {
    let matches = match expected {
        Expected::Version(_) | Expected::OneOf(_) | Expected::Exists if version == 0 => {
            return Some(Refused::Unknown);
        }
        Expected::Version(wanted) => *wanted == version,
        Expected::OneOf(wanted) => wanted.contains(&version),
        Expected::Any | Expected::Exists => true,
        Expected::Absent => version == 0,
    };
    (!matches).then(|| Refused::VersionMismatch {
        what,
        current: version,
        expected: expected.clone(),
    })
}

/// The holders of the keys that `command` would reserve.
fn holders(
    batch_state: &BatchState<'_>,
    tenant: TenantId,
    command: &customer::Command,
    state: &Customer,
    past: Option<&Customer>,
    missing: &mut Loads,
) -> HashMap<Reservation, CustomerId> {
    let mut holders = HashMap::new();
    for reservation in command.wanted_reservations(state, past) {
        match batch_state.holder(tenant, &reservation) {
            Lookup::Found(holder) => {
                holders.insert(reservation, holder);
            }
            Lookup::Absent => {}
            Lookup::Unloaded => {
                missing.reservations.insert((tenant, reservation));
            }
        }
    }
    holders
}

/// The ancestors of the parent that `command` names, if it names one.
fn lineage(
    batch_state: &BatchState<'_>,
    (tenant, customer): CustomerKey,
    command: &customer::Command,
    state: &Customer,
    past: Option<&Customer>,
    missing: &mut Loads,
) -> Option<customer::Lineage> {
    let parent = command.wanted_parent(state, past)?;
    let key = (tenant, customer, parent);
    let Some(lineage) = batch_state.lineage(&key) else {
        missing.lineages.insert(key);
        return None;
    };
    let mut lineage = lineage.clone();
    // The parent may have been registered, archived or restored earlier in this batch.
    if let Some(parent) = batch_state.customer(&(tenant, parent)) {
        lineage.status = parent.state.status.into();
    }
    Some(lineage)
}

/// Adds to `loads` what `submission` needs, as far as that is known before anything is loaded.
pub(crate) fn plan_loads(batch_state: &BatchState<'_>, submission: &Submission, loads: &mut Loads) {
    let tenant = submission.tenant.id;
    if batch_state.tenant(tenant).is_none() {
        loads.tenants.insert(tenant);
    }
    let Target::Customer { reference, commands, past } = &submission.target else { return };
    let entry = match resolve(batch_state, tenant, reference, loads) {
        Lookup::Found(id) => {
            let entry = batch_state.customer(&(tenant, id));
            if entry.is_none() {
                loads.customers.insert((tenant, id));
            }
            entry
        }
        Lookup::Absent | Lookup::Unloaded => {
            // Nobody may have the name, and then this is who gets it.
            let new = id_if_new(commands).map(|id| (tenant, id));
            loads.customers.extend(new.filter(|key| batch_state.customer(key).is_none()));
            None
        }
    };
    let unregistered = Customer::default();
    let state = entry.map_or(&unregistered, |entry| &entry.state);
    for command in commands {
        let past = command.past_version().and_then(|version| past.get(&version));
        holders(batch_state, tenant, command, state, past, loads);
        // An outdated lineage must not be loaded: see [`Step::NeedsNewBatch`].
        if let Reference::Id(id) = reference
            && !batch_state.lineages_stale
        {
            lineage(batch_state, (tenant, *id), command, state, past, loads);
        }
    }
}
