use super::*;

/// The windows that somebody reads who goes on until there is no more, none of them with anything in it.
fn windows(bounds: (i64, i64), newest: bool, filter: bool) -> Vec<(i64, i64)> {
    let (mut windows, mut at) = (Vec::new(), None);
    loop {
        let Window { from, until, beyond } = Window::within(bounds, newest, at, filter);
        windows.push((from, until));
        at = beyond;
        if at.is_none() {
            return windows;
        }
    }
}

#[test]
fn who_filters_a_long_history_looks_at_every_version_once_and_at_few_at_a_time() {
    for bounds in [(1, 1), (1, 9_999), (1, 10_000), (1, 10_001), (7, 35_000), (1, 20_000)] {
        for newest in [true, false] {
            let mut windows = windows(bounds, newest, true);
            if newest {
                windows.reverse();
            }
            let mut next = bounds.0;
            for (from, until) in windows {
                assert_eq!(from, next, "{bounds:?}, newest first: {newest}");
                assert!(
                    (from..from + LOOKED_AT_MAX).contains(&until),
                    "{bounds:?}: {from} to {until}"
                );
                next = until + 1;
            }
            assert_eq!(next, bounds.1 + 1, "{bounds:?}, newest first: {newest}");
        }
    }
}

#[test]
fn who_asks_for_all_gets_a_page_from_the_whole() {
    assert_eq!(windows((1, i64::MAX), true, false), [(1, i64::MAX)]);
    assert_eq!(windows((1, i64::MAX), false, false), [(1, i64::MAX)]);
    let (from, until) = (Some(50), Some(20_000));
    assert_eq!(
        Window::within((1, 99), false, from, false),
        Window { from: 50, until: 99, beyond: None }
    );
    assert_eq!(
        Window::within((1, 99), true, until, false),
        Window { from: 1, until: 99, beyond: None }
    );
}

#[test]
fn where_nothing_lies_within_the_times_there_is_nothing_to_look_at() {
    for newest in [true, false] {
        assert!(windows((5, 4), newest, true).iter().all(|(from, until)| from > until));
    }
}
