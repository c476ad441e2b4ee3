//! VAT numbers of the European Union and of the United Kingdom, by the rules that their tax offices publish.

use super::sums::{digits, is_multiple, luhn, mod_11_10, number, weighted};

/// The members, with the prefix of their numbers where that isn't the country. Northern Ireland counts as one.
const MEMBERS: &str =
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";

/// The prefix of VAT numbers of a country; nothing if it has none in the European Union.
pub(super) fn prefix(country: &str) -> Option<&str> {
    match country {
        "GR" => Some("EL"),
        // Northern Ireland.
        "GB" => Some("XI"),
        country => MEMBERS.split(' ').any(|member| member == country).then_some(country),
    }
}

/// Whether an id can be a VAT number of the country.
pub(super) fn vat(country: &str, id: &str) -> bool {
    prefix(country).and_then(|prefix| id.strip_prefix(prefix)).is_some_and(|id| of(country, id))
}

fn of(country: &str, id: &str) -> bool {
    let is = |count, rule: &dyn Fn(&[u32]) -> bool| {
        digits(id, count).is_some_and(|digits| rule(&digits))
    };
    let ends_in = |digits: &[u32], check: u32| digits.last() == Some(&check);
    match country {
        "AT" => id
            .strip_prefix('U')
            .and_then(|id| digits(id, 8))
            .is_some_and(|digits| austrian(&digits)),
        "BE" => is(10, &|digits| {
            let (number, check) =
                (number(digits.get(..8).unwrap_or(&[])), number(digits.get(8..).unwrap_or(&[])));
            97_u64.saturating_sub(number % 97) == check
        }),
        "BG" => {
            digits(id, 10).is_some()
                || is(9, &|digits| {
                    let check = match weighted(digits, &[1, 2, 3, 4, 5, 6, 7, 8]) % 11 {
                        10 => weighted(digits, &[3, 4, 5, 6, 7, 8, 9, 10]) % 11 % 10,
                        check => check,
                    };
                    ends_in(digits, check)
                })
        }
        "CY" => cypriot(id),
        "CZ" => {
            // Those of persons have nine or ten digits.
            digits(id, 9).is_some()
                || digits(id, 10).is_some()
                || is(8, &|digits| {
                    let rest = weighted(digits, &[8, 7, 6, 5, 4, 3, 2]) % 11;
                    let check = match 11_u32.saturating_sub(rest) % 11 {
                        0 => 1,
                        check => check % 10,
                    };
                    ends_in(digits, check)
                })
        }
        "DE" => is(9, &mod_11_10),
        "DK" => is(8, &|digits| is_multiple(digits, &[2, 7, 6, 5, 4, 3, 2, 1], 11)),
        "EE" => is(9, &|digits| is_multiple(digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1], 10)),
        "ES" => spanish(id),
        "FI" => is(8, &|digits| is_multiple(digits, &[7, 9, 10, 5, 8, 4, 2, 1], 11)),
        "FR" => french(id),
        "GB" => british(id),
        "GR" => is(9, &|digits| {
            ends_in(digits, weighted(digits, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10)
        }),
        "HR" => is(11, &mod_11_10),
        "HU" => is(8, &|digits| is_multiple(digits, &[9, 7, 3, 1, 9, 7, 3, 1], 10)),
        "IE" => irish(id),
        "IT" => is(11, &luhn),
        "LT" => is(9, &lithuanian) || is(12, &lithuanian),
        "LU" => is(8, &|digits| {
            let (of, check) = (digits.get(..6).unwrap_or(&[]), digits.get(6..).unwrap_or(&[]));
            number(of) % 89 == number(check)
        }),
        // Those of persons begin with a date.
        "LV" => is(11, &|digits| {
            digits.first().is_some_and(|first| *first <= 3)
                || weighted(digits, &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]) % 11 == 3
        }),
        "MT" => is(8, &|digits| is_multiple(digits, &[3, 4, 6, 7, 8, 9, 10, 1], 37)),
        "NL" => dutch(id),
        "PL" => {
            is(10, &|digits| ends_in(digits, weighted(digits, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11))
        }
        "PT" => is(9, &|digits| {
            let rest = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
            ends_in(digits, 11_u32.saturating_sub(rest) % 11 % 10)
        }),
        "RO" => romanian(id),
        "SE" => {
            let organisation = id.strip_suffix("01").and_then(|id| digits(id, 10));
            organisation.is_some_and(|digits| luhn(&digits))
        }
        "SI" => is(8, &|digits| {
            let check = 11_u32.saturating_sub(weighted(digits, &[8, 7, 6, 5, 4, 3, 2]) % 11);
            ends_in(digits, if check == 10 { 0 } else { check })
        }),
        "SK" => is(10, &|digits| number(digits).is_multiple_of(11)),
        _ => false,
    }
}

fn austrian(digits: &[u32]) -> bool {
    let Some((last, others)) = digits.split_last() else { return false };
    let sum: u32 = others
        .iter()
        .enumerate()
        .map(|(nth, digit)| {
            let value = if nth % 2 == 1 { digit.saturating_mul(2) } else { *digit };
            (value / 10).saturating_add(value % 10)
        })
        .sum();
    sum.saturating_add(4).saturating_add(*last).is_multiple_of(10)
}

fn cypriot(id: &str) -> bool {
    let Some((numerals, letter)) = id.split_at_checked(8) else { return false };
    let Some(digits) = digits(numerals, 8) else { return false };
    let odd = [1_u32, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let sum: u32 = digits
        .iter()
        .enumerate()
        .map(|(nth, digit)| {
            let turned = usize::try_from(*digit).ok().and_then(|digit| odd.get(digit));
            if nth % 2 == 0 { turned.copied().unwrap_or(0) } else { *digit }
        })
        .sum();
    letter_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", sum % 26) == single(letter)
}

/// Of a citizen, a foreigner, or a company: the last may end in a digit or in its letter.
fn spanish(id: &str) -> bool {
    let (first, last) = (id.chars().next(), id.chars().next_back());
    let (Some(first), Some(last)) = (first, last) else { return false };
    let citizen = |first: &str, middle: &str| {
        digits(&format!("{first}{middle}"), 8).is_some_and(|digits| {
            let rest = u32::try_from(number(&digits) % 23).unwrap_or(23);
            letter_of("TRWAGMYFPDXBNJZSQVHLCKE", rest) == Some(last)
        })
    };
    let Some(middle) = id.get(first.len_utf8()..).and_then(|rest| rest.strip_suffix(last)) else {
        return false;
    };
    match first {
        '0'..='9' => citizen(&first.to_string(), middle),
        'X' => citizen("0", middle),
        'Y' => citizen("1", middle),
        'Z' => citizen("2", middle),
        'K' | 'L' | 'M' => citizen("", &format!("0{middle}")),
        'A'..='J' | 'N' | 'P'..='S' | 'U' | 'V' | 'W' => digits(middle, 7).is_some_and(|digits| {
            let check = (0..10_u32)
                .find(|check| luhn(&digits.iter().copied().chain([*check]).collect::<Vec<_>>()));
            check.is_some_and(|check| {
                last.to_digit(10) == Some(check) || letter_of("JABCDEFGHI", check) == Some(last)
            })
        }),
        _ => false,
    }
}

/// A key of two characters and the number of the company. Those of Monaco begin with zeros.
fn french(id: &str) -> bool {
    let Some((key, company)) = id.split_at_checked(2) else { return false };
    let Some(company) = digits(company, 9) else { return false };
    let known = company.starts_with(&[0, 0, 0]) || luhn(&company);
    let keyed = match digits(key, 2) {
        Some(key) => {
            let company = number(&company).saturating_mul(100).saturating_add(12);
            company % 97 == number(&key)
        }
        None => key.bytes().all(|sign| {
            sign.is_ascii_digit() || sign.is_ascii_uppercase() && !matches!(sign, b'I' | b'O')
        }),
    };
    known && keyed
}

/// Of a company with or without a branch, of a department or of a health authority.
pub(super) fn british(id: &str) -> bool {
    if let Some(number) = id.strip_prefix("GD").or_else(|| id.strip_prefix("HA")) {
        return digits(number, 3).is_some();
    }
    let Some((company, branch)) = id.split_at_checked(9) else { return false };
    (branch.is_empty() || digits(branch, 3).is_some())
        && digits(company, 9).is_some_and(|digits| {
            let sum = weighted(&digits, &[8, 7, 6, 5, 4, 3, 2, 10, 1]) % 97;
            matches!(sum, 0 | 42 | 55)
        })
}

fn irish(id: &str) -> bool {
    let letters = "WABCDEFGHIJKLMNOPQRSTUV";
    let checked = |numerals: &str, check: &str, further: u32| {
        digits(numerals, 7).is_some_and(|digits| {
            let sum = weighted(&digits, &[8, 7, 6, 5, 4, 3, 2]);
            let sum = sum.saturating_add(further.saturating_mul(9));
            letter_of(letters, sum % 23) == single(check)
        })
    };
    let Some((numerals, end)) = id.split_at_checked(7) else { return false };
    if digits(numerals, 7).is_some() {
        let Some((check, further)) = end.split_at_checked(1) else { return false };
        let further = match further {
            "" | "W" => Some(0),
            letter => single(letter).and_then(|letter| position("ABCDEFGHI", letter)),
        };
        return further.is_some_and(|further| checked(numerals, check, further));
    }
    // Until 2013 the second character was a letter or a sign.
    let Some((first, rest)) = numerals.split_at_checked(1) else { return false };
    let Some((sign, rest)) = rest.split_at_checked(1) else { return false };
    let sign =
        single(sign).is_some_and(|sign| sign.is_ascii_uppercase() || matches!(sign, '+' | '*'));
    sign && checked(&format!("0{rest}{first}"), end, 0)
}

fn lithuanian(digits: &[u32]) -> bool {
    let Some((last, others)) = digits.split_last() else { return false };
    let sum = |from: u32| {
        let weights: Vec<u32> = (0..12_u32)
            .map(|nth| nth.saturating_add(from) % 9)
            .map(|weight| weight.saturating_add(1))
            .collect();
        weighted(others, &weights) % 11
    };
    let check = match sum(0) {
        10 => sum(2) % 10,
        check => check,
    };
    check == *last
}

/// Of a company by its own checksum, of a person since 2020 by ISO 7064.
fn dutch(id: &str) -> bool {
    let Some((numerals, end)) = id.split_at_checked(9) else { return false };
    let Some(branch) = end.strip_prefix('B').and_then(|branch| digits(branch, 2)) else {
        return false;
    };
    digits(numerals, 9).is_some_and(|company| {
        let company_check = weighted(&company, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
        // `NL` and `B` as numbers: 23, 21 and 11.
        let all =
            [2, 3, 2, 1].into_iter().chain(company.iter().copied()).chain([1, 1]).chain(branch);
        let rest =
            all.fold(0_u32, |rest, digit| rest.saturating_mul(10).saturating_add(digit) % 97);
        company.last() == Some(&company_check) || rest == 1
    })
}

fn romanian(id: &str) -> bool {
    if id.len() < 2 {
        return false;
    }
    digits(&format!("{id:0>10}"), 10).is_some_and(|digits| {
        let sum = weighted(&digits, &[7, 5, 3, 2, 1, 7, 5, 3, 2]);
        digits.last() == Some(&(sum.saturating_mul(10) % 11 % 10))
    })
}

/// The letter at a place; nothing beyond the end.
fn letter_of(letters: &str, nth: u32) -> Option<char> {
    letters.chars().nth(usize::try_from(nth).ok()?)
}

/// The place of a letter, from 1.
fn position(letters: &str, letter: char) -> Option<u32> {
    letters.chars().zip(1..).find_map(|(known, nth)| (known == letter).then_some(nth))
}

/// The only character of a text.
fn single(text: &str) -> Option<char> {
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}
