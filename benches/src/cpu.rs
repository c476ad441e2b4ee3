//! CPU time as the kernel counts it, for this process and for PostgreSQL's.

use std::fs;
use std::time::Duration;

/// Linux reports times to programs in hundredths of a second, whatever it counts in itself.
const TICK: Duration = Duration::from_millis(10);

/// CPU time spent so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cpu {
    /// By this process.
    pub(crate) own: Duration,
    /// By PostgreSQL's processes, those that have ended too.
    pub(crate) postgres: Duration,
}

impl Cpu {
    /// As of now. `postmaster` is PostgreSQL's first process, if it runs on this machine.
    pub(crate) fn read(postmaster: Option<u32>) -> Self {
        let own = stat("self").map_or(Duration::ZERO, |stat| stat.spent);
        let postgres = postmaster.map_or(Duration::ZERO, of_tree);
        Self { own, postgres }
    }

    /// Spent since `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            own: self.own.saturating_sub(before.own),
            postgres: self.postgres.saturating_sub(before.postgres),
        }
    }

    /// Microseconds for each of `count` commands, here and in PostgreSQL.
    #[expect(clippy::cast_precision_loss, reason = "a run has far fewer than 2^52 commands")]
    pub(crate) fn per(self, count: u64) -> (f64, f64) {
        let per = |spent: Duration| spent.as_secs_f64() * 1e6 / count.max(1) as f64;
        (per(self.own), per(self.postgres))
    }
}

/// What one process says of itself.
struct Stat {
    parent: u32,
    spent: Duration,
    /// By its children that have ended.
    spent_below: Duration,
}

/// The fields after the name, which is in parentheses and may hold anything (proc(5)).
fn stat(process: &str) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let ticks = |first: usize| -> Option<Duration> {
        let of = |nth: usize| fields.get(nth)?.parse::<u32>().ok();
        Some(TICK * of(first)?.checked_add(of(first + 1)?)?)
    };
    let parent = fields.get(1)?.parse().ok()?;
    Some(Stat { parent, spent: ticks(11)?, spent_below: ticks(13)? })
}

/// The parent of a process.
pub(crate) fn parent(process: u32) -> Option<u32> {
    stat(&process.to_string()).map(|stat| stat.parent)
}

/// The process and its children: PostgreSQL has no grandchildren.
fn of_tree(postmaster: u32) -> Duration {
    let Some(root) = stat(&postmaster.to_string()) else { return Duration::ZERO };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let children = processes
        .filter_map(|process| stat(process.file_name().to_str()?))
        .filter(|stat| stat.parent == postmaster)
        .map(|stat| stat.spent)
        .sum::<Duration>();
    root.spent + root.spent_below + children
}
