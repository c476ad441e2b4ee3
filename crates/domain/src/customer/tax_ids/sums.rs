//! Checksums over digits.

/// The digits of a text; nothing if it has other characters, or another number of them.
pub(super) fn digits(text: &str, count: usize) -> Option<Vec<u32>> {
    let digits: Vec<_> = text.chars().map_while(|digit| digit.to_digit(10)).collect();
    (digits.len() == count && text.len() == count).then_some(digits)
}

/// The sum of products with the weights. Digits without a weight don't count.
pub(super) fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit.saturating_mul(*weight)).sum()
}

/// The number that digits write.
pub(super) fn number(digits: &[u32]) -> u64 {
    digits
        .iter()
        .fold(0, |number: u64, digit| number.saturating_mul(10).saturating_add((*digit).into()))
}

/// Luhn's rule, ISO/IEC 7812-1.
pub(super) fn luhn(digits: &[u32]) -> bool {
    luhn_of(digits, 10)
}

/// Luhn's rule over digits of another base.
pub(super) fn luhn_of(digits: &[u32], base: u32) -> bool {
    let doubled = digits.iter().rev().enumerate().map(|(nth, digit)| {
        let value = if nth % 2 == 1 { digit.saturating_mul(2) } else { *digit };
        value.checked_div(base).unwrap_or(0).saturating_add(value.checked_rem(base).unwrap_or(0))
    });
    doubled.sum::<u32>().is_multiple_of(base)
}

/// ISO 7064, MOD 11,10.
pub(super) fn mod_11_10(digits: &[u32]) -> bool {
    let Some((last, others)) = digits.split_last() else { return false };
    let product = others.iter().fold(10, |product: u32, digit| {
        let sum = match product.saturating_add(*digit) % 10 {
            0 => 10,
            sum => sum,
        };
        sum.saturating_mul(2) % 11
    });
    product.saturating_add(*last) % 10 == 1
}

/// Whether the last digit makes the weighted sum a multiple.
pub(super) fn is_multiple(digits: &[u32], weights: &[u32], of: u32) -> bool {
    weighted(digits, weights).is_multiple_of(of)
}
