//! Submissions to a writer, and its answers.

use std::collections::BTreeMap;
use std::time::Instant;

use chrono::{DateTime, Utc};
use domain::{customer, tenant};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::error::{StoreError, broken_off};
use crate::model::{Current, Hash, Reference, Rendered, TenantRef};
use crate::partition::Partition;

/// Who, why and how: stored with every event. `actor` and `api_key` name who did it.
pub type Metadata = BTreeMap<String, String>;

/// Renders the answer to an outcome.
pub type Render = Box<dyn Fn(&Outcome) -> Rendered + Send + Sync>;

/// Commands for one customer or tenant: all of them happen, or none.
pub struct Submission {
    /// The tenant.
    pub tenant: TenantRef,
    /// The target, and the commands.
    pub target: Target,
    /// The version that the caller expects.
    pub expected: Expected,
    /// The caller's idempotency key: the same request happens once.
    pub idempotency: Option<Idempotency>,
    /// Stored with every event.
    pub metadata: Metadata,
    /// Whether nothing is stored: the outcome says what would happen.
    pub dry_run: bool,
    /// Whether the outcome has the new state. The outcome of a dry run always has it.
    pub shown: bool,
    /// Called before the commit: the same transaction stores the answer under the idempotency key.
    /// Called again if another writer was faster.
    pub render: Render,
}

/// The target of commands.
#[derive(Debug)]
pub enum Target {
    /// A new or existing customer.
    Customer {
        /// The customer.
        reference: Reference,
        /// The commands, in order.
        commands: Vec<customer::Command>,
        /// The states that `RevertTo` and `UndoEvent` commands refer to, by version.
        past: BTreeMap<u64, customer::Customer>,
    },
    /// The tenant itself.
    Tenant {
        /// The commands, in order.
        commands: Vec<tenant::Command>,
    },
}

/// The version that the caller expects.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Expected {
    /// Any.
    Any,
    /// Exactly this one.
    Version(i64),
    /// One of these; none of them means that no version matches (`If-Match` with a list of tags).
    OneOf(Vec<i64>),
    /// Any, but the customer must exist (`If-Match: *`).
    Exists,
    /// None: the customer must not exist (`If-None-Match: *`).
    Absent,
}

/// An idempotency key and the request it stands for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Idempotency {
    /// The key. It belongs to the tenant.
    pub key: String,
    /// The SHA-256 of the request.
    pub request_hash: Hash,
}

/// The outcome of a submission.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It happened. For a dry run: it would happen.
    Committed(Committed),
    /// It was refused.
    Refused(Refused),
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    /// The customer, or the tenant itself.
    pub id: Uuid,
    /// Its new version. Unchanged if nothing changed.
    pub version: i64,
    /// The partition of the log.
    pub partition: Partition,
    /// The position after this. A reader at this position has seen these events.
    pub position: i64,
    /// The events. Empty if nothing changes.
    pub events: Vec<CommittedEvent>,
    /// Whether it is a dry run.
    pub dry_run: bool,
    /// The new state, if the submission has `shown` and there is one.
    pub current: Option<Current>,
}

/// An event of an outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct CommittedEvent {
    /// The version after the event.
    pub sequence: i64,
    /// Its position in the partition.
    pub position: i64,
    /// The event: `{"type": …, "data": …}`.
    pub payload: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// A field that has changed since an event that set it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangedSince {
    /// The field: a JSON pointer into the customer.
    pub field: String,
    /// The versions that changed it, as far as they are known.
    pub versions: Vec<i64>,
}

/// Why a submission was refused. Nothing of it was stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refused {
    /// No customer has this reference.
    Unknown,
    /// The current version is not the expected one.
    VersionMismatch {
        /// The customer or the tenant: its type.
        what: &'static str,
        /// The current version.
        current: i64,
        /// The expected one.
        expected: Expected,
    },
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
        /// The rule's text with the name that it is about; absent if the refusal's own text says all.
        detail: Option<String>,
    },
    /// An event can't be undone, because its fields have changed since.
    ChangedSince {
        /// Which of the commands, from 0.
        command: usize,
        /// The fields.
        fields: Vec<ChangedSince>,
    },
    /// The tenant requires an actor or a reason, and there is none.
    Unattributed(tenant::Refusal),
    /// A rule for tenants.
    Tenant {
        /// Which of the commands, from 0.
        command: usize,
        /// Which rule.
        refusal: tenant::Refusal,
    },
}

/// The answer to a caller.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// The answer.
    pub rendered: Rendered,
    /// Whether it was stored for an earlier request under the same key.
    pub replayed: bool,
    /// What it says, for measurements.
    pub(crate) result: AnswerResult,
}

/// What an answer says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AnswerResult {
    /// Events were stored.
    Stored,
    /// Nothing had to change.
    Unchanged,
    /// A rule refused it.
    Refused,
    /// What would happen.
    DryRun,
    /// It was given before, under the same key.
    Replayed,
}

impl AnswerResult {
    /// The name in metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
            Self::DryRun => "dry_run",
            Self::Replayed => "replayed",
        }
    }
}

impl From<&Outcome> for AnswerResult {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Refused(_) => Self::Refused,
            Outcome::Committed(committed) if committed.dry_run => Self::DryRun,
            Outcome::Committed(committed) if committed.events.is_empty() => Self::Unchanged,
            Outcome::Committed(_) => Self::Stored,
        }
    }
}

/// A submission in a writer's queue.
pub(crate) struct Queued {
    pub(crate) submission: Submission,
    pub(crate) reply: oneshot::Sender<Result<Answer, StoreError>>,
    /// When it was queued.
    pub(crate) since: Instant,
}

impl Queued {
    pub(crate) fn new(submission: Submission) -> (Self, Pending) {
        let (reply, answer) = oneshot::channel();
        (Self { submission, reply, since: Instant::now() }, Pending(answer))
    }

    /// The names of its commands.
    pub(crate) fn command_names(&self) -> impl Iterator<Item = &'static str> {
        let (of_customer, of_tenant): (&[customer::Command], &[tenant::Command]) =
            match &self.submission.target {
                Target::Customer { commands, .. } => (commands.as_slice(), &[]),
                Target::Tenant { commands } => (&[], commands.as_slice()),
            };
        let names = of_customer.iter().map(customer::Command::name);
        names.chain(of_tenant.iter().map(tenant::Command::name))
    }

    /// Its cost when tenants take turns: the number of its commands.
    pub(crate) fn cost(&self) -> usize {
        let commands = match &self.submission.target {
            Target::Customer { commands, .. } => commands.len(),
            Target::Tenant { commands } => commands.len(),
        };
        commands.max(1)
    }
}

/// A queued submission. It runs to its end, even if this is dropped.
#[derive(Debug)]
pub struct Pending(pub(crate) oneshot::Receiver<Result<Answer, StoreError>>);

impl Pending {
    /// The answer, after the commit.
    ///
    /// # Errors
    ///
    /// As for [`crate::Store::submit`].
    pub async fn answer(self) -> Result<Answer, StoreError> {
        // A writer that ended without an answer may have stored the commands.
        self.0.await.map_err(|_| {
            StoreError::Unavailable(broken_off("its writer ended without an answer").into())
        })?
    }
}
