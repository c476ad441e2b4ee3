//! Files that nobody else may read.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Writes a line into a file of one's own; the file is there whole, or not at all.
pub(crate) fn write_secret(file: &Path, secret: &str) -> std::io::Result<()> {
    let unfinished: PathBuf = file.with_extension("new");
    let mut open =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    writeln!(open, "{secret}")?;
    open.sync_all()?;
    std::fs::rename(unfinished, file)
}
