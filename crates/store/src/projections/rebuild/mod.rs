//! Rebuilds a projection beside the live one, without downtime, and switches to it.
//!
//! All progress is in the database. The holder of the projection's lock continues from there, so a
//! rebuild survives the end of its process at any point. Customers are folded up to the position of
//! the log at the start, chunk by chunk. Then the new generation is indexed, follows the log, is
//! compared with the live one, and replaces it in one transaction.

mod compare;
mod ended;
mod generations;
mod index;
mod load;
mod read;
mod run;
mod switch;

use sqlx::PgConnection;

pub(crate) use self::compare::{ComparedRows, customers_between, read_whole_tables};
pub use self::compare::{Comparison, Difference, LISTED_MAX};
use self::ended::is_unique_violation;
pub use self::ended::{RebuildError, Rebuilt};
pub use self::index::index_progress;
pub(crate) use self::load::Folder;
pub(crate) use self::read::{Range, events};
use self::run::{Runner, Start};
use crate::connect::{Role, connect};
use crate::error::StoreError;
use crate::options::Options;
use crate::projections::projection::Projection;
use crate::projections::registry::Projections;

/// The maximum of workers that load a projection.
pub const WORKERS_MAX: u16 = 32;
/// Workers that load a projection that is far behind.
const WORKERS_TO_CATCH_UP: u16 = 2;

/// Rebuilds `projection` with `workers`, from 1 to [`WORKERS_MAX`], each with two connections, and
/// makes the new generation live. Differences do not prevent that: a rebuild may repair rows. An
/// unfinished rebuild is continued.
///
/// It can be dropped at any time. Then the next call of this, or of [`resume`], continues.
///
/// # Errors
///
/// [`RebuildError`]: the live generation is unchanged.
pub async fn rebuild(
    options: &Options,
    projection: &str,
    workers: u16,
) -> Result<Rebuilt, RebuildError> {
    let projection = known(&options.projections, projection)?;
    let workers = workers.clamp(1, WORKERS_MAX);
    let ended = Runner::new(options, projection).run(Start::New { workers }).await?;
    ended.ok_or(RebuildError::Underway(projection.name()))
}

/// Begins a rebuild. The next call of [`resume`] runs it; a service calls that regularly. Returns
/// the new generation's number.
///
/// # Errors
///
/// [`RebuildError::Unknown`] and [`RebuildError::Underway`]; nothing was changed.
pub async fn request(
    connection: &mut PgConnection,
    projections: &Projections,
    projection: &str,
    workers: u16,
) -> Result<i32, RebuildError> {
    let projection = known(projections, projection)?;
    if generations::building(&mut *connection, projection.name()).await?.is_some() {
        return Err(RebuildError::Underway(projection.name()));
    }
    let workers = workers.clamp(1, WORKERS_MAX);
    match generations::create(connection, projection, workers, false).await {
        Err(error) if is_unique_violation(&error) => Err(RebuildError::Underway(projection.name())),
        created => Ok(created?),
    }
}

/// Begins a rollback. The next call of [`resume`] runs it. Returns the number of the generation
/// that becomes live again.
///
/// # Errors
///
/// [`RebuildError::Unknown`], [`RebuildError::Underway`] and [`RebuildError::NothingRetired`]; nothing
/// was changed.
pub async fn request_rollback(
    connection: &mut PgConnection,
    projections: &Projections,
    projection: &str,
) -> Result<i32, RebuildError> {
    let projection = known(projections, projection)?;
    let name = projection.name();
    if generations::building(&mut *connection, name).await?.is_some() {
        return Err(RebuildError::Underway(name));
    }
    match generations::reopen(connection, projection).await {
        Err(error) if is_unique_violation(&error) => Err(RebuildError::Underway(name)),
        reopened => reopened?.ok_or(RebuildError::NothingRetired(name)),
    }
}

/// Continues every rebuild and rollback of this version's logic that nobody is running, and returns
/// how they ended. Also begins to rebuild projections that are far behind the log, such as new
/// ones.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn resume(options: &Options) -> Result<Vec<Result<Rebuilt, RebuildError>>, StoreError> {
    let mut connection = connect(&options.database, Role::Projector).await?;
    catch_up(&mut connection, &options.projections, options.far_behind).await?;
    let mut ended = Vec::new();
    for projection in options.projections.all() {
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

/// Cancels the rebuild of `projection`, and returns whether there was one. Its runner stops at the
/// next chunk and drops the tables; without a runner, [`prune`] drops them.
///
/// # Errors
///
/// [`RebuildError::Unknown`]; [`RebuildError::Store`] when PostgreSQL can't be asked.
pub async fn cancel(
    connection: &mut PgConnection,
    projections: &Projections,
    projection: &str,
) -> Result<bool, RebuildError> {
    let projection = known(projections, projection)?;
    Ok(generations::cancel(connection, projection.name()).await?.is_some())
}

/// Makes the last retired generation live again, once it has followed the log.
///
/// # Errors
///
/// [`RebuildError`]: the live generation is unchanged.
pub async fn rollback(options: &Options, projection: &str) -> Result<Rebuilt, RebuildError> {
    let projection = known(&options.projections, projection)?;
    let ended = Runner::new(options, projection).run(Start::Rollback).await?;
    ended.ok_or(RebuildError::Underway(projection.name()))
}

/// Drops the retired and cancelled generations of all projections, and returns their names and
/// numbers. After that, a rollback is not possible.
///
/// # Errors
///
/// [`StoreError::Unavailable`] if a generation is still being read, or PostgreSQL fails. Earlier
/// ones are dropped.
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
    projections: &Projections,
    projection: &str,
) -> Result<Vec<(String, i32)>, RebuildError> {
    let projection = known(projections, projection)?;
    let mut old = generations::old(&mut *connection).await?;
    old.retain(|(name, _)| name == projection.name());
    Ok(drop_all(connection, old).await?)
}

/// Begins to reload projections that are far behind: that is faster than following event by event.
/// Their live generations wait meanwhile.
async fn catch_up(
    connection: &mut PgConnection,
    projections: &Projections,
    far_behind: i64,
) -> Result<(), StoreError> {
    let following = projections.following();
    let far_behind = generations::far_behind(&mut *connection, following, far_behind).await?;
    for projection in far_behind.iter().filter_map(|name| projections.find(name)) {
        match generations::create(&mut *connection, projection, WORKERS_TO_CATCH_UP, true).await {
            // Another service was faster.
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

fn known(
    projections: &Projections,
    projection: &str,
) -> Result<&'static dyn Projection, RebuildError> {
    projections.find(projection).ok_or_else(|| RebuildError::Unknown(projection.to_owned()))
}
