//! The memory and the disk of the machine, and the settings of a private server that follow from them.

use std::fs;
use std::path::{self, Path};

use rustix::fs::statvfs;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// Below this, only an eighth of the memory is for buffers. Above, the service's own memory is left out.
const SMALL_MEMORY_MIB: u64 = 1_024;
const BUFFERS_MIN_MIB: u64 = 128;
/// More helps little, and a start takes longer.
const BUFFERS_MAX_MIB: u64 = 8_192;
/// After a crash all of it is read again, which takes about a minute for 8 GiB.
const WAL_MAX_MIB: u64 = 8_192;
const WAL_MIN_MIB: u64 = 256;

/// What a private server may plan with. What is not known counts as little.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Machine {
    memory_mib: Option<u64>,
    disk_free_mib: Option<u64>,
}

impl Machine {
    /// This machine, with the disk of `data_dir`. `memory_mib` replaces the memory that is found.
    pub(super) fn look(data_dir: &Path, memory_mib: Option<u32>) -> Self {
        let memory_mib = memory_mib.map(u64::from).or_else(|| memory_mib_in(Path::new("/")));
        Self { memory_mib, disk_free_mib: disk_free_mib(data_dir) }
    }

    /// The settings for it.
    pub(super) fn settings(self) -> [(&'static str, String); 4] {
        let memory = self.memory_mib.unwrap_or(SMALL_MEMORY_MIB);
        let buffers = memory
            .checked_sub(SMALL_MEMORY_MIB)
            .map_or(memory / 8, |rest| (rest / 4).clamp(BUFFERS_MIN_MIB, BUFFERS_MAX_MIB));
        let wal = (self.disk_free_mib.unwrap_or_default() / 10).clamp(WAL_MIN_MIB, WAL_MAX_MIB);
        [
            ("shared_buffers", format!("{}MB", buffers.max(16))),
            ("effective_cache_size", format!("{}MB", (memory / 2).max(64))),
            ("max_wal_size", format!("{wal}MB")),
            // After a checkpoint the first change of a page writes all of it to the log.
            ("checkpoint_timeout", "15min".to_owned()),
        ]
    }
}

/// The memory that the process may use: that of the machine, or the lowest limit of its control groups.
fn memory_mib_in(root: &Path) -> Option<u64> {
    let machine = fs::read_to_string(root.join("proc/meminfo")).ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(KIB)
    });
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let limits = groups.lines().filter_map(|line| limit_of(root, line));
    limits.chain(machine).min().map(|bytes| bytes / MIB)
}

/// The lowest limit of a control group and those above it. `line` is from `/proc/self/cgroup`.
fn limit_of(root: &Path, line: &str) -> Option<u64> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (controllers, path) = (parts.next()?, parts.next()?);
    let (hierarchy, file) = if controllers.is_empty() {
        ("sys/fs/cgroup", "memory.max")
    } else if controllers.split(',').any(|controller| controller == "memory") {
        ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
    } else {
        return None;
    };
    // In a container, only the groups at its end may be visible.
    let group = Path::new(path.trim_start_matches('/'));
    let limit = |group: &Path| {
        let limit = fs::read_to_string(root.join(hierarchy).join(group).join(file)).ok()?;
        limit.trim().parse::<u64>().ok()
    };
    group.ancestors().filter_map(limit).min()
}

/// The free space of the disk on which a directory is, or will be.
fn disk_free_mib(directory: &Path) -> Option<u64> {
    // The last ancestor of a relative path is empty, which is no directory.
    let directory = path::absolute(directory).ok()?;
    let disk = statvfs(directory.ancestors().find(|ancestor| ancestor.is_dir())?).ok()?;
    Some(disk.f_bavail.checked_mul(disk.f_frsize)? / MIB)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Machine, memory_mib_in};

    #[track_caller]
    fn check(memory_mib: u64, disk_free_mib: u64, expected: [&str; 3]) {
        let machine = Machine { memory_mib: Some(memory_mib), disk_free_mib: Some(disk_free_mib) };
        let [buffers, cache, wal, _] = machine.settings().map(|(_, value)| value);
        assert_eq!([&*buffers, &cache, &wal], expected, "{machine:?}");
    }

    #[test]
    fn a_private_server_takes_what_its_machine_can_spare() {
        check(24_576, 51_200, ["5888MB", "12288MB", "5120MB"]);
        check(8_192, 200_000, ["1792MB", "4096MB", "8192MB"]);
        check(262_144, 2_000_000, ["8192MB", "131072MB", "8192MB"]);
    }

    #[test]
    fn a_small_machine_is_not_starved() {
        check(2_048, 10_000, ["256MB", "1024MB", "1000MB"]);
        check(1_024, 4_000, ["128MB", "512MB", "400MB"]);
        check(512, 1_000, ["64MB", "256MB", "256MB"]);
        check(64, 0, ["16MB", "64MB", "256MB"]);
        let unknown = Machine::default().settings().map(|(_, value)| value);
        assert_eq!(unknown, ["128MB", "512MB", "256MB", "15min"]);
    }

    fn write(root: &Path, file: &str, text: &str) {
        let file = root.join(file);
        fs::create_dir_all(file.parent().expect("a directory")).expect("created");
        fs::write(file, text).expect("written");
    }

    #[test]
    fn the_lowest_limit_of_control_groups_counts() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path();
        assert_eq!(memory_mib_in(root), None);
        write(root, "proc/meminfo", "MemTotal:       8388608 kB\nMemFree: 1 kB\n");
        assert_eq!(memory_mib_in(root), Some(8_192));
        write(root, "proc/self/cgroup", "4:cpu,memory:/a/b\n0::/x/y\n");
        assert_eq!(memory_mib_in(root), Some(8_192), "there are no limits");
        write(root, "sys/fs/cgroup/x/y/memory.max", "max\n");
        write(root, "sys/fs/cgroup/x/memory.max", "2147483648\n");
        assert_eq!(memory_mib_in(root), Some(2_048), "the group above has a limit");
        write(root, "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "1073741824\n");
        assert_eq!(memory_mib_in(root), Some(1_024));
        write(root, "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(memory_mib_in(root), Some(2_048), "no limit is a large number");
    }
}
