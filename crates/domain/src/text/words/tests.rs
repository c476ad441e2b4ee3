//! What finds a text.

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::{SearchText, WORD_CHARS_MAX, is_of_word};

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<_> = SearchText::of(text).words().into_iter().map(str::to_owned).collect();
    words.sort();
    words.dedup();
    words
}

/// Whether a search for `asked` finds a customer with this name.
fn finds(asked: &str, name: &str) -> bool {
    let words = words(name);
    let asked = SearchText::of(asked);
    let beginnings = asked.beginnings();
    !beginnings.is_empty()
        && beginnings.iter().all(|asked| words.iter().any(|word| word.starts_with(asked)))
}

#[test]
fn a_text_is_found_by_its_words_and_by_every_end_of_what_is_put_together() {
    assert_eq!(words("Acme, Industries (Stockholm)"), ["acme", "industries", "stockholm"]);
    assert_eq!(words("Ada@Example.com"), ["ada@example.com", "com", "example.com"]);
    assert_eq!(words("O'Neil \\ So\u{308}hne"), ["neil", "o'neil", "sohne"]);
    assert_eq!(words(" -- … "), [""; 0]);
    assert_eq!(SearchText::of("a - b").count(), 2);
}

#[test]
fn letters_without_spaces_are_found_inside_a_word() {
    let name = "株式会社ABC商事";
    assert_eq!(words(name), ["abc", "事", "会社", "商事", "式会", "株式", "社"]);
    for asked in ["株", "会社", "式会社", "商事", "事", "abc商", "ＡＢＣ", "社abc"] {
        assert!(finds(asked, name), "{asked}");
    }
    for asked in ["商会", "会式", "bc", "商社"] {
        assert!(!finds(asked, name), "{asked}");
    }
    assert!(finds("전자", "삼성전자"));
    assert!(finds("サーバー", "日本サーバー（株）"));
    assert!(finds("กรุงเทพ", "ธนาคารกรุงเทพ"));
}

#[test]
fn a_search_knows_no_case_in_any_script() {
    for (asked, name) in [
        ("ΟΔΟΣ", "ΟΔΟΣΤΡΩΜΑ"),
        ("istanbul", "İstanbul"),
        ("STRASSE", "Straße"),
        ("IŞIK", "Ahmet Işık"),
        ("işik", "IŞIK"),
        ("müller", "MULLER"),
        ("моск", "МОСКВА"),
        ("աստղ", "ԱՍՏՂ"),
    ] {
        assert!(finds(asked, name), "{asked}");
    }
}

#[test]
fn long_words_are_found_by_their_beginnings() {
    assert_eq!(words(&"å".repeat(100)), ["a".repeat(WORD_CHARS_MAX)]);
    assert!(finds(&"å".repeat(100), &"Å".repeat(120)));
    let numbers: Vec<_> = (0..200).map(|number| number.to_string()).collect();
    assert_eq!(words(&numbers.join("-")).len(), super::ENDS_MAX);
    assert!(finds(&"東京".repeat(50), &"東京".repeat(60)));
}

/// Names of several scripts, with accents, signs and spaces.
fn name() -> impl Strategy<Value = String> {
    let script = prop_oneof![
        "[a-zA-ZÀ-žẞßıİŁøæ]{1,8}",
        "[Α-ΩΆ-ώά-ώςᾳΐ]{1,8}",
        "[А-яЁёЇїҐ]{1,8}",
        "[Ա-Ֆա-և]{1,6}",
        "[Ა-Ჰა-ჰ]{1,6}",
        "[\u{5d0}-\u{5ea}\u{5b0}-\u{5bc}]{1,6}",
        "[\u{621}-\u{64a}\u{64b}-\u{652}]{1,6}",
        "[\u{915}-\u{939}\u{93c}-\u{94d}\u{901}-\u{903}]{1,6}",
        "[\u{e01}-\u{e2e}\u{e30}-\u{e3a}\u{e40}-\u{e4c}]{1,6}",
        "[一-龠]{1,8}",
        "[ぁ-ゖァ-ヺー]{1,8}",
        "[가-힣]{1,6}",
        "[Ａ-Ｚａ-ｚ０-９ｦ-ﾟ]{1,6}",
        "[Ꭰ-Ᏽꭰ-ꮿ]{1,5}",
        "[𐐀-𐑏𞤀-𞥃]{1,5}",
        "\\PC{1,6}",
    ];
    let signs =
        prop::collection::vec(prop::sample::select(SIGNS.chars().collect::<Vec<_>>()), 0..3);
    let parts = prop::collection::vec((script, signs), 1..6);
    let text = |(word, signs): (String, Vec<char>)| word.chars().chain(signs).collect::<Vec<_>>();
    parts.prop_map(move |parts| parts.into_iter().flat_map(text).collect())
}

/// Signs between words.
const SIGNS: &str = " .,'@/-";

/// Whether a character is a part of the letter before it.
fn continues(character: char) -> bool {
    let within =
        |first: char| is_combining_mark(first) || ('\u{1160}'..='\u{11ff}').contains(&first);
    character.nfkd().next().is_some_and(within)
}

proptest! {
    /// The promise of the documentation.
    #[test]
    fn a_customer_is_found_by_the_beginning_of_each_word_in_any_case_and_form(
        name in name(),
        length in 1..12_usize,
    ) {
        let composed: Vec<char> = name.nfc().collect();
        for (at, first) in composed.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| composed[before]);
            let begins = before.is_none_or(|before| SIGNS.contains(before));
            if !begins || continues(*first) || !is_of_word(*first) {
                continue;
            }
            // It ends between two letters, not within one.
            let rest = &composed[at..];
            let mut end = length.min(rest.len());
            while rest.get(end).is_some_and(|next| continues(*next)) {
                end += 1;
            }
            let asked: String = rest[..end].iter().collect();
            if SearchText::of(&asked).beginnings().is_empty() {
                // It shows nothing.
                continue;
            }
            for cased in [asked.clone(), asked.to_uppercase(), asked.to_lowercase()] {
                let forms: [String; 5] = [
                    cased.clone(),
                    cased.nfc().collect(),
                    cased.nfd().collect(),
                    cased.nfkc().collect(),
                    cased.nfkd().collect(),
                ];
                for form in forms {
                    prop_assert!(finds(&form, &name), "{:?} does not find {:?}", form, name);
                }
            }
        }
    }
}
