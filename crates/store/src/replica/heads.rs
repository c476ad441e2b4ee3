//! The end of the primary's log, for many readers at once.

use sqlx::postgres::PgConnectOptions;
use tokio::sync::{mpsc, oneshot};

use super::mark::{self, Mark};
use crate::connections::Connections;
use crate::read_pool::ask_on;

/// Reads that share a statement, at most.
const TOGETHER_MAX: usize = 1_024;

/// Asks the primary for the end of its log. Cheap to clone.
#[derive(Clone)]
pub(super) struct PrimaryHeads {
    waiting: mpsc::UnboundedSender<oneshot::Sender<Option<Mark>>>,
}

impl PrimaryHeads {
    /// Ends when the last clone is dropped.
    pub(super) fn start(options: PgConnectOptions) -> Self {
        let (waiting, arrivals) = mpsc::unbounded_channel();
        tokio::spawn(answer(Connections::new(options, 1), arrivals));
        Self { waiting }
    }

    /// The end of the log at an instant after this was called; nothing if the primary can't be asked.
    pub(super) async fn now(&self) -> Option<Mark> {
        let (answer, answered) = oneshot::channel();
        self.waiting.send(answer).ok()?;
        answered.await.ok()?
    }
}

/// Asks again and again while anybody waits. A statement answers the reads that waited before it began.
async fn answer(
    connections: Connections,
    mut arrivals: mpsc::UnboundedReceiver<oneshot::Sender<Option<Mark>>>,
) {
    let mut waiting = Vec::new();
    while arrivals.recv_many(&mut waiting, TOGETHER_MAX).await > 0 {
        let mark = ask_on(&connections, |connection| {
            Box::pin(async move { Ok(mark::primary(connection).await?) })
        });
        let mark = mark.await.ok();
        for reader in waiting.drain(..) {
            // A reader that has gone misses the answer.
            let _ = reader.send(mark);
        }
    }
}
