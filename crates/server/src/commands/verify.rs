//! `dossier verify`.

mod views;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use store::log::{Checked, Verified, verify_log};
use store::{PARTITIONS, StoreError};

use super::serve::told_to_stop;
use super::{CommandError, Database};
use crate::cli::Verify;
use crate::config::Config;
use crate::progress::{Progress, grouped};

/// Between two looks at how far it is.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

pub(super) async fn run(config: &Config, what: &Verify) -> Result<(), CommandError> {
    let database = Database::open(config).await?;
    let verified = if what.views {
        views::run(config, &database, what).await
    } else {
        log(&database, what).await
    };
    database.close().await?;
    verified
}

async fn log(database: &Database, what: &Verify) -> Result<(), CommandError> {
    let checked = Arc::new(Checked::default());
    let work = verify_log(database.options(), what.verifiers, &[], &checked);
    let found = attend(work, &checked).await?;
    report(&found)
}

/// Shows how far it is until it has come to its end.
async fn attend(
    work: impl Future<Output = Result<Vec<Verified>, StoreError>>,
    checked: &Checked,
) -> Result<Vec<Verified>, CommandError> {
    let mut progress = Progress::new("events");
    let watch = async {
        loop {
            tokio::time::sleep(LOOK_INTERVAL).await;
            let (done, total) = (&checked.done, &checked.total);
            progress.show("log", done.load(Ordering::Relaxed), total.load(Ordering::Relaxed));
        }
    };
    let ended = tokio::select! {
        ended = work => ended.map_err(CommandError::from),
        () = told_to_stop() => Err(CommandError::Interrupted("the log is not verified".to_owned())),
        () = watch => Err(CommandError::Interrupted("the log is not verified".to_owned())),
    };
    progress.end();
    ended
}

/// Says what was found, and where.
fn report(found: &[Verified]) -> Result<(), CommandError> {
    let events: i64 = found.iter().map(|verified| verified.events).sum();
    let events = grouped(events.unsigned_abs());
    let damaged: u64 = found.iter().map(|verified| verified.damaged).sum();
    if damaged == 0 {
        println!("the log is whole: {events} events in {PARTITIONS} partitions");
        return Ok(());
    }
    for verified in found {
        for damage in &verified.listed {
            println!("{damage}");
        }
        let listed = u64::try_from(verified.listed.len()).unwrap_or(u64::MAX);
        if let (Some(last), more @ 1..) =
            (verified.listed.last(), verified.damaged.saturating_sub(listed))
        {
            println!("partition {}: and {} more", last.partition, grouped(more));
        }
    }
    let places = grouped(damaged);
    Err(CommandError::Amiss(format!(
        "the log is not as it was written: {places} findings in {events} events"
    )))
}
