//! The files of the private server, and who may access them.
//!
//! `<data_dir>/postgres` holds `data` (PostgreSQL's own), `run` (its socket), `log`, `password`,
//! `service-password` and `service.lock`, and `restore.unfinished` during a restore. It belongs to the service's user.
//! If that is root, the server's user owns only `data` and `run`: root never writes where that user could put a link.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags, StatVfsMountFlags, flock, statvfs};

use super::account::Account;
use super::error::{PostgresError, io};

/// How long a start waits for the directory's lock: a service that was just killed can still hold it for a
/// moment.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// The longest path of a socket, in bytes, without the zero at its end (`sun_path` of unix(7)).
const SOCKET_PATH_BYTES_MAX: usize = 107;

/// The socket's name in its directory. Nothing listens on TCP; the port is only part of the name.
const SOCKET: &str = ".s.PGSQL.5432";

/// How much of the end of the log is shown when the server failed, in bytes.
const TAIL_BYTES: u64 = 2_000;

/// The private server's directory.
#[derive(Clone, Debug)]
pub(super) struct Home {
    /// The service's directory.
    data_dir: PathBuf,
    /// The part with the server's files.
    path: PathBuf,
}

impl Home {
    /// The home in `data_dir`. It need not exist.
    pub(super) fn of(data_dir: &Path) -> Self {
        Self { data_dir: data_dir.to_owned(), path: data_dir.join("postgres") }
    }

    /// The service's directory.
    pub(super) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The part with the server's files.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// PostgreSQL's own directory.
    pub(super) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// The server's log.
    pub(super) fn log(&self) -> PathBuf {
        self.path.join("log").join("postgres.log")
    }

    /// The password of the superuser.
    pub(super) fn password(&self) -> PathBuf {
        self.path.join("password")
    }

    /// The password of the service's own login.
    pub(super) fn service_password(&self) -> PathBuf {
        self.path.join("service-password")
    }

    /// A file that is there until a restore is complete and verified.
    pub(super) fn restoring(&self) -> PathBuf {
        self.path.join("restore.unfinished")
    }

    /// A path in the home.
    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Creates missing directories, and returns the home with its real, absolute path.
    ///
    /// # Errors
    ///
    /// [`PostgresError::Io`].
    pub(super) fn create(&self) -> Result<Self, PostgresError> {
        let data_dir = &self.data_dir;
        DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(data_dir)
            .map_err(io(format!("create {}", data_dir.display())))?;
        let data_dir = fs::canonicalize(data_dir)
            .map_err(io(format!("find the real path of {}", data_dir.display())))?;
        let home = Self::of(&data_dir);
        for directory in [home.path.clone(), home.join("log"), home.join("run")] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&directory)
                .map_err(io(format!("create {}", directory.display())))?;
        }
        Ok(home)
    }

    /// Locks the directory for this process, until the file is dropped.
    ///
    /// # Errors
    ///
    /// [`PostgresError::InUse`] after waiting, or [`PostgresError::Io`].
    pub(super) fn lock(&self) -> Result<File, PostgresError> {
        let path = self.join("service.lock");
        let open = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(&path);
        let mut file = open.map_err(io(format!("open {}", path.display())))?;
        let deadline = Instant::now() + LOCK_PATIENCE;
        while let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK && error != rustix::io::Errno::INTR {
                return Err(io(format!("lock {}", path.display()))(error.into()));
            }
            if Instant::now() >= deadline {
                let mut holder = String::new();
                let read = file.read_to_string(&mut holder);
                let holder = if read.is_ok() { holder.trim().to_owned() } else { "?".to_owned() };
                return Err(PostgresError::InUse { data_dir: self.data_dir.clone(), holder });
            }
            thread::sleep(Duration::from_millis(50));
        }
        // Only for the error text of another service, so a failure to write it does no harm.
        let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(file)
    }

    /// Allows the server's user to enter the home, and gives it the directory of its socket.
    ///
    /// # Errors
    ///
    /// [`PostgresError::Io`].
    pub(super) fn open_to(&self, account: &Account) -> Result<(), PostgresError> {
        let let_in = || -> io::Result<()> {
            chown(&self.path, None, Some(account.gid))?;
            fs::set_permissions(&self.path, Permissions::from_mode(0o710))?;
            let found = fs::metadata(&self.data_dir)?;
            // If only this service uses the directory, its mode may change; otherwise not.
            if !account.may_enter(&found) && fs::read_dir(&self.data_dir)?.count() == 1 {
                let mode = found.permissions().mode() | 0o001;
                fs::set_permissions(&self.data_dir, Permissions::from_mode(mode))?;
            }
            chown(self.join("run"), Some(account.uid), Some(account.gid))
        };
        let_in().map_err(io(format!("give {} to {}", self.path.display(), account.name)))
    }

    /// The directory for the socket, empty: `run`, or one in the temporary directory when the path
    /// to `run` is longer than a socket's may be.
    ///
    /// # Errors
    ///
    /// [`PostgresError::SocketDir`] or [`PostgresError::Io`].
    pub(super) fn socket_dir(&self, account: Option<&Account>) -> Result<PathBuf, PostgresError> {
        let run = self.join("run");
        let directory = if fits(&run) { run } else { self.short_socket_dir(account)? };
        // From a server that was killed: its lock file would stop the next one.
        for name in [SOCKET.to_owned(), format!("{SOCKET}.lock")] {
            let file = directory.join(name);
            match fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(io(format!("remove {}", file.display()))(error));
                }
                _ => {}
            }
        }
        Ok(directory)
    }

    /// The directory where a running server has its socket, if there is one.
    pub(super) fn existing_socket_dir(&self) -> Option<PathBuf> {
        let run = self.join("run");
        let short = || {
            let name = self.short_name().ok()?;
            let mut parents = [std::env::temp_dir(), "/tmp".into()].into_iter();
            parents.find_map(|parent| Some(parent.join(&name)).filter(|found| found.is_dir()))
        };
        let directory = if fits(&run) { run } else { short()? };
        directory.join(SOCKET).exists().then_some(directory)
    }

    fn short_name(&self) -> io::Result<String> {
        let home = fs::metadata(&self.path)?;
        Ok(format!("dossier-{:x}-{:x}", home.dev(), home.ino()))
    }

    /// Its name has the device and inode of the home, so that each home has its own.
    fn short_socket_dir(&self, account: Option<&Account>) -> Result<PathBuf, PostgresError> {
        let name = self.short_name().map_err(io(format!("see {}", self.path.display())))?;
        let directory = [std::env::temp_dir(), "/tmp".into()]
            .into_iter()
            .map(|parent| parent.join(&name))
            .find(|directory| fits(directory))
            .ok_or_else(|| PostgresError::SocketDir { problem: "all are too long".to_owned() })?;
        match DirBuilder::new().mode(0o700).create(&directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(io(format!("create {}", directory.display()))(error));
            }
            _ => {}
        }
        // Every user can write to the temporary directory: another one may have created it.
        let found =
            fs::symlink_metadata(&directory).map_err(io(format!("see {}", directory.display())))?;
        let us = rustix::process::geteuid().as_raw();
        let ours = found.uid() == us || account.is_some_and(|account| account.uid == found.uid());
        if !found.is_dir() || !ours {
            let problem = format!("{} belongs to another user; remove it", directory.display());
            return Err(PostgresError::SocketDir { problem });
        }
        if let Some(account) = account {
            chown(&directory, Some(account.uid), Some(account.gid)).map_err(io(format!(
                "give {} to {}",
                directory.display(),
                account.name
            )))?;
        }
        Ok(directory)
    }

    /// Removes the directory of the socket, unless it is part of the home.
    pub(super) fn remove_socket_dir(&self, directory: &Path) {
        if !directory.starts_with(&self.path) {
            // If it is not empty it stays, and the next start uses it again.
            let _ = fs::remove_dir(directory);
        }
    }

    /// Opens a new log, and keeps the one before: it may show why that server ended.
    ///
    /// # Errors
    ///
    /// [`PostgresError::Io`].
    pub(super) fn new_log(&self) -> Result<File, PostgresError> {
        let log = self.log();
        // The first time, there is none.
        let _ = fs::rename(&log, log.with_extension("log.1"));
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(&log)
            .map_err(io(format!("open {}", log.display())))
    }

    /// The end of the log, for an error's text.
    pub(super) fn log_tail(&self) -> String {
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(self.log())?;
            let start = file.metadata()?.len().saturating_sub(TAIL_BYTES);
            file.seek(SeekFrom::Start(start))?;
            let mut bytes = vec![];
            file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = read().unwrap_or_default();
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }
}

/// The space under which a disk counts as full, in bytes.
const DISK_BYTES_MIN: u64 = 256 * 1024;

impl Home {
    /// A sentence about a full or read-only disk, for an error's text; empty otherwise. A server that cannot
    /// write its log cannot report it.
    pub(super) fn disk_problem(&self) -> String {
        let Ok(found) = statvfs(&self.path) else { return String::new() };
        let path = self.path.display();
        if found.f_flag.contains(StatVfsMountFlags::RDONLY) {
            return format!("; the disk of {path} is read-only: mount it writable");
        }
        if found.f_bavail.saturating_mul(found.f_frsize) < DISK_BYTES_MIN || found.f_favail == 0 {
            return format!("; the disk of {path} is full: free some space");
        }
        String::new()
    }
}

fn fits(directory: &Path) -> bool {
    directory.join(SOCKET).as_os_str().as_bytes().len() <= SOCKET_PATH_BYTES_MAX
}
