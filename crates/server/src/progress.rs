//! Progress of long work on standard error: a bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::note;

/// Time between two plain lines.
const LINE_INTERVAL: Duration = Duration::from_secs(1);
/// A rate that was measured for less time is a guess, and isn't shown.
const RATE_AFTER: Duration = Duration::from_millis(500);
/// A bar between the step and the figures. It gets the rest of the terminal's line.
const BAR: &str = "{prefix} [{wide_bar}] {msg}";
/// The longest name of a step beside a bar. With it, the longest figures leave a bar of four characters in a line
/// of 80.
const STEP_CHARS: usize = 36;
/// The greatest rate that is shown, and the longest time.
const RATE_MAX: u64 = 9_999_999;
const LEFT_MAX: u64 = 999 * 86_400;

/// Shows the progress of long work on standard error.
#[derive(Debug)]
pub(crate) struct Progress {
    unit: &'static str,
    shown: Shown,
    step: Option<Step>,
}

#[derive(Debug)]
enum Shown {
    Bar(ProgressBar),
    Lines { last: Option<Instant> },
}

/// What is being done, since when, and how much was done before.
#[derive(Debug)]
struct Step {
    name: String,
    begun: Instant,
    before: u64,
}

impl Progress {
    /// Counts in `unit`, a plural.
    pub(crate) fn new(unit: &'static str) -> Self {
        let shown = if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template(BAR);
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            Shown::Bar(ProgressBar::no_length().with_style(style.progress_chars("=> ")))
        } else {
            Shown::Lines { last: None }
        };
        Self { unit, shown, step: None }
    }

    /// Shows that `done` of `total` of this step are done. The rate is measured for each step.
    pub(crate) fn show(&mut self, step: &str, done: u64, total: u64) {
        self.show_in(self.unit, step, done, total);
    }

    /// The same for a step that counts in another unit.
    pub(crate) fn show_in(&mut self, unit: &str, step: &str, done: u64, total: u64) {
        let now = Instant::now();
        let known = self.step.take().filter(|known| known.name == step);
        let news = known.is_none();
        let known =
            known.unwrap_or_else(|| Step { name: step.to_owned(), begun: now, before: done });
        let elapsed = now.duration_since(known.begun);
        let figures = Figures::of(done, total, done.saturating_sub(known.before), elapsed);
        self.step = Some(known);
        match &mut self.shown {
            Shown::Bar(bar) => {
                bar.set_prefix(short(step));
                bar.set_length(total.max(1));
                bar.set_position(done);
                bar.set_message(figures.short());
            }
            Shown::Lines { last } => {
                if news || last.is_none_or(|last| now.duration_since(last) >= LINE_INTERVAL) {
                    *last = Some(now);
                    note(format_args!("{step}: {}", figures.long(unit)));
                }
            }
        }
    }

    /// Removes the bar. The command prints the result.
    pub(crate) fn end(self) {
        if let Shown::Bar(bar) = self.shown {
            bar.finish_and_clear();
        }
    }
}

/// The name of a step, cut to [`STEP_CHARS`].
fn short(step: &str) -> String {
    let step = step.replace(" generation ", " ");
    match step.char_indices().nth(STEP_CHARS) {
        None => step,
        Some(_) => step.chars().take(STEP_CHARS.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// How far a step is, how fast and how long.
#[derive(Clone, Copy, Debug)]
struct Figures {
    done: u64,
    total: u64,
    percent: u64,
    /// What is done per second, and the remaining seconds.
    rate: Option<(u64, u64)>,
}

impl Figures {
    /// Of a step in which `gained` were done in `elapsed`.
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "products of numbers of 64 bits in 128, and no divisor is 0"
    )]
    fn of(done: u64, total: u64, gained: u64, elapsed: Duration) -> Self {
        let number = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
        let percent = (u128::from(done) * 100).checked_div(u128::from(total)).unwrap_or(100);
        let millis = elapsed.as_millis();
        let rate = (elapsed >= RATE_AFTER && gained > 0 && millis > 0).then(|| {
            let left = total.saturating_sub(done);
            let seconds_left = (u128::from(left) * millis).div_ceil(u128::from(gained) * 1_000);
            (number(u128::from(gained) * 1_000 / millis), number(seconds_left))
        });
        Self { done, total, percent: number(percent).min(100), rate }
    }

    /// For a line.
    fn long(self, unit: &str) -> String {
        let Self { done, total, percent, rate } = self;
        let far = format!("{} of {} {unit}, {percent} %", grouped(done), grouped(total));
        match rate {
            Some((rate, left)) => format!("{far}, {}/s, {} left", grouped(rate), duration(left)),
            None => far,
        }
    }

    /// Beside a bar.
    fn short(self) -> String {
        let percent = self.percent;
        match self.rate {
            Some((rate, left)) => {
                let (rate, left) = (grouped(rate.min(RATE_MAX)), duration(left.min(LEFT_MAX)));
                format!("{percent} %, {rate}/s, {left} left")
            }
            None => format!("{percent} %"),
        }
    }
}

/// A number of seconds in its two largest units.
pub(crate) fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// A number with a comma before each group of three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len().saturating_mul(2));
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && digits.len().saturating_sub(nth).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests;
