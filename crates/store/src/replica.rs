//! Reads from a replica: a streaming standby of the primary.
//!
//! A replica shows less than the primary, and nobody but the primary knows how much. So a read asks the
//! primary for the end of its write-ahead log after it has arrived, and the replica answers once it has
//! replayed that. What was acknowledged before the read arrived is in the answer, as at the primary. A
//! replica that does not come that far in time, or fails, is left out: the primary answers.

mod follow;
mod heads;
mod mark;
mod state;

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use self::follow::Follower;
use self::heads::PrimaryHeads;
use self::mark::{Lsn, Mark};
pub use self::state::ReplicaState;
use self::state::Seen;
use crate::connect::{Role, as_role};
use crate::connections::Usage;
use crate::error::StoreError;
use crate::lanes::{Lane, LanePools};
use crate::model::TenantRef;
use crate::options::{Options, ReplicaOptions};
use crate::read_pool::Question;

/// A replica that may answer reads.
pub(crate) struct Replica {
    pools: LanePools,
    heads: PrimaryHeads,
    seen: watch::Receiver<Seen>,
    /// The furthest position that a read waits for.
    wanted: Arc<watch::Sender<Lsn>>,
    lag_max: Duration,
    follower: JoinHandle<()>,
}

impl Replica {
    /// Follows the replica from now on. It need not run yet.
    pub(crate) fn start(replica: &ReplicaOptions, options: &Options) -> Self {
        let reader = |server: &PgConnectOptions| as_role(server, Role::Reader);
        let heads = PrimaryHeads::start(reader(&options.database));
        let wanted = Arc::new(watch::Sender::new(Lsn::default()));
        let (sender, seen) = watch::channel(Seen::default());
        let follower = Follower {
            replica: reader(&replica.database),
            heads: heads.clone(),
            lag_max: replica.lag_max,
            wanted: wanted.subscribe(),
            seen: sender,
        };
        Self {
            pools: LanePools::new(&replica.database, options).asking_once(),
            heads,
            seen,
            wanted,
            lag_max: replica.lag_max,
            follower: tokio::spawn(follower.run()),
        }
    }

    /// The answer of the replica, if it shows what the primary showed when this was called. Otherwise nothing:
    /// the primary has to be asked. A read that asks for too much, or whose tenant has too many reads, is
    /// refused as by the primary.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        lane: Lane,
        tenant: TenantRef,
        question: &Arc<impl Question<T>>,
    ) -> Option<Result<T, StoreError>> {
        let answer = self.answer(lane, tenant, question).await;
        let answered_by = if answer.is_some() { "replica" } else { "primary" };
        metrics::counter!("dossier_replica_reads_total", "answered_by" => answered_by).increment(1);
        answer
    }

    async fn answer<T: Send + 'static>(
        &self,
        lane: Lane,
        tenant: TenantRef,
        question: &Arc<impl Question<T>>,
    ) -> Option<Result<T, StoreError>> {
        let mut seen = self.seen.clone();
        let mark = timeout(self.lag_max, self.caught_up(&mut seen)).await.ok()??;
        let question = Arc::clone(question);
        let asked = self.pools.of(lane).ask(tenant.id, move |connection| {
            let question = Arc::clone(&question);
            Box::pin(async move {
                // This session may be with a replica that was restarted meanwhile, and shows less.
                if mark::place(connection).await?.shows(&mark) {
                    question(connection).await.map(Some)
                } else {
                    Ok(None)
                }
            })
        });
        let answer = tokio::select! {
            answer = asked => answer,
            // The statement ends by itself. The primary doesn't wait for that.
            _ = seen.wait_for(|seen| seen.state.is_gone()) => return None,
        };
        match answer {
            // Also a statement that PostgreSQL cancelled because replay needed its rows: "conflict with
            // recovery".
            Err(StoreError::Unavailable(_) | StoreError::Refused(_)) => None,
            answer => answer.transpose(),
        }
    }

    /// Waits until the replica has replayed what the primary shows now, and returns that; nothing if it is left
    /// out.
    async fn caught_up(&self, seen: &mut watch::Receiver<Seen>) -> Option<Mark> {
        if !seen.borrow().state.serves() {
            return None;
        }
        let mark = self.heads.now().await?;
        self.wanted.send_if_modified(|wanted| {
            let further = *wanted < mark.end;
            *wanted = (*wanted).max(mark.end);
            further
        });
        let decided = |seen: &Seen| !seen.state.serves() || seen.replayed >= mark.end;
        let seen = seen.wait_for(decided).await.ok()?;
        seen.state.serves().then_some(mark)
    }

    /// Whether it serves reads, or why it is left out.
    pub(crate) fn state(&self) -> ReplicaState {
        self.seen.borrow().state
    }

    /// How many connections to it are in use now, by kind.
    pub(crate) fn usage(&self) -> impl Iterator<Item = (&'static str, Usage)> {
        let kinds = ["replica_lists", "replica_searches", "replica_feed", "replica_exports"];
        kinds.into_iter().zip(self.pools.usage())
    }

    /// Takes no more reads.
    pub(crate) fn close(&self) {
        self.follower.abort();
        self.pools.close();
    }
}
