//! Texts that are the same have one key.

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;

use super::{email_key, key};

#[test]
fn two_spellings_of_a_letter_have_one_key() {
    assert_eq!(key("cafe\u{301}-1"), key("caf\u{e9}-1"));
    assert_eq!(key("\u{1112}\u{1161}\u{11ab}"), "\u{d55c}");
    assert_ne!(key("Ada"), key("ada"));
}

#[test]
fn case_and_the_form_of_the_domain_make_no_difference_to_an_address() {
    for (one, other) in [
        ("Ada@Example.com", "ada@EXAMPLE.com"),
        ("ada@b\u{fc}cher.example", "ada@xn--bcher-kva.example"),
        ("ada@b\u{fc}cher.example", "ADA@bu\u{308}cher.example"),
        ("JOSE\u{301}@x.example", "jos\u{e9}@x.example"),
        ("ΑΔΑ@x.example", "αδα@x.example"),
    ] {
        assert_eq!(email_key(one), email_key(other), "{one} {other}");
    }
    assert_ne!(email_key("jos\u{e9}@x.example"), email_key("jose@x.example"));
    assert_eq!(email_key("Nobody"), "nobody");
    assert_eq!(email_key("A@xn--\u{fc}.b"), email_key("a@XN--\u{dc}.B"));
}

proptest! {
    #[test]
    fn every_normal_form_of_a_text_has_the_key_of_the_text(text in "\\PC{0,40}") {
        let composed: String = text.nfc().collect();
        let decomposed: String = text.nfd().collect();
        prop_assert_eq!(key(&composed), key(&text));
        prop_assert_eq!(key(&decomposed), key(&text));
        let once = key(&text).into_owned();
        prop_assert_eq!(key(&once), key(&text));
    }

    /// But for `ß`, whose domain is another one than that of `ss`.
    #[test]
    fn every_case_of_an_address_has_one_key(local in "\\PC{1,20}", domain in "[a-zA-Zäöüé.-]{1,20}") {
        let address = format!("{local}@{domain}");
        let (upper, lower) = (address.to_uppercase(), address.to_lowercase());
        prop_assert_eq!(email_key(&upper), email_key(&lower));
    }
}
