//! Tax ids that are valid, and what makes them invalid.

use serde_json::{Value, json};

use crate::customer::{Command, Tax};

/// Valid ids, as their offices or their holders publish them.
const VALID: [(&str, &str, &str); 49] = [
    ("AT", "eu_vat", "ATU13585627"),
    ("BE", "eu_vat", "BE 0428.759.497"),
    ("BG", "eu_vat", "BG175074752"),
    ("CY", "eu_vat", "CY-10259033P"),
    ("CZ", "eu_vat", "CZ25123891"),
    ("CZ", "eu_vat", "CZ7103192745"),
    ("DE", "eu_vat", "DE 136 695 976"),
    ("DK", "eu_vat", "DK 13585628"),
    ("EE", "eu_vat", "EE 100 931 558"),
    ("ES", "eu_vat", "ESJ99216582"),
    ("ES", "eu_vat", "ES54362315K"),
    ("ES", "eu_vat", "ESX2482300W"),
    ("FI", "eu_vat", "FI 20774740"),
    ("FR", "eu_vat", "FR 40 303 265 045"),
    ("FR", "eu_vat", "FR 23 334 175 221"),
    ("FR", "eu_vat", "FRK7399859412"),
    ("GR", "eu_vat", "EL 094259216"),
    ("HR", "eu_vat", "HR 33392005961"),
    ("HU", "eu_vat", "HU-12892312"),
    ("IE", "eu_vat", "IE 6433435F"),
    ("IE", "eu_vat", "IE 6433435OA"),
    ("IE", "eu_vat", "IE 8D79739I"),
    ("IT", "eu_vat", "IT 00743110157"),
    ("LT", "eu_vat", "LT119511515"),
    ("LT", "eu_vat", "LT 100001919017"),
    ("LU", "eu_vat", "LU 150 274 42"),
    ("LV", "eu_vat", "LV 4000 3521 600"),
    ("MT", "eu_vat", "MT 1167-9112"),
    ("NL", "eu_vat", "NL004495445B01"),
    ("NL", "eu_vat", "NL002455799B11"),
    ("PL", "eu_vat", "PL 8567346215"),
    ("PT", "eu_vat", "PT 501 964 843"),
    ("RO", "eu_vat", "RO 185 472 90"),
    ("SE", "eu_vat", "SE 123456789701"),
    ("SI", "eu_vat", "SI 5022 3054"),
    ("SK", "eu_vat", "SK 202 274 96 19"),
    ("GB", "eu_vat", "XI 980 7806 84"),
    ("GB", "gb_vat", "GB 980 7806 84"),
    ("GB", "gb_vat", "980780684"),
    ("GB", "gb_vat", "GBGD001"),
    ("CH", "ch_vat", "CHE-107.787.577 IVA"),
    ("NO", "no_vat", "NO 995 525 828 MVA"),
    ("US", "us_ein", "04-2103594"),
    ("IN", "in_gst", "27AAPFU0939F1ZV"),
    ("AU", "au_abn", "83 914 571 673"),
    ("CA", "ca_bn", "12302 6635 RC 0001"),
    ("BR", "br_cnpj", "16.727.230/0001-97"),
    ("BR", "br_cnpj", "12.ABC.345/01DE-35"),
    ("NZ", "nz_gst", "49-091-850"),
];

/// What is wrong with a tax id in a command.
fn wrong(id: &Value) -> Vec<String> {
    let read = Command::read("set-tax-settings", json!({ "ids": [id] })).unwrap();
    let found = read.map_or_else(|found| found, |_| vec![]);
    found.into_iter().map(|violation| violation.pointer).collect()
}

fn typed(country: &str, kind: &str, value: &str) -> Value {
    json!({ "country": country, "type": kind, "value": value })
}

#[test]
fn valid_ids_of_each_type_are_accepted() {
    for (country, kind, value) in VALID {
        assert_eq!(wrong(&typed(country, kind, value)), [""; 0], "{country} {kind} {value}");
    }
}

#[test]
fn one_wrong_digit_is_found() {
    for (country, kind, value) in VALID {
        // Ids of persons, departments and offices have no checksum that is known.
        if matches!(value, "CZ7103192745" | "GBGD001" | "04-2103594") {
            continue;
        }
        // The number, without the prefix, the key and the account, which may have rules of their own.
        let at = value.rfind(['3', '4', '5', '6', '7', '8', '9']).expect("a digit");
        let digit = value[at..=at].parse::<u32>().expect("a digit");
        let other = format!("{}{}{}", &value[..at], digit - 1, &value[at + 1..]);
        assert_eq!(
            wrong(&typed(country, kind, &other)),
            ["/ids/0/value"],
            "{country} {kind} {other}"
        );
    }
}

#[test]
fn an_id_of_another_shape_is_no_panic() {
    let kinds = VALID.map(|(country, kind, _)| (country, kind));
    for (country, kind) in kinds {
        for value in [
            "1",
            "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
            "DE",
            "EL",
            "XI\u{1f600}",
            "GB12345678\u{e9}",
            "0",
            "-",
        ] {
            assert_eq!(wrong(&typed(country, kind, value)), ["/ids/0/value"], "{kind} {value}");
        }
    }
    assert_eq!(wrong(&typed("US", "us_ein", "07-2103594")), ["/ids/0/value"]);
    assert_eq!(wrong(&typed("DE", "eu_vat", "136695976")), ["/ids/0/value"], "without its prefix");
}

#[test]
fn a_type_is_one_of_the_country() {
    assert_eq!(wrong(&typed("US", "gb_vat", "GB980780684")), ["/ids/0/type"]);
    assert_eq!(wrong(&typed("US", "eu_vat", "DE136695976")), ["/ids/0/type"]);
    assert_eq!(wrong(&typed("DE", "VAT", "DE136695976")), ["/ids/0/type"]);
    assert_eq!(wrong(&typed("TH", "th_vat", "1234567891234")), [""; 0], "a type without rules");
}

#[test]
fn an_id_without_a_type_is_not_checked() {
    assert_eq!(wrong(&json!({ "country": "DE", "value": "12/345/67890" })), [""; 0]);
    assert_eq!(wrong(&json!({ "value": "1" })), ["/ids/0/country"]);
    assert_eq!(wrong(&json!({ "country": "DE", "value": "1\u{200b}" })), ["/ids/0/value"]);
}

#[test]
fn an_older_event_has_no_tax_ids() {
    let tax: Tax = serde_json::from_value(json!({ "treatment": "taxable" })).unwrap();
    assert!(tax.ids.is_empty());
    let stored: Tax =
        serde_json::from_value(json!({ "ids": [typed("DE", "eu_vat", "DE1")] })).unwrap();
    assert_eq!(stored.ids.len(), 1, "a stored id is read whatever the rules are");
}
