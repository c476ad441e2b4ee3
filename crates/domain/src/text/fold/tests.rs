//! What a search takes for the same.

use unicode_normalization::UnicodeNormalization as _;

use super::folded;

#[test]
fn case_accents_and_width_make_no_difference() {
    for (text, plain) in [
        ("İstanbul", "istanbul"),
        ("ışık", "isik"),
        ("Straße", "strasse"),
        ("ΟΔΟΣ", "οδοσ"),
        ("οδός", "οδοσ"),
        ("Čapek", "capek"),
        ("Łódź", "lodz"),
        ("Søren Æblegård", "soren aeblegard"),
        ("ＡＣＭＥ　１", "acme 1"),
        ("ｶﾞｰﾄﾞ", "ガード"),
        ("ﬁn", "fin"),
        ("Đặng", "dang"),
        ("Ёлка", "елка"),
        ("O’Neil", "o'neil"),
        ("ab\u{ad}c\u{200d}d", "abcd"),
        ("שָׁלוֹם", "שלום"),
        ("मोहन", "मोहन"),
        ("한국", "한국"),
        ("パン", "パン"),
    ] {
        assert_eq!(folded(text), plain, "{text}");
    }
    let with_a_tone = "ᾳ\u{e48}";
    assert_eq!(
        folded(&with_a_tone.to_uppercase()),
        folded(with_a_tone),
        "an iota stays beside its letter"
    );
    assert_ne!(folded("は"), folded("ば"), "another letter of Japanese");
    assert_ne!(folded("मे"), folded("मि"), "another vowel");
}

#[test]
fn every_character_folds_like_its_cases_and_normal_forms() {
    for character in '\u{0}'..=char::MAX {
        let text = character.to_string();
        let plain = folded(&text);
        let forms = [
            text.to_uppercase(),
            text.to_lowercase(),
            text.nfc().collect(),
            text.nfd().collect(),
            text.nfkc().collect(),
            text.nfkd().collect(),
            plain.clone(),
        ];
        for form in forms.into_iter().filter(|form| *form != text) {
            assert_eq!(folded(&form), plain, "{character:?} as {form:?}");
        }
    }
}
