//! A tenant's log, into the database.

use std::io::{BufRead, BufReader, Read, Seek};

use domain::TenantId;

use super::TransferError;
use super::file::Reader;
use crate::store::Options;
use crate::writer::import::Import;

/// Brings an exported log into an empty tenant of the same id, and says which tenant that is and how
/// many events it has. All of it happens, or nothing.
///
/// The file is read twice: a damaged one is found before anything is locked. From then until the
/// end, commands on tenants of the same partition wait. Events keep the time at which they were
/// recorded. `progress` is told how many events are stored, and of how many.
///
/// # Errors
///
/// A [`TransferError`]; nothing was changed.
pub async fn import(
    options: &Options,
    mut file: impl Read + Seek,
    mut progress: impl FnMut(u64, u64),
) -> Result<(TenantId, u64), TransferError> {
    let total = check(&mut file)?;
    file.rewind()?;

    // Its last line is read again, so a file that has changed meanwhile is found, too.
    let mut reader = begin(&mut file)?;
    let tenant = reader.tenant;
    let mut import = Import::begin(options, tenant).await?;
    while let Some(event) = reader.next()? {
        import.push(event).await?;
        progress(reader.events(), total);
    }
    import.commit().await?;
    Ok((tenant, total))
}

/// Requires that the file is whole, and says how many events it has.
fn check(file: impl Read) -> Result<u64, TransferError> {
    let mut reader = begin(file)?;
    let mut events: u64 = 0;
    while reader.next()?.is_some() {
        events = events.saturating_add(1);
    }
    Ok(events)
}

fn begin<R: Read>(file: R) -> Result<Reader<impl BufRead>, TransferError> {
    Reader::begin(BufReader::with_capacity(1 << 16, file))
}
