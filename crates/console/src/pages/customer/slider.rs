//! The strip and the slider of versions: when the customer changed, and links to any version.

use chrono::{DateTime, Utc};
use domain::CustomerId;
use http::{App, Problem};
use maud::{Markup, html};
use store::{Current, TenantRef};

use crate::look::time;
use crate::session::Session;
use crate::url;
use crate::words::moments;

/// Marks on the strip, at most, besides that of the latest version. Each is one look-up, however long the history.
const MARKS_MAX: i64 = 200;
/// The strip's width and height, in its own units.
const WIDTH: f64 = 1_000.0;
const HEIGHT: i32 = 48;

/// A version and its time.
pub(super) struct Mark {
    version: i64,
    at: DateTime<Utc>,
}

/// The times of the customer's versions: of all, or of some that lie evenly apart.
pub(super) async fn marks(
    app: &App,
    tenant: TenantRef,
    now: &Current,
) -> Result<Vec<Mark>, Problem> {
    let versions = evenly(now.version);
    let found = app.store.times(tenant, CustomerId(now.id), versions).await?;
    Ok(found.into_iter().map(|(version, at)| Mark { version, at }).collect())
}

/// The versions that get a mark, from 1 to `last` and including both.
fn evenly(last: i64) -> Vec<i64> {
    let step = last.checked_div(MARKS_MAX).unwrap_or(0).saturating_add(1);
    let step = usize::try_from(step).unwrap_or(1);
    let mut versions: Vec<i64> = (1..=last).step_by(step).collect();
    if versions.last() != Some(&last) {
        versions.push(last);
    }
    versions
}

pub(super) fn slider(session: &Session, now: &Current, shown: &Current, marks: &[Mark]) -> Markup {
    let page = url::customer(now.id);
    let is_now = shown.version == now.version;
    let then = (!is_now).then(|| moments::rounded_up(shown.updated_at()));
    let (kind, value) = moments::for_field(then);
    html! {
        section.slider aria-label="Time" {
            div.ends {
                span {
                    "As of " strong data-slider-label { "version " (shown.version) @if is_now { ", now" } }
                }
                span {
                    (now.version) @if now.version == 1 { " version" } @else { " versions" }
                    " since " (time::ago(session.now(), now.created_at()))
                }
            }
            (strip(session, shown, marks))
            div.ends aria-hidden="true" {
                span { (time::day(session.now(), now.created_at())) }
                span { (time::day(session.now(), session.now())) }
            }
            @if now.version > 1 {
                form action=(page) method="get" {
                    label.hidden for="version" { "Version" }
                    input #version type="range" name="version" min="1" max=(now.version) value=(shown.version)
                        data-slider;
                    button.button type="submit" { "Show this version" }
                }
            }
            div.ways {
                form action=(page) method="get" {
                    div.field {
                        label for="as_of" { "As it was at (UTC)" }
                        input #as_of type=(kind) name="as_of" required step="any" value=(value);
                    }
                    button.button type="submit" { "Show" }
                }
                @if now.version > 1 {
                    form action={ (page) "/diff" } method="get" {
                        div.field {
                            label for="compare-from" { "Compare version" }
                            input #compare-from type="number" name="from" min="1" max=(now.version) required
                                value=(before(now, shown));
                        }
                        div.field {
                            label for="compare-to" { "with" }
                            input #compare-to type="number" name="to" min="1" max=(now.version) required value=(now.version);
                        }
                        button.button type="submit" { "Compare" }
                    }
                }
            }
        }
    }
}

/// What most people compare: the shown version, or the one before the present.
fn before(now: &Current, shown: &Current) -> i64 {
    if shown.version < now.version { shown.version } else { now.version.saturating_sub(1).max(1) }
}

/// A mark for each version where it is in time. Marks that lie close together are darker.
fn strip(session: &Session, shown: &Current, marks: &[Mark]) -> Markup {
    let begin = marks.first().map_or(session.now(), |mark| mark.at);
    let whole = seconds(begin, session.now()).max(1.0);
    let place = |at: DateTime<Utc>| {
        let part = (seconds(begin, at) / whole).clamp(0.0, 1.0);
        format!("{:.1}", part * (WIDTH - 4.0))
    };
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect.axis x="0" y="40" width=(WIDTH) height="1" {}
            @for mark in marks {
                rect.mark.on[mark.version == shown.version] data-version=(mark.version) x=(place(mark.at)) y="10"
                    width="4" height="30" {}
            }
        }
    }
}

fn seconds(from: DateTime<Utc>, until: DateTime<Utc>) -> f64 {
    let passed = until.signed_duration_since(from).num_seconds();
    // Beyond 68 years a strip needs no seconds.
    f64::from(i32::try_from(passed).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_history_has_as_many_marks_as_fit() {
        assert_eq!(evenly(1), [1]);
        assert_eq!(evenly(3), [1, 2, 3]);
        for last in [199, 200, 201, 399, 400, 10_000, 1_000_000] {
            let versions = evenly(last);
            assert!(versions.len() <= 201, "{last}: {}", versions.len());
            assert_eq!((versions.first(), versions.last()), (Some(&1), Some(&last)));
        }
    }
}
