//! Rebuilding a projection beside the live one, and putting it in its place.
//!
//! What is done and what is next is in the database alone: whoever holds the projection's lock goes
//! on from there, so that a rebuild survives the end of whoever ran it, at any point. Customers are
//! folded up to where the log was at the start, chunk by chunk; then the new generation is indexed,
//! follows the log like a live one, is compared with that, and takes its place in one transaction.

mod compare;
mod generations;
mod index;
mod load;
mod read;
mod run;
mod switch;

use sqlx::PgConnection;

pub use self::compare::{Comparison, Difference, LISTED_MAX};
pub(crate) use self::compare::{Rows, customers_between, read_whole_tables};
pub(crate) use self::load::Folder;
pub(crate) use self::read::{Range, events};
use self::run::{Runner, Start};
use super::{FOLLOWING, Projection, all, find};
use crate::connect::{Role, connect};
use crate::error::StoreError;
use crate::store::Options;

/// Workers that load one projection, at most.
pub const WORKERS_MAX: u16 = 32;
/// Workers that load a projection because it is far behind.
const WORKERS_TO_CATCH_UP: u16 = 2;

/// What became of a rebuild or a rollback that came to its end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rebuilt {
    /// The projection.
    pub projection: &'static str,
    /// The generation that is live now.
    pub generation: i32,
    /// What it was found to be like, compared with the one that was live before.
    pub comparison: Comparison,
}

/// Why a projection wasn't rebuilt. What is live is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// No projection is called so.
    #[error("there is no projection called {0:?}")]
    Unknown(String),

    /// Somebody else is at it, or has begun and is to be cancelled first.
    #[error("a rebuild of {0} is under way")]
    Underway(&'static str),

    /// It was cancelled.
    #[error("the rebuild of {0} was cancelled")]
    Cancelled(&'static str),

    /// There is no retired generation of this version's logic.
    #[error("there is no earlier generation of {0} that this version could go on with")]
    NothingRetired(&'static str),

    /// Some customers' events can't be applied, and the current state must have every customer.
    #[error("{streams} customers can't be folded; {projection} stays as it is")]
    Incomplete {
        /// The projection.
        projection: &'static str,
        /// How many customers.
        streams: i64,
    },

    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for RebuildError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Rebuilds `projection` with `workers`, from 1 to [`WORKERS_MAX`], each with two connections, and
/// puts the new generation in the live one's place. Differences don't keep it from that: a rebuild is
/// there to mend. One that was begun and left is gone on with.
///
/// It can be dropped at any time: then whoever calls this, or [`resume`], goes on.
///
/// # Errors
///
/// [`RebuildError`]: what is live is as it was.
pub async fn rebuild(
    options: &Options,
    projection: &str,
    workers: u16,
) -> Result<Rebuilt, RebuildError> {
    let projection = known(projection)?;
    let workers = workers.clamp(1, WORKERS_MAX);
    let ended = Runner::new(options, projection).run(Start::New { workers }).await?;
    ended.ok_or(RebuildError::Underway(projection.name()))
}

/// Begins a rebuild and leaves it to whoever calls [`resume`] next: a service does so all the time.
/// The answer is the new generation's number.
///
/// # Errors
///
/// [`RebuildError::Unknown`] and [`RebuildError::Underway`]; nothing was changed.
pub async fn request(
    connection: &mut PgConnection,
    projection: &str,
    workers: u16,
) -> Result<i32, RebuildError> {
    let projection = known(projection)?;
    if generations::building(&mut *connection, projection.name()).await?.is_some() {
        return Err(RebuildError::Underway(projection.name()));
    }
    let workers = workers.clamp(1, WORKERS_MAX);
    match generations::create(connection, projection, workers, false).await {
        Err(error) if is_unique_violation(&error) => Err(RebuildError::Underway(projection.name())),
        created => Ok(created?),
    }
}

/// Begins a rollback and leaves it to whoever calls [`resume`] next. The answer is the number of the
/// generation that is to be live again.
///
/// # Errors
///
/// [`RebuildError::Unknown`], [`RebuildError::Underway`] and [`RebuildError::NothingRetired`]; nothing
/// was changed.
pub async fn request_rollback(
    connection: &mut PgConnection,
    projection: &str,
) -> Result<i32, RebuildError> {
    let projection = known(projection)?;
    let name = projection.name();
    if generations::building(&mut *connection, name).await?.is_some() {
        return Err(RebuildError::Underway(name));
    }
    match generations::reopen(connection, projection).await {
        Err(error) if is_unique_violation(&error) => Err(RebuildError::Underway(name)),
        reopened => reopened?.ok_or(RebuildError::NothingRetired(name)),
    }
}

/// Goes on with every rebuild and rollback of this version's logic that nobody is at, and says how
/// they ended. It begins some itself: of projections that are far behind the log, as a new one is.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn resume(options: &Options) -> Result<Vec<Result<Rebuilt, RebuildError>>, StoreError> {
    let mut connection = connect(&options.database, Role::Projector).await?;
    catch_up(&mut connection, options.far_behind).await?;
    let mut ended = Vec::new();
    for projection in all() {
        if generations::building(&mut connection, projection.name()).await?.is_none() {
            continue;
        }
        match Runner::new(options, projection).run(Start::Resume).await {
            Ok(None) | Err(RebuildError::Underway(_)) => {}
            Ok(Some(rebuilt)) => ended.push(Ok(rebuilt)),
            Err(error) => ended.push(Err(error)),
        }
    }
    Ok(ended)
}

/// Ends the rebuild of `projection` that is under way, and says whether there was one. Who runs it
/// stops at the next chunk and drops its tables; when nobody does, they are dropped by [`prune`].
///
/// # Errors
///
/// [`RebuildError::Unknown`]; [`RebuildError::Store`] when PostgreSQL can't be asked.
pub async fn cancel(connection: &mut PgConnection, projection: &str) -> Result<bool, RebuildError> {
    let projection = known(projection)?;
    Ok(generations::cancel(connection, projection.name()).await?.is_some())
}

/// Puts the generation that was retired last back in place, once it has followed what has happened
/// since.
///
/// # Errors
///
/// [`RebuildError`]: what is live is as it was.
pub async fn rollback(options: &Options, projection: &str) -> Result<Rebuilt, RebuildError> {
    let projection = known(projection)?;
    let ended = Runner::new(options, projection).run(Start::Rollback).await?;
    ended.ok_or(RebuildError::Underway(projection.name()))
}

/// Drops the retired and cancelled generations of all projections, and says which they were: name
/// and number. After that there is nothing to roll back to.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when somebody still reads one of them, or PostgreSQL fails; those
/// before it are dropped.
pub async fn prune(connection: &mut PgConnection) -> Result<Vec<(String, i32)>, StoreError> {
    let old = generations::old(&mut *connection).await?;
    drop_all(connection, old).await
}

/// The same for one projection alone.
///
/// # Errors
///
/// Those of [`prune`], and [`RebuildError::Unknown`].
pub async fn prune_one(
    connection: &mut PgConnection,
    projection: &str,
) -> Result<Vec<(String, i32)>, RebuildError> {
    let projection = known(projection)?;
    let mut old = generations::old(&mut *connection).await?;
    old.retain(|(name, _)| name == projection.name());
    Ok(drop_all(connection, old).await?)
}

/// Begins to load anew those projections that are far behind: that is sooner done than following event
/// by event. Until it is, their live generations wait.
async fn catch_up(connection: &mut PgConnection, far_behind: i64) -> Result<(), StoreError> {
    let far_behind = generations::far_behind(&mut *connection, FOLLOWING, far_behind).await?;
    for projection in far_behind.iter().filter_map(|name| find(name)) {
        match generations::create(&mut *connection, projection, WORKERS_TO_CATCH_UP, true).await {
            // Another service was sooner.
            Err(error) if is_unique_violation(&error) => {}
            created => {
                created?;
                let name = projection.name();
                tracing::info!(
                    projection = name,
                    "{name} is far behind the log: it is loaded anew"
                );
            }
        }
    }
    Ok(())
}

async fn drop_all(
    connection: &mut PgConnection,
    old: Vec<(String, i32)>,
) -> Result<Vec<(String, i32)>, StoreError> {
    for (name, generation) in &old {
        generations::drop_generation(&mut *connection, name, *generation, true).await?;
    }
    Ok(old)
}

fn known(projection: &str) -> Result<&'static dyn Projection, RebuildError> {
    find(projection).ok_or_else(|| RebuildError::Unknown(projection.to_owned()))
}

fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}
