//! `dossier verify --views`.

use store::Options;
use store::projections::{self, VerifiedView, rebuild::RebuildError};

use super::super::rebuild::differences;
use super::super::{CommandError, Database};
use crate::cli::Verify;
use crate::config::Config;
use crate::progress::grouped;

pub(super) async fn run(
    config: &Config,
    database: &Database,
    what: &Verify,
) -> Result<(), CommandError> {
    if let Some(name) = &what.projection
        && projections::logic_version(name).is_none()
    {
        return Err(RebuildError::Unknown(name.clone()).into());
    }
    let sample = (!what.all).then_some(what.sample);
    let options = Options { database: database.owner().clone(), ..database.store_options(config) };
    let verified = projections::verify_views(&options, sample).await?;
    report(verified, what.projection.as_deref())
}

/// Says of each read model whether it is as the log makes it.
fn report(verified: Vec<VerifiedView>, only: Option<&str>) -> Result<(), CommandError> {
    let mut wrong = Vec::new();
    let mut verified = verified;
    verified.retain(|view| only.is_none_or(|only| only == view.projection));
    for VerifiedView { projection, comparison } in &verified {
        let rows = grouped(comparison.rows.unsigned_abs());
        if comparison.equal() {
            println!("{projection}: {rows} rows are as the log makes them");
            continue;
        }
        wrong.push(*projection);
        let differing = grouped(comparison.differing.unsigned_abs());
        println!("{projection}: {differing} customers' rows differ, of {rows} rows compared:");
        differences(&comparison.listed, comparison.differing);
    }
    if let Some(only) = only
        && verified.is_empty()
    {
        let why = "its live rows were made by another version of the logic: rebuild it";
        return Err(CommandError::Amiss(format!("{only} was not verified: {why}")));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let wrong = wrong.join(", ");
    Err(CommandError::Amiss(format!(
        "not as the log makes them: {wrong}; mend with dossier rebuild"
    )))
}
