//! Notices that an upgrade replaced the programs of a running server.
//!
//! The server still runs the old program, but new sessions load the new libraries, which may not fit: PL/pgSQL
//! then fails with an undefined symbol until the server is restarted.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

/// The state of files at one moment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Programs(Vec<(PathBuf, Option<Identity>)>);

/// Changes when a file is replaced or written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Identity {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
}

impl Programs {
    /// The files as they are now.
    pub(super) fn look(files: impl IntoIterator<Item = PathBuf>) -> Self {
        let identity = |file: &PathBuf| {
            let found = fs::metadata(file).ok()?;
            Some(Identity {
                device: found.dev(),
                inode: found.ino(),
                bytes: found.len(),
                modified: (found.mtime(), found.mtime_nsec()),
            })
        };
        let look = |file: PathBuf| {
            let found = identity(&file);
            (file, found)
        };
        Self(files.into_iter().map(look).collect())
    }

    /// The same files as they are now.
    pub(super) fn look_again(&self) -> Self {
        Self::look(self.0.iter().map(|(file, _)| file.clone()))
    }

    /// Whether all of them are there.
    pub(super) fn complete(&self) -> bool {
        self.0.iter().all(|(_, found)| found.is_some())
    }
}

/// The files at the server's start, and at the last look.
#[derive(Debug)]
pub(super) struct Watch {
    started: Programs,
    seen: Programs,
}

impl Watch {
    /// Watches from now on.
    pub(super) fn new(started: Programs) -> Self {
        Self { seen: started.clone(), started }
    }

    /// Whether the server must be restarted: the files differ from those at its start, all exist, and have not
    /// changed since the last look, so that unpacking a package is complete. True once for each change.
    pub(super) fn must_restart(&mut self) -> bool {
        let now = self.started.look_again();
        let settled = now == self.seen;
        self.seen = now;
        if self.seen == self.started || !settled || !self.seen.complete() {
            return false;
        }
        self.started = self.seen.clone();
        true
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Programs, Watch};

    fn replace(file: &Path, text: &str) {
        let new = file.with_extension("new");
        fs::write(&new, text).expect("written");
        fs::rename(new, file).expect("renamed");
    }

    fn installed() -> (tempfile::TempDir, [std::path::PathBuf; 2], Watch) {
        let directory = tempfile::tempdir().expect("a directory");
        let files = ["postgres", "plpgsql.so"].map(|name| directory.path().join(name));
        for file in &files {
            replace(file, "15.18");
        }
        let watch = Watch::new(Programs::look(files.clone()));
        (directory, files, watch)
    }

    #[test]
    fn a_replaced_program_or_library_asks_for_one_restart() {
        for nth in 0..2 {
            let (_directory, files, mut watch) = installed();
            assert!(!watch.must_restart() && !watch.must_restart(), "nothing was replaced");
            replace(&files[nth], "15.20");
            assert!(!watch.must_restart(), "more may follow");
            assert!(watch.must_restart(), "{} was replaced", files[nth].display());
            assert!(!watch.must_restart() && !watch.must_restart(), "one restart is required");
            // It is another file, though with the same text.
            replace(&files[nth], "15.20");
            assert!(!watch.must_restart() && watch.must_restart());
        }
    }

    #[test]
    fn a_package_that_is_being_unpacked_is_waited_for() {
        let (_directory, files, mut watch) = installed();
        fs::remove_file(&files[0]).expect("removed");
        assert!(!watch.must_restart() && !watch.must_restart(), "there is no program");
        replace(&files[0], "15.20");
        assert!(!watch.must_restart());
        replace(&files[1], "15.20");
        assert!(!watch.must_restart(), "the library changed since the last look");
        assert!(watch.must_restart());
    }
}
