//! Deciding the submissions that wait, as many as can share a batch.

use std::collections::VecDeque;

use super::decide::{Step, decide, foresee};
use super::load::load;
use super::submission::{Answer, Queued};
use super::wants::Wants;
use super::working::Working;
use crate::connections::{Connections, Lane, in_time};
use crate::error::StoreError;

/// On which connection a batch loads what it needs.
pub(crate) enum Loading<'a> {
    /// The one that the batch holds: the head is locked on it.
    On(&'a mut Lane),
    /// One that is taken for the statement and given back: a queue that waits for its own last batch
    /// must not keep a connection from others.
    AnyOf(&'a Connections),
}

impl Loading<'_> {
    async fn load(&mut self, working: &mut Working<'_>, wants: Wants) -> Result<(), StoreError> {
        match self {
            Self::On(lane) => in_time(load(lane, working, wants)).await,
            Self::AnyOf(connections) => {
                let mut lane = connections.take().await?;
                in_time(load(&mut lane, working, wants)).await?;
                connections.give_back(lane);
                Ok(())
            }
        }
    }
}

/// The answers to the first so many of those who wait, valid once the batch is stored.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) answers: Vec<Answer>,
    /// Whether no more can be decided in this batch: the next one needs a batch of its own.
    pub(crate) full: bool,
}

impl Gathered {
    /// Decides those of `waiting` who aren't decided yet, up to `batch_max`.
    pub(crate) async fn gather(
        &mut self,
        working: &mut Working<'_>,
        mut loading: Loading<'_>,
        waiting: &VecDeque<Queued>,
        batch_max: usize,
        look_up_keys: bool,
    ) -> Result<(), StoreError> {
        let decided = self.answers.len();
        let batch =
            || waiting.iter().take(batch_max).skip(decided).map(|queued| &queued.submission);
        let mut wants = Wants::default();
        for submission in batch() {
            foresee(working, submission, &mut wants);
        }
        // Looking the keys up costs nothing when something must be loaded anyway; else the append
        // finds the few that were used before.
        if look_up_keys || !wants.is_empty() {
            for submission in batch() {
                if let Some(idempotency) = &submission.idempotency {
                    wants.keys.insert((submission.tenant.id, idempotency.key.clone()));
                }
            }
            loading.load(working, wants).await?;
        }
        for submission in batch() {
            loop {
                match decide(working, submission)? {
                    Step::Decided(answer) => {
                        self.answers.push(answer);
                        break;
                    }
                    Step::Missing(wants) => loading.load(working, *wants).await?,
                    Step::Later => {
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
