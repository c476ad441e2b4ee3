//! What counts as an e-mail address, a country, a rate.

use std::str::FromStr;

use super::{CountryCode, CurrencyCode, Email, Locale, Rate, TimeZone};

#[track_caller]
fn check<T: FromStr>(accepted: &[&str], refused: &[&str]) {
    for text in accepted {
        assert!(text.parse::<T>().is_ok(), "{text:?} is refused");
    }
    for text in refused {
        assert!(text.parse::<T>().is_err(), "{text:?} is accepted");
    }
}

#[test]
fn an_email_address_has_one_at_sign_and_a_domain() {
    check::<Email>(
        &["a@b.c", "ada+x@mail.example.org", "ada@b\u{fc}cher.example", "a@b-c.d"],
        &[
            "ada",
            "@b.c",
            "a@b",
            "a@@b.c",
            "a b@c.d",
            "a@b..c",
            "a@-b.c",
            "a@b.c ",
            "a@b-.c",
            "a@b_c.d",
            "a@.b",
            "mailto:a@b.c",
            "a..b@c.d",
            ".a@b.c",
            "Ada <a@b.c>",
            "a@b.c\n",
            "a@[127.0.0.1]",
        ],
    );
    let long =
        |local: usize, label: usize| format!("{}@{}.example", "a".repeat(local), "b".repeat(label));
    check::<Email>(&[&long(64, 63)], &[&long(65, 1), &long(1, 64)]);
}

#[test]
fn an_email_address_may_be_in_any_script() {
    check::<Email>(
        &[
            "राम@मोहन.ईन्फो",
            "info@mu\u{308}nchen.example",
            "info@xn--mnchen-3ya.example",
            "用户@例子.广告",
            "δοκιμή@παράδειγμα.δοκιμή",
            "ada@r3---sn.example",
            // A joiner between the letters of a word of Sinhala.
            "a@\u{dc1}\u{dca}\u{200d}\u{dbb}\u{dd3}.com",
        ],
        &[
            "a\u{200b}da@b.c",
            "ada\u{ad}@b.c",
            "\u{feff}ada@b.c",
            "ada@b\u{200b}c.d",
            "ada@b\u{200d}c.d",
            "ada\u{202e}@b.c",
            "ada@b\u{202e}.c",
            "a\u{3000}b@c.d",
            "a@xn--\u{fc}.de",
            "a@xn--a.de",
            "a@\u{2028}b.de",
        ],
    );
}

#[test]
fn countries_and_currencies_are_those_of_iso() {
    check::<CountryCode>(&["DE", "ZW", "AD", "XK"], &["UK", "de", "D", " D", "D ", "XX"]);
    check::<CurrencyCode>(&["EUR", "AED", "ZWG"], &["eur", "XXX", "EU", "R U"]);
}

#[test]
fn a_locale_is_a_well_formed_tag_of_bcp_47() {
    check::<Locale>(
        &[
            "de",
            "de-AT",
            "zh-Hant-TW",
            "es-419",
            "abcdefgh",
            "de-12345678",
            "i-klingon",
            "x-own",
            "en-GB-oed",
            "de-CH-1996",
            "en-u-hc-h12",
            "zh-cmn-Hans",
        ],
        &[
            "d",
            "de_AT",
            "de-",
            "1-de",
            "de-a_b",
            "abcdefghi",
            "de-123456789",
            "en-12",
            "en-a",
            "i-x",
            "de-AT-AT-x",
            "en-u",
            "d\u{e9}",
        ],
    );
}

#[test]
fn a_time_zone_is_one_of_the_iana_database() {
    check::<TimeZone>(&["UTC", "Europe/Vienna"], &["Vienna", "CEST+2", "europe/vienna"]);
}

#[test]
fn a_rate_is_a_decimal_number_from_0_up_to_1000() {
    check::<Rate>(
        &["0", "100", "100.000000", "18.5", "0.000001", "123", "999.999999"],
        &[
            "",
            "-1",
            "1000",
            "1000.0",
            "0100",
            "1.",
            ".5",
            "01",
            "1e1",
            "0.0000001",
            "1,5",
            "\u{661}",
        ],
    );
}
