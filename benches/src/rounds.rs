//! The rows of the table: runs of both stacks in turn, so that whatever else the machine does falls
//! on both.

use std::sync::Arc;
use std::time::Duration;

use crate::cpu::Cpu;
use crate::http::{CONNECTIONS, serve_ours, serve_stock};
use crate::load::{self, Stack, Work};
use crate::ours::Ours;
use crate::report::{Runs, row};
use crate::stock::Stock;
use crate::work::Done;

/// Callers, and the ratio to the stock stack that is the goal with so many.
const UPDATES: [(usize, f64); 3] = [(1, 2.0), (8, 2.5), (64, 6.0)];
const CREATE: (usize, f64) = (64, 4.0);
const COMMAND_OVER_HTTP: f64 = 4.0;
const READ_OVER_HTTP: f64 = 1.7;
/// Both stacks, ready to be measured.
pub(crate) struct Bench {
    /// This service.
    pub(crate) ours: Arc<Ours>,
    /// The stock stack.
    pub(crate) stock: Arc<Stock>,
    /// PostgreSQL's first process, if its CPU time is to be counted.
    pub(crate) postmaster: Option<u32>,
    /// How long a run takes.
    pub(crate) time: Duration,
    /// Runs per row and stack.
    pub(crate) repetitions: usize,
    /// Rows without this in their name are left out.
    pub(crate) only: String,
}

impl Bench {
    fn skips(&self, what: &str) -> bool {
        !what.contains(&self.only)
    }

    /// Runs `stack` once and adds the result to `runs`.
    async fn run<S: Stack>(
        &self,
        stack: &Arc<S>,
        work: Work,
        callers: usize,
        runs: &mut Runs,
    ) -> Done<()> {
        let before = Cpu::read(self.postmaster);
        let run = load::run(stack, work, callers, self.time).await?;
        runs.add(run, Cpu::read(self.postmaster).since(before));
        Ok(())
    }

    /// Calls both from this process.
    pub(crate) async fn in_process(&self) -> Done<()> {
        let updates = UPDATES.map(|(callers, goal)| ("W3 change", Work::Update, callers, goal));
        let create = ("W2 create", Work::Create, CREATE.0, CREATE.1);
        for (name, work, callers, goal) in updates.into_iter().chain([create]) {
            let what = format!("{name}, {callers} callers");
            if self.skips(&what) {
                continue;
            }
            let (mut ours, mut stock) = (Runs::default(), Runs::default());
            for _ in 0..self.repetitions {
                self.run(&self.ours, work, callers, &mut ours).await?;
                self.run(&self.stock, work, callers, &mut stock).await?;
            }
            row(&what, &ours, &stock, goal);
        }
        Ok(())
    }

    /// Calls both over HTTP, from another process.
    pub(crate) async fn over_http(&self) -> Done<()> {
        let command = ("HTTP command", Work::Update, COMMAND_OVER_HTTP);
        for (name, work, goal) in [command, ("W6 HTTP get", Work::Read, READ_OVER_HTTP)] {
            let what = format!("{name}, {CONNECTIONS} conns");
            if self.skips(&what) {
                continue;
            }
            let (our_server, their_server) =
                (serve_ours(&self.ours).await?, serve_stock(&self.stock).await?);
            let (mut ours, mut stock) = (Runs::default(), Runs::default());
            for _ in 0..self.repetitions {
                for (server, runs) in [(&our_server, &mut ours), (&their_server, &mut stock)] {
                    let before = Cpu::read(self.postmaster);
                    let run = server.load(work, self.time).await?;
                    runs.add(run, Cpu::read(self.postmaster).since(before));
                }
            }
            if work == Work::Update {
                self.ours.acknowledge(ours.done());
            }
            our_server.stop().await?;
            their_server.stop().await?;
            row(&what, &ours, &stock, goal);
        }
        Ok(())
    }
}
