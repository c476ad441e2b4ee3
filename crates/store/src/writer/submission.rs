//! What is asked of a writer, and what it answers.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{TenantId, customer, tenant};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::error::{StoreError, broken_off};
use crate::log::Hash;
use crate::partition::Partition;
use crate::queries::{Current, Reference};

/// Who, why and how: stored with every event. `actor` and `api_key` name who did it.
pub type Metadata = BTreeMap<String, String>;

/// A tenant, and where its log is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct TenantRef {
    /// Its id.
    pub id: TenantId,
    /// The partition that it lives in.
    pub partition: Partition,
}

/// Makes the answer of an outcome.
pub type Render = Box<dyn Fn(&Outcome) -> Rendered + Send + Sync>;

/// Commands for one customer or tenant: all of them happen, or none.
pub struct Submission {
    /// The tenant on whose behalf.
    pub tenant: TenantRef,
    /// On what, and what.
    pub target: Target,
    /// The version that the caller expects.
    pub expected: Expected,
    /// The caller's key, under which the same request happens once.
    pub idempotency: Option<Idempotency>,
    /// Stored with every event.
    pub metadata: Metadata,
    /// Only say what would happen.
    pub dry_run: bool,
    /// Whether the outcome has the state that it leads to. That of a dry run always has.
    pub shown: bool,
    /// Called before the commit, because the answer is kept under the idempotency key by the same
    /// transaction; more than once when another writer was faster.
    pub render: Render,
}

/// On what commands work.
#[derive(Debug)]
pub enum Target {
    /// A customer, new or known.
    Customer {
        /// Which one.
        reference: Reference,
        /// What to do, in order.
        commands: Vec<customer::Command>,
        /// The states that `RevertTo` commands lead back to, by version.
        past: BTreeMap<u64, customer::Customer>,
    },
    /// The tenant itself.
    Tenant {
        /// What to do, in order.
        commands: Vec<tenant::Command>,
    },
}

/// The version that must be current for the commands to be decided.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expected {
    /// Any.
    Any,
    /// Exactly this one.
    Version(i64),
    /// Any, but the customer must exist (`If-Match: *`).
    Exists,
    /// None: the customer must not exist (`If-None-Match: *`).
    Absent,
}

/// An idempotency key and what it stands for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Idempotency {
    /// The key; it belongs to the tenant.
    pub key: String,
    /// The SHA-256 of the request.
    pub request_hash: Hash,
}

/// How a submission was decided.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It happened, or (on a dry run) would.
    Committed(Committed),
    /// It may not.
    Refused(Refused),
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    /// The customer, or the tenant itself.
    pub id: Uuid,
    /// Its version now; as before when nothing changed.
    pub version: i64,
    /// The partition of the log.
    pub partition: Partition,
    /// The position after this: a reader that has come to it has seen what happened here.
    pub position: i64,
    /// The events, none when everything was as asked already.
    pub events: Vec<CommittedEvent>,
    /// Whether nothing of it was stored: it only would happen.
    pub dry_run: bool,
    /// What the customer or tenant is then, if the submission asked for it. Nothing also when there
    /// would be none.
    pub current: Option<Current>,
}

/// One event of an outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct CommittedEvent {
    /// The version it makes.
    pub sequence: i64,
    /// Its place in the partition.
    pub position: i64,
    /// The event: `{"type": …, "data": …}`.
    pub payload: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// Why a submission was refused. Nothing of it was stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refused {
    /// No customer has this reference.
    Unknown,
    /// The version isn't the expected one.
    VersionMismatch,
    /// The idempotency key was used for another request.
    KeyReused,
    /// The state would have more than [`STATE_BYTES_MAX`](crate::STATE_BYTES_MAX) bytes.
    TooLarge {
        /// How many it would have.
        bytes: usize,
    },
    /// A rule for customers.
    Customer {
        /// Which of the commands, from 0.
        command: usize,
        /// Which rule.
        refusal: customer::Refusal,
    },
    /// A rule for tenants.
    Tenant {
        /// Which of the commands, from 0.
        command: usize,
        /// Which rule.
        refusal: tenant::Refusal,
    },
}

/// An answer as it is sent, and kept under an idempotency key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rendered {
    /// The status that the caller's protocol gives it.
    pub status: u16,
    /// The version, when the answer tells one.
    pub version: Option<i64>,
    /// The position, when the answer tells one.
    pub position: Option<i64>,
    /// The body.
    pub body: String,
}

/// What a caller gets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// The answer.
    pub rendered: Rendered,
    /// Whether it was kept from an earlier request under the same key.
    pub replayed: bool,
}

/// A submission in a writer's queue.
pub(crate) struct Queued {
    pub(crate) submission: Submission,
    pub(crate) reply: oneshot::Sender<Result<Answer, StoreError>>,
}

impl Queued {
    pub(crate) fn new(submission: Submission) -> (Self, Pending) {
        let (reply, answer) = oneshot::channel();
        (Self { submission, reply }, Pending(answer))
    }

    /// What it counts for beside the commands of other tenants.
    pub(crate) fn cost(&self) -> usize {
        let commands = match &self.submission.target {
            Target::Customer { commands, .. } => commands.len(),
            Target::Tenant { commands } => commands.len(),
        };
        commands.max(1)
    }
}

/// A submission that is queued: it runs to its end whether or not this is waited for.
#[derive(Debug)]
pub struct Pending(pub(crate) oneshot::Receiver<Result<Answer, StoreError>>);

impl Pending {
    /// The answer, after the commit.
    ///
    /// # Errors
    ///
    /// As for [`crate::Store::submit`].
    pub async fn answer(self) -> Result<Answer, StoreError> {
        // A writer that ended without answering may have stored the commands before.
        self.0.await.map_err(|_| {
            StoreError::Unavailable(broken_off("its writer ended without an answer").into())
        })?
    }
}
