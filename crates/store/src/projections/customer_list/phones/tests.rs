use super::phone_key;

#[test]
fn a_number_has_one_key_however_it_is_written() {
    for number in [
        "+49 30 1234567",
        "0049 30 1234567",
        "+49 (0)30 / 123-45-67",
        "+49.30.1234567 ext. 12",
        "+49301234567;ext=9",
        "  +49301234567x3",
        "+４９ ３０ １２３４５６７",
        "+٤٩٣٠١٢٣٤٥٦٧",
    ] {
        assert_eq!(phone_key(number), "49301234567", "{number}");
    }
    assert_eq!(phone_key("030 1234567"), "0301234567");
    assert_eq!(phone_key("(030) 1234567"), "0301234567");
    assert_eq!(phone_key("tel: 112"), "112");
}

#[test]
fn different_numbers_have_different_keys() {
    let keys: std::collections::BTreeSet<_> =
        ["1", "2", "00", "ask", "none", "+1", "11"].map(phone_key).into();
    assert_eq!(keys.len(), 6, "only 1 and +1 are one number: {keys:?}");
}
