//! Exported files: any lines with a last line that is right are imported or refused, and what was
//! imported is exported as the same bytes, with the record of the import.
#![no_main]

use std::io::Cursor;

use domain::TenantId;
use fuzz::{app, wait};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest as _, Sha256};
use store::StoreError;
use store::transfer::{TransferError, Trust, export, import};
use uuid::Uuid;

/// What stands in a seed where the tenant's id belongs.
const TENANT: &str = "00000000-0000-4000-8000-000000000001";

fuzz_target!(|lines: &str| {
    let tenant = TenantId(Uuid::new_v4());
    let events = lines.lines().count();
    let mut file = format!(r#"{{"format":"dossier-log","version":1,"tenant_id":"{tenant}"}}"#);
    for line in lines.lines() {
        file.push('\n');
        file.push_str(&line.replace(TENANT, &tenant.to_string()));
    }
    file.push('\n');
    let digest = Sha256::digest(&file);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    file.push_str(&format!("{{\"events\":{events},\"sha256\":\"{digest}\"}}\n"));

    let trust = Trust::default();
    match wait(import(&app().options(), Cursor::new(file.as_bytes()), &trust, |_, _| {})) {
        Ok(imported) => {
            assert_eq!((imported.tenant, imported.events), (tenant, events as u64));
            let mut again = Vec::new();
            let options = &app().database.options;
            wait(export(options, tenant, None, &mut again, |_, _| {})).expect("a file");
            let last = file.lines().next_back().expect("a last line").len() + 1;
            let events = &file.as_bytes()[..file.len() - last];
            let record = again.strip_prefix(events).map(String::from_utf8_lossy);
            let recorded = record.is_some_and(|record| record.contains("TenantImported"));
            assert!(recorded, "{}", String::from_utf8_lossy(&again));
        }
        Err(TransferError::Store(StoreError::Refused(error))) => {
            panic!("the database refused what should have been refused before: {error:?}");
        }
        Err(_) => {}
    }
    // Bytes as they come.
    let _ = wait(import(&app().options(), Cursor::new(lines.as_bytes()), &trust, |_, _| {}));
});
