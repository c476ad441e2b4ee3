use super::*;

/// The versions that come when another is due.
fn astray(versions: &[i64]) -> Vec<i64> {
    let mut reached = Reached::default();
    versions.iter().copied().filter(|version| reached.next(*version).is_some()).collect()
}

#[test]
fn a_stream_whose_versions_follow_each_other_is_in_order() {
    assert!(astray(&[1, 2, 3, 4]).is_empty());
}

#[test]
fn missing_events_are_reported_once() {
    assert_eq!(astray(&[1, 2, 5, 6, 7]), [5]);
    assert_eq!(astray(&[3, 4, 5]), [3]);
}

#[test]
fn a_displaced_event_is_reported_where_it_is_and_where_it_is_missing() {
    assert_eq!(astray(&[17, 2, 3, 4, 5, 6, 1]), [17, 2, 1], "two have changed places");
    assert_eq!(astray(&[1, 2, 3, 2, 4, 5]), [2], "one is there twice");
    assert_eq!(astray(&[1, 2, 9, 3, 4, 5, 6]), [9], "one is of another stream");
}

#[test]
fn no_other_order_than_the_right_one_is_without_a_finding() {
    let orders = (0..6_i64.pow(5)).map(|nth| [0, 1, 2, 3, 4].map(|at| nth / 6_i64.pow(at) % 6));
    let unfound: Vec<_> = orders.filter(|versions| astray(versions).is_empty()).collect();
    assert_eq!(unfound, [[1, 2, 3, 4, 5]]);
}
