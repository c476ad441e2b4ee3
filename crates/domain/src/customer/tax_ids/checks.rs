//! What each type of tax id has to be.

use super::european;
use super::sums::{digits, is_multiple, luhn, luhn_of, weighted};

/// Whether an id can be one of this type. Types that aren't known have no rules.
pub(super) fn check(kind: &str, country: &str, id: &str) -> Result<(), &'static str> {
    let (valid, refused) = match kind {
        "eu_vat" => (
            european::vat(country, id),
            "must be a VAT number of the country, with its prefix and a valid checksum",
        ),
        "gb_vat" => (
            european::british(id.strip_prefix("GB").unwrap_or(id)),
            "must be a VAT number of the United Kingdom with a valid checksum",
        ),
        "ch_vat" => (
            swiss(id),
            "must be a VAT number of Switzerland: CHE and 9 digits with a valid checksum",
        ),
        "no_vat" => (
            norwegian(id),
            "must be an organisation number of Norway: 9 digits with a valid checksum",
        ),
        "us_ein" => (
            american(id),
            "must be an employer identification number: 9 digits with a prefix in use",
        ),
        "in_gst" => (indian(id), "must be a GSTIN of India: 15 characters with a valid checksum"),
        "au_abn" => {
            (australian(id), "must be an ABN of Australia: 11 digits with a valid checksum")
        }
        "ca_bn" => {
            (canadian(id), "must be a business number of Canada: 9 digits with a valid checksum")
        }
        "br_cnpj" => {
            (brazilian(id), "must be a CNPJ of Brazil: 14 characters with a valid checksum")
        }
        "nz_gst" => (
            zealandic(id),
            "must be an IRD number of New Zealand: 8 or 9 digits with a valid checksum",
        ),
        _ => return Ok(()),
    };
    if valid { Ok(()) } else { Err(refused) }
}

fn swiss(id: &str) -> bool {
    let Some(number) = id.strip_prefix("CHE") else { return false };
    let number = ["MWST", "TVA", "IVA", "TPV"]
        .iter()
        .find_map(|tax| number.strip_suffix(tax))
        .unwrap_or(number);
    digits(number, 9).is_some_and(|digits| is_multiple(&digits, &[5, 4, 3, 2, 7, 6, 5, 4, 1], 11))
}

fn norwegian(id: &str) -> bool {
    let number = id.strip_prefix("NO").unwrap_or(id);
    let number = number.strip_suffix("MVA").unwrap_or(number);
    digits(number, 9).is_some_and(|digits| is_multiple(&digits, &[3, 2, 7, 6, 5, 4, 3, 2, 1], 11))
}

/// The first two digits name the office of the IRS.
fn american(id: &str) -> bool {
    let Some(digits) = digits(id, 9) else { return false };
    let office = weighted(&digits, &[10, 1]);
    matches!(office, 1..=6 | 10..=16 | 20..=27 | 30..=48 | 50..=68 | 71..=77 | 80..=88 | 90..=95 | 98 | 99)
}

/// A state, the holder's PAN, the number of the registration, a `Z` and a check character.
fn indian(id: &str) -> bool {
    let kinds = "99AAAAA9999AXZX";
    let shaped = id.len() == kinds.len()
        && id.chars().zip(kinds.chars()).all(|(sign, kind)| match kind {
            '9' => sign.is_ascii_digit(),
            'A' => sign.is_ascii_uppercase(),
            'X' => sign.is_ascii_digit() || sign.is_ascii_uppercase(),
            kind => sign == kind,
        });
    let values: Vec<_> = id.chars().filter_map(|sign| sign.to_digit(36)).collect();
    shaped && luhn_of(&values, 36)
}

fn australian(id: &str) -> bool {
    let Some(mut digits) = digits(id, 11) else { return false };
    let Some(first) = digits.first_mut() else { return false };
    let Some(less) = first.checked_sub(1) else { return false };
    *first = less;
    is_multiple(&digits, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19], 89)
}

/// Nine digits; a program and its account may follow, such as `RT0001`.
fn canadian(id: &str) -> bool {
    let Some((number, account)) = id.split_at_checked(9) else { return false };
    let account = account.is_empty()
        || account.split_at_checked(2).is_some_and(|(program, account)| {
            program.bytes().all(|byte| byte.is_ascii_uppercase()) && digits(account, 4).is_some()
        });
    account && digits(number, 9).is_some_and(|digits| luhn(&digits))
}

/// Since 2026 the first twelve may be letters, too: their value is that of their code.
fn brazilian(id: &str) -> bool {
    let shaped = id.len() == 14
        && id.bytes().take(12).all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && id.bytes().skip(12).all(|byte| byte.is_ascii_digit());
    let values: Vec<u32> = id.bytes().map(|byte| u32::from(byte).saturating_sub(48)).collect();
    let weights = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    let check = |weights: &[u32]| match weighted(&values, weights) % 11 {
        0 | 1 => 0,
        rest => 11_u32.saturating_sub(rest),
    };
    let checks = weights.get(1..).map(|first| [check(first), check(&weights)]);
    shaped && checks.is_some_and(|checks| values.get(12..) == Some(&checks[..]))
}

fn zealandic(id: &str) -> bool {
    let padded = format!("{id:0>9}");
    let Some(digits) = digits(&padded, 9).filter(|_| id.len() >= 8) else { return false };
    let Some((last, others)) = digits.split_last() else { return false };
    let check = |weights: &[u32]| (11_u32.saturating_sub(weighted(others, weights) % 11)) % 11;
    let check = match check(&[3, 2, 7, 6, 5, 4, 3, 2]) {
        10 => check(&[7, 4, 3, 2, 5, 2, 7, 6]),
        check => check,
    };
    check == *last
}
