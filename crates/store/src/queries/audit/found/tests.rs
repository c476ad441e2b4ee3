use super::*;

/// Positions that are looked at, and whether each is listed.
fn search(listed: &[i64], stopped_at: Option<i64>) -> Vec<(i64, bool)> {
    let listed = listed.iter().map(|position| (*position, true));
    listed.chain(stopped_at.map(|position| (position, false))).collect()
}

#[track_caller]
fn check(searches: [Vec<(i64, bool)>; 2], descending: bool, page: &[i64], next: Option<i64>) {
    let found = merge(searches, descending, 3);
    assert_eq!((found.positions.as_slice(), found.next), (page, next));
}

#[test]
fn two_searches_that_end_make_the_last_page() {
    check([search(&[2, 5], None), search(&[1], None)], false, &[1, 2, 5], None);
    check([search(&[5, 2], None), search(&[1], None)], true, &[5, 2, 1], None);
    check([search(&[], None), search(&[], None)], false, &[], None);
}

#[test]
fn nobody_is_passed_over_by_a_search_that_came_further() {
    check([search(&[2, 5, 9], None), search(&[7], None)], false, &[2, 5, 7], Some(7));
    check([search(&[9], None), search(&[1, 2], Some(4))], false, &[1, 2], Some(4));
    check([search(&[], Some(8)), search(&[9, 7], None)], true, &[9], Some(8));
    check([search(&[], Some(8)), search(&[], Some(4))], false, &[], Some(4));
}

#[test]
fn a_full_page_is_followed_by_another_as_more_may_come() {
    check([search(&[2, 5, 9], None), search(&[], None)], false, &[2, 5, 9], Some(9));
    check([search(&[9, 5, 2], None), search(&[4], None)], true, &[9, 5, 4], Some(4));
}
