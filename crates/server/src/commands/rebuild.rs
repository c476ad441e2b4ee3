//! `dossier rebuild`, and what else takes the live generation's place.

use std::time::Duration;

use store::operator_actions::Action;
use store::projections::rebuild::{self, Difference, RebuildError, Rebuilt};
use store::projections::{self, Status};
use store::{Options, Role, StoreError};

use super::projections::{known, record};
use super::serve::told_to_stop;
use super::{CommandError, Database};
use crate::config::Config;
use crate::progress::{Progress, grouped};

/// Between two looks at how far it is.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

pub(super) async fn run(
    config: &Config,
    projection: &str,
    workers: u16,
    detach: bool,
) -> Result<(), CommandError> {
    let database = Database::open(config).await?;
    let options = database.store_options(config);
    let done = begin(&options, projection, workers, detach).await;
    database.close().await?;
    done
}

async fn begin(
    options: &Options,
    projection: &str,
    workers: u16,
    detach: bool,
) -> Result<(), CommandError> {
    let projection = known(projection)?;
    let mut connection = store::connect(&options.database, Role::Projector).await?;
    record(&mut connection, Some(projection), Action::Rebuild { workers }).await?;
    if detach {
        request(options, projection, workers).await
    } else {
        attend(options, projection, rebuild::rebuild(options, projection, workers)).await
    }
}

async fn request(options: &Options, projection: &str, workers: u16) -> Result<(), CommandError> {
    let mut connection = store::connect(&options.database, Role::Projector).await?;
    let generation = rebuild::request(&mut connection, projection, workers).await?;
    println!("{projection}: generation {generation} is begun; a service that runs goes on with it");
    Ok(())
}

/// Shows how far a rebuild or rollback is until it has come to its end.
pub(super) async fn attend(
    options: &Options,
    projection: &str,
    work: impl Future<Output = Result<Rebuilt, RebuildError>>,
) -> Result<(), CommandError> {
    let mut progress = Progress::new("events");
    let ended = tokio::select! {
        ended = work => Some(ended),
        () = told_to_stop() => None,
        never = watch(options, projection, &mut progress) => match never {},
    };
    progress.end();
    match ended {
        Some(Ok(rebuilt)) => {
            report(&rebuilt);
            Ok(())
        }
        Some(Err(error @ RebuildError::Underway(_))) => {
            let advice = "`dossier projections` shows how far it is";
            Err(CommandError::Amiss(format!("{error}; {advice}")))
        }
        Some(Err(error)) => Err(error.into()),
        None => Err(CommandError::Interrupted(format!(
            "{projection} stays as it is; a service goes on with this, or the same command, or \
             `dossier projections cancel {projection}` ends it"
        ))),
    }
}

/// Shows how far it is, for ever.
async fn watch(
    options: &Options,
    projection: &str,
    progress: &mut Progress,
) -> std::convert::Infallible {
    loop {
        // Whoever does the work has the same trouble with the database, and says so.
        let _ = look(options, projection, progress).await;
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// Shows how far it is until the database fails.
async fn look(
    options: &Options,
    projection: &str,
    progress: &mut Progress,
) -> Result<std::convert::Infallible, StoreError> {
    let mut connection = store::connect(&options.database, Role::Projector).await?;
    let mut behind = 0;
    loop {
        let found = projections::list(&mut connection).await?;
        let mut building =
            found.into_iter().filter(|s| s.name == projection && s.state == "building");
        if let Some(status) = building.next() {
            show(&status, &mut behind, progress);
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// Of following, what there is to do is what it was furthest behind by.
fn show(status: &Status, behind: &mut u64, progress: &mut Progress) {
    let Status { name, generation, .. } = status;
    let phase = status.phase.as_deref().unwrap_or_default();
    let step = format!("{name} generation {generation}: {phase}");
    let lag = status.lag_events.unsigned_abs();
    if phase == "following" {
        *behind = lag.max(*behind);
        progress.show(&step, behind.saturating_sub(lag), *behind);
    } else {
        let total = status.events_total.unsigned_abs();
        progress.show(&step, status.events_done.unsigned_abs().min(total), total);
    }
}

fn report(rebuilt: &Rebuilt) {
    let Rebuilt { projection, generation, comparison } = rebuilt;
    let rows = grouped(comparison.rows.unsigned_abs());
    println!("{projection}: generation {generation} is live");
    if comparison.equal() {
        println!("its rows are those of the one before: {rows} compared");
        return;
    }
    let differing = grouped(comparison.differing.unsigned_abs());
    println!("{differing} customers' rows differed from the one before, of {rows} rows compared:");
    differences(&comparison.listed, comparison.differing);
}

/// Lists what differs, where it says so.
pub(super) fn differences(listed: &[Difference], differing: i64) {
    for Difference { table_name, tenant_id, customer_id, rows_live, rows_rebuilt, columns } in
        listed
    {
        println!("  {table_name}  tenant {tenant_id}  customer {customer_id}");
        let columns = columns.join(", ");
        println!("    rows {rows_live} live, {rows_rebuilt} from the log; columns: {columns}");
    }
    let listed = i64::try_from(listed.len()).unwrap_or(i64::MAX);
    if differing > listed {
        println!("  and {} more", differing.saturating_sub(listed));
    }
}
