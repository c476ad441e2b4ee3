//! `dossier verify --views`.

use store::Options;
use store::log::LogKey;
use store::projections::rebuild::RebuildError;
use store::projections::{self, Served, VerifiedTable, VerifiedView};

use super::super::read_models::differences;
use crate::cli::Verify;
use crate::config::Config;
use crate::database::Database;
use crate::error::CommandError;
use crate::log_key;
use crate::output::say;
use crate::progress::grouped;

/// The table of the answers kept under idempotency keys.
const ANSWERS: &str = "command_results";
/// The table of API keys.
const KEYS: &str = "api_keys";

pub(super) async fn run(
    config: &Config,
    database: &Database,
    what: &Verify,
) -> Result<(), CommandError> {
    let sample = (!what.all).then_some(what.sample);
    let answer_key = log_key::load(config, database)?.as_ref().map(LogKey::answer_key);
    let database_as_owner = database.owner().clone();
    let options =
        Options { database: database_as_owner, answer_key, ..database.store_options(config) };
    if let Some(name) = &what.projection
        && options.projections.logic_version(name).is_none()
    {
        return Err(RebuildError::Unknown(name.clone()).into());
    }
    let verified = projections::verify_served(&options, sample).await?;
    report(verified, what)
}

/// Prints for each table whether it equals the one made from the log.
fn report(served: Served, what: &Verify) -> Result<(), CommandError> {
    let Served { mut views, mut outdated, mut tables, not_covered } = served;
    if let Some(only) = &what.projection {
        views.retain(|view| view.projection == only);
        outdated.retain(|name| name == only);
        tables.clear();
    }
    let mut wrong = Vec::new();
    for view in &views {
        if !report_view(view)? {
            wrong.push(view.projection);
        }
    }
    let rebuildable = wrong.len();
    for table in &tables {
        if !report_table(table, what.require_authenticated)? {
            wrong.push(table.table);
        }
    }
    if !tables.is_empty() {
        say!("not covered, since the log doesn't make them: {}", not_covered.join(", "))?;
        if !what.all {
            say!("kept answers and former external ids are covered with --all only")?;
        }
    }
    if !wrong.is_empty() {
        let mend = if rebuildable > 0 { "; mend read models with dossier rebuild" } else { "" };
        let wrong = wrong.join(", ");
        return Err(CommandError::Failed(format!("not as the log makes them: {wrong}{mend}")));
    }
    if outdated.is_empty() {
        return Ok(());
    }
    let why = "another version of the logic made the live rows: rebuild it";
    let outdated = outdated.join(", ");
    Err(CommandError::Unverified(Box::new(CommandError::Failed(format!("{outdated}: {why}")))))
}

/// Prints whether a read model equals the one made from the log.
fn report_view(
    VerifiedView { projection, comparison }: &VerifiedView,
) -> Result<bool, CommandError> {
    let rows = grouped(comparison.rows.unsigned_abs());
    let left_out = grouped(comparison.left_out.unsigned_abs());
    if comparison.left_out > 0 {
        say!("{projection}: {left_out} customers were left out: they have newer events")?;
    }
    if comparison.equal() {
        say!("{projection}: {rows} rows are as the log makes them")?;
        return Ok(true);
    }
    let differing = grouped(comparison.differing.unsigned_abs());
    say!("{projection}: {differing} customers' rows differ, of {rows} rows compared:")?;
    differences(&comparison.listed, comparison.differing)?;
    Ok(false)
}

/// Prints whether another table equals the one made from the log, or whether kept answers are authentic.
fn report_table(found: &VerifiedTable, require_authenticated: bool) -> Result<bool, CommandError> {
    let VerifiedTable { table, rows, unauthenticated, findings, listed } = found;
    let good = if *table == ANSWERS { "authentic" } else { "as the log makes them" };
    if *findings == 0 {
        say!("{table}: {} rows are {good}", grouped(rows.saturating_sub(*unauthenticated)))?;
    } else {
        say!("{table}: {} findings in {} rows:", grouped(*findings), grouped(*rows))?;
        for finding in listed {
            say!("  {finding}")?;
        }
        let unlisted = findings.saturating_sub(u64::try_from(listed.len()).unwrap_or(u64::MAX));
        if unlisted > 0 {
            say!("  and {} more", grouped(unlisted))?;
        }
    }
    if *unauthenticated > 0 {
        let count = grouped(*unauthenticated);
        if *table == KEYS {
            say!(
                "{table}: {count} keys have no event: they are older than events of keys, or were \
                 written by someone else than this service"
            )?;
        } else {
            say!(
                "{table}: {count} rows are unauthenticated: they have no code of this service's key"
            )?;
        }
    }
    let unauthenticated = *table == ANSWERS && *unauthenticated > 0;
    Ok(*findings == 0 && !(require_authenticated && unauthenticated))
}
