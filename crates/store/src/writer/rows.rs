//! The rows of a batch, column by column, as the append takes them.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use domain::TenantId;
use uuid::Uuid;

use super::working::{Looked, Working};
use crate::answers::KeptAnswer;
use crate::error::StoreError;
use crate::log::Hash;
use crate::queries::Envelope;

/// One event of a batch.
#[derive(Clone, Debug)]
pub(crate) struct EventRow {
    pub(crate) tenant: TenantId,
    pub(crate) aggregate_type: &'static str,
    pub(crate) aggregate_id: String,
    pub(crate) sequence: i64,
    pub(crate) event_type: Cow<'static, str>,
    pub(crate) event_version: Cow<'static, str>,
    pub(crate) payload: String,
    pub(crate) metadata: String,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) hash: Hash,
}

/// States, with the version and who and when.
#[derive(Debug, Default)]
pub(crate) struct StateColumns {
    pub(crate) tenants: Vec<Uuid>,
    pub(crate) ids: Vec<Uuid>,
    pub(crate) versions: Vec<i64>,
    pub(crate) states: Vec<String>,
    pub(crate) parents: Vec<Option<Uuid>>,
    pub(crate) created_at: Vec<DateTime<Utc>>,
    pub(crate) created_by: Vec<String>,
    pub(crate) updated_at: Vec<DateTime<Utc>>,
    pub(crate) updated_by: Vec<String>,
}

impl StateColumns {
    fn push(
        &mut self,
        (tenant, id, parent): (TenantId, Uuid, Option<Uuid>),
        version: i64,
        envelope: &Envelope,
        state: &impl serde::Serialize,
    ) -> Result<(), StoreError> {
        self.tenants.push(tenant.0);
        self.ids.push(id);
        self.versions.push(version);
        self.states.push(to_json(state)?);
        self.parents.push(parent);
        self.created_at.push(envelope.created_at);
        self.created_by.push(envelope.created_by.clone());
        self.updated_at.push(envelope.updated_at);
        self.updated_by.push(envelope.updated_by.clone());
        Ok(())
    }
}

/// Everything a batch stores besides its events.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub(crate) customers: StateColumns,
    pub(crate) tenants: StateColumns,
    pub(crate) given_up: ReservationColumns,
    pub(crate) reserved: ReservationColumns,
    pub(crate) holders: Vec<Uuid>,
    pub(crate) answers: AnswerColumns,
}

/// Reserved keys.
#[derive(Debug, Default)]
pub(crate) struct ReservationColumns {
    pub(crate) tenants: Vec<Uuid>,
    pub(crate) kinds: Vec<String>,
    pub(crate) keys: Vec<String>,
}

/// Answers kept under idempotency keys.
#[derive(Debug, Default)]
pub(crate) struct AnswerColumns {
    pub(crate) tenants: Vec<Uuid>,
    pub(crate) keys: Vec<String>,
    pub(crate) request_hashes: Vec<Vec<u8>>,
    pub(crate) statuses: Vec<i16>,
    pub(crate) versions: Vec<Option<i64>>,
    pub(crate) positions: Vec<Option<i64>>,
    pub(crate) bodies: Vec<String>,
    /// The answers' authentication codes.
    pub(crate) macs: Vec<Option<Vec<u8>>>,
}

impl Columns {
    pub(crate) fn of(working: &Working<'_>) -> Result<Self, StoreError> {
        let mut columns = Self::default();
        for key in &working.changed_customers {
            let Some(entry) = working.customer(key) else { continue };
            let Some(envelope) = &entry.envelope else { continue };
            let parent = entry.state.parent_customer_id.map(|parent| parent.0);
            let row = (key.0, key.1.0, parent);
            columns.customers.push(row, entry.version, envelope, &entry.state)?;
        }
        for key in &working.changed_tenants {
            let Some(entry) = working.tenant(*key) else { continue };
            let Some(envelope) = &entry.envelope else { continue };
            let row = (*key, key.0, None);
            columns.tenants.push(row, entry.version, envelope, &*entry.state)?;
        }
        for (tenant, claim) in &working.changed_claims {
            columns.given_up.push(*tenant, claim);
            if let Looked::Found(holder) = working.holder(*tenant, claim) {
                columns.reserved.push(*tenant, claim);
                columns.holders.push(holder.0);
            }
        }
        for (tenant, key) in &working.new_answers {
            let Looked::Found(kept) = working.kept(*tenant, key) else { continue };
            let code = working.answer_key().map(|signer| {
                signer.code(&KeptAnswer {
                    partition: working.partition,
                    tenant: *tenant,
                    key,
                    request_hash: &kept.request_hash,
                    rendered: &kept.rendered,
                })
            });
            let answers = &mut columns.answers;
            answers.macs.push(code);
            answers.tenants.push(tenant.0);
            answers.keys.push(key.clone());
            answers.request_hashes.push(kept.request_hash.to_vec());
            answers.statuses.push(kept.rendered.status.cast_signed());
            answers.versions.push(kept.rendered.version);
            answers.positions.push(kept.rendered.position);
            answers.bodies.push(kept.rendered.body.clone());
        }
        Ok(columns)
    }
}

impl ReservationColumns {
    fn push(&mut self, tenant: TenantId, claim: &domain::customer::Reservation) {
        self.tenants.push(tenant.0);
        self.kinds.push(claim.kind.as_str().to_owned());
        self.keys.push(claim.key.clone());
    }
}

/// The JSON of a state, an event or metadata.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::unreadable("a state", error))
}
