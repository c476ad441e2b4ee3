//! The text of progress.

use super::*;

fn after(done: u64, total: u64, gained: u64, millis: u64) -> String {
    Figures::of(done, total, gained, Duration::from_millis(millis)).long("events")
}

#[test]
fn figures_say_how_far_how_fast_and_how_long() {
    assert_eq!(after(0, 1_000_000, 0, 0), "0 of 1,000,000 events, 0 %");
    assert_eq!(
        after(123_456, 1_000_000, 100_000, 2_000),
        "123,456 of 1,000,000 events, 12 %, 50,000/s, 18 s left"
    );
    assert_eq!(after(7, 7, 7, 1_000), "7 of 7 events, 100 %, 7/s, 0 s left");
}

#[test]
fn a_rate_is_of_what_was_done_since_one_looked() {
    // Of the 900 most were done before: the rate is 10 a second, not 900.
    assert_eq!(after(900, 1_000, 10, 1_000), "900 of 1,000 events, 90 %, 10/s, 10 s left");
}

#[test]
fn there_is_no_rate_of_nothing_and_none_of_an_instant() {
    assert_eq!(after(5, 10, 0, 60_000), "5 of 10 events, 50 %");
    assert_eq!(after(5, 10, 5, 100), "5 of 10 events, 50 %");
    assert_eq!(after(0, 0, 0, 1_000), "0 of 0 events, 100 %");
    assert_eq!(after(u64::MAX, u64::MAX, u64::MAX, u64::MAX).split(' ').nth(4), Some("100"));
}

#[test]
fn numbers_and_times_are_as_people_write_them() {
    for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
        assert_eq!(grouped(number), text);
    }
    for (seconds, text) in [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min 0 s"),
        (3_599, "59 min 59 s"),
        (7_260, "2 h 1 min"),
        (180_000, "2 d 2 h"),
    ] {
        assert_eq!(duration(seconds), text);
    }
}

#[test]
fn a_step_its_bar_and_its_figures_fit_80_columns() {
    let steps = ["log", "customer_list generation 2: loading", &"x".repeat(80)];
    for step in steps {
        for (done, total, gained, millis) in [
            (0, 0, 0, 0),
            (1_000_000_000, u64::MAX, 1_000_000_000, 1_000),
            (u64::MAX, u64::MAX, u64::MAX, 500),
            (1, u64::MAX, 1, 60_000),
            (9_999_999, 35_999_996_400, 9_999_999, 1_000),
        ] {
            let figures = Figures::of(done, total, gained, Duration::from_millis(millis)).short();
            // The step, a blank and a bracket, the bar, a bracket and a blank, the figures.
            let others = short(step).chars().count() + 4 + figures.chars().count();
            assert!(others + 4 <= 80, "{others}: {step} {figures}");
        }
    }
    assert_eq!(short("customer_list generation 2: loading"), "customer_list 2: loading");
    let figures = Figures::of(123_456, 1_000_000, 100_000, Duration::from_secs(2));
    assert_eq!(figures.short(), "12 %, 50,000/s, 18 s left");
}
