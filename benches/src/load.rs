//! Closed loops: each caller sends its next command when it has the answer to the one before.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::work::{Dice, Done};

/// A stack under load.
pub(crate) trait Stack: Send + Sync + 'static {
    /// Changes one field of a customer chosen at random.
    fn update(&self, dice: &mut Dice) -> impl Future<Output = Done<()>> + Send;
    /// Registers a new customer.
    fn create(&self, dice: &mut Dice) -> impl Future<Output = Done<()>> + Send;
    /// Reads the last events of a customer chosen at random.
    fn history(&self, dice: &mut Dice) -> impl Future<Output = Done<()>> + Send;
}

/// What callers do.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) enum Work {
    /// W3: changes a customer.
    Update,
    /// W2: registers a customer.
    Create,
    /// W6: reads a customer. Over HTTP only.
    Read,
    /// W5: reads a page of a customer's history. In this process only.
    History,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    /// Commands acknowledged.
    pub(crate) done: u64,
    /// Commands answered with a failure, or refused.
    pub(crate) failed: u64,
    /// How long the run took.
    pub(crate) seconds: f64,
    /// Half of the answers came within this time, in microseconds.
    pub(crate) p50_us: u32,
    /// 99 in 100 came within this time, in microseconds.
    pub(crate) p99_us: u32,
}

impl Run {
    /// Commands acknowledged per second.
    #[expect(clippy::cast_precision_loss, reason = "a run has far fewer than 2^52 commands")]
    pub(crate) fn rate(&self) -> f64 {
        self.done as f64 / self.seconds
    }
}

/// The times that answers took, and how many there weren't.
#[derive(Debug, Default)]
pub(crate) struct Latencies {
    taken_us: Vec<u32>,
    failed: u64,
}

impl Latencies {
    /// Notes one answer.
    pub(crate) fn note(&mut self, begun: Instant, succeeded: bool) {
        if succeeded {
            let taken = begun.elapsed().as_micros();
            self.taken_us.push(u32::try_from(taken).unwrap_or(u32::MAX));
        } else {
            self.failed += 1;
        }
    }

    /// Adds another caller's.
    pub(crate) fn add(&mut self, other: Self) {
        self.taken_us.extend(other.taken_us);
        self.failed += other.failed;
    }

    /// The run that these are of.
    pub(crate) fn into_run(mut self, taken: Duration) -> Run {
        self.taken_us.sort_unstable();
        let count = self.taken_us.len();
        let at = |percent: usize| self.taken_us.get(count * percent / 100).copied().unwrap_or(0);
        Run {
            done: count as u64,
            failed: self.failed,
            seconds: taken.as_secs_f64(),
            p50_us: at(50),
            p99_us: at(99),
        }
    }
}

/// Runs `callers` closed loops for about `time`; each ends with an answer.
pub(crate) async fn run<S: Stack>(
    stack: &Arc<S>,
    work: Work,
    callers: usize,
    time: Duration,
) -> Done<Run> {
    let begun = Instant::now();
    let mut loops = JoinSet::new();
    for _ in 0..callers {
        let stack = Arc::clone(stack);
        loops.spawn(async move {
            let (mut dice, mut latencies) = (Dice::new(), Latencies::default());
            while begun.elapsed() < time {
                let sent = Instant::now();
                let answer = match work {
                    Work::Create => stack.create(&mut dice).await,
                    Work::History => stack.history(&mut dice).await,
                    Work::Update | Work::Read => stack.update(&mut dice).await,
                };
                latencies.note(sent, answer.is_ok());
            }
            latencies
        });
    }
    let mut all = Latencies::default();
    while let Some(latencies) = loops.join_next().await {
        all.add(latencies?);
    }
    Ok(all.into_run(begun.elapsed()))
}
