//! One partition's queue: the next batch is decided while the last one is being stored.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

use super::attempt::{Tries, answer, fail, work};
use super::batch::{Batch, Stored};
use super::gather::{Gathered, Loading};
use super::inbox::Outlet;
use super::known::{Known, Sharers};
use super::submission::{Answer, Queued};
use super::working::{Carried, Remembered, Working};
use crate::clock::Clock;
use crate::connections::Connections;
use crate::error::StoreError;
use crate::partition::Partition;
use crate::written::Written;

pub(crate) struct Queue {
    partition: Partition,
    inbox: Outlet,
    stopping: watch::Receiver<bool>,
    connections: Arc<Connections>,
    sharers: Sharers,
    written: Written,
    batch_max: usize,
    /// Who has not been answered and is in no batch that is being stored.
    waiting: VecDeque<Queued>,
    /// The head and the states as they will be once `out` is stored.
    known: Option<Known>,
    /// What `out` changes.
    carried: Carried,
    out: Option<Out>,
}

/// A batch that is being stored.
///
/// Whoever stores it answers its callers, so that they needn't wait for the next batch to be decided.
struct Out {
    storing: JoinHandle<Result<Option<Clock>, NotStored>>,
}

/// A batch that wasn't stored, with its callers, and what became of it.
struct NotStored {
    batch: Box<Batch>,
    queued: Vec<Queued>,
    why: Result<Stored, StoreError>,
}

/// How the batch ended that was being stored.
type Ended = Result<Result<Option<Clock>, NotStored>, JoinError>;

impl Queue {
    pub(crate) fn new(
        partition: Partition,
        inbox: Outlet,
        stopping: watch::Receiver<bool>,
        connections: Arc<Connections>,
        sharers: Sharers,
        written: Written,
        batch_max: usize,
    ) -> Self {
        Self {
            partition,
            inbox,
            stopping,
            connections,
            sharers,
            written,
            batch_max,
            waiting: VecDeque::new(),
            known: None,
            carried: Carried::default(),
            out: None,
        }
    }

    /// Works until told to stop, and then until the queue is empty.
    pub(crate) async fn run(mut self) {
        while self.wait().await {
            match self.known.take() {
                Some(known) if !self.waiting.is_empty() => self.advance(known).await,
                Some(known) => self.known = Some(known),
                None => self.begin(Tries::first(self.batch_max)).await,
            }
        }
    }

    /// Waits until there is someone to work for; false when nobody will come any more.
    async fn wait(&mut self) -> bool {
        self.inbox.begin_batch();
        loop {
            self.take_all();
            if !self.waiting.is_empty() {
                return true;
            }
            let Some(out) = &mut self.out else {
                let stopped = tokio::select! {
                    () = self.inbox.news() => false,
                    _ = self.stopping.wait_for(|stop| *stop) => true,
                };
                if stopped {
                    self.inbox.close();
                    self.take_all();
                    return !self.waiting.is_empty();
                }
                continue;
            };
            let ended = tokio::select! {
                ended = &mut out.storing => ended,
                () = self.inbox.news() => continue,
            };
            self.settle(ended).await;
        }
    }

    /// Takes whoever is there and whose turn it is, without waiting.
    fn take_all(&mut self) {
        self.inbox.take(&mut self.waiting, self.batch_max);
    }

    /// Works off a batch without looking ahead. Nothing is out.
    async fn begin(&mut self, tries: Tries) {
        self.carried = Carried::default();
        let known = self.known.take();
        let Self { partition, connections, sharers, waiting, written, .. } = self;
        self.known = work(*partition, connections, sharers, known, waiting, tries, written).await;
    }

    /// Decides a batch against what will be known once the last one is stored, for as long as that
    /// takes, and then sends it after.
    async fn advance(&mut self, known: Known) {
        let carried = std::mem::take(&mut self.carried);
        let mut working = Working::new(self.partition, &known, carried);
        let mut gathered = Gathered::default();
        let (mut failed, mut ended) = (false, None);
        loop {
            let loading = Loading::AnyOf(&self.connections);
            let decided =
                gathered.gather(&mut working, loading, &self.waiting, self.batch_max, false).await;
            failed |= decided.is_err();
            let Some(out) = &mut self.out else { break };
            if failed || gathered.full {
                ended = Some((&mut out.storing).await);
                break;
            }
            tokio::select! {
                biased;
                stored = &mut out.storing => ended = Some(stored),
                () = self.inbox.news() => {}
            }
            if ended.is_some() {
                break;
            }
            self.take_all();
        }
        let batch = if failed { None } else { Batch::close(working).ok() };
        self.known = Some(known);
        if let Some(ended) = ended
            && !self.settle(ended).await
        {
            return;
        }
        match batch {
            Some((batch, remembered)) if !gathered.answers.is_empty() => {
                self.send(batch, remembered, gathered.answers);
            }
            // Whatever failed will fail again, and is dealt with there.
            _ => self.begin(Tries::first(self.batch_max)).await,
        }
    }

    /// Has a batch stored, and goes on as if it were.
    fn send(&mut self, batch: Batch, remembered: Remembered, answers: Vec<Answer>) {
        if let Some(known) = &mut self.known {
            self.carried = remembered.put_into(known);
        }
        let connections = Arc::clone(&self.connections);
        let queued: Vec<_> = self.waiting.drain(..answers.len()).collect();
        let (written, partition) = (self.written.clone(), self.partition);
        let storing = tokio::spawn(async move {
            let stored = match connections.take().await {
                Ok(lane) => batch.store(&connections, lane, false).await,
                Err(error) => Err(error.into()),
            };
            match stored {
                Ok(Stored::Yes(clock)) => {
                    written.tell(partition);
                    answer(queued, answers);
                    Ok(clock)
                }
                why => Err(NotStored { batch: Box::new(batch), queued, why }),
            }
        });
        self.out = Some(Out { storing });
    }

    /// Goes on from the batch that was out. If it wasn't stored, whatever was decided on top of it is
    /// void, and it is tried again at once; then this is false.
    async fn settle(&mut self, ended: Ended) -> bool {
        self.out = None;
        let NotStored { batch, queued, why: stored } = match ended {
            Ok(Ok(clock)) => {
                if let (Some(known), Some(clock)) = (&mut self.known, clock) {
                    known.clock = clock;
                }
                return true;
            }
            Ok(Err(not_stored)) => not_stored,
            // Its callers learn from their channels' end that nobody can tell.
            Err(error) => {
                let partition = self.partition.number();
                tracing::error!(partition, error = %error, "a batch's task ended before it told");
                self.known = None;
                return false;
            }
        };
        if let Some(known) = &mut self.known {
            batch.undo(known);
        }
        let first = Tries::first(self.batch_max);
        let catching_up = matches!(stored, Ok(Stored::HeadMoved | Stored::KeyTaken));
        self.known = self.known.take().filter(|_| catching_up);
        let next = if let Ok(stored) = stored {
            first.after(stored)
        } else {
            // The server has said that nothing was stored.
            self.connections.forget_idle();
            Ok(first)
        };
        match next {
            Ok(tries) => {
                for again in queued.into_iter().rev() {
                    self.waiting.push_front(again);
                }
                self.begin(tries).await;
            }
            Err(unknown) => fail(queued, &unknown),
        }
        false
    }
}
