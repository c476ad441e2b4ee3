//! Ids as vendors show them: a prefix and the id's 128 bits in 26 digits of Crockford's base 32.

use uuid::Uuid;

/// The digits: no I, L, O or U (<https://www.crockford.com/base32.html>).
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many digits 128 bits need.
const LENGTH: u32 = 26;

/// The id with this prefix.
pub(crate) fn show(prefix: &str, id: Uuid) -> String {
    prefix.chars().chain(digits(id, LENGTH)).collect()
}

/// The last 50 bits of an id as people spell them: `29A-BY3Z-X78`. Of ids made here these are random.
pub(crate) fn spell(id: Uuid) -> String {
    let groups = digits(id, 10).enumerate().flat_map(|(nth, digit)| {
        let group = [3, 7].contains(&nth).then_some('-');
        group.into_iter().chain([digit])
    });
    groups.collect()
}

/// The last digits of an id.
fn digits(id: Uuid, count: u32) -> impl Iterator<Item = char> {
    let bits = id.as_u128();
    (0..count).rev().filter_map(move |nth| {
        let digit = usize::try_from(bits.checked_shr(nth.checked_mul(5)?)? & 31).ok()?;
        DIGITS.get(digit).copied().map(char::from)
    })
}

/// The id that is shown so, with this prefix: each has one way of being written.
pub(crate) fn read(prefix: &str, text: &str) -> Option<Uuid> {
    let digits = text.strip_prefix(prefix)?;
    let mut bits: u128 = 0;
    for digit in digits.bytes() {
        let value = DIGITS.iter().position(|known| *known == digit)?;
        bits = bits.checked_mul(32)?.checked_add(u128::try_from(value).ok()?)?;
    }
    let id = Uuid::from_u128(bits);
    (u32::try_from(digits.len()) == Ok(LENGTH)).then_some(id)
}

/// An id of ours as a surface with this prefix shows it.
pub(crate) fn show_id(prefix: &str, id: Uuid) -> String {
    if prefix.is_empty() { id.to_string() } else { show(prefix, id) }
}

/// An id of ours that a surface with this prefix shows so.
pub(crate) fn read_id(prefix: &str, text: &str) -> Option<Uuid> {
    if prefix.is_empty() {
        text.parse().ok().filter(|id: &Uuid| id.to_string() == text)
    } else {
        read(prefix, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_spell_an_id_in_ten_digits() {
        assert_eq!(spell(Uuid::from_u128(u128::MAX)), "ZZZ-ZZZZ-ZZZ");
        assert_eq!(spell(Uuid::from_u128(33)), "000-0000-011");
    }

    #[test]
    fn each_id_is_shown_in_one_way_and_read_back_from_no_other() {
        for bits in [0, 1, 31, 32, u128::MAX, 0x0192_b3a4_c5d6_7e8f_9012_3456_789a_bcde] {
            let id = Uuid::from_u128(bits);
            let shown = show("cust_", id);
            assert_eq!(shown.len(), "cust_".len() + 26);
            assert_eq!(read("cust_", &shown), Some(id), "{shown}");
            assert_eq!(read("cus_", &shown), None);
            let digits = shown.strip_prefix("cust_").expect("digits");
            // Digits alone have no case.
            let caseless = digits.bytes().all(|digit| digit.is_ascii_digit());
            let lower = format!("cust_{}", digits.to_lowercase());
            assert_eq!(read("cust_", &lower), caseless.then_some(id));
            assert_eq!(read("cust_", &format!("{shown}0")), None);
            assert_eq!(read("cust_", shown.strip_suffix(|_: char| true).unwrap()), None);
        }
        assert_eq!(read("cust_", "cust_ZZZZZZZZZZZZZZZZZZZZZZZZZZ"), None, "more than 128 bits");
        assert_eq!(read("cust_", "cust_ILOU0000000000000000000000"), None);
    }
}
