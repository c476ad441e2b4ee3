//! Imports a tenant's log.

use std::io::{BufRead, BufReader, Read, Seek};

use domain::TenantId;
use domain::tenant::Provenance;

use super::file::Reader;
use super::manifest::{Trust, prove};
use crate::model::TransferError;
use crate::options::Options;
use crate::writer::import::Import;

/// The result of an import.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The tenant.
    pub tenant: TenantId,
    /// The number of events.
    pub events: u64,
    /// What was proven of them, as recorded in the tenant's history.
    pub provenance: Provenance,
}

/// Imports an exported log into an empty tenant with the same id. All of it happens, or nothing.
///
/// The file is read twice: a damaged file, or one that `trust` does not accept, is found before
/// anything is locked. From then until the end, commands on tenants of the same partition wait.
/// Events keep their recording time; one more event records their origin and what was proven.
/// `progress` is called with the stored and the total number of events.
///
/// # Errors
///
/// A [`TransferError`]; nothing was changed.
pub async fn import(
    options: &Options,
    mut file: impl Read + Seek,
    trust: &Trust,
    mut progress: impl FnMut(u64, u64),
) -> Result<Imported, TransferError> {
    let provenance = check(&mut file, trust)?;
    let total = provenance.events;
    file.rewind()?;

    let mut reader = begin(&mut file)?;
    let tenant = reader.tenant;
    let mut import = Import::begin(options, tenant).await?;
    while let Some(event) = reader.next()? {
        import.push(event).await?;
        progress(reader.events(), total);
    }
    // The file may have changed since it was checked.
    if ended(&reader, trust)? != provenance {
        return Err(reader.damaged("the file was changed while it was read"));
    }
    import.commit(provenance.clone()).await?;
    Ok(Imported { tenant, events: total, provenance })
}

/// Requires a complete and accepted file, and returns its provenance.
fn check(file: impl Read, trust: &Trust) -> Result<Provenance, TransferError> {
    let mut reader = begin(file)?;
    while reader.next()?.is_some() {}
    ended(&reader, trust)
}

/// The provenance of a file that was read to its end.
fn ended(reader: &Reader<impl BufRead>, trust: &Trust) -> Result<Provenance, TransferError> {
    let unread = "the file ends here, before its last line";
    let (contents, manifest) = reader.ending.as_ref().ok_or_else(|| reader.damaged(unread))?;
    prove(contents, manifest.as_deref(), trust).map_err(|why| reader.damaged(why))
}

fn begin<R: Read>(file: R) -> Result<Reader<impl BufRead>, TransferError> {
    Reader::begin(BufReader::with_capacity(1 << 16, file))
}
