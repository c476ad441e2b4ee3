//! The directory of a backup, and the names in it.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The end of its name until it is complete.
const UNFINISHED: &str = ".unfinished";

/// The directory of a backup.
#[derive(Debug)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// What is in the backup, and how it was made.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.0.join("manifest.json")
    }

    /// The log's heads from before the backup began.
    pub(crate) fn heads(&self) -> PathBuf {
        self.0.join("log.heads")
    }

    /// The public keys that verify the heads.
    pub(crate) fn keys(&self) -> PathBuf {
        self.0.join("log.keys")
    }

    /// The data of a private server.
    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// The password of these data.
    pub(crate) fn password(&self) -> PathBuf {
        self.0.join("password")
    }

    /// The dump of another database.
    pub(crate) fn dump(&self) -> PathBuf {
        self.0.join("database.dump")
    }
}

/// A directory that gets its name when it is complete. Dropped before that, it is removed.
#[derive(Debug)]
pub(crate) struct NewFolder {
    unfinished: Folder,
    path: PathBuf,
    complete: bool,
}

impl NewFolder {
    /// Creates it under another name. Only its owner may read it.
    ///
    /// # Errors
    ///
    /// When there is a file or directory of either name, or the system refuses it.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        if path.symlink_metadata().is_ok() {
            return Err(io::Error::other("it exists: a backup never replaces anything"));
        }
        let mut name = path.as_os_str().to_owned();
        name.push(UNFINISHED);
        let unfinished = PathBuf::from(name);
        DirBuilder::new().mode(0o700).create(&unfinished).map_err(|error| {
            if error.kind() != io::ErrorKind::AlreadyExists {
                return error;
            }
            io::Error::other(format!(
                "{} exists: it is from a backup that runs or was killed; remove it if none runs",
                unfinished.display()
            ))
        })?;
        Ok(Self { unfinished: Folder(unfinished), path: path.to_owned(), complete: false })
    }

    /// The directory while it is written.
    pub(crate) fn folder(&self) -> &Folder {
        &self.unfinished
    }

    /// Gives it its name. Everything in it is on the disk.
    ///
    /// # Errors
    ///
    /// Those of the system. The directory is removed.
    pub(crate) fn complete(mut self) -> io::Result<()> {
        let Folder(unfinished) = &self.unfinished;
        File::open(unfinished)?.sync_all()?;
        fs::rename(unfinished, &self.path)?;
        self.complete = true;
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if !self.complete {
            // What can't be removed is reported by the next backup.
            let _ = fs::remove_dir_all(&self.unfinished.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NewFolder;

    #[test]
    fn a_folder_appears_complete_or_not_at_all_and_replaces_nothing() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("backup");
        let begun = NewFolder::create(&path).expect("a folder");
        let refused = NewFolder::create(&path).expect_err("it is being written");
        assert!(refused.to_string().contains("backup.unfinished exists"), "{refused}");
        std::fs::write(begun.folder().manifest(), "{}").expect("a file");
        assert!(!path.exists());
        drop(begun);
        assert_eq!(std::fs::read_dir(home.path()).expect("a directory").count(), 0);

        NewFolder::create(&path).expect("a folder").complete().expect("its name");
        assert!(path.is_dir());
        let refused = NewFolder::create(&path).expect_err("it exists");
        assert!(refused.to_string().contains("never replaces"), "{refused}");
    }
}
