//! `dossier export`.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use domain::TenantId;
use store::transfer::TransferError;

use super::{CommandError, Database};
use crate::config::Config;
use crate::progress::{Progress, grouped};

/// Between two looks at the terminal.
const SHOWN_EVERY: u64 = 1_000;

pub(super) async fn run(
    config: &Config,
    tenant: TenantId,
    output: Option<&Path>,
) -> Result<(), CommandError> {
    let database = Database::open(config).await?;
    let exported = match output.filter(|output| *output != Path::new("-")) {
        None => write(&database, tenant, &mut std::io::stdout()).await,
        Some(output) => write_file(&database, tenant, output).await,
    };
    database.close().await?;
    let events = grouped(exported?);
    if let Some(output) = output.filter(|output| *output != Path::new("-")) {
        println!("{events} events of tenant {tenant} are in {}", output.display());
    }
    Ok(())
}

/// The file appears when it is whole and on the disk; until then it has another name.
async fn write_file(
    database: &Database,
    tenant: TenantId,
    output: &Path,
) -> Result<u64, CommandError> {
    let unfinished = unfinished(output);
    let written = async {
        let mut open = OpenOptions::new();
        // It has personal data.
        let open = open.write(true).create(true).truncate(true).mode(0o600);
        let mut file = open.open(&unfinished).map_err(TransferError::Io)?;
        let events = write(database, tenant, &mut file).await?;
        finish(&file, &unfinished, output).map_err(TransferError::Io)?;
        Ok(events)
    };
    let written = written.await;
    if written.is_err() {
        // The error to tell is the one before.
        let _ = std::fs::remove_file(&unfinished);
    }
    written
}

async fn write(
    database: &Database,
    tenant: TenantId,
    out: &mut impl Write,
) -> Result<u64, CommandError> {
    let mut progress = Progress::new("events");
    let exported =
        store::transfer::export(database.options(), tenant, BufWriter::new(out), |done, total| {
            if done.is_multiple_of(SHOWN_EVERY) || done == total {
                progress.show("exporting", done, total);
            }
        })
        .await;
    progress.end();
    Ok(exported?)
}

fn finish(file: &File, unfinished: &Path, output: &Path) -> std::io::Result<()> {
    file.sync_all()?;
    std::fs::rename(unfinished, output)?;
    let directory = output.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// The file's name until it is whole.
fn unfinished(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".unfinished");
    name.into()
}
