//! `dossier verify`.

mod views;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use store::log::{Checked, TreeHead, Verified, read_heads, verify_log};
use store::{PARTITIONS, StoreError};

use crate::cli::{VERIFIERS, Verify};
use crate::config::Config;
use crate::database::Database;
use crate::error::CommandError;
use crate::output::say;
use crate::progress::{Progress, grouped};
use crate::{log_key, signals};

/// How often the progress is shown.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

pub(super) async fn run(config: &Config, what: &Verify) -> Result<(), CommandError> {
    let database = Database::open(config).await?;
    let verified = if what.views {
        views::run(config, &database, what).await
    } else {
        log(config, &database, what).await
    };
    database.close().await?;
    verified
}

async fn log(config: &Config, database: &Database, what: &Verify) -> Result<(), CommandError> {
    let kept = kept(config, database, what)?;
    verify_kept(database, what.verifiers, &kept).await
}

/// Verifies that the log continues that of these heads.
pub(super) async fn against(database: &Database, heads: &[TreeHead]) -> Result<(), CommandError> {
    verify_kept(database, VERIFIERS, heads).await
}

async fn verify_kept(
    database: &Database,
    verifiers: u16,
    kept: &[TreeHead],
) -> Result<(), CommandError> {
    let checked = Arc::new(Checked::default());
    let work = verify_log(database.options(), verifiers, kept, &checked);
    let found = show_progress(work, &checked).await?;
    report(&found, kept.len())
}

/// The heads to compare with. A known key signed each.
fn kept(
    config: &Config,
    database: &Database,
    what: &Verify,
) -> Result<Vec<TreeHead>, CommandError> {
    if what.against.is_empty() {
        return Ok(Vec::new());
    }
    let verifiers = if let Some(file) = &what.key {
        log_key::read_verifiers(file)?
    } else {
        let key = log_key::load(config, database)?.ok_or(CommandError::NoLogKey)?;
        log_key::verifiers(&key)
    };
    let mut kept = Vec::new();
    for file in &what.against {
        kept.extend(read_heads(&log_key::text(file)?, &verifiers)?);
    }
    Ok(kept)
}

/// Shows the progress until the work ends.
async fn show_progress(
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
        () = signals::stop_requested() => Err(CommandError::Interrupted("the log is not verified".to_owned())),
        () = watch => Err(CommandError::Interrupted("the log is not verified".to_owned())),
    };
    progress.end();
    ended
}

/// Prints what was found, and where.
fn report(found: &[Verified], heads: usize) -> Result<(), CommandError> {
    let events: i64 = found.iter().map(|verified| verified.events).sum();
    let events = grouped(events.unsigned_abs());
    let damaged: u64 = found.iter().map(|verified| verified.damaged).sum();
    if damaged == 0 {
        say!("the log is whole: {events} events in {PARTITIONS} partitions")?;
        if heads > 0 {
            say!("it continues the log of the {heads} signed heads")?;
        }
        return Ok(());
    }
    for verified in found {
        for damage in &verified.listed {
            say!("{damage}")?;
        }
        let listed = u64::try_from(verified.listed.len()).unwrap_or(u64::MAX);
        if let (Some(last), more @ 1..) =
            (verified.listed.last(), verified.damaged.saturating_sub(listed))
        {
            say!("partition {}: and {} more", last.partition, grouped(more))?;
        }
    }
    let places = grouped(damaged);
    Err(CommandError::Failed(format!("the log was changed: {places} findings in {events} events")))
}
