//! `dossier restore`.

use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use store::log::{TreeHead, read_heads};

use super::verify;
use crate::background::statistics;
use crate::backup::{Folder, Kind, Login, Manifest, Program, digest};
use crate::config::Config;
use crate::database::{Database, private_options};
use crate::error::{CommandError, io};
use crate::log_key::{read_verifiers, text};
use crate::output::{note, say};
use crate::postgres::all_ended;
use crate::postgres::restore::{complete, place};
use crate::postgres::tools::{newest_program, program_for_data};
use crate::signals::{self, unless};

/// What remains of a stopped restore.
const STOPPED: &str = "nothing was restored";

pub(super) async fn run(
    config: &Config,
    directory: &Path,
    key: Option<&Path>,
) -> Result<(), CommandError> {
    let stop = pin!(signals::stop_requested());
    let folder = Folder(directory.to_owned());
    let manifest = Manifest::read(&text(&folder.manifest())?)
        .map_err(|why| CommandError::Failed(format!("{} {why}", folder.manifest().display())))?;
    let verifiers = read_verifiers(key.unwrap_or(&folder.keys()))?;
    let heads = read_heads(&text(&folder.heads())?, &verifiers)?;
    match (manifest.kind, config.database_url.is_some()) {
        (Kind::PrivateServer, false) => restore_private(config, &folder, &heads, stop).await?,
        (Kind::Database, true) => {
            restore_dump(config, &folder, &manifest, &heads, stop).await?;
        }
        (Kind::PrivateServer, true) => {
            let why = "the backup is of a private server: restore it without DATABASE_URL";
            return Err(CommandError::Failed(why.to_owned()));
        }
        (Kind::Database, false) => {
            let why = "the backup is a dump: name an empty database with DATABASE_URL";
            return Err(CommandError::Failed(why.to_owned()));
        }
    }
    say!("restored: everything that was acknowledged before {}", manifest.begun_at.to_rfc3339())?;
    Ok(())
}

/// Copies the files into the data directory, and starts PostgreSQL on them to verify the log.
async fn restore_private(
    config: &Config,
    folder: &Folder,
    heads: &[TreeHead],
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<(), CommandError> {
    let options = private_options(config)?;
    let data = folder.data();
    Program::new(program_for_data(&options, Some(&data), "pg_verifybackup")?)
        .argument("--quiet")
        .path("", &data)
        .run(STOPPED)
        .await?;
    let password = text(&folder.password())?.trim().to_owned();
    let stopping = Arc::new(AtomicBool::new(false));
    let placing = {
        let (options, stopping) = (options.clone(), Arc::clone(&stopping));
        tokio::task::spawn_blocking(move || place(&options, &data, &password, &stopping))
    };
    let mut placing = pin!(placing);
    let placed = if let Some(placed) = unless(stop.as_mut(), &mut placing).await {
        placed
    } else {
        stopping.store(true, Ordering::Relaxed);
        placing.await
    };
    let placed = placed.map_err(|error| CommandError::Failed(error.to_string()))?;
    let stopped = stopping.load(Ordering::Relaxed);
    if stopped && placed.is_err() {
        return Err(CommandError::Interrupted(STOPPED.to_owned()));
    }
    placed?;
    let verifying = async {
        let database = Database::start_restored(config).await?;
        let verified = verify_restored(config, &database, heads).await;
        database.close().await?;
        verified
    };
    // The signal may have come after the last file was copied.
    let verified = if stopped { None } else { unless(stop, Box::pin(verifying)).await };
    let verified = if let Some(verified) = verified {
        verified
    } else {
        all_ended().await;
        Err(CommandError::Interrupted("the data were copied, but not verified".to_owned()))
    };
    verified.inspect_err(|_| {
        let data_dir = options.data_dir.join("postgres");
        note(format_args!(
            "`dossier serve` refuses {}: remove it before you restore again",
            data_dir.display()
        ));
    })?;
    complete(&options.data_dir)?;
    say!("the data are in {}", options.data_dir.display())?;
    if config.log_key.is_none() && !options.data_dir.join("log-key").exists() {
        say!(
            "log-key is not there: put it back before the first start, or a new one signs the log from then on"
        )?;
    }
    Ok(())
}

/// Restores a dump into an empty database.
async fn restore_dump(
    config: &Config,
    folder: &Folder,
    manifest: &Manifest,
    heads: &[TreeHead],
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<(), CommandError> {
    let dump = folder.dump();
    let sum = unless(stop.as_mut(), digest(&dump)).await;
    let sum = sum.ok_or_else(|| CommandError::Interrupted(STOPPED.to_owned()))?;
    let sum = sum.map_err(io(format!("read {}", dump.display())))?;
    if manifest.dump_sha256.as_ref() != Some(&sum) {
        return Err(CommandError::Failed(format!("{} was changed or damaged", dump.display())));
    }
    let database = Database::open_empty(config).await?;
    store::create_roles(database.owner()).await?;
    let login = Login::configured(config);
    Program::new(newest_program(config.pg_bin_dir.as_deref(), "pg_restore")?)
        .login(&login)
        .argument("--no-owner")
        .argument("--exit-on-error")
        .argument("--single-transaction")
        .argument("--no-password")
        .path("--dbname=", Path::new(login.database()))
        .path("", &dump)
        .run(STOPPED)
        .await?;
    let verified = unless(stop, Box::pin(verify_restored(config, &database, heads))).await;
    let unverified = "the dump was restored, but not verified";
    let verified =
        verified.unwrap_or_else(|| Err(CommandError::Interrupted(unverified.to_owned())));
    verified.inspect_err(|_| {
        note(format_args!(
            "the database has data that are not verified: drop it before you restore again"
        ));
    })?;
    statistics::refresh(database.options()).await;
    Ok(database.close().await?)
}

/// Brings the schema to this version, and compares the log with the heads of the backup.
async fn verify_restored(
    config: &Config,
    database: &Database,
    heads: &[TreeHead],
) -> Result<(), CommandError> {
    database.migrate(config).await?;
    verify::against(database, heads).await
}
