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
            "ada", "@b.c", "a@b", "a@@b.c", "a b@c.d", "a@b..c", "a@-b.c", "a@b.c ", "a@b-.c",
            "a@b_c.d", "a@.b",
        ],
    );
}

#[test]
fn countries_and_currencies_are_those_of_iso() {
    check::<CountryCode>(&["DE", "ZW", "AD"], &["UK", "de", "D", " D", "D ", "XX"]);
    check::<CurrencyCode>(&["EUR", "AED", "ZWG"], &["eur", "XXX", "EU", "R U"]);
}

#[test]
fn a_locale_has_the_shape_of_bcp_47() {
    check::<Locale>(
        &["de", "de-AT", "zh-Hant-TW", "es-419", "abcdefgh", "de-12345678"],
        &["d", "de_AT", "de-", "1-de", "de-a_b", "abcdefghi", "de-123456789"],
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
