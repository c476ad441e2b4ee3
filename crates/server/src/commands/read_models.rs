//! What the commands about read models share.

use std::convert::Infallible;
use std::time::Duration;

use sqlx::PgConnection;
use store::operator_actions::{self, Action};
use store::projections::rebuild::{Difference, RebuildError, Rebuilt};
use store::projections::{self, Status, rebuild};
use store::{Options, Role, StoreError};

use crate::error::CommandError;
use crate::operator::by_operator;
use crate::output::say;
use crate::progress::{Progress, grouped};
use crate::signals;

/// How often the progress is read.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// The read model of this name.
pub(super) fn find(options: &Options, projection: &str) -> Result<&'static str, RebuildError> {
    let mut names = options.projections.names();
    let known = names.find(|name| *name == projection);
    known.ok_or_else(|| RebuildError::Unknown(projection.to_owned()))
}

/// Records an action before it is done.
pub(super) async fn record(
    connection: &mut PgConnection,
    projection: Option<&str>,
    action: Action,
) -> Result<(), StoreError> {
    operator_actions::record(connection, projection, action, &by_operator(action.name())).await
}

/// Shows the progress of a rebuild or rollback, and its result.
pub(super) async fn show_progress(
    options: &Options,
    projection: &str,
    work: impl Future<Output = Result<Rebuilt, RebuildError>>,
) -> Result<(), CommandError> {
    let mut progress = Progress::new("events");
    let ended = tokio::select! {
        ended = work => Some(ended),
        () = signals::stop_requested() => None,
        never = watch(options, projection, &mut progress) => match never {},
    };
    progress.end();
    match ended {
        Some(Ok(rebuilt)) => report(&rebuilt),
        Some(Err(error @ RebuildError::Underway(_))) => {
            let advice = "`dossier projections` shows its progress";
            Err(CommandError::Failed(format!("{error}; {advice}")))
        }
        Some(Err(error)) => Err(error.into()),
        None => Err(CommandError::Interrupted(format!(
            "{projection} is unchanged; a running service continues, or the same command does; \
             `dossier projections cancel {projection}` ends it"
        ))),
    }
}

/// Shows the progress, for ever.
async fn watch(options: &Options, projection: &str, progress: &mut Progress) -> Infallible {
    loop {
        // The work itself meets the same errors and reports them.
        let _ = look(options, projection, progress).await;
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// Shows the progress until the database fails.
async fn look(
    options: &Options,
    projection: &str,
    progress: &mut Progress,
) -> Result<Infallible, StoreError> {
    let mut connection = store::connect(&options.database, Role::Projector).await?;
    // PostgreSQL shows how far an index is to the login that creates it.
    let mut login = store::connect(&options.database, Role::Owner).await?;
    let (mut behind, mut indexed) = (0, 0);
    loop {
        let found = projections::list(&mut connection).await?;
        let mut building =
            found.into_iter().filter(|s| s.name == projection && s.state == "building");
        match building.next() {
            Some(status) if status.phase.as_deref() == Some("indexing") => {
                let (done, total) =
                    rebuild::index_progress(&mut login, projection, status.generation).await?;
                indexed = done.max(indexed);
                progress.show_in("KiB", &step(&status), indexed, total);
            }
            Some(status) => show(&status, &mut behind, progress),
            None => {}
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

fn step(Status { name, generation, phase, .. }: &Status) -> String {
    format!("{name} generation {generation}: {}", phase.as_deref().unwrap_or_default())
}

/// While following, the total is the greatest lag so far.
fn show(status: &Status, behind: &mut u64, progress: &mut Progress) {
    let step = step(status);
    let lag = status.lag_events.unsigned_abs();
    if status.phase.as_deref() == Some("following") {
        *behind = lag.max(*behind);
        progress.show(&step, behind.saturating_sub(lag), *behind);
    } else {
        let total = status.events_total.unsigned_abs();
        progress.show(&step, status.events_done.unsigned_abs().min(total), total);
    }
}

fn report(rebuilt: &Rebuilt) -> Result<(), CommandError> {
    let Rebuilt { projection, generation, comparison } = rebuilt;
    let rows = grouped(comparison.rows.unsigned_abs());
    say!("{projection}: generation {generation} is live")?;
    if comparison.equal() {
        say!("its rows equal those of the generation before: {rows} compared")?;
        return Ok(());
    }
    let differing = grouped(comparison.differing.unsigned_abs());
    say!(
        "the rows of {differing} customers differ from the generation before ({rows} rows compared):"
    )?;
    differences(&comparison.listed, comparison.differing)
}

/// Prints the listed differences, and how many more there are.
pub(super) fn differences(listed: &[Difference], differing: i64) -> Result<(), CommandError> {
    for Difference { table_name, tenant_id, customer_id, rows_live, rows_rebuilt, columns } in
        listed
    {
        say!("  {table_name}  tenant {tenant_id}  customer {customer_id}")?;
        let columns = columns.join(", ");
        say!("    rows {rows_live} live, {rows_rebuilt} from the log; columns: {columns}")?;
    }
    let listed = i64::try_from(listed.len()).unwrap_or(i64::MAX);
    if differing > listed {
        say!("  and {} more", differing.saturating_sub(listed))?;
    }
    Ok(())
}
