//! Files with secrets. Only their owner may read them, and symbolic links are refused.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Whether a path may be a symbolic link.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Links {
    /// An operator named the file. Orchestrators mount secrets as links.
    Followed,
    /// The service created the file itself.
    Refused,
}

/// The text of a file with a secret, or `None` if there is no such file.
///
/// The file must belong to the service's user, to root, or to `also`, and no other user may read or write
/// it. The service's group may read a file of root.
///
/// # Errors
///
/// An error whose text says what is wrong and how to fix it.
pub(crate) fn read_secret(
    file: &Path,
    links: Links,
    also: Option<u32>,
) -> io::Result<Option<String>> {
    let flags = match links {
        Links::Followed => OFlags::empty(),
        Links::Refused => OFlags::NOFOLLOW,
    };
    let flags = (flags | OFlags::NONBLOCK).bits().cast_signed();
    let mut open = match OpenOptions::new().read(true).custom_flags(flags).open(file) {
        Ok(open) => open,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            return Err(io::Error::other("it is a symbolic link; replace it with the file itself"));
        }
        Err(error) => return Err(error),
    };
    let found = open.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let us = rustix::process::geteuid().as_raw();
    let (owner, mode) = (found.uid(), found.mode() & 0o7777);
    if owner != us && owner != 0 && Some(owner) != also {
        let problem = format!("it belongs to the user id {owner}; `chown {us}` it");
        return Err(io::Error::other(problem));
    }
    let others = if owner == 0 && us != 0 { 0o037 } else { 0o077 };
    if mode & others != 0 {
        let problem = format!(
            "others can access it (mode {mode:04o}); `chmod 600` it, and replace the secret if \
             someone may have read it"
        );
        return Err(io::Error::other(problem));
    }
    let mut text = String::new();
    open.read_to_string(&mut text)?;
    Ok(Some(text))
}

/// Writes a line into a new file that only its owner can read. The file appears complete or not at all. An
/// existing file is not changed.
///
/// # Errors
///
/// [`io::ErrorKind::AlreadyExists`] when there is a file or a link of that name.
pub(crate) fn write_new_secret(file: &Path, secret: &str) -> io::Result<()> {
    let unfinished = unfinished(file);
    // From a process that was killed here.
    remove(&unfinished)?;
    create_secret(&unfinished, secret)?;
    // Unlike a rename, a link never replaces a file.
    let linked = fs::hard_link(&unfinished, file);
    remove(&unfinished)?;
    linked?;
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// Creates a file with a line in it that only its owner can read.
///
/// # Errors
///
/// [`io::ErrorKind::AlreadyExists`] when there is a file or a link of that name.
pub(crate) fn create_secret(file: &Path, secret: &str) -> io::Result<File> {
    // `create_new` follows no link.
    let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(open, "{secret}")?;
    open.sync_all()?;
    Ok(open)
}

/// Removes a file if it exists. Of a link, removes the link.
pub(crate) fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn unfinished(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

#[cfg(test)]
mod tests;
