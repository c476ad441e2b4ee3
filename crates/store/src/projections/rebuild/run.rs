//! Runs a rebuild, step by step.

use std::time::Duration;

use domain::upcast::Upcasters;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, query_scalar};

use super::compare::{Comparison, compare};
use super::generations::{
    self, Building, building, chunks_left, create, drop_generation, go_on, note, reopen,
};
use super::index::index;
use super::load::Load;
use super::switch::{Tail, is_lock_timeout};
use crate::connect::{Role, as_role, open};
use crate::error::StoreError;
use crate::options::Options;
use crate::projections::generation::Generation;
use crate::projections::projection::Projection;
use crate::projections::rebuild::ended::{RebuildError, Rebuilt, is_unique_violation};
use crate::projections::registry::CUSTOMERS;

/// How often a runner continues after an outage of the database, each time after a pause.
const RETRIES_MAX: usize = 20;
const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// The pause before another try to switch, at first and at most.
const SWITCH_PAUSE: Duration = Duration::from_millis(100);
const SWITCH_PAUSE_MAX: Duration = Duration::from_secs(2);

/// How long a transaction may wait for the next rows. A long history that makes no rows takes time
/// to read.
const IDLE_TIMEOUT: &str = "10min";
/// The memory for sorting an index; each worker creates one at a time.
const SORT_MEMORY: &str = "256MB";

/// The task of a runner.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Start {
    /// A new generation, or an unfinished one.
    New { workers: u16 },
    /// An unfinished generation.
    Resume,
    /// The last retired generation.
    Rollback,
}

/// Runs rebuilds of one projection.
pub(super) struct Runner {
    options: PgConnectOptions,
    upcasters: Upcasters,
    projection: &'static dyn Projection,
    /// The statement timeout of a follower.
    statement: Duration,
}

impl Runner {
    pub(super) fn new(options: &Options, projection: &'static dyn Projection) -> Self {
        // Reading, loading and indexing have no timeout. Comparisons may use any join.
        let database = as_role(&options.database, Role::Projector).options([
            ("statement_timeout", "0"),
            ("idle_in_transaction_session_timeout", IDLE_TIMEOUT),
            ("plan_cache_mode", "auto"),
            ("maintenance_work_mem", SORT_MEMORY),
        ]);
        let (upcasters, statement) = (options.upcasters.clone(), options.follow_timeout);
        Self { options: database, upcasters, projection, statement }
    }

    /// Runs to the end, reconnecting if necessary. Returns nothing if there was nothing to resume.
    pub(super) async fn run(&self, mut start: Start) -> Result<Option<Rebuilt>, RebuildError> {
        let mut failures = 0;
        loop {
            match self.attempt(&mut start).await {
                Err(RebuildError::Store(error @ StoreError::Unavailable(_)))
                    if failures < RETRIES_MAX =>
                {
                    failures = failures.saturating_add(1);
                    self.warn(&error);
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                ended => return ended,
            }
        }
    }

    async fn attempt(&self, start: &mut Start) -> Result<Option<Rebuilt>, RebuildError> {
        let name = self.projection.name();
        let mut control = open(&self.options).await?;
        // The lock belongs to the session.
        let locked: bool =
            query_scalar("select pg_try_advisory_lock(hashtextextended('rebuild ' || $1, 0))")
                .bind(name)
                .fetch_one(&mut control)
                .await?;
        if !locked {
            return Err(RebuildError::Underway(name));
        }
        let Some(begun) = self.begin(&mut control, *start).await? else { return Ok(None) };
        *start = Start::Resume;
        let mut ended = self.steps(&mut control, &begun).await;
        if let Err(RebuildError::Store(StoreError::Refused(_))) = &ended {
            // A concurrent cancel drops its tables.
            let now = building(&mut control, name).await?;
            if now.is_none_or(|now| now.generation != begun.generation) {
                ended = Err(RebuildError::Cancelled(name));
            }
        }
        match &ended {
            Ok(_) | Err(RebuildError::Store(StoreError::Unavailable(_))) => {}
            Err(error) => self.give_up(&mut control, &begun, error).await?,
        }
        let rebuilt = ended?;
        control.close().await?;
        Ok(Some(rebuilt))
    }

    /// The generation to continue.
    async fn begin(
        &self,
        control: &mut PgConnection,
        start: Start,
    ) -> Result<Option<Building>, RebuildError> {
        let (name, logic) = (self.projection.name(), self.projection.logic_version());
        match (building(&mut *control, name).await?, start) {
            (Some(begun), Start::New { .. } | Start::Resume) if begun.logic_version == logic => {
                return Ok(Some(begun));
            }
            (Some(_), Start::Rollback) => return Err(RebuildError::Underway(name)),
            // The generation of another version, which continues it.
            (Some(_) | None, Start::Resume) => return Ok(None),
            (begun, Start::New { workers }) => {
                if let Some(begun) = begun {
                    generations::cancel(&mut *control, name).await?;
                    drop_generation(&mut *control, name, begun.generation, true).await?;
                }
                match create(&mut *control, self.projection, workers, false).await {
                    Err(error) if is_unique_violation(&error) => {}
                    created => drop(created?),
                }
            }
            (None, Start::Rollback) => {
                if reopen(&mut *control, self.projection).await?.is_none() {
                    return Err(RebuildError::NothingRetired(name));
                }
            }
        }
        Ok(building(control, name).await?)
    }

    /// Runs step after step until the generation is live or the rebuild is cancelled.
    async fn steps(
        &self,
        control: &mut PgConnection,
        begun: &Building,
    ) -> Result<Rebuilt, RebuildError> {
        let name = self.projection.name();
        let number = begun.generation;
        let generation = Generation { projection: self.projection, number };
        let workers = usize::from(begun.workers.unsigned_abs().max(1));
        let tail = Tail::new(&self.options, &self.upcasters, generation, workers, self.statement);
        loop {
            let now = building(&mut *control, name).await?;
            let Some(now) = now.filter(|now| now.generation == number) else {
                return Err(RebuildError::Cancelled(name));
            };
            match &*now.phase {
                "loading" => {
                    let load = Load::new(&mut *control, &self.options, &self.upcasters, generation);
                    load.await?.run(workers).await?;
                    if !chunks_left(&mut *control, name, number).await? {
                        go_on(&mut *control, name, number, "loading", "indexing").await?;
                    }
                }
                "indexing" => {
                    index(&mut *control, &self.options, name, number, workers).await?;
                }
                "following" => {
                    tail.catch_up(&mut *control).await?;
                    go_on(&mut *control, name, number, "following", "comparing").await?;
                }
                _ => {
                    let comparison = self.compare(&mut *control, &generation).await?;
                    self.switch(&mut *control, &tail, number).await?;
                    return Ok(Rebuilt { projection: name, generation: number, comparison });
                }
            }
        }
    }

    async fn compare(
        &self,
        control: &mut PgConnection,
        generation: &Generation,
    ) -> Result<Comparison, RebuildError> {
        let projection = self.projection.name();
        let number = generation.number;
        let comparison = compare(&self.options, generation).await?;
        let differences = serde_json::to_value(&comparison)
            .map_err(|error| StoreError::unreadable("a comparison", error))?;
        note(&mut *control, projection, number, Some(&differences), None).await?;
        if !comparison.equal() {
            let differing = comparison.differing;
            tracing::warn!(
                projection,
                generation = number,
                differing,
                "generation {number} of {projection} differs from the live one in {differing} places"
            );
        }
        let streams = generations::parked(control, projection, number).await?;
        if streams > 0 && projection == CUSTOMERS.name() {
            return Err(RebuildError::Incomplete { projection, streams });
        }
        Ok(comparison)
    }

    /// Switches as soon as no long-running query holds the tables.
    async fn switch(
        &self,
        control: &mut PgConnection,
        tail: &Tail,
        number: i32,
    ) -> Result<(), RebuildError> {
        let name = self.projection.name();
        let mut pause = SWITCH_PAUSE;
        loop {
            tail.catch_up(&mut *control).await?;
            let now = building(&mut *control, name).await?;
            if now.is_none_or(|now| now.generation != number) {
                return Err(RebuildError::Cancelled(name));
            }
            if tail.switch(&mut *control).await? {
                return Ok(());
            }
            tokio::time::sleep(pause).await;
            pause = SWITCH_PAUSE_MAX.min(pause.saturating_mul(2));
        }
    }

    /// Ends a failed rebuild, and drops its tables.
    async fn give_up(
        &self,
        control: &mut PgConnection,
        begun: &Building,
        error: &RebuildError,
    ) -> Result<(), RebuildError> {
        let name = self.projection.name();
        let now = building(&mut *control, name).await?;
        if now.is_some_and(|now| now.generation == begun.generation) {
            generations::cancel(&mut *control, name).await?;
            let failure = describe(error);
            note(&mut *control, name, begun.generation, None, Some(&failure)).await?;
        }
        loop {
            let dropped = drop_generation(&mut *control, name, begun.generation, false).await;
            match dropped.map_err(StoreError::from) {
                Err(error) if is_lock_timeout(&error) => tokio::time::sleep(RETRY_PAUSE).await,
                dropped => return Ok(dropped?),
            }
        }
    }

    fn warn(&self, error: &StoreError) {
        let projection = self.projection.name();
        let error: &dyn std::error::Error = error;
        tracing::warn!(projection, error, "the rebuild of {projection} stopped; going on");
    }
}

/// The error with its causes.
fn describe(error: &RebuildError) -> String {
    let error: &dyn std::error::Error = error;
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
