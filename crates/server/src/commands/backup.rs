//! `dossier backup`.

use std::path::Path;
use std::pin::{Pin, pin};

use chrono::{DateTime, Utc};
use store::log::{LogKey, tree};
use store::{Partition, Role};

use crate::backup::{Folder, Kind, Login, Manifest, NewFolder, Program, digest};
use crate::config::Config;
use crate::database::{Database, private_options};
use crate::error::{CommandError, io};
use crate::log_key;
use crate::output::say;
use crate::postgres::all_ended;
use crate::postgres::tools::{newest_program, program_for_data, superuser_login};
use crate::progress::grouped;
use crate::secret_file::create_secret;
use crate::signals::{stop_requested, unless};

/// The signer of heads where the service has no key.
const SIGNER: &str = "dossier/backup";

/// What remains of a stopped backup.
const STOPPED: &str = "the backup was not complete, and its directory is removed";

pub(super) async fn run(config: &Config, directory: &Path) -> Result<(), CommandError> {
    let mut stop = pin!(stop_requested());
    let Some(database) = unless(stop.as_mut(), Box::pin(Database::open(config))).await else {
        all_ended().await;
        return Err(CommandError::Interrupted("no backup was begun".to_owned()));
    };
    let database = database?;
    let done = back_up(config, &database, directory, stop).await;
    database.close().await?;
    let manifest = done?;
    let events = grouped(manifest.events);
    say!(
        "the backup is in {}: all {events} events that were stored when it began",
        directory.display()
    )?;
    match manifest.kind {
        Kind::PrivateServer => say!(
            "it has the password of the data, and neither log-key nor dev-key: keep log-key elsewhere, since \
             backup and key together allow forgery"
        )?,
        Kind::Database => say!("it has neither roles nor passwords, and not the key of log_key")?,
    }
    Ok(())
}

async fn back_up(
    config: &Config,
    database: &Database,
    directory: &Path,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<Manifest, CommandError> {
    let stopped = || CommandError::Interrupted(STOPPED.to_owned());
    let new = NewFolder::create(directory);
    let new = new.map_err(io(format!("write {}", directory.display())))?;
    let folder = new.folder();
    let begun_at = now();
    let heads = unless(stop.as_mut(), write_heads(config, database, folder)).await;
    let events = heads.ok_or_else(stopped)??;
    let (kind, dump_sha256) = if let Some(data_dir) = database.data_dir() {
        copy_data(config, data_dir, folder).await?;
        (Kind::PrivateServer, None)
    } else {
        dump(config, folder).await?;
        let sum = async { digest(&folder.dump()).await.map_err(io("read the dump")) };
        (Kind::Database, Some(unless(stop.as_mut(), sum).await.ok_or_else(stopped)??))
    };
    // A signal between two steps.
    unless(stop, async {}).await.ok_or_else(stopped)?;
    let manifest = Manifest { kind, begun_at, events, dump_sha256 };
    write(&folder.manifest(), &manifest.text())?;
    new.complete().map_err(io(format!("write {}", directory.display())))?;
    Ok(manifest)
}

#[expect(clippy::disallowed_methods, reason = "the operator's request arrives here")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Writes the log's heads and the keys that verify them. The heads cover everything that was acknowledged before.
/// Returns the number of events.
async fn write_heads(
    config: &Config,
    database: &Database,
    folder: &Folder,
) -> Result<u64, CommandError> {
    let key: LogKey = match log_key::load(config, database)? {
        Some(key) => key,
        None => log_key::make(SIGNER)?,
    };
    let mut connection = store::connect(database.options(), Role::Projector).await?;
    let (mut heads, mut events) = (String::new(), 0_u64);
    for partition in Partition::all() {
        let head = tree::head(&mut connection, partition).await?;
        events = events.saturating_add(head.size.unsigned_abs());
        heads.push_str(&key.sign(&head));
        heads.push('\n');
    }
    write(&folder.heads(), &heads)?;
    let keys: Vec<_> = log_key::verifiers(&key).iter().map(ToString::to_string).collect();
    write(&folder.keys(), &keys.join("\n"))?;
    Ok(events)
}

/// Copies the files of a private server by `pg_basebackup`, and verifies the copy.
async fn copy_data(config: &Config, data_dir: &Path, folder: &Folder) -> Result<(), CommandError> {
    let login = superuser_login(data_dir)
        .ok_or_else(|| CommandError::Failed("the private PostgreSQL has ended".to_owned()))?;
    write(&folder.password(), &login.password)?;
    let options = private_options(config)?;
    let program = |name| program_for_data(&options, None, name).map(Program::new);
    program("pg_basebackup")?
        .login(&Login::private(login))
        .path("--pgdata=", &folder.data())
        .argument("--wal-method=stream")
        .argument("--checkpoint=fast")
        .argument("--manifest-checksums=SHA256")
        .argument("--label=dossier backup")
        .argument("--no-password")
        .run(STOPPED)
        .await?;
    program("pg_verifybackup")?.argument("--quiet").path("", &folder.data()).run(STOPPED).await
}

/// Writes a dump of the configured database by `pg_dump`.
async fn dump(config: &Config, folder: &Folder) -> Result<(), CommandError> {
    let dumped = Program::new(newest_program(config.pg_bin_dir.as_deref(), "pg_dump")?)
        .login(&Login::configured(config))
        .argument("--format=custom")
        .argument("--no-password")
        .path("--file=", &folder.dump())
        .run(STOPPED)
        .await;
    if let Err(CommandError::Failed(said)) = &dumped
        && said.contains("row-level security")
    {
        let advice = "run the command with the URL of a superuser or of a role with bypassrls";
        return Err(CommandError::Failed(format!("{said}; {advice}")));
    }
    dumped
}

/// Writes a file that only its owner can read.
fn write(file: &Path, text: &str) -> Result<(), CommandError> {
    create_secret(file, text.trim_end()).map_err(io(format!("write {}", file.display())))?;
    Ok(())
}
