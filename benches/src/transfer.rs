//! A tenant's whole log read for some purpose, beside PostgreSQL's copy of the same rows: verified, exported,
//! imported.

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek as _};
use std::sync::Arc;
use std::time::Instant;

use sqlx::{Connection as _, PgConnection, query_scalar};
use store::log::{Checked, verify_log};
use store::transfer::{Trust, export, import};
use store::{Options, TenantRef};

use crate::database::Databases;
use crate::flags::Flags;
use crate::ours::Ours;
use crate::report::say;
use crate::views::{copy_out, median, rate};
use crate::work::Done;

/// Events of the log, at most: a longer one has the same rates.
const EVENTS_MAX: usize = 200_000;
/// Events of each customer.
const EVENTS_EACH: usize = 10;
/// Partitions verified at a time. All events are in one.
const VERIFIERS: u16 = 2;

/// Makes a tenant with a long log, and measures how fast that is read and written.
pub(crate) async fn measure(databases: &Databases, flags: &Flags) -> Done<()> {
    if !"transfer".contains(&flags.only) {
        return Ok(());
    }
    let options = Options::new(databases.transfer.clone());
    let customers = flags.events.min(EVENTS_MAX) / EVENTS_EACH;
    let ours = Ours::set_up(&options, 1, customers, EVENTS_EACH as u64).await?;
    let tenant = *ours.tenants.first().ok_or("there is no tenant")?;
    ours.store.close().await;
    databases.settle().await?;
    let mut owner = PgConnection::connect_with(&databases.transfer).await?;
    let events: i64 = query_scalar("select count(*) from events").fetch_one(&mut owner).await?;
    say(&format!("\ntransfer of a tenant with {events} events"));
    let (mut copies, mut verified) = (Vec::new(), Vec::new());
    let (mut exported, mut imported) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for _ in 0..flags.repetitions.max(1) {
        let begun = Instant::now();
        copy_out(&mut owner).await?;
        copies.push(rate(events, begun));

        let begun = Instant::now();
        verify(&options, events).await?;
        verified.push(rate(events, begun));

        let mut file = tempfile::tempfile()?;
        let begun = Instant::now();
        write(&options, tenant, &file).await?;
        exported.push(rate(events, begun));
        bytes = file.metadata()?.len();

        let elsewhere = Options::new(databases.elsewhere().await?);
        file.rewind()?;
        let begun = Instant::now();
        import(&elsewhere, &file, &Trust::default(), |_, _| {}).await?;
        imported.push(rate(events, begun));
        let again = tempfile::tempfile()?;
        write(&elsewhere, tenant, &again).await?;
        same(file, again)?;
    }
    owner.close().await?;
    let copy = median(copies);
    say(&format!("  copy events to stdout  {copy:>9.0} events/s"));
    for (what, rates) in
        [("verify", verified), ("export to a file", exported), ("import from it", imported)]
    {
        let rate = median(rates);
        say(&format!("  {what:<22} {rate:>9.0} events/s  {:.0}% of copy", rate / copy * 100.0));
    }
    say(&format!("  the file has {} MiB; that of the imported tenant is the same", bytes >> 20));
    Ok(())
}

async fn verify(options: &Options, events: i64) -> Done<()> {
    let found =
        verify_log(&options.database, VERIFIERS, &[], &Arc::new(Checked::default())).await?;
    let read: i64 = found.iter().map(|verified| verified.events).sum();
    if read != events || found.iter().any(|verified| !verified.is_whole()) {
        return Err(format!("the log is not whole: {found:?}").into());
    }
    Ok(())
}

/// As the command does: the file is on the disk at the end.
async fn write(options: &Options, tenant: TenantRef, file: &File) -> Done<()> {
    export(&options.database, tenant.id, None, BufWriter::new(file), |_, _| {}).await?;
    Ok(file.sync_all()?)
}

/// Requires that the other file has the events of the first, byte for byte, and the record of the import.
fn same(mut one: File, mut other: File) -> Done<()> {
    one.rewind()?;
    other.rewind()?;
    let (one, other) = (std::io::read_to_string(BufReader::new(one))?, BufReader::new(other));
    let other = std::io::read_to_string(other)?;
    let (Some(last), Some(record)) = (one.lines().next_back(), other.lines().nth_back(1)) else {
        return Err("the exports have no lines".into());
    };
    let events = one.len().saturating_sub(last.len().saturating_add(1));
    let same = one.get(..events) == other.get(..events) && record.contains("TenantImported");
    if same { Ok(()) } else { Err("the exports differ".into()) }
}
