//! A decided batch on its way into the log.

use std::time::{Duration, Instant};

use domain::TenantId;
use sqlx::query;

use super::append::append;
use super::head::{stored_after_all, unmoved};
use super::known::{CustomerKey, Head, Known};
use super::rows::{Columns, EventRow};
use super::working::{Remembered, Working};
use crate::clock::Clock;
use crate::connections::{Connections, Lane, in_time};
use crate::error::{StoreError, timed_out};
use crate::partition::Partition;

/// How long an append may take before its connection is given up. Longer than the server's own
/// statement timeout, so it only ends what the network swallowed.
const APPEND_TIMEOUT: Duration = Duration::from_secs(15);

/// Everything that one append stores.
pub(crate) struct Batch {
    pub(crate) partition: Partition,
    /// The head against which it was decided.
    pub(crate) known: Head,
    /// The head that it leads to.
    pub(crate) head: Head,
    pub(crate) events: Vec<EventRow>,
    pub(crate) columns: Columns,
    customers: Vec<CustomerKey>,
    tenants: Vec<TenantId>,
}

/// What became of an append.
pub(crate) enum Stored {
    /// It is in the log, and the database's clock was so.
    Yes(Option<Clock>),
    /// Another writer has moved the head; nothing was stored.
    HeadMoved,
    /// An idempotency key was in use already; nothing was stored.
    KeyTaken,
    /// Whether it was stored was unknown for a while, and it wasn't.
    Lost,
    /// Nobody can tell whether it was stored. Decided again, commands without a key could happen
    /// twice, or be refused because they have happened.
    Unknown(StoreError),
}

impl Batch {
    /// Closes a batch: what is to be stored, and what is right once it is.
    pub(crate) fn close(mut working: Working<'_>) -> Result<(Self, Remembered), StoreError> {
        let batch = Self {
            partition: working.partition,
            known: working.known_head(),
            head: working.head,
            columns: Columns::of(&working)?,
            events: std::mem::take(&mut working.events),
            customers: working.changed_customers.iter().copied().collect(),
            tenants: working.changed_tenants.iter().copied().collect(),
        };
        Ok((batch, working.into_remembered()))
    }

    /// Takes out of `known` what was put there as if this batch were stored.
    pub(crate) fn undo(&self, known: &mut Known) {
        known.head = self.known;
        for key in &self.customers {
            known.customers.remove(key);
        }
        for key in &self.tenants {
            known.tenants.remove(key);
        }
    }

    fn is_empty(&self) -> bool {
        self.events.is_empty() && self.columns.answers.keys.is_empty()
    }

    /// Stores the batch, or, when there is nothing to store, makes sure that it was decided against
    /// the head as it still is.
    ///
    /// `locked` says that the lane is in a transaction that has locked the head.
    pub(crate) async fn store(
        &self,
        connections: &Connections,
        mut lane: Lane,
        locked: bool,
    ) -> Result<Stored, StoreError> {
        if self.is_empty() {
            let unmoved =
                locked || in_time(unmoved(&mut lane, self.partition, &self.known)).await?;
            if locked {
                in_time(query("rollback").execute(&mut *lane)).await?;
            }
            connections.give_back(lane);
            return Ok(if unmoved { Stored::Yes(None) } else { Stored::HeadMoved });
        }
        let begun = Instant::now();
        let appended = async {
            let told = append(&mut lane, self).await?;
            if locked {
                query("commit").execute(&mut *lane).await?;
            }
            Ok(told)
        };
        let appended = tokio::time::timeout(APPEND_TIMEOUT, appended).await;
        match appended.map_err(|_| timed_out()).and_then(|appended| appended) {
            Ok(Some(told)) => {
                metrics::histogram!("dossier_commit_seconds").record(begun.elapsed());
                connections.give_back(lane);
                Ok(Stored::Yes(Some(Clock::told(told))))
            }
            Ok(None) => {
                connections.give_back(lane);
                Ok(Stored::HeadMoved)
            }
            Err(error) if violates(&error, "command_results_pkey") => {
                // The statement failed, not the connection: a repeated request costs no new session.
                if !locked {
                    connections.give_back(lane);
                }
                Ok(Stored::KeyTaken)
            }
            Err(error) if is_definite(&error) => Err(error.into()),
            Err(error) => {
                let partition = self.partition.number();
                tracing::warn!(
                    partition,
                    error = %error,
                    "the answer to an append was lost; looking whether it was stored"
                );
                Ok(self.look(connections, lane).await)
            }
        }
    }

    /// Finds out what became of an append whose answer was lost.
    async fn look(&self, connections: &Connections, lane: Lane) -> Stored {
        match stored_after_all(connections, lane, self).await {
            Ok((stored, lane)) => {
                connections.give_back(lane);
                if stored { Stored::Yes(None) } else { Stored::Lost }
            }
            Err(error) => Stored::Unknown(StoreError::Unavailable(error.into())),
        }
    }
}

fn violates(error: &sqlx::Error, constraint: &str) -> bool {
    error.as_database_error().is_some_and(|answer| answer.constraint() == Some(constraint))
}

/// Whether the server has said that the statement failed. An answer of class 57P (it is shutting
/// down, the session was ended) leaves open what became of the commit.
fn is_definite(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|answer| answer.code().is_none_or(|code| !code.starts_with("57P")))
}
