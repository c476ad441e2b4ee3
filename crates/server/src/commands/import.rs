//! `dossier import`.

use std::fs::File;
use std::path::Path;
use std::str::FromStr as _;

use domain::TenantId;
use domain::check::Violation;
use domain::tenant::Provenance;
use sqlx::postgres::PgConnectOptions;
use store::Options;
use store::transfer::{NewTenant, TransferError, Trust};
use uuid::Uuid;

use crate::background::statistics;
use crate::cli::Import;
use crate::config::Config;
use crate::database::Database;
use crate::error::CommandError;
use crate::log_key;
use crate::output::say;
use crate::progress::{Progress, grouped};

/// Events between two updates of the terminal.
const SHOWN_EVERY: u64 = 1_000;

pub(super) async fn run(config: &Config, what: Import) -> Result<(), CommandError> {
    let database = Database::open(config).await?;
    let options = database.store_options(config);
    let imported = match (what.file, what.from_postgres_es, what.tenant) {
        (Some(file), _, _) => {
            let trust = trust(config, &database, what.key.as_deref(), what.unproven);
            match trust {
                Ok(trust) => from_file(&options, &file, &trust).await,
                Err(error) => Err(error),
            }
        }
        (None, Some(url), Some(tenant)) => {
            from_postgres_es(&options, &url, tenant, &what.name).await
        }
        (None, _, _) => Err(CommandError::Unknown("source")),
    };
    if imported.is_ok() {
        statistics::refresh(database.options()).await;
    }
    database.close().await?;
    let (tenant, events) = imported?;
    say!("tenant {tenant}: imported {} events", grouped(events))?;
    Ok(())
}

/// Which signatures are accepted: those of the service's own key and of the given ones.
fn trust(
    config: &Config,
    database: &Database,
    key: Option<&Path>,
    unproven: bool,
) -> Result<Trust, CommandError> {
    let own = log_key::load(config, database)?;
    let mut verifiers = own.as_ref().map(log_key::verifiers).unwrap_or_default();
    if let Some(file) = key {
        verifiers.extend(log_key::read_verifiers(file)?);
    }
    Ok(Trust { verifiers, signed_only: key.is_some(), unproven })
}

/// Prints whether a signature proves the file.
fn report(provenance: &Provenance) -> Result<(), CommandError> {
    let Provenance { proven, signed_by, head_size, .. } = provenance;
    let size = grouped(head_size.unwrap_or_default());
    match signed_by {
        Some(name) if *proven => {
            say!("proven: {name} has signed these events, under a head of {size} events")?;
        }
        Some(name) => {
            say!("NOT PROVEN: the file names the signer {name}, whose key is not known")?;
        }
        None => say!("NOT PROVEN: the file is not signed")?,
    }
    Ok(())
}

async fn from_file(
    options: &Options,
    file: &Path,
    trust: &Trust,
) -> Result<(TenantId, u64), CommandError> {
    let file = File::open(file).map_err(TransferError::Io)?;
    let mut progress = Progress::new("events");
    let imported = store::transfer::import(options, file, trust, |done, total| {
        shown(&mut progress, "importing", done, total);
    })
    .await;
    progress.end();
    let imported = imported?;
    report(&imported.provenance)?;
    Ok((imported.tenant, imported.events))
}

async fn from_postgres_es(
    options: &Options,
    url: &str,
    tenant: Uuid,
    name: &str,
) -> Result<(TenantId, u64), CommandError> {
    let source = PgConnectOptions::from_str(url)
        .map_err(|_| CommandError::Failed("the source must be a PostgreSQL URL".to_owned()))?;
    let name = name
        .parse()
        .map_err(|wrong: Violation| CommandError::Failed(format!("the name {wrong}")))?;
    let id = TenantId(tenant);
    let mut progress = Progress::new("events");
    let tenant = NewTenant { id, name };
    let show = |step: &str, done, total| shown(&mut progress, step, done, total);
    let imported = store::transfer::import_postgres_es(options, &source, tenant, show).await;
    progress.end();
    if let Err(TransferError::NotTaken { count, listed }) = &imported {
        for event in listed {
            say!("{event}")?;
        }
        let unlisted = count.saturating_sub(u64::try_from(listed.len()).unwrap_or(u64::MAX));
        if unlisted > 0 {
            say!("and {} more", grouped(unlisted))?;
        }
    }
    let events = imported?;
    say!("NOT PROVEN: a table of postgres-es has no signatures")?;
    Ok((id, events))
}

fn shown(progress: &mut Progress, step: &str, done: u64, total: u64) {
    if done.is_multiple_of(SHOWN_EVERY) || done == total {
        progress.show(step, done, total);
    }
}
