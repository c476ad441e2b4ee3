//! How to run a private PostgreSQL.

use std::path::PathBuf;

/// The superuser, and the database of the service.
pub(super) const NAME: &str = "dossier";

/// The oldest major version whose SQL the service uses.
pub(super) const MAJOR_MIN: u32 = 15;

/// How to run a private PostgreSQL.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Options {
    /// The service's directory. PostgreSQL's own data are in `<data_dir>/postgres/data`. Created if
    /// missing; existing data are kept.
    pub data_dir: PathBuf,
    /// The directory with the programs `postgres` and `initdb`. By default, the version that wrote the
    /// data, or the newest if there are no data, where Debian installs it or on the `PATH`.
    pub bin_dir: Option<PathBuf>,
    /// The user to run as when the service runs as root, as which PostgreSQL refuses to run. By default
    /// the owner of the data, else `postgres`, else `nobody`. Ignored if the service does not run as root.
    pub user: Option<String>,
    /// What is expected of the data.
    pub data: Data,
    /// The memory that the server may plan with, in MiB. By default, that of the machine or of its control
    /// group.
    pub memory_mib: Option<u32>,
    /// Settings of PostgreSQL, as name and value. They replace ours, except those that this module needs
    /// (the socket, the log).
    pub settings: Vec<(String, String)>,
}

/// What a start expects of the data.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Data {
    /// If there are none, an empty database is created.
    #[default]
    Created,
    /// There must be some. Otherwise the start fails, and changes nothing.
    Existing,
    /// They were just copied from a backup, and are not verified yet.
    Restored,
}

impl Options {
    /// For tests: fast, but a crash of the machine may lose everything. A crash of the service or of the
    /// server loses nothing.
    ///
    /// `data_dir` may be an empty directory that only its owner can enter. If root runs the service, the
    /// server's user gets access to it.
    #[must_use]
    pub fn throwaway(data_dir: impl Into<PathBuf>) -> Self {
        // Commits stay synchronous: the operating system has them before they are answered.
        let settings = [
            ("fsync", "off"),
            ("full_page_writes", "off"),
            ("wal_compression", "off"),
            // Many of them may run on one machine.
            ("shared_buffers", "128MB"),
            ("max_wal_size", "1GB"),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Self { data_dir: data_dir.into(), settings, ..Self::default() }
    }
}

/// The data directory without `--data-dir`: `/var/lib/dossier` for root, otherwise
/// `$XDG_DATA_HOME/dossier` or `$HOME/.local/share/dossier`.
///
/// `lookup` is the environment. `None` when that names no home.
pub fn default_data_dir(lookup: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    data_dir_of(rustix::process::geteuid().is_root(), lookup)
}

pub(super) fn data_dir_of(root: bool, lookup: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    if root {
        return Some("/var/lib/dossier".into());
    }
    // The XDG specification says to ignore relative ones.
    let absolute = |name| lookup(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let share = absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local").join("share")));
    share.map(|directory| directory.join(NAME))
}
