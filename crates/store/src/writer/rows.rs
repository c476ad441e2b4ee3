//! The rows of a batch, as the columns that the append takes.

use chrono::{DateTime, Utc};
use domain::{CustomerId, TenantId};
use uuid::Uuid;

use super::batch_state::{BatchState, Lookup};
use crate::error::StoreError;
use crate::model::{AuditStamp, Current, Document, StoredAnswer, to_json};

/// States with their version and audit stamp.
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
        stamp: &AuditStamp,
        state: &impl serde::Serialize,
    ) -> Result<(), StoreError> {
        self.tenants.push(tenant.0);
        self.ids.push(id);
        self.versions.push(version);
        self.states.push(to_json(state)?);
        self.parents.push(parent);
        self.created_at.push(stamp.created_at);
        self.created_by.push(stamp.created_by.clone());
        self.updated_at.push(stamp.updated_at);
        self.updated_by.push(stamp.updated_by.clone());
        Ok(())
    }
}

impl StateColumns {
    /// The document of the row with this number.
    pub(crate) fn document(&self, nth: usize) -> Option<Document> {
        let stamp = AuditStamp {
            created_at: *self.created_at.get(nth)?,
            created_by: self.created_by.get(nth)?.clone(),
            updated_at: *self.updated_at.get(nth)?,
            updated_by: self.updated_by.get(nth)?.clone(),
        };
        let (id, version) = (*self.ids.get(nth)?, *self.versions.get(nth)?);
        Some(Document::from(&Current { id, version, state: self.states.get(nth)?.clone(), stamp }))
    }
}

/// What a batch stores besides its events.
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

/// Answers stored under idempotency keys.
#[derive(Debug, Default)]
pub(crate) struct AnswerColumns {
    pub(crate) tenants: Vec<Uuid>,
    pub(crate) keys: Vec<String>,
    pub(crate) request_hashes: Vec<Vec<u8>>,
    pub(crate) statuses: Vec<i16>,
    pub(crate) versions: Vec<Option<i64>>,
    pub(crate) positions: Vec<Option<i64>>,
    pub(crate) bodies: Vec<String>,
    /// The authentication codes of the answers.
    pub(crate) macs: Vec<Option<Vec<u8>>>,
}

impl Columns {
    /// The rows of the batch. The sizes of the states are known from here on.
    pub(crate) fn of(batch_state: &mut BatchState<'_>) -> Result<Self, StoreError> {
        let columns = Self::changed(batch_state)?;
        let StateColumns { tenants, ids, states, .. } = &columns.customers;
        for ((tenant, id), state) in tenants.iter().zip(ids).zip(states) {
            batch_state.measured_customer((TenantId(*tenant), CustomerId(*id)), state.len());
        }
        for (tenant, state) in columns.tenants.tenants.iter().zip(&columns.tenants.states) {
            batch_state.measured_tenant(TenantId(*tenant), state.len());
        }
        Ok(columns)
    }

    fn changed(batch_state: &BatchState<'_>) -> Result<Self, StoreError> {
        let mut columns = Self::default();
        for key in &batch_state.changed_customers {
            let Some(entry) = batch_state.customer(key) else { continue };
            let Some(stamp) = &entry.stamp else { continue };
            let parent = entry.state.parent_customer_id.map(|parent| parent.0);
            let row = (key.0, key.1.0, parent);
            columns.customers.push(row, entry.version, stamp, &entry.state)?;
        }
        for key in &batch_state.changed_tenants {
            let Some(entry) = batch_state.tenant(*key) else { continue };
            let Some(stamp) = &entry.stamp else { continue };
            let row = (*key, key.0, None);
            columns.tenants.push(row, entry.version, stamp, &*entry.state)?;
        }
        for (tenant, reservation) in &batch_state.changed_reservations {
            columns.given_up.push(*tenant, reservation);
            if let Lookup::Found(holder) = batch_state.holder(*tenant, reservation) {
                columns.reserved.push(*tenant, reservation);
                columns.holders.push(holder.0);
            }
        }
        for (tenant, key) in &batch_state.new_answers {
            let Lookup::Found(kept) = batch_state.kept(*tenant, key) else { continue };
            let code = batch_state.answer_key().map(|signer| {
                signer.code(&StoredAnswer {
                    partition: batch_state.partition,
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
    fn push(&mut self, tenant: TenantId, reservation: &domain::customer::Reservation) {
        self.tenants.push(tenant.0);
        self.kinds.push(reservation.kind.as_str().to_owned());
        self.keys.push(reservation.key.clone());
    }
}
