//! Decides the waiting submissions, as many as fit in one batch.

use std::collections::VecDeque;

use super::batch_state::BatchState;
use super::decide::{Step, decide, plan_loads};
use super::load::load;
use super::loads::Loads;
use super::submission::{Answer, Queued};
use crate::connections::{Connections, PooledConnection, in_time};
use crate::error::StoreError;

/// The connection on which a batch loads what it needs.
pub(crate) enum Loading<'a> {
    /// The connection of the batch. It has locked the head.
    On(&'a mut PooledConnection),
    /// A connection that is taken for one statement and given back. A queue that waits for its own
    /// last batch must not block a connection.
    AnyOf(&'a Connections),
}

impl Loading<'_> {
    async fn load(
        &mut self,
        batch_state: &mut BatchState<'_>,
        loads: Loads,
    ) -> Result<(), StoreError> {
        match self {
            Self::On(connection) => in_time(load(connection, batch_state, loads)).await,
            Self::AnyOf(connections) => {
                let mut connection = connections.take().await?;
                in_time(load(&mut connection, batch_state, loads)).await?;
                connections.give_back(connection);
                Ok(())
            }
        }
    }
}

/// The answers to the first waiting submissions. They are valid once the batch is stored.
#[derive(Default)]
pub(crate) struct DecidedCommands {
    pub(crate) answers: Vec<Answer>,
    /// Whether the batch takes no more: the next submission needs a batch of its own.
    pub(crate) full: bool,
}

impl DecidedCommands {
    /// Decides the submissions of `waiting` that are not decided yet, up to `batch_max`.
    pub(crate) async fn decide_pending(
        &mut self,
        batch_state: &mut BatchState<'_>,
        mut loading: Loading<'_>,
        waiting: &VecDeque<Queued>,
        batch_max: usize,
        look_up_keys: bool,
    ) -> Result<(), StoreError> {
        let decided = self.answers.len();
        let batch =
            || waiting.iter().take(batch_max).skip(decided).map(|queued| &queued.submission);
        let mut loads = Loads::default();
        for submission in batch() {
            plan_loads(batch_state, submission, &mut loads);
        }
        // If something must be loaded anyway, looking up the keys costs nothing. Otherwise the
        // append finds the few keys that were used before.
        if look_up_keys || !loads.is_empty() {
            for submission in batch() {
                if let Some(idempotency) = &submission.idempotency {
                    loads.keys.insert((submission.tenant.id, idempotency.key.clone()));
                }
            }
            loading.load(batch_state, loads).await?;
        }
        for submission in batch() {
            loop {
                match decide(batch_state, submission)? {
                    Step::Decided(answer) => {
                        self.answers.push(answer);
                        break;
                    }
                    Step::Missing(loads) => loading.load(batch_state, *loads).await?,
                    Step::NeedsNewBatch => {
                        self.full = true;
                        return Ok(());
                    }
                }
            }
        }
        self.full = self.answers.len() >= batch_max;
        Ok(())
    }
}
