//! The settings of the private server.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use super::machine::Machine;

/// Settings for every machine, which options can change.
const USUAL: [(&str, &str); 12] = [
    ("fsync", "on"),
    ("max_connections", "200"),
    ("max_prepared_transactions", "0"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("lc_messages", "C"),
    ("cluster_name", "dossier"),
    // No customer data in the log: neither statements nor conflicting keys.
    ("log_error_verbosity", "terse"),
    ("log_min_error_statement", "panic"),
    ("log_statement", "none"),
    ("log_min_duration_statement", "-1"),
    ("unix_socket_permissions", "0700"),
];

/// Settings that the supervisor depends on. Options can't change them.
const FIXED: [(&str, &str); 5] = [
    ("listen_addresses", ""),
    ("port", "5432"),
    ("logging_collector", "off"),
    ("log_destination", "stderr"),
    ("external_pid_file", ""),
];

/// The setting that makes whole pages in the log small, for servers built with it.
pub(super) const COMPRESSION: (&str, &str) = ("wal_compression", "lz4");

/// All settings as `name=value`; a later one replaces an earlier. `compresses` says whether the server knows
/// [`COMPRESSION`].
pub(super) fn all(
    socket_dir: &Path,
    machine: Machine,
    compresses: bool,
    extra: &[(String, String)],
) -> Vec<OsString> {
    let pair = |(name, value): &(&str, &str)| OsString::from(format!("{name}={value}"));
    let extra = extra.iter().map(|(name, value)| OsString::from(format!("{name}={value}")));
    let mut settings: Vec<_> = USUAL.iter().map(pair).collect();
    settings
        .extend(machine.settings().map(|(name, value)| OsString::from(format!("{name}={value}"))));
    settings.extend(compresses.then(|| pair(&COMPRESSION)));
    settings.extend(extra);
    settings.extend(FIXED.iter().map(pair));
    // The value is a list: quotes keep a comma or a blank in the path from splitting it.
    let quoted = socket_dir.as_os_str().as_bytes().to_vec();
    let mut sockets = b"unix_socket_directories=\"".to_vec();
    sockets.extend(quoted.into_iter().flat_map(|byte| {
        let times = if byte == b'"' { 2 } else { 1 };
        std::iter::repeat_n(byte, times)
    }));
    sockets.push(b'"');
    settings.push(OsString::from_vec(sockets));
    settings
}

/// Whether the data survive a crash of the machine.
pub(super) fn durable(extra: &[(String, String)]) -> bool {
    let fsync = extra.iter().rev().find(|(name, _)| name == "fsync");
    fsync.is_none_or(|(_, value)| value != "off")
}
