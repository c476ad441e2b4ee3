//! `dossier export`.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{BufWriter, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use domain::TenantId;
use rustix::fs::{FlockOperation, OFlags, flock};
use store::log::LogKey;
use store::transfer::TransferError;

use crate::config::Config;
use crate::database::Database;
use crate::error::{CommandError, io};
use crate::output::{note, say};
use crate::progress::{Progress, grouped};
use crate::{log_key, signals};

/// The end of a file's name until the file is complete.
const UNFINISHED: &str = ".unfinished";

/// Events between two updates of the terminal.
const SHOWN_EVERY: u64 = 1_000;

pub(super) async fn run(
    config: &Config,
    tenant: TenantId,
    output: Option<&Path>,
    unsigned: bool,
) -> Result<(), CommandError> {
    let database = Database::open(config).await?;
    let exported = async {
        let key = if unsigned { None } else { log_key::load(config, &database)? };
        let from = Source { database: &database, tenant, key: key.as_ref() };
        let exported = match output.filter(|output| *output != Path::new("-")) {
            None => write(&from, &mut std::io::stdout()).await?,
            Some(output) => write_file(&from, output).await?,
        };
        Ok::<_, CommandError>((exported, key.is_some()))
    };
    let exported = exported.await;
    database.close().await?;
    let (events, signed) = exported?;
    if !signed {
        note(format_args!("the file is not signed: an import can't prove where it came from"));
    }
    let events = grouped(events);
    if let Some(output) = output.filter(|output| *output != Path::new("-")) {
        say!("{events} events of tenant {tenant} are in {}", output.display())?;
    }
    Ok(())
}

/// The exported tenant, and the key that signs.
struct Source<'a> {
    database: &'a Database,
    tenant: TenantId,
    key: Option<&'a LogKey>,
}

/// Writes under another name, and renames the file when it is complete and on the disk.
async fn write_file(from: &Source<'_>, output: &Path) -> Result<u64, CommandError> {
    report_unfinished(output)?;
    let unfinished = unfinished(output);
    let mut file = create(&unfinished)?;
    let written = async {
        let events = tokio::select! {
            written = write(from, &mut file) => written?,
            () = signals::stop_requested() => {
                let stopped = "the export was not complete, and its file is removed";
                return Err(CommandError::Interrupted(stopped.to_owned()));
            }
        };
        finish(&file, &unfinished, output).map_err(TransferError::Io)?;
        Ok(events)
    };
    let written = written.await;
    if written.is_err() {
        // The error to report is the one before.
        let _ = std::fs::remove_file(&unfinished);
    }
    written
}

/// The file to write to: empty, and locked while it is open.
fn create(unfinished: &Path) -> Result<File, CommandError> {
    let mut open = OpenOptions::new();
    // It has personal data.
    let open = open.write(true).create(true).truncate(false).mode(0o600);
    let open = open.custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    let opened = || {
        let file = open.open(unfinished)?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(std::io::Error::other("another export is writing it"));
        }
        // One that was left may have another mode.
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.set_len(0)?;
        Ok(file)
    };
    opened().map_err(io(format!("write {}", unfinished.display())))
}

/// Reports files that killed exports left in the directory of `output`. That of `output` itself is
/// replaced.
fn report_unfinished(output: &Path) -> Result<(), CommandError> {
    let directory = output.parent().filter(|parent| !parent.as_os_str().is_empty());
    let entries = std::fs::read_dir(directory.unwrap_or(Path::new(".")));
    for entry in entries.into_iter().flatten().flatten() {
        let file = entry.path();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || !file.as_os_str().as_bytes().ends_with(UNFINISHED.as_bytes()) {
            continue;
        }
        let Ok(open) = File::open(&file) else { continue };
        // A running export holds a lock.
        if flock(&open, FlockOperation::NonBlockingLockShared).is_ok() {
            let what = if file == unfinished(output) { "it is replaced" } else { "remove it" };
            say!("{} is from an export that was killed; {what}", file.display())?;
        }
    }
    Ok(())
}

async fn write(from: &Source<'_>, out: &mut impl Write) -> Result<u64, CommandError> {
    let Source { database, tenant, key } = *from;
    let mut progress = Progress::new("events");
    let show = |done: u64, total| {
        if done.is_multiple_of(SHOWN_EVERY) || done == total {
            progress.show("exporting", done, total);
        }
    };
    let out = BufWriter::new(out);
    let exported = store::transfer::export(database.options(), tenant, key, out, show).await;
    progress.end();
    Ok(exported?)
}

fn finish(file: &File, unfinished: &Path, output: &Path) -> std::io::Result<()> {
    file.sync_all()?;
    std::fs::rename(unfinished, output)?;
    let directory = output.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// The file's name until it is complete.
fn unfinished(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(UNFINISHED);
    name.into()
}
