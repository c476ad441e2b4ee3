//! The chart: for each row a group of bars, of how many times faster than the stock stack.

use std::fmt::Write as _;

use super::table::{Row, STACKS, STOCK};
use crate::report::Runs;

/// Pixels.
const BAR: f64 = 20.0;
const GAP: f64 = 26.0;
const LEFT: f64 = 52.0;
const TOP: f64 = 44.0;
const HEIGHT: f64 = 300.0;
/// From a hundredth of the stock stack's rate to a hundred times it, as powers of ten.
const DECADES: (i32, i32) = (-2, 2);
/// One for each stack, distinguishable on white and on black, and with colour blindness.
const COLOURS: [&str; STACKS.len()] = ["#d55e00", "#888888", "#56b4e9", "#009e73", "#cc79a7"];

/// Draws the rows. What is text takes the reader's colour scheme.
pub(super) fn draw(rows: &[Row]) -> String {
    let shown: Vec<usize> = (0..STACKS.len()).filter(|nth| *nth != STOCK).collect();
    let count = |of: usize| f64::from(u32::try_from(of).unwrap_or(u32::MAX));
    let group = BAR * count(shown.len()) + GAP;
    let (width, height) = (LEFT + group * count(rows.len()) + GAP, TOP + HEIGHT + 56.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         font-family=\"sans-serif\" font-size=\"11\">\n\
         <title>Commands per second, as a multiple of the stock stack's</title>\n\
         <style>\n  text {{ fill: #222 }} line {{ stroke: #999; stroke-width: 0.5 }} .one {{ stroke-width: 1.5 \
         }}\n  @media (prefers-color-scheme: dark) {{ text {{ fill: #ddd }} }}\n</style>\n"
    );
    for decade in DECADES.0..=DECADES.1 {
        let (times, class) = (10_f64.powi(decade), if decade == 0 { " class=\"one\"" } else { "" });
        let y = height_of(times);
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{width}\" y1=\"{y:.1}\" y2=\"{y:.1}\"{class}/>\n\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{times} ×</text>",
            LEFT - 6.0,
            y + 4.0
        );
    }
    for (place, nth) in shown.iter().enumerate() {
        let x = LEFT + 130.0 * count(place);
        let (colour, name) = (COLOURS[*nth], STACKS[*nth]);
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"12\" width=\"11\" height=\"11\" fill=\"{colour}\"/>\n\
             <text x=\"{}\" y=\"22\">{name}</text>",
            x + 16.0
        );
    }
    for (place, row) in rows.iter().enumerate() {
        let x = LEFT + GAP / 2.0 + group * count(place);
        bars(&mut svg, row, x, &shown);
        let middle = x + BAR * count(shown.len()) / 2.0;
        let (work, _) = row.kind.name().split_once(' ').unwrap_or((row.kind.name(), ""));
        let base = TOP + HEIGHT;
        let _ = writeln!(
            svg,
            "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\" font-weight=\"bold\">{work}</text>\n\
             <text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{} callers</text>",
            base + 18.0,
            base + 32.0,
            row.callers
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// The bars of a row: upwards from the stock stack's line what is faster, downwards what is slower.
fn bars(svg: &mut String, row: &Row, x: f64, shown: &[usize]) {
    let rate = |nth: usize| row.runs.get(nth)?.as_ref().map(Runs::rate);
    let mut x = x;
    for nth in shown {
        if let Some(times) = rate(*nth).zip(rate(STOCK)).map(|(own, stock)| own / stock) {
            let (one, end) = (height_of(1.0), height_of(times));
            let (top, tall) = (one.min(end), (one - end).abs().max(1.0));
            let digits = usize::from(times < 9.95) + usize::from(times < 0.95);
            let label = if times < 1.0 { end + 11.0 } else { end - 3.0 };
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{tall:.1}\" \
                 fill=\"{}\"/>\n<text x=\"{:.1}\" y=\"{label:.1}\" text-anchor=\"middle\" \
                 font-size=\"8\">{times:.digits$}</text>",
                BAR - 2.0,
                COLOURS[*nth],
                x + BAR / 2.0 - 1.0
            );
        }
        x += BAR;
    }
}

/// Where on the chart so many times the stock stack's rate is; what is beyond its ends is at them.
fn height_of(times: f64) -> f64 {
    let (lowest, highest) = (f64::from(DECADES.0), f64::from(DECADES.1));
    let decade = times.log10().clamp(lowest, highest);
    TOP + HEIGHT * (highest - decade) / (highest - lowest)
}
