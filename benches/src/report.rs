//! What is printed.
#![expect(clippy::print_stdout, reason = "its output is what this program is for")]

use crate::cpu::Cpu;
use crate::load::Run;

/// The runs of one stack at one number of callers.
#[derive(Debug, Default)]
pub(crate) struct Runs(Vec<(Run, Cpu)>);

/// Medians over runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Median {
    /// Commands acknowledged per second.
    pub(crate) rate: f64,
    /// Half of the answers came within this time, in microseconds.
    pub(crate) p50_us: f64,
    /// 99 in 100 came within this time, in microseconds.
    pub(crate) p99_us: f64,
    /// CPU time of the stack's own processes for each command, in microseconds.
    pub(crate) own_us: f64,
    /// CPU time of PostgreSQL for each command, in microseconds.
    pub(crate) postgres_us: f64,
    /// Commands that failed, in all runs.
    pub(crate) failed: u64,
}

impl Runs {
    /// Adds a run and the CPU time that it took.
    pub(crate) fn add(&mut self, run: Run, cpu: Cpu) {
        self.0.push((run, cpu));
    }

    /// Commands acknowledged in all runs.
    pub(crate) fn done(&self) -> u64 {
        self.0.iter().map(|(run, _)| run.done).sum()
    }

    /// What was acknowledged per second, in the median.
    pub(crate) fn rate(&self) -> f64 {
        self.median().rate
    }

    /// The medians.
    pub(crate) fn median(&self) -> Median {
        let of = |value: &dyn Fn(&(Run, Cpu)) -> f64| {
            let mut values: Vec<f64> = self.0.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        Median {
            rate: of(&|(run, _)| run.rate()),
            p50_us: of(&|(run, _)| f64::from(run.p50_us)),
            p99_us: of(&|(run, _)| f64::from(run.p99_us)),
            own_us: of(&|(run, cpu)| cpu.per(run.done).0),
            postgres_us: of(&|(run, cpu)| cpu.per(run.done).1),
            failed: self.0.iter().map(|(run, _)| run.failed).sum(),
        }
    }
}

/// Says something.
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// The head of the table.
pub(crate) fn head() {
    println!(
        "{:<22}|{:>9} {:>8} {:>8} {:>11} |{:>9} {:>8} {:>8} {:>11} | ratio",
        "", "ours/s", "p50 ms", "p99 ms", "cpu µs", "stock/s", "p50 ms", "p99 ms", "cpu µs"
    );
    println!("{}", "-".repeat(118));
}

/// A row: both stacks, and whether the ratio is at least `goal`.
pub(crate) fn row(what: &str, ours: &Runs, stock: &Runs, goal: f64) {
    let (ours, stock) = (ours.median(), stock.median());
    let ratio = ours.rate / stock.rate;
    let verdict = if ratio >= goal { "reached" } else { "missed" };
    println!("{what:<22}|{} |{} | {ratio:.2}  goal {goal:.1} {verdict}", half(&ours), half(&stock));
    for (name, median) in [("ours", ours), ("stock", stock)] {
        if median.failed > 0 {
            println!("{:<22}| {name}: {} commands failed and are not counted", "", median.failed);
        }
    }
}

/// CPU time is that of this process and that of PostgreSQL.
fn half(median: &Median) -> String {
    let Median { rate, p50_us, p99_us, own_us, postgres_us, .. } = median;
    let cpu = format!("{own_us:.0} + {postgres_us:.0}");
    format!("{rate:>9.0} {:>8.2} {:>8.2} {cpu:>11}", p50_us / 1e3, p99_us / 1e3)
}
