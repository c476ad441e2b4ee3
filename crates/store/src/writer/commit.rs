//! Stores a batch, and finds out whether it was stored.

use std::time::{Duration, Instant};

use sqlx::query;

use super::append::append;
use super::batch::{AppendOutcome, Batch};
use super::head::{stored_after_all, unmoved};
use crate::clock::Clock;
use crate::connections::{Connections, PooledConnection, in_time};
use crate::error::{StoreError, timed_out};
use crate::outage::{self, OutageCause};

/// How long an append may take before its connection is given up. It is longer than the server's
/// statement timeout, so it only applies when the network lost the answer.
const APPEND_TIMEOUT: Duration = Duration::from_secs(15);

impl Batch {
    /// Stores the batch. If there is nothing to store, checks that the head has not moved since the
    /// batch was decided.
    ///
    /// `locked` says that the connection is in a transaction that has locked the head.
    pub(crate) async fn store(
        &self,
        connections: &Connections,
        mut connection: PooledConnection,
        locked: bool,
    ) -> Result<AppendOutcome, StoreError> {
        if self.is_empty() {
            let unmoved =
                locked || in_time(unmoved(&mut connection, self.partition, &self.base)).await?;
            if locked {
                in_time(query("rollback").execute(&mut *connection)).await?;
            }
            connections.give_back(connection);
            return Ok(if unmoved {
                AppendOutcome::Stored(None)
            } else {
                AppendOutcome::HeadMoved
            });
        }
        let begun = Instant::now();
        let appended = async {
            let now = append(&mut connection, self).await?;
            if locked {
                query("commit").execute(&mut *connection).await?;
            }
            Ok(now)
        };
        let appended = tokio::time::timeout(APPEND_TIMEOUT, appended).await;
        match appended.map_err(|_| timed_out()).and_then(|appended| appended) {
            Ok(Some(now)) => {
                metrics::histogram!("dossier_commit_seconds").record(begun.elapsed());
                connections.give_back(connection);
                Ok(AppendOutcome::Stored(Some(Clock::reported(now))))
            }
            Ok(None) => {
                connections.give_back(connection);
                Ok(AppendOutcome::HeadMoved)
            }
            Err(error) if violates(&error, "command_results_pkey") => {
                // The statement failed, not the connection, so the connection is kept.
                if !locked {
                    connections.give_back(connection);
                }
                Ok(AppendOutcome::KeyTaken)
            }
            Err(error) if !outage::leaves_outcome_unknown(&error) => Err(error.into()),
            Err(error) => {
                let partition = self.partition.number();
                tracing::warn!(
                    partition,
                    error = %error,
                    "the outcome of an append is unknown; checking whether it was stored"
                );
                let outcome = self.look(connections, connection).await;
                // The server reports what failed, and that may fail each time.
                if matches!(outcome, AppendOutcome::Lost) && names_failure(&error) {
                    return Err(error.into());
                }
                Ok(outcome)
            }
        }
    }

    /// Finds out whether an append with an unknown outcome is stored.
    async fn look(&self, connections: &Connections, connection: PooledConnection) -> AppendOutcome {
        match stored_after_all(connections, connection, self).await {
            Ok((stored, connection)) => {
                connections.give_back(connection);
                if stored { AppendOutcome::Stored(None) } else { AppendOutcome::Lost }
            }
            Err(error) => AppendOutcome::Unknown(StoreError::Unavailable(error.into())),
        }
    }
}

fn violates(error: &sqlx::Error, constraint: &str) -> bool {
    error.as_database_error().is_some_and(|answer| answer.constraint() == Some(constraint))
}

/// Whether the server reports a failure, not the end of a session.
fn names_failure(error: &sqlx::Error) -> bool {
    let ended = [Some(OutageCause::Unreachable), Some(OutageCause::Restarting)];
    error.as_database_error().is_some() && !ended.contains(&outage::of(error))
}
