//! `dossier import`.

use std::fs::File;
use std::path::Path;
use std::str::FromStr as _;

use domain::TenantId;
use domain::check::Violation;
use sqlx::postgres::PgConnectOptions;
use store::Options;
use store::transfer::{NewTenant, TransferError};
use uuid::Uuid;

use super::{CommandError, Database};
use crate::cli::Import;
use crate::config::Config;
use crate::progress::{Progress, grouped};

/// Between two looks at the terminal.
const SHOWN_EVERY: u64 = 1_000;

pub(super) async fn run(config: &Config, what: Import) -> Result<(), CommandError> {
    let database = Database::open(config).await?;
    let options = database.store_options(config);
    let imported = match (what.file, what.from_postgres_es, what.tenant) {
        (Some(file), _, _) => from_file(&options, &file).await,
        (None, Some(url), Some(tenant)) => {
            from_postgres_es(&options, &url, tenant, &what.name).await
        }
        (None, _, _) => Err(CommandError::Unknown("source")),
    };
    database.close().await?;
    let (tenant, events) = imported?;
    println!("tenant {tenant} has {} events now", grouped(events));
    Ok(())
}

async fn from_file(options: &Options, file: &Path) -> Result<(TenantId, u64), CommandError> {
    let file = File::open(file).map_err(TransferError::Io)?;
    let mut progress = Progress::new("events");
    let imported = store::transfer::import(options, file, |done, total| {
        shown(&mut progress, "importing", done, total);
    })
    .await;
    progress.end();
    Ok(imported?)
}

async fn from_postgres_es(
    options: &Options,
    url: &str,
    tenant: Uuid,
    name: &str,
) -> Result<(TenantId, u64), CommandError> {
    let source = PgConnectOptions::from_str(url)
        .map_err(|_| CommandError::Amiss("the source must be a PostgreSQL URL".to_owned()))?;
    let name = name
        .parse()
        .map_err(|wrong: Violation| CommandError::Amiss(format!("the name {wrong}")))?;
    let id = TenantId(tenant);
    let mut progress = Progress::new("events");
    let tenant = NewTenant { id, name };
    let show = |step: &str, done, total| shown(&mut progress, step, done, total);
    let imported = store::transfer::import_postgres_es(options, &source, tenant, show).await;
    progress.end();
    if let Err(TransferError::NotTaken { count, listed }) = &imported {
        for event in listed {
            println!("{event}");
        }
        let unlisted = count.saturating_sub(u64::try_from(listed.len()).unwrap_or(u64::MAX));
        if unlisted > 0 {
            println!("and {} more", grouped(unlisted));
        }
    }
    Ok((id, imported?))
}

fn shown(progress: &mut Progress, step: &str, done: u64, total: u64) {
    if done.is_multiple_of(SHOWN_EVERY) || done == total {
        progress.show(step, done, total);
    }
}
