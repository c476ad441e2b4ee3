//! What `/metrics` says about this process, under the names that Prometheus' own libraries use. The numbers are
//! those of Linux' `/proc`; elsewhere there are none.

use std::fmt::Write as _;
use std::fs;

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Resource, getrlimit};

/// The names of the metrics of the process.
pub const PROCESS_METRICS: [&str; 7] = [
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_virtual_memory_bytes",
    "process_threads",
    "process_open_fds",
    "process_max_fds",
    "process_start_time_seconds",
];

/// The metrics of the process, as text.
pub(super) fn text() -> String {
    let mut text = String::new();
    let Some(found) = Usage::of_this_process() else { return text };
    let figures = [
        ("counter", "User and system CPU time of the process.", found.cpu_seconds),
        ("gauge", "Memory of the process that is in RAM.", found.resident_bytes),
        ("gauge", "Address space of the process.", found.virtual_bytes),
        ("gauge", "Threads of the process.", found.threads),
        ("gauge", "Open file descriptors of the process.", found.open_files),
        ("gauge", "File descriptors that the process may have.", found.files_max),
        ("gauge", "Start of the process, in seconds since 1970.", found.started_at),
    ];
    for (name, (kind, help, value)) in PROCESS_METRICS.iter().zip(figures) {
        // Writing to a text can't fail.
        let value = if value.is_finite() { value.to_string() } else { "+Inf".to_owned() };
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
    }
    text
}

struct Usage {
    cpu_seconds: f64,
    resident_bytes: f64,
    virtual_bytes: f64,
    threads: f64,
    open_files: f64,
    files_max: f64,
    started_at: f64,
}

impl Usage {
    #[expect(
        clippy::cast_precision_loss,
        clippy::as_conversions,
        reason = "metrics are numbers of 64 bits with a fraction"
    )]
    fn of_this_process() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // The name before the parenthesis may have blanks. Field 3 of proc(5) follows it.
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        let field = |number: usize| fields.get(number.checked_sub(3)?)?.parse::<f64>().ok();
        let ticks = clock_ticks_per_second() as f64;
        let booted = fs::read_to_string("/proc/stat").ok()?;
        let booted = booted.lines().find_map(|line| line.strip_prefix("btime "))?;
        let booted: f64 = booted.trim().parse().ok()?;
        // The descriptor of this very list doesn't count.
        let open_files = fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1);
        let files_max = getrlimit(Resource::Nofile).current;
        Some(Self {
            cpu_seconds: (field(14)? + field(15)?) / ticks,
            threads: field(20)?,
            started_at: booted + field(22)? / ticks,
            virtual_bytes: field(23)?,
            resident_bytes: field(24)? * page_size() as f64,
            open_files: open_files as f64,
            files_max: files_max.map_or(f64::INFINITY, |files| files as f64),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{PROCESS_METRICS, text};

    fn value(name: &str) -> f64 {
        let text = text();
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("{name}: {text}")).parse().expect("a number")
    }

    #[test]
    fn the_figures_of_this_process_are_plausible() {
        for name in PROCESS_METRICS {
            assert!(value(name) > 0.0 || name == "process_cpu_seconds_total", "{name}");
        }
        let now = std::time::UNIX_EPOCH.elapsed().expect("a time").as_secs_f64();
        let age = now - value("process_start_time_seconds");
        assert!((-2.0..3_600.0).contains(&age), "{age}");
        assert!(value("process_resident_memory_bytes") < value("process_virtual_memory_bytes"));
        let before = value("process_open_fds");
        let open: Vec<_> =
            (0..40).map(|_| std::fs::File::open("/dev/null").expect("a file")).collect();
        assert!(value("process_open_fds") >= before + 20.0, "{} files were opened", open.len());
        let begun = value("process_cpu_seconds_total");
        while value("process_cpu_seconds_total") <= begun {}
    }
}
