//! What an operator reads of read models.

use super::*;

fn status(name: &str, generation: i32, state: &str) -> Status {
    let begun = chrono::DateTime::from_timestamp(1_772_443_800, 0).unwrap();
    Status {
        name: name.to_owned(),
        generation,
        state: state.to_owned(),
        phase: None,
        logic_version: Projections::default().logic_version(name).unwrap_or(1),
        workers: 2,
        events_done: 0,
        events_total: 0,
        lag_events: 0,
        lag_seconds: 0.0,
        parked: 0,
        failure: None,
        comparison: None,
        created_at: begun,
        changed_at: begun,
    }
}

#[test]
fn the_live_generation_comes_first_and_says_how_far_it_is_behind() {
    let behind = Status {
        lag_events: 12_345_678,
        lag_seconds: 86_399.2,
        parked: 12,
        ..status("billing_configurations", 2, "live")
    };
    let lines = lines(
        &[status("billing_configurations", 1, "retired"), behind, status("customers", 1, "live")],
        &Projections::default(),
    );
    assert_eq!(
        lines,
        [
            "PROJECTION              GEN         LAG      OLDEST  PARKED  STATE",
            "billing_configurations    2  12,345,678     1 d 0 h      12  live",
            "                          1           0         0 s       0  retired",
            "customers                 1           0         0 s       0  live",
        ]
    );
}

#[test]
fn one_that_is_loaded_says_how_far_and_how_long() {
    let begun = status("customers", 3, "building");
    let loading = Status {
        phase: Some("loading".to_owned()),
        events_done: 450_000,
        events_total: 1_000_000,
        changed_at: begun.created_at + chrono::TimeDelta::seconds(9),
        ..begun.clone()
    };
    assert_eq!(state(&loading, &Projections::default()), "loading, 45 %, 11 s left");
    let just_begun = Status { events_done: 0, ..loading };
    assert_eq!(state(&just_begun, &Projections::default()), "loading, 0 %");
    let following = Status { phase: Some("following".to_owned()), ..begun };
    assert_eq!(state(&following, &Projections::default()), "following");
}

#[test]
fn one_of_another_logic_says_that_it_is_outdated_and_fits_the_line() {
    let other = Status { logic_version: 99, ..status("billing_configurations", 10, "live") };
    assert_eq!(state(&other, &Projections::default()), "live, outdated: logic 99, not 1");
    assert!(lines(&[other], &Projections::default()).iter().all(|line| line.len() <= 100));
    assert_eq!(
        state(&status("of_tomorrow", 1, "live"), &Projections::default()),
        "live, unknown here: logic 1"
    );
}
